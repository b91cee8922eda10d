"""From a finger to what it means on a desk: pause, resume, late cut, opt-out, arming the next call.

Rules of this module (DESIGN section 4, the button):

1. A press acts on every line of its desk that has a call; if none has, it arms
   the desk's next call for 60 s.
2. The press itself pauses, at its edge. It resumes only where all those lines
   were paused before it, and only when let go within 2 s, and not when it came
   within 3 s of the start of a pause: pressed twice in doubt stays paused.
3. Held for 2 s while paused: a late cut.
4. Opt-out is the second button. Where there is none, the press that began the
   pause, still held at 3 s, becomes an opt-out as of its edge.
5. No timer ends a pause.

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


@dataclass(slots=True)
class _Hold:
    """A pause button that is down."""

    at: int
    lines: tuple[str, ...]
    may_resume: bool
    began_pause: bool
    cut: bool = False
    opted: bool = False


class Desk:
    """One desk's gestures; `own_opt_out` says that it has a second button for it."""

    def __init__(self, *, own_opt_out: bool) -> None:
        self._own_opt_out = own_opt_out
        self._hold: _Hold | None = None
        self._armed_until = 0
        self._arms_opt_out = False

    def press(self, at: int, lines: Lines) -> list[Act]:
        """The pause button came down."""
        active = tuple(name for name, view in lines.items() if view.in_call)
        running = [name for name in active if lines[name].paused_ns is None]
        doubt = any(at - (lines[name].paused_ns or 0) < DOUBT_NS for name in active if name not in running)
        self._hold = _Hold(
            at, active, bool(active) and not running and not doubt, bool(running) or not active
        )
        if not active:
            self._arm(at, opt_out=False)
        return [PauseLine(name, at) for name in running]

    def release(self, at: int, now: int, lines: Lines) -> list[Act]:
        """The pause button went up at `at`, which became certain `now`: what resumes, resumes now."""
        hold, self._hold = self._hold, None
        if hold is None or not hold.may_resume or at - hold.at >= RESUME_WITHIN_NS:
            return []
        return [ResumeLine(name, now) for name in hold.lines if lines[name].paused_ns is not None]

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
            acts += [OptOutLine(name, hold.at) for name in hold.lines]
            if not hold.lines:
                self._arm(hold.at, opt_out=True)
        return acts

    def _opts_out(self, hold: _Hold, now: int) -> bool:
        held = now - hold.at >= OPT_OUT_NS
        return held and hold.began_pause and not hold.opted and not self._own_opt_out

    def press_opt_out(self, at: int, lines: Lines) -> list[Act]:
        """The opt-out button came down."""
        active = [name for name, view in lines.items() if view.in_call]
        if not active:
            self._arm(at, opt_out=True)
        return [OptOutLine(name, at) for name in active]

    def lose(self) -> None:
        """The button was lost: what it was doing has ended without a resume."""
        self._hold = None

    def _arm(self, at: int, *, opt_out: bool) -> None:
        self._arms_opt_out = opt_out or (self._arms_opt_out and at < self._armed_until)
        self._armed_until = at + ARMED_NS

    def armed(self, now: int) -> bool:
        """Whether the desk's next call begins withheld."""
        return now < self._armed_until

    def call_began(self, line: str, now: int) -> list[Act]:
        """A line of the desk has a new call: armed, it begins paused or opted out."""
        if not self.armed(now):
            return []
        self._armed_until = 0
        opt_out, self._arms_opt_out = self._arms_opt_out, False
        return [OptOutLine(line, now)] if opt_out else [PauseLine(line, now)]

    @property
    def held(self) -> bool:
        """Whether the pause button is down, so that time matters."""
        return self._hold is not None
