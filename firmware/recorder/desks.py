"""The desks: fingers become events for lines, and lamps say what is really being committed."""

from collections.abc import Callable, Mapping
from typing import Protocol

from drivers.facts import Edge, Told
from firmware.call import button as bt
from firmware.call import desk as dk
from firmware.call import events as ev
from firmware.call.button import Button, Finger
from firmware.call.desk import Act, Arming, LineView
from firmware.call.lamp import Lamp, Lit, lit
from firmware.clock import Clock
from firmware.faults import DeviceFault
from firmware.recorder.line import LineWork
from firmware.settings.model import ButtonLost, Desk

HINT = "look at the button's plug and cable, and at the pins of the [[desk]] in the settings"


class Panel(Protocol):
    """What a desk needs of its buttons and lamps."""

    def start(self, take: Callable[[Edge], None]) -> None:
        """Hand every edge to `take`, from a thread of its own."""
        ...

    def levels(self) -> Mapping[str, bool]:
        """The level of every input now."""
        ...

    def show(self, outputs: Mapping[str, bool]) -> None:
        """Switch outputs."""
        ...

    def close(self) -> None:
        """Let the inputs and outputs go, all dark."""
        ...


class DeskWork:
    """One desk at work."""

    def __init__(self, desk: Desk, panel: Panel | None, lines: Mapping[str, LineWork], clock: Clock) -> None:
        self.name = desk.name
        self.faults: dict[str, DeviceFault] = {}
        self._desk = desk
        self._panel = panel
        self._lines = {name: lines[name] for name in desk.lines}
        self._clock = clock
        self._gestures = dk.Desk(own_opt_out=bool(desk.opt_out))
        self._pause = Button(desk.pause) if desk.pause else None
        self._opt_out = Button(desk.opt_out) if desk.opt_out else None
        self._shown: dict[str, bool] = {}
        self.grave = False
        """Whether something is gravely wrong that no line's own lamp says (`grave`)."""

    def begin(self) -> None:
        """A button that could not be opened is lost from the start."""
        if self._panel is None and self._desk.panel != "none" and self._pause:
            self._lost_or_found("pause", bt.Lost(self._clock.monotonic_ns(), bt.Contact.CUT))

    def take(self, fact: Edge | Told, at: int) -> None:
        """One input changed at an instant of the recorder's clock."""
        if isinstance(fact, Edge):
            self._levels({fact.name: fact.high}, at)

    def tick(self) -> None:
        """Read the levels again, and see what time has made certain."""
        now = self._clock.monotonic_ns()
        if self._panel is not None:
            self._levels(self._panel.levels(), now)
        self._settle(now)

    def _levels(self, levels: Mapping[str, bool], at: int) -> None:
        if self._pause:
            self._fingers(self._pause.levels(levels, at), self._pause_finger)
        if self._opt_out:
            self._fingers(self._opt_out.levels(levels, at), self._opt_out_finger)

    def _settle(self, now: int) -> None:
        if self._pause:
            self._fingers(self._pause.settle(now), self._pause_finger)
        if self._opt_out:
            self._fingers(self._opt_out.settle(now), self._opt_out_finger)
        self._act(self._gestures.hold(now))

    def _fingers(self, fingers: list[Finger], take: Callable[[Finger], None]) -> None:
        for finger in fingers:
            take(finger)

    def _pause_finger(self, finger: Finger) -> None:
        match finger:
            case bt.Pressed(at):
                self._act(self._gestures.press(at, self._views()))
            case bt.Released(at):
                self._act(self._gestures.release(at, self._clock.monotonic_ns(), self._views()))
            case bt.Lost() | bt.Found():
                self._gestures.lose()
                self._lost_or_found("pause", finger)

    def _opt_out_finger(self, finger: Finger) -> None:
        match finger:
            case bt.Pressed(at):
                self._act(self._gestures.press_opt_out(at, self._views()))
            case bt.Lost() | bt.Found():
                self._lost_or_found("opt-out", finger)
            case _:
                pass

    def _lost_or_found(self, which: str, finger: bt.Lost | bt.Found) -> None:
        name = f"{self.name}/{which}"
        if isinstance(finger, bt.Lost):
            message = f"the {which} button of desk {self.name} is {finger.contact}"
            self.faults[name] = DeviceFault(
                "device.button-lost", message, HINT, about=f"desk {self.name} {which}"
            )
        else:
            self.faults.pop(name, None)
        if self._desk.button_lost is ButtonLost.RECORD:
            return
        gone = isinstance(finger, bt.Lost)
        since = finger.at if gone else self._clock.monotonic_ns()
        for line in self._lines.values():
            at = line.intake.position(since)
            line.take(ev.ButtonGone(at, name) if gone else ev.ButtonBack(at, name))

    def _views(self) -> dict[str, LineView]:
        return {name: _view(line) for name, line in self._lines.items()}

    def _act(self, acts: list[Act]) -> None:
        for act in acts:
            line = self._lines[act.line]
            at = line.intake.position(act.at)
            match act:
                case dk.PauseLine():
                    line.take(ev.PausePressed(at))
                case dk.ResumeLine():
                    line.take(ev.Resumed(at))
                case dk.CutLine():
                    line.take(ev.CutLate(at))
                case dk.OptOutLine():
                    line.take(ev.OptedOut(at))

    def call_began(self, line: LineWork, position: int) -> None:
        """A line of this desk has a new call: where the desk is armed, it begins withheld."""
        if line.line.name not in self._lines:
            return
        for act in self._gestures.call_began(line.line.name, self._clock.monotonic_ns()):
            opt_out = isinstance(act, dk.OptOutLine)
            line.take(ev.OptedOut(position) if opt_out else ev.PausePressed(position))

    @property
    def arming(self) -> Arming | None:
        """What a restart must not forget of the desk, in instants of the recorder's clock."""
        armed = self._gestures.armed(self._clock.monotonic_ns())
        return self._gestures.arming if armed else None

    def rearm(self, arming: Arming) -> None:
        """Take up after a restart what was promised before it."""
        self._gestures.arming = arming

    def lamps(self, of_line: Mapping[str, Lamp]) -> list[Lamp]:
        """What the desk's lamps have to say."""
        lamps = [of_line[name] for name in self._lines]
        if self._gestures.armed(self._clock.monotonic_ns()):
            lamps.append(Lamp.ARMED)
        idle = all(lamp is Lamp.DARK for lamp in lamps)
        return [*lamps, Lamp.FAULT] if self.faults or (self.grave and idle) else lamps

    def has(self, about: str) -> bool:
        """Whether this is of the desk: itself, its lines, their taps, and what names none of these."""
        kind, _, rest = about.partition(" ")
        match kind:
            case "desk":
                return rest.split(" ")[0] == self.name
            case "line":
                return rest in self._lines
            case "tap":
                return any(line.line.tap == rest for line in self._lines.values())
        return True

    def show(self, of_line: Mapping[str, Lamp]) -> Lit:
        """Switch the desk's lamps."""
        state = lit(self.lamps(of_line), self._clock.monotonic_ns())
        outputs = dict(zip(self._desk.lamps, (state.recording, state.withheld, state.buzzer), strict=False))
        if self._panel is not None and outputs != self._shown:
            self._panel.show(outputs)
            self._shown = outputs
        return state

    def close(self) -> None:
        """All dark."""
        if self._panel is not None:
            self._panel.close()


def _view(line: LineWork) -> LineView:
    standing = line.machine.standing
    paused = None if standing.paused_at is None else line.intake.instant(standing.paused_at)
    return LineView(standing.in_call, paused)
