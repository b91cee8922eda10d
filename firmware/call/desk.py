"""From a finger to what it means on a desk: pause, resume, late cut, opt-out, arming the next call.

Rules of this module (DESIGN section 4, the button):

1. A press acts on every line of its desk that has a call; if none has, it arms
   the desk's next call for 60 s.
2. The press itself pauses, at its edge. It resumes only where all those lines
   were paused before it, and only when let go within 2 s, and not when it came
   within 3 s of the start of a pause: pressed twice in doubt stays paused.
3. Held for 2 s while paused: a late cut, and no resume.
4. Opt-out is the second button. Where there is none, the press that began the
   pause, still held at 3 s, becomes an opt-out of the lines that it paused, as
   of its edge.
5. A call that begins while the press that armed the desk is still held belongs
   to that press.
6. The first press after a button was lost resumes nothing: it may be the cable.
7. No timer ends a pause.

Instants are nanoseconds of the clock that stamped the edges.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SECOND_NS = 1_000_000_000
RESUME_WITHIN_NS = 2 * SECOND_NS
DOUBT_NS = 3 * SECOND_NS
LATE_CUT_NS = 2 * SECOND_NS
OPT_OUT_NS = 3 * SECOND_NS
ARMED_NS = 60 * SECOND_NS
REMIND_NS = 90 * SECOND_NS


@dataclass(frozen=True, slots=True)
class LineView:
    """What a desk sees of a line: whether it has a call, and since when it is paused."""

    in_call: bool
    paused_ns: int | None


@dataclass(frozen=True, slots=True)
class PauseLine:
    """Pause this line as of the edge."""

    line: str
    at: int


@dataclass(frozen=True, slots=True)
class ResumeLine:
    """Resume this line now."""

    line: str
    at: int


@dataclass(frozen=True, slots=True)
class CutLine:
    """Cut this line's time before its pause, too."""

    line: str
    at: int


@dataclass(frozen=True, slots=True)
class OptOutLine:
    """The caller on this line opted out, as of the edge."""

    line: str
    at: int


Act = PauseLine | ResumeLine | CutLine | OptOutLine
Lines = Mapping[str, LineView]


@dataclass(frozen=True, slots=True)
class Arming:
    """The press that armed a desk's next call, and whether it is to be opted out."""

    at: int
    opt_out: bool


@dataclass(slots=True)
class _Hold:
    """A pause button that is down; `began` are the lines whose pause this press began."""

    at: int
    lines: tuple[str, ...]
    began: tuple[str, ...]
    may_resume: bool
    cut: bool = False
    opted: bool = False


class Desk:
    """One desk's gestures; `own_opt_out` says that it has a second button for it."""

    def __init__(self, *, own_opt_out: bool, arming: Arming | None = None) -> None:
        self.arming = arming
        self._own_opt_out = own_opt_out
        self._hold: _Hold | None = None
        self._lost = False

    def press(self, at: int, lines: Lines) -> list[Act]:
        """The pause button came down."""
        active = tuple(name for name, view in lines.items() if view.in_call)
        running = tuple(name for name in active if lines[name].paused_ns is None)
        doubt = any(at - (lines[name].paused_ns or 0) < DOUBT_NS for name in active if name not in running)
        may_resume = bool(active) and not (running or doubt or self._lost)
        self._hold, self._lost = _Hold(at, active, running, may_resume), False
        if not active:
            self._arm(at, opt_out=False)
        return [PauseLine(name, at) for name in running]

    def release(self, at: int, now: int, lines: Lines) -> list[Act]:
        """The pause button went up at `at`, which became certain `now`: what resumes, resumes now."""
        hold, self._hold = self._hold, None
        if hold is None or hold.cut or not hold.may_resume or at - hold.at >= RESUME_WITHIN_NS:
            return []
        return [ResumeLine(name, now) for name in hold.lines if _paused_before(lines[name], hold.at)]

    def hold(self, now: int) -> list[Act]:
        """What a button that is still down means by now."""
        hold = self._hold
        if hold is None:
            return []
        acts: list[Act] = []
        if not hold.cut and now - hold.at >= LATE_CUT_NS:
            hold.cut = True
            acts += [CutLine(name, now) for name in hold.lines]
        if self._opts_out(hold, now):
            hold.opted = True
            acts += [OptOutLine(name, hold.at) for name in hold.began]
            if not hold.lines:
                self._arm(hold.at, opt_out=True)
        return acts

    def _opts_out(self, hold: _Hold, now: int) -> bool:
        return now - hold.at >= OPT_OUT_NS and not hold.opted and not self._own_opt_out

    def press_opt_out(self, at: int, lines: Lines) -> list[Act]:
        """The opt-out button came down."""
        active = [name for name, view in lines.items() if view.in_call]
        if not active:
            self._arm(at, opt_out=True)
        return [OptOutLine(name, at) for name in active]

    def lose(self) -> None:
        """The button was lost: what it was doing has ended without a resume."""
        self._hold, self._lost = None, True

    def _arm(self, at: int, *, opt_out: bool) -> None:
        still = self.arming is not None and self.arming.opt_out and self.armed(at)
        self.arming = Arming(at, opt_out or still)

    def armed(self, now: int) -> bool:
        """Whether the desk's next call begins withheld."""
        return self.arming is not None and now < self.arming.at + ARMED_NS

    def call_began(self, line: str, now: int) -> list[Act]:
        """A line of the desk has a new call: armed, it begins paused or opted out, as of the arming press."""
        armed, arming, self.arming = self.armed(now), self.arming, None
        if arming is None or not armed:
            return []
        if self._hold is not None and not self._hold.lines:
            self._hold.lines = self._hold.began = (line,)
        return [OptOutLine(line, arming.at) if arming.opt_out else PauseLine(line, arming.at)]


def _paused_before(view: LineView, at: int) -> bool:
    """Whether a line's pause began before a press: another desk's newer pause is not this press's to end."""
    return view.paused_ns is not None and view.paused_ns < at
