"""Plays a sheet against machine, desks, buttons and hook, put together as the recorder does, without a file or a clock."""

from dataclasses import replace

from call_heard import heard
from call_play import PORT, Book

from firmware.call import button as bt
from firmware.call import desk as dk
from firmware.call import events as ev
from firmware.call import hook as hk
from firmware.call.events import CallClass, Event, Tone
from firmware.call.machine import Machine
from firmware.call.numbering import Numbering
from firmware.call.rules import LineRules
from firmware.hearing.sense import Sense
from firmware.hearing.told import CallerIdTold, DialledTold, TransferTold
from firmware.hearing.ways import Ways
from firmware.settings.model import Cadence, OptOut, Position, Unclassified
from tests.scenarios.sheet import HEARD, Sentence, Sheet, seconds

RATE = 8000
TICK = 250_000_000
LINE = "line"
RELEASED, PRESSED, CUT = (True, False), (False, True), (True, True)
LISTENS = RATE // 2
"""How much a hearing says at once."""


def rules_of(given: tuple[Sentence, ...]) -> LineRules:
    """The line that a sheet speaks of."""
    rules = replace(PORT, rate=RATE, look_back=2 * RATE, pre_roll=RATE, same_call=2 * RATE)
    for each in given:
        match each.means, each.words:
            case "position", (name,):
                rules = replace(rules, position=Position(name))
            case "hookless", _:
                rules = replace(rules, hooked=False)
            case "look-back", (count,):
                rules = replace(rules, look_back=int(count) * RATE)
            case "unclassified", (what,):
                kept = what == "recorded"
                rules = replace(rules, unclassified=Unclassified.RECORD if kept else Unclassified.WITHHOLD)
            case "opt-out", (what,):
                rules = replace(rules, opt_out=OptOut.STOP if what == "stops" else OptOut.DISCARD)
            case "no opt-out", _:
                rules = replace(rules, opt_out=OptOut.NONE)
    return rules


def ways_of(given: tuple[Sentence, ...], rules: LineRules) -> Ways:
    """How the line that a sheet speaks of tells of its calls."""
    said = {each.means: each.words for each in given}
    exempt = tuple(each.words[0] for each in given if each.means == "exempt")
    ring = {"once": Cadence.SINGLE, "twice": Cadence.DOUBLE}.get(
        said.get("internal ring", ("",))[0], Cadence.NONE
    )
    access, area = (said.get(key, ("",))[0] for key in ("access", "area"))
    numbering = Numbering(rules.position, access, said.get("extensions", ()), area, ring, exempt)
    return Ways(RATE, rules.hooked, "blank" in said, rules.pre_roll, RATE * 5 // 4, numbering)


class DeskUnit:
    """One desk: two buttons and what they mean."""

    def __init__(self, *, own_opt_out: bool) -> None:
        self.gestures = dk.Desk(own_opt_out=own_opt_out)
        self.pause = bt.Button(("open", "closed"))
        self.opt_out = bt.Button(("open", "closed"))


class Box:
    """One line, its desks and its book."""

    def __init__(self, sheet: Sheet) -> None:
        names = {each.means for each in sheet.given}
        desks = ("front", "back") if "two desks" in names else ("front",)
        self.rules = rules_of(sheet.given)
        self.machine = Machine(self.rules)
        self.sense = Sense(ways_of(sheet.given, self.rules))
        self.waiting = heard([each for each in sheet.steps if each.means in HEARD], RATE)
        self.numbers: list[CallerIdTold | DialledTold | TransferTold] = []
        self.hook = hk.Hook(lifted=False)
        self.desks = {name: DeskUnit(own_opt_out="own opt-out" in names) for name in desks}
        self.book = Book()
        self.now = 0
        if "not armed" not in names:
            self.machine.take(ev.Armed(0))

    def play(self, steps: tuple[Sentence, ...]) -> Book:
        """Everything that happens, and a while after it."""
        told = tuple(each for each in steps if each.means not in HEARD)
        last = max([steps[-1].at, *(each.known / RATE for each in self.waiting)])
        for step in [*_spread(told), Sentence("end", (), last + 60)]:
            self._until(round(step.at * 1e9))
            self._do(step)
        self.book.take(self.machine.finish(), self.position(self.now))
        return self.book

    @staticmethod
    def position(at: int) -> int:
        """An instant in samples."""
        return at * RATE // 1_000_000_000

    def _until(self, at: int) -> None:
        while self.now + TICK <= at:
            self.now += TICK
            self._tick()
        self.edge = at

    def _tick(self) -> None:
        for name, desk in self.desks.items():
            self._fingers(name, "pause", desk.pause.settle(self.now))
            self._fingers(name, "opt-out", desk.opt_out.settle(self.now))
            self._act(desk.gestures.hold(self.now))
        self._hooked(self.hook.settle(self.now))
        heard = self.position(self.now)
        self._listen(heard)
        began = len(self.book.began)
        self.book.take(self.machine.advance(heard), heard - self.rules.look_back)
        for _ in self.book.began[began:]:
            for desk in self.desks.values():
                self._act(desk.gestures.call_began(LINE, self.now))

    def _listen(self, heard: int) -> None:
        """What was heard up to a position goes to the sense, and what that tells to the machine."""
        while self.waiting and self.waiting[0].known <= heard:
            self.sense.take(0, self.waiting.pop(0).event)
        self.sense.listened(heard, self.machine.standing)
        for told in self.sense.told():
            if isinstance(told, CallerIdTold | DialledTold | TransferTold):
                self.numbers.append(told)
            else:
                self.machine.take(told)

    def _do(self, step: Sentence) -> None:
        at = round(step.at * 1e9)
        match step.means, step.words:
            case "lift" | "replace", _:
                self._hooked(self.hook.level(at, lifted=step.means == "lift"))
            case "recall", _:
                broken = self.hook.level(at, lifted=False)
                self._hooked(broken + self.hook.level(at + 100_000_000, lifted=True))
            case "button", (desk, how, which):
                self._contacts(desk, which, PRESSED if how == "presses" else RELEASED, at)
            case "cable", (desk, how):
                for which in ("pause", "opt-out"):
                    self._contacts(desk, which, CUT if how == "cut" else RELEASED, at)
            case "crash", _:
                self._crash()
            case "end", _:
                pass
            case _:
                self.machine.take(_event(step, self.position(at)))

    def _contacts(self, desk: str, which: str, levels: tuple[bool, bool], at: int) -> None:
        button = self.desks[desk].pause if which == "pause" else self.desks[desk].opt_out
        shown = dict(zip(("open", "closed"), levels, strict=True))
        self._fingers(desk, which, button.levels(shown, at))

    def _fingers(self, name: str, which: str, fingers: list[bt.Finger]) -> None:
        for finger in fingers:
            self._finger(name, which, finger)

    def _finger(self, name: str, which: str, finger: bt.Finger) -> None:
        gestures, cable = self.desks[name].gestures, f"{name}/{which}"
        match finger:
            case bt.Pressed(at) if which == "pause":
                self._act(gestures.press(at, self._views()))
            case bt.Pressed(at):
                self._act(gestures.press_opt_out(at, self._views()))
            case bt.Released(at) if which == "pause":
                self._act(gestures.release(at, self.now, self._views()))
            case bt.Lost(at):
                gestures.lose()
                self.machine.take(ev.ButtonGone(self.position(at), cable))
            case bt.Found():
                self.machine.take(ev.ButtonBack(self.position(self.now), cable))
            case _:
                pass

    def _views(self) -> dict[str, dk.LineView]:
        standing = self.machine.standing
        paused = standing.paused_at
        since = None if paused is None else paused * 1_000_000_000 // RATE
        return {LINE: dk.LineView(standing.in_call, since)}

    def _act(self, acts: list[dk.Act]) -> None:
        kinds = {
            dk.PauseLine: ev.PausePressed,
            dk.ResumeLine: ev.Resumed,
            dk.CutLine: ev.CutLate,
            dk.OptOutLine: ev.OptedOut,
        }
        for act in acts:
            self.machine.take(kinds[type(act)](self.position(act.at)))

    def _hooked(self, said: list[hk.HookEvent]) -> None:
        kinds = {hk.HookLifted: ev.Lifted, hk.HookReplaced: ev.Replaced, hk.Recall: ev.Recalled}
        for each in said:
            event = kinds[type(each)](self.position(each.at))
            self.machine.take(event)
            self.sense.hooked(event)

    def _crash(self) -> None:
        """What was ordered stays; what was in memory is gone; the note is what is left."""
        note, heard = self.machine.note(), self.position(self.now)
        self.machine = Machine(self.rules, heard)
        self.machine.take(ev.Armed(heard))
        self.machine.recover(note, lifted=not self.rules.hooked or note.in_call)
        before = self.book
        self.book = Book(said=before.said, began=before.began, opens=before.opens)
        self.book.sound.update({replace(part, call=-1): kept for part, kept in before.sound.items()})


def _spread(steps: tuple[Sentence, ...]) -> list[Sentence]:
    """Voice and loss come in stretches of half a second, each when it is over."""
    spread: list[Sentence] = []
    for step in steps:
        if step.means in {"voice", "missing"}:
            halves = range(round(step.at * 2), round(seconds(step.words[0]) * 2))
            spread += [Sentence(step.means, (), each / 2 + 0.5) for each in halves]
        else:
            spread.append(step)
    return sorted(spread, key=lambda each: each.at)


def _event(step: Sentence, at: int) -> Event:
    match step.means, step.words:
        case "voice", _:
            return ev.VoiceHeard(at - LISTENS, at)
        case "missing", _:
            return ev.Missing(at - LISTENS, at)
        case "class", (name,):
            return ev.Classed(at, CallClass(name))
        case "tone", (name,):
            return ev.ToneHeard(at, Tone(name))
        case "disk", (how,):
            return ev.DiskBehind(at) if how == "falls behind" else ev.DiskBack(at)
    plain = {"ring": ev.Rang, "dial": ev.Dialling, "answer": ev.Answered, "arm": ev.Armed}
    return plain[step.means](at)
