"""What ails lines, as faults: the sound of each second by second, and whether its card is where it was confirmed.

It hears what the ear hears, and decides nothing: a fault of it withholds no recording.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.clock import LONDON, Clock
from firmware.faults import DeviceFault
from firmware.recorder.identity import NAME, Identity
from firmware.recorder.line import LineWork
from firmware.settings.hours import parse_hours
from firmware.settings.model import Settings
from firmware.signal.health import Ailment, Health, Ill
from firmware.signal.seconds import Seconds
from firmware.signal.voice import Calibration

Calibrate = Callable[[int], Calibration]
"""What a row is like, by its number."""


class Ailments:
    """Of all lines of a box."""

    def __init__(self, settings: Settings, data: Path, clock: Clock) -> None:
        self._hours = parse_hours(settings.office.hours)
        self._clock = clock
        self._identity = Identity(data / NAME, settings.recorded_lines, settings.taps)
        self._watches: list[Watch] = []

    def watch(self, lines: Sequence[LineWork], calibrate: Calibrate) -> "Watch":
        """A watch over lines of one rate, to be given all that is heard of them."""
        self._watches.append(Watch(lines, self._working, calibrate))
        return self._watches[-1]

    def _working(self) -> bool:
        """Whether the office is open now."""
        if self._hours is None:
            return False
        now = datetime.fromtimestamp(self._clock.stamp().wall_ns / 1e9, UTC)
        return self._hours.cover(now.astimezone(LONDON).replace(tzinfo=None))

    def look(self) -> None:
        """Look where the cards are plugged in."""
        self._identity.look(self._clock.stamp().boot_id)

    def faults(self, lost: Container[str]) -> list[DeviceFault]:
        """Every ailment of every line; one whose tap is lost is not called dead besides."""
        return [*self._identity.faults, *(fault for watch in self._watches for fault in watch.faults(lost))]

    def figures(self, line: str) -> dict[str, float | None]:
        """How a line sounds, in dBm0: its floor, the speech on it, and how much of it is hum."""
        return next((watch.figures(line) for watch in self._watches if line in watch), {})


class Watch:
    """All lines of one rate; rows are their sides, in the order of the lines."""

    def __init__(self, lines: Sequence[LineWork], working: Callable[[], bool], calibrate: Calibrate) -> None:
        rate, sides = lines[0].line.rate, [work.line.sides for work in lines]
        self._of_row = [work for work in lines for _ in range(work.line.sides)]
        self._numbers = {work.line.name: number for number, work in enumerate(lines)}
        self._lines, self._working, self._calibrate = lines, working, calibrate
        self._seconds = Seconds(rate, sum(sides))
        self._health = Health(rate, sides, [work.line.no_call_hours for work in lines])

    def __contains__(self, line: str) -> bool:
        return line in self._numbers

    def take(self, rows: NDArray[np.intp], fresh: NDArray[np.int16]) -> None:
        """What came of some rows, both of a line or none: (rows, samples)."""
        for whole, samples in self._seconds.take(rows, fresh):
            talk = np.array([self._of_row[row].machine.standing.in_call for row in whole.tolist()])
            self._health.look(whole, samples, talk, working=self._working())

    def faults(self, lost: Container[str]) -> Iterator[DeviceFault]:
        """Every ailment; lines of the taps named are lost already."""
        for number, work in enumerate(self._lines):
            for ailment in self._health.ailments(number):
                if not (ailment.ill is Ill.DEAD and work.line.tap in lost):
                    yield fault_of(work.line.name, ailment)

    def figures(self, line: str) -> dict[str, float | None]:
        """How a line sounds, on the side that is louder in each respect."""
        rows = [row for row, work in enumerate(self._of_row) if work.line.name == line]
        heard = [self._calibrate(row) for row in rows]
        return {
            "floor_dbm0": _loudest([each.noise_dbm0 for each in heard]),
            "speech_dbm0": _loudest([each.speech_dbm0 for each in heard]),
            "hum_dbm0": _loudest([self._health.hum(self._numbers[line])]),
        }


def _loudest(levels: Sequence[float | None]) -> float | None:
    """The loudest of those that were heard."""
    known = [level for level in levels if level is not None]
    return round(max(known), 1) if known else None


def fault_of(line: str, ailment: Ailment) -> DeviceFault:
    """The fault of one ailment: what is heard, and where to look."""
    return DeviceFault(*_words(line, ailment), about=f"line {line}")


def _words(line: str, ailment: Ailment) -> tuple[str, str, str]:
    """Code, message and hint."""
    side = ("first", "second")[ailment.side]
    match ailment.ill:
        case Ill.DEAD:
            what = f"line {line} brings digital silence: {ailment.figure:.0f} s without a single sound"
            return "device.line-dead", what, "look at the plug from the line to the card"
        case Ill.SIDE_SILENT:
            what = f"line {line}: its {side} side is silent while the other talks"
            return "device.side-silent", what, "look at the plug of that side, and at its channel"
        case Ill.HUM:
            what = f"line {line} hums at {ailment.figure:.0f} dBm0, {ailment.share:.0%} of what is heard in its pauses"
            hint = "look for a mains adapter beside its lead, and for an earth on both ends of it"
            return "device.line-hums", what, hint
        case Ill.CLIPPED:
            what = f"line {line} is too loud for its card: {ailment.figure:.0f} s of the last 60 in calls were cut off"
            return "device.line-clips", what, "turn the card's input down: alsamixer"
        case Ill.GAIN:
            what = f"line {line}: its noise comes up by {ailment.figure:.0f} dB in each pause"
            return "device.line-agc", what, "turn the card's automatic gain control off: alsamixer"
        case Ill.UNUSED:
            what = f"line {line} had no call for {ailment.figure:.0f} hours while the office was open"
            return "device.line-unused", what, "make a call on it and look: callbox lines"
