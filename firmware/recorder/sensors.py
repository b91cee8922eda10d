"""The line sensors: hook edges and what a script tells become events for their line.

What a script tells stands where hearing the line from its audio will stand: both
end in the same events, and the line does not know which it was.
"""

from collections.abc import Callable
from typing import Protocol

from drivers.facts import Edge, Told
from firmware.call import events as ev
from firmware.call import hook as hk
from firmware.call.events import CallClass, Event, Tone
from firmware.call.hook import Hook, HookEvent
from firmware.call.numbering import class_of
from firmware.clock import Clock
from firmware.recorder.line import LineWork
from firmware.settings.model import Exempt, Sensor


class HookSensor(Protocol):
    """What a line needs of its sensor."""

    def start(self, take: Callable[[Edge | Told], None]) -> None:
        """Hand every edge and word to `take`, from a thread of its own."""
        ...

    def lifted(self) -> bool | None:
        """Whether the hook is lifted now; None where that is not known."""
        ...

    def close(self) -> None:
        """Let the input go."""
        ...


class SensorWork:
    """One line's sensor at work."""

    def __init__(
        self,
        line: LineWork,
        sensor: HookSensor,
        settings: Sensor | None,
        exempt: tuple[Exempt, ...],
        clock: Clock,
    ) -> None:
        self.name = line.line.name
        self._line = line
        self._sensor = sensor
        self._lifted_high = settings is None or settings.lifted_high
        self._exempt = tuple(each.number for each in exempt)
        self._clock = clock
        self._hook = Hook(lifted=self.lifted)

    @property
    def lifted(self) -> bool:
        """Whether the hook is lifted now, as far as is known."""
        return bool(self._sensor.lifted())

    def take(self, fact: Edge | Told, at: int) -> None:
        """One edge or word at an instant of the recorder's clock."""
        match fact:
            case Edge(high=high):
                self._hooked(self._hook.level(at, lifted=high is self._lifted_high))
            case Told(word, value):
                self._told(word, value, self._line.intake.position(at), at)

    def tick(self) -> None:
        """Read the level again, and see what time has made certain."""
        now = self._clock.monotonic_ns()
        self._hooked(self._hook.settle(now))
        lifted = self._sensor.lifted()
        if lifted is not None:
            self._hooked(self._hook.level(now, lifted=lifted))

    def close(self) -> None:
        """Let the sensor go."""
        self._sensor.close()

    def _hooked(self, events: list[HookEvent]) -> None:
        for event in events:
            at = self._line.intake.position(event.at)
            match event:
                case hk.HookLifted():
                    self._line.take(ev.Lifted(at))
                case hk.HookReplaced():
                    self._line.take(ev.Replaced(at))
                case hk.Recall():
                    self._line.take(ev.Recalled(at))

    def _told(self, word: str, value: str, position: int, at: int) -> None:
        match word:
            case "lift" | "replace":
                self._hooked(self._hook.level(at, lifted=word == "lift"))
            case "caller-id":
                self._line.numbers(position).caller_id = value
                self._number(value, position)
            case "dialled":
                self._line.take(ev.Dialling(position))
                self._number(self._line.numbers(position).dial(value), position)
            case _:
                event = _event(word, value, position)
                if event is not None:
                    self._line.take(event)

    def _number(self, number: str, position: int) -> None:
        call_class = class_of(number, self._exempt)
        if call_class is not None:
            self._line.take(ev.Classed(position, call_class))


def _event(word: str, value: str, at: int) -> Event | None:
    match word:
        case "ring":
            return ev.Rang(at)
        case "answered":
            return ev.Answered(at)
        case "recall":
            return ev.Recalled(at)
        case "class":
            return ev.Classed(at, CallClass(value))
        case "tone":
            return ev.ToneHeard(at, Tone(value))
        case _:
            return None
