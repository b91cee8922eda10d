"""What should become of every position, one position after the other: slow, and obvious.

Written from DESIGN section 4 and not from the machine: a row per position with
every cause beside the others, and whoever reaches back writes into older rows.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from firmware.call import events as ev
from firmware.call.events import CallClass, Event, Reason, Tone
from firmware.call.rules import LineRules
from firmware.settings.model import OptOut, Position, Unclassified

NEVER = {CallClass.INTERNAL, CallClass.EXEMPT}


@dataclass(frozen=True, slots=True)
class Row:
    """All that holds at one position."""

    off_hook: bool = False
    call: int | None = None
    call_class: CallClass = CallClass.UNDECIDED
    answered: bool = False
    paused: Reason | None = None
    opted_out: bool = False
    transferred: bool = False
    armed: bool = True
    disk: bool = False
    button: bool = False
    missing: bool = False
    card: bool = False
    keyed: bool = False


class Oracle:
    """The rows of one line."""

    def __init__(self, rules: LineRules) -> None:
        self.rules = rules
        self.rows: list[Row] = []
        self.said: defaultdict[int, set[Reason]] = defaultdict(set)
        self.now = Row()
        self.calls = 0
        self.start = self.leg = self.ended = self.voice = 0
        self.answered_at = self.dialled_at = 0
        self.told_answer = self.dialling = self.undecided = self.by_ring = False
        self.pressed: int | None = None
        self.floor = 0
        self.told: tuple[CallClass, int] | None = None
        self.gone: set[str] = set()
        self.rang: int | None = None
        self.lifts: list[int] = []
        self.restless: int | None = None
        self.left: tuple[int, int, Row] | None = None
        self.incoming = self.continues = self.recalled = self.conversation = False
        self.recalls = self.spoken = self.kept_from = 0
        self.waits: int | None = None

    def since(self, start: int, **causes: object) -> None:
        """From an older position up to now, and on: these causes hold."""
        self.between(start, len(self.rows), **causes)
        self.now = replace(self.now, **causes)

    def between(self, start: int, stop: int, **causes: object) -> None:
        """In the past only."""
        for at in range(max(start, 0), min(stop, len(self.rows))):
            self.said[at].add(self.reason(self.rows[at]))
            self.rows[at] = replace(self.rows[at], **causes)

    @property
    def at(self) -> int:
        """The position that has come."""
        return len(self.rows)

    @property
    def busy(self) -> bool:
        """Whether there is a call."""
        return self.now.call is not None

    def step(self, events: list[Event]) -> None:
        """One position: what time brings, then what is told of it, then its row."""
        self.time()
        for event in events:
            before = self.kept
            self.take(event)
            self.judge()
            if self.kept and not before and not isinstance(event, ev.VoiceHeard):
                self.kept_from = max(self.kept_from, event.at)
        self.rows.append(self.now)

    @property
    def kept(self) -> bool:
        """Whether what is said now is recorded, as far as is known."""
        return self.now.off_hook and self.reason(self.now) is Reason.RECORDED

    def judge(self) -> None:
        """What somebody or something withholds counts as a conversation, however short."""
        if self.busy and self.reason(self.now) not in {Reason.RECORDED, Reason.NOT_ANSWERED}:
            self.conversation = True

    def take(self, event: Event) -> None:  # noqa: C901, PLR0912  a table of events
        """One event."""
        match event:
            case ev.Lifted(at):
                self.lift(at)
            case ev.Replaced(at):
                self.hang_up(at)
            case ev.VoiceHeard(at, until):
                if not self.rules.hooked and until > self.ended:
                    self.begin(at - self.rules.pre_roll)
                if self.busy and self.now.answered:
                    self.spoken += max(0, until - max(at, self.voice, self.answered_at))
                    self.conversation |= self.spoken >= self.rules.seconds(2)
                self.voice = max(self.voice, until)
            case ev.Keyed(at, until, _, card):
                self.between(at, until, **{"card" if card else "keyed": True})
                self.voice = max(self.voice, until)
            case ev.Rang(at):
                fresh = self.told and at - self.told[1] <= self.rules.seconds(12)
                self.told = (self.told[0], at) if self.told and fresh else None
                self.rang, self.left = at, None
            case ev.Classed(at, call_class):
                self.classed(at, call_class)
            case ev.Missing(at, until):
                self.between(at, until, missing=True)
                self.voice += max(0, until - max(at, self.voice))
            case ev.DiskBehind() | ev.DiskBack():
                self.since(self.at, disk=isinstance(event, ev.DiskBehind))
            case ev.Armed():
                self.since(self.at, armed=True)
            case ev.ButtonGone(at, desk):
                self.gone |= {desk}
                self.since(self.back(at), button=True)
            case ev.ButtonBack(at, desk):
                self.gone -= {desk}
                self.since(at, button=bool(self.gone))
            case ev.CutLate():
                self.cut_late()
            case ev.Resumed() if not self.busy:
                self.pressed = None
            case _ if self.busy:
                self.in_call(event)

    def back(self, at: int) -> int:
        """A look-back before, but not before the call."""
        return max(at - self.rules.look_back, self.start) if self.busy else at

    def lift(self, at: int) -> None:
        """A call begins, unless the hook is restless; or the one goes on that was put down just now."""
        left, self.left = self.left, None
        if self.busy:
            return
        self.lifts = [each for each in self.lifts if each > at - self.rules.seconds(60)] + [at]
        if self.rules.hooked and len(self.lifts) > 12:
            self.restless = at
            self.since(at, off_hook=True)
            return
        self.begin(at)
        if left and at - self.ended <= self.rules.same_call:
            self.go_on(at, *left)

    def go_on(self, at: int, start: int, recalls: int, was: Row) -> None:
        """As after a recall: what the caller or the desk wished before still holds."""
        self.start = self.floor = start
        self.incoming = self.continues = True
        self.undecided = self.by_ring = False
        self.recalls = recalls + 1
        self.since(
            at,
            call_class=was.call_class,
            opted_out=was.opted_out,
            paused=was.paused and Reason.PAUSED,
            transferred=self.rules.position is Position.EXTENSION or self.recalls > 20,
        )
        self.pressed = at if was.paused else None

    def hang_up(self, at: int) -> None:
        """The phone is put down."""
        self.restless = None
        if self.busy and self.incoming and self.rules.same_call:
            was = replace(self.now, call_class=CallClass.UNCLASSIFIED) if self.undecided else self.now
            self.left = (self.start, self.recalls, was)
        self.end(at)
        self.since(self.at, off_hook=False)

    def begin(self, at: int) -> None:
        """A call begins."""
        if self.busy:
            return
        at = max(at, self.ended)
        self.incoming = self.rang is not None and at - self.rang <= self.rules.seconds(12)
        self.rang = self.restless = self.waits = None
        self.continues = self.recalled = self.conversation = False
        self.recalls = self.spoken = 0
        self.calls += 1
        self.start = self.leg = self.floor = self.answered_at = at
        self.told_answer = self.dialling = self.by_ring = False
        self.pressed = None
        self.voice = max(self.voice, at)
        call_class, self.undecided = CallClass.EXTERNAL, False
        if self.told and at - self.told[1] <= self.rules.seconds(12):
            call_class, self.by_ring = self.told[0], True
        elif self.rules.position is Position.EXTENSION:
            call_class, self.undecided = CallClass.UNDECIDED, True
        self.told = None
        self.since(at, off_hook=True, call=self.calls, answered=True, call_class=call_class)
        self.judge()

    def end(self, at: int) -> None:
        """A call ends; a phone without hook sensor counts as put down."""
        if not self.busy:
            return
        if not self.rules.hooked and self.kept:
            at = min(at, max(self.voice + 20, self.answered_at + 20, self.kept_from))
        if self.undecided:
            self.decide(CallClass.UNCLASSIFIED)
        self.forget_if_short(at)
        self.ended = at
        self.since(
            at, call=None, paused=None, opted_out=False, transferred=False, call_class=CallClass.UNDECIDED
        )
        if not self.rules.hooked:
            self.since(at, off_hook=False)

    def forget_if_short(self, until: int) -> None:
        """A word or two on a line without hook sensor are no conversation."""
        if not (self.rules.hooked or self.conversation):
            self.between(self.answered_at, until, answered=False)

    def decide(self, call_class: CallClass) -> None:
        """From its start the call is this."""
        self.undecided = False
        self.since(self.start, call_class=call_class)
        self.judge()

    def classed(self, at: int, call_class: CallClass) -> None:
        """Told what the call, or the next one, is."""
        if not self.busy:
            fresh = self.told and at - self.told[1] <= self.rules.seconds(12)
            exempt = self.told and fresh and self.told[0] is CallClass.EXEMPT
            self.told = (CallClass.EXEMPT if exempt else call_class, at)
        elif self.undecided:
            self.decide(call_class)
        elif self.now.transferred:
            self.since(at, transferred=False, call_class=call_class)
        elif call_class in NEVER:
            self.since(self.leg, call_class=call_class)
        elif self.now.call_class is not CallClass.EXEMPT:
            self.since(at, call_class=call_class)

    def in_call(self, event: Event) -> None:
        """What means something only in a call."""
        at = event.at
        match event:
            case ev.Recalled():
                self.new_leg(at)
                withheld = self.rules.position is Position.EXTENSION or self.recalls > 20
                self.since(at, transferred=withheld)
            case ev.Dialling() if self.early(at):
                self.dial(at)
                self.waits = None
                if self.recalled:
                    self.since(self.leg, transferred=True)
            case ev.ToneHeard(_, tone, since):
                self.tone(at, tone, since)
            case ev.Answered():
                self.answer(at)
            case ev.PausePressed() if self.now.paused is None:
                self.pressed = max(at, self.start)
                self.since(self.back(at), paused=Reason.PAUSED)
            case ev.Resumed():
                self.pressed = None
                self.voice = max(self.voice, at)
                self.since(at, paused=None)
            case ev.OptedOut() if self.rules.opt_out is not OptOut.NONE:
                everything = self.rules.opt_out is OptOut.DISCARD
                if not self.now.opted_out:
                    self.since(self.start if everything else self.back(at), opted_out=True)
            case _:
                pass

    def new_leg(self, at: int) -> None:
        """Another party may be at the other end from here on."""
        if self.undecided:
            self.decide(CallClass.UNCLASSIFIED)
        self.forget_if_short(at)
        self.leg = self.answered_at = at
        self.told_answer = self.by_ring = False
        self.recalls, self.recalled, self.waits = self.recalls + 1, True, None

    def tone(self, at: int, tone: Tone, since: int | None) -> None:
        """Part of dialling, a dial tone that waits for digits, or the end."""
        on = since is not None and since <= self.answered_at
        if tone is Tone.RINGING and self.told_answer and (on or 0 <= at - self.answered_at <= 60):
            self.told_answer, self.dialling = False, True
        if tone in {Tone.DIAL, Tone.RINGING} and self.early(at):
            self.dial(at)
        elif tone is Tone.DIAL:
            self.new_leg(at)
            self.waits = at
            self.dial(at)
        elif tone is not Tone.RINGING and not self.now.transferred:
            self.end(at)

    def cut_late(self) -> None:
        """Thirty seconds before the press, too."""
        held = self.busy or self.at < self.ended + self.rules.seconds(3)
        if self.pressed is not None and held:
            reach = max(self.pressed - self.rules.seconds(30), self.floor)
            self.between(reach, self.pressed, paused=Reason.LATE_CUT)

    def early(self, at: int) -> bool:
        """Whether the far end may not have answered yet."""
        return not self.told_answer and (self.dialling or at - self.leg <= self.rules.seconds(60))

    def dial(self, at: int) -> None:
        """Dialling: nothing of this leg so far was a conversation."""
        if not self.early(at):
            return
        if self.continues and not self.recalled:
            self.end(self.leg)
            self.begin(self.leg)
        self.dialling, self.dialled_at, self.incoming = True, at, False
        if not self.recalled:
            self.spoken, self.conversation = 0, False
        self.voice = max(self.voice, at)
        extension = self.rules.position is Position.EXTENSION
        if self.by_ring and extension and self.now.call_class is CallClass.EXTERNAL:
            self.by_ring, self.undecided = False, True
            self.since(self.start, call_class=CallClass.UNDECIDED)
        self.since(self.leg, answered=False)

    def answer(self, at: int) -> None:
        """A conversation from here on."""
        if not self.told_answer:
            self.told_answer, self.dialling, self.answered_at = True, False, at
            if not self.now.answered:
                self.since(at, answered=True)
                self.kept_from = max(self.kept_from, at)

    def time(self) -> None:
        """What time brings."""
        minute = self.rules.seconds(60)
        if self.restless is not None and self.at >= self.restless + 100:
            self.begin(self.restless + 100)
        if self.busy and self.dialling and self.at >= self.dialled_at + minute:
            self.answer(self.dialled_at + minute)
        if self.busy and not self.dialling and self.at >= self.answered_at + minute:
            self.conversation = True
        due = self.start + minute
        if self.told_answer:
            due = min(due, self.answered_at + self.rules.look_back)
        if self.busy and self.undecided and self.at >= due:
            self.decide(CallClass.UNCLASSIFIED)
        if self.busy and self.waits is not None and self.at >= self.waits + 100:
            self.end(self.at)
        wished = self.now.paused is not None or self.now.opted_out
        quiet = self.at - max(self.voice, self.start)
        silent = not self.rules.hooked and not wished and quiet >= self.rules.seconds(30)
        if silent or quiet >= self.rules.seconds(600):
            self.end(self.at)

    def end_undecided(self) -> None:
        """The recorder stops: what is undecided now ends as unclassified."""
        if self.busy and self.undecided:
            self.decide(CallClass.UNCLASSIFIED)

    def reasons(self) -> dict[int, Reason]:
        """What becomes of every position off hook."""
        return {at: self.reason(row) for at, row in enumerate(self.rows) if row.off_hook}

    def reason(self, row: Row) -> Reason:
        """One row read by the precedence of DESIGN section 4, strongest first."""
        withheld = self.rules.unclassified is Unclassified.WITHHOLD
        table = [
            (row.call is None, Reason.NO_CALL),
            (row.call_class is CallClass.INTERNAL, Reason.INTERNAL),
            (row.call_class is CallClass.EXEMPT, Reason.EXEMPT),
            (row.opted_out, Reason.OPTED_OUT),
            (row.paused is not None, row.paused),
            (not row.armed, Reason.LOST_NOT_ARMED),
            (row.disk, Reason.LOST_DISK),
            (row.button, Reason.BUTTON_LOST),
            (row.transferred, Reason.TRANSFERRED),
            (not row.answered, Reason.NOT_ANSWERED),
            (withheld and row.call_class is CallClass.UNCLASSIFIED, Reason.UNCLASSIFIED),
            (row.card, Reason.CARD_ENTRY),
            (row.keyed, Reason.KEYED),
            (row.missing, Reason.LOST_SAMPLES),
        ]
        return next((reason for holds, reason in table if holds and reason), Reason.RECORDED)
