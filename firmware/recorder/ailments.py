"""What ails lines, as faults: the watch over the sound of all lines of one rate, second by second.

It hears what the ear hears, and decides nothing: a fault of it withholds no recording.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from firmware.clock import LONDON, Clock
from firmware.faults import DeviceFault
from firmware.recorder.line import LineWork
from firmware.settings.hours import Hours
from firmware.signal.health import Ailment, Health, Ill
from firmware.signal.seconds import Seconds


class Watch:
    """All lines of one rate; rows are their sides, in the order of the lines. `hours` is when the office is open."""

    def __init__(self, lines: Sequence[LineWork], hours: Hours | None, clock: Clock) -> None:
        rate = lines[0].line.rate
        sides = [work.line.sides for work in lines]
        self._lines, self._hours, self._clock = lines, hours, clock
        self._of_row = [work for work in lines for _ in range(work.line.sides)]
        self._seconds = Seconds(rate, sum(sides))
        self._health = Health(rate, sides, [work.line.no_call_hours for work in lines])

    def take(self, rows: NDArray[np.intp], fresh: NDArray[np.int16]) -> None:
        """What came of some rows, both of a line or none: (rows, samples)."""
        for whole, samples in self._seconds.take(rows, fresh):
            talk = np.array([self._of_row[row].machine.standing.in_call for row in whole.tolist()])
            self._health.look(whole, samples, talk, working=self._working())

    def _working(self) -> bool:
        if self._hours is None:
            return False
        now = datetime.fromtimestamp(self._clock.stamp().wall_ns / 1e9, UTC)
        return self._hours.cover(now.astimezone(LONDON).replace(tzinfo=None))

    def faults(self, lost: Container[str]) -> Iterator[DeviceFault]:
        """Every ailment of every line; a line whose card is lost is not called dead besides."""
        for number, work in enumerate(self._lines):
            for ailment in self._health.ailments(number):
                if not (ailment.ill is Ill.DEAD and work.line.name in lost):
                    yield fault_of(work.line.name, ailment)

    def hum(self) -> dict[str, float]:
        """The steady level at the mains of each line, dBm0."""
        return {work.line.name: self._health.hum(number) for number, work in enumerate(self._lines)}


def fault_of(line: str, ailment: Ailment) -> DeviceFault:
    """The fault of one ailment: what is heard, and where to look."""
    side = ("first", "second")[ailment.side]
    match ailment.ill:
        case Ill.DEAD:
            what = f"line {line} brings digital silence: {ailment.figure:.0f} s without a single sound"
            return DeviceFault("device.line-dead", what, "look at the plug from the line to the card")
        case Ill.SIDE_SILENT:
            what = f"line {line}: its {side} side is silent while the other talks"
            return DeviceFault(
                "device.side-silent", what, "look at the plug of that side, and at its channel"
            )
        case Ill.HUM:
            what = f"line {line} hums at {ailment.figure:.0f} dBm0, {ailment.share:.0%} of what is heard in its pauses"
            hint = "look for a mains adapter beside its lead, and for an earth on both ends of it"
            return DeviceFault("device.line-hums", what, hint)
        case Ill.CLIPPED:
            what = f"line {line} is too loud for its card: {ailment.figure:.0f} s of the last 60 in calls were cut off"
            return DeviceFault("device.line-clips", what, "turn the card's input down: alsamixer")
        case Ill.GAIN:
            what = f"line {line}: its noise comes up by {ailment.figure:.0f} dB in each pause"
            return DeviceFault(
                "device.line-agc", what, "turn the card's automatic gain control off: alsamixer"
            )
        case Ill.UNUSED:
            what = f"line {line} had no call for {ailment.figure:.0f} hours while the office was open"
            return DeviceFault("device.line-unused", what, "make a call on it and look: callbox lines")
