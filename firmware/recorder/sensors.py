"""The line sensors: hook edges and what a script tells become events for their line.

What a script tells of numbers goes to the line's sense as if it had been heard, the rest to its machine as
if the sense had told it: the line does not know which it was.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from drivers.facts import Edge, Told
from firmware.call import events as ev
from firmware.call import hook as hk
from firmware.call.events import CallClass, Event, Tone
from firmware.call.hook import Hook, HookEvent
from firmware.clock import Clock
from firmware.recorder.line import LineWork
from firmware.settings.model import Sensor
from firmware.signal.events import Absent, CallerId, Digit, RingBurst, SignalEvent, Standard


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
        clock: Clock,
    ) -> None:
        self.name = line.line.name
        self._line = line
        self._sensor = sensor
        self._lifted_high = settings is None or settings.lifted_high
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
                    self._line.hooked(ev.Lifted(at))
                case hk.HookReplaced():
                    self._line.hooked(ev.Replaced(at))
                case hk.Recall():
                    self._line.hooked(ev.Recalled(at))

    def _told(self, word: str, value: str, position: int, at: int) -> None:
        match word:
            case "lift" | "replace":
                self._hooked(self._hook.level(at, lifted=word == "lift"))
            case "recall":
                self._line.hooked(ev.Recalled(position))
            case "ring":
                self._line.take(ev.Rang(position))
                self._line.sense.take(0, RingBurst(position, position))
            case "caller-id" | "dialled":
                for heard in _heard(word, value, position):
                    self._line.sense.take(0, heard)
            case _:
                event = _event(word, value, position)
                if event is not None:
                    self._line.take(event)


def _heard(word: str, value: str, at: int) -> Iterator[SignalEvent]:
    """Numbers that are told as the ear would have heard them."""
    if word == "dialled":
        yield from (Digit(at, at, each) for each in value)
    elif value in set(Absent):
        yield CallerId(at, at, Standard.V23, absent=Absent(value))
    else:
        yield CallerId(at, at, Standard.V23, value)


def _event(word: str, value: str, at: int) -> Event | None:
    match word:
        case "answered":
            return ev.Answered(at)
        case "class":
            return ev.Classed(at, CallClass(value))
        case "tone":
            return ev.ToneHeard(at, Tone(value))
        case _:
            return None
