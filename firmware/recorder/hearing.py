"""What all lines hear in a tick, measured in one pass: levels, and voice for their machines.

This is where hearing the line from its audio belongs: it ends in events for the
machine, as what a script tells does.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from firmware.call import events as ev
from firmware.recorder.line import LineWork
from firmware.signal.levels import Levels, frame_power

MOST_FRAMES = 100
"""Frames of 20 ms measured at once; a backlog takes several passes."""


TICKS_HOOKED = 4
"""Ticks between two measurings where hooks tell of calls: a second, as often as the notes tell of levels."""

TICKS_HOOKLESS = 2
"""Ticks between them where voice begins a call: half a second, well within the pre-roll."""


class Hearing:
    """All lines of one rate; `every` is the number of ticks between two measurings."""

    def __init__(self, lines: Sequence[LineWork]) -> None:
        hooked = all(work.line.hook is not None for work in lines)
        self.every = TICKS_HOOKED if hooked else TICKS_HOOKLESS
        self._lines = lines
        self._levels = Levels(lines[0].line.rate, len(lines))
        self._measured = [0] * len(lines)
        rows = sum(work.line.sides for work in lines)
        width = self._levels.frame * MOST_FRAMES
        self._samples = np.zeros(rows * width, np.int16)
        self._scratch = np.zeros(rows * width, np.float32)

    def listen(self) -> None:
        """Measure what has arrived on every line."""
        count = MOST_FRAMES
        while count == MOST_FRAMES:
            count = 0
            for count, lines in self._groups():
                self._measure(lines, count)

    def _groups(self) -> list[tuple[int, list[int]]]:
        """Lines by the number of whole frames that wait on them, fewest first; where none waits, none is told."""
        groups: dict[int, list[int]] = defaultdict(list)
        for index, work in enumerate(self._lines):
            ring = work.intake.ring
            self._measured[index] = max(self._measured[index], ring.oldest)
            count = (ring.end - self._measured[index]) // self._levels.frame
            if count:
                groups[min(count, MOST_FRAMES)].append(index)
        return sorted(groups.items())

    def _measure(self, lines: Sequence[int], count: int) -> None:
        width = count * self._levels.frame
        sides = [self._lines[index].line.sides for index in lines]
        rows = sum(sides)
        samples = self._samples[: rows * width].reshape(rows, width)
        scratch = self._scratch[: rows * width].reshape(rows, width)
        first = 0
        for index, side in zip(lines, sides, strict=True):
            start = self._measured[index]
            self._lines[index].intake.ring.copy(start, start + width, samples[first : first + side])
            first += side
        power = frame_power(samples, self._levels.frame, scratch)
        samples[:] = 0
        scratch[:] = 0
        if rows != len(lines):
            power = np.maximum.reduceat(power, np.cumsum([0, *sides[:-1]]), axis=0)
        for index, heard in zip(lines, self._levels.measure(lines, power), strict=True):
            self._tell(index, heard.level_db, heard.voice)
            self._measured[index] += width

    def _tell(self, index: int, level_db: float, voice: tuple[int, int] | None) -> None:
        work, frame = self._lines[index], self._levels.frame
        work.level_db = level_db
        if voice is not None:
            start = self._measured[index]
            work.take(ev.VoiceHeard(start + voice[0] * frame, start + voice[1] * frame))


def hearings(lines: Sequence[LineWork]) -> list[Hearing]:
    """One hearing for each rate."""
    rates: dict[int, list[LineWork]] = defaultdict(list)
    for work in lines:
        rates[work.line.rate].append(work)
    return [Hearing(group) for group in rates.values()]
