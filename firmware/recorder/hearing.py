"""The ear at work: every tick, all lines of one rate together; what is heard goes to each line's sense.

Rules of this module:

1. A row is one side of a line. A pass listens to as much of every row as the shortest of them has; a
   line that has less than 100 ms, because its tap stalls, is left out, and one that has a backlog
   takes more passes. So no line waits for another, and none is heard alone as a rule. Passes are half
   a second apart, which a look-back of two seconds hides; a shorter one has them every tick.
2. A pass lies on the 25 ms grid of its rows and brings the 50 ms before it again, out of the ring.
3. A line is decided up to where it was listened to, never further (`LineWork.advance`): what a pass
   still needs was not wiped.
4. The samples of a pass lie in one array, which is wiped after it.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from firmware.recorder.ailments import Ailments
from firmware.recorder.line import LineWork
from firmware.signal.ear import Ear
from firmware.signal.events import Blanked, SignalEvent

FEWEST = 4
"""Steps for which a line is listened to: less waits for the next tick, 100 ms at most."""

PATIENT = 16
"""Steps that some line has before all are listened to, where all look back for `LONG_BACK`: 400 ms, so every other tick."""

LONG_BACK = 2.0
"""Seconds of look-back, behind which what is decided half a second late is decided in time (DESIGN, section 4)."""

AGAIN = 10
"""Steps for which it is listened to once more within a tick: 250 ms."""

MOST = 20
"""Steps in one pass: half a second."""


class Hearing:
    """All lines of one rate."""

    def __init__(self, lines: Sequence[LineWork], ailments: Ailments) -> None:
        self._lines = lines
        self._of_row = [(work, side) for work in lines for side in range(work.line.sides)]
        rows = np.arange(len(self._of_row))
        firsts = [0, *accumulate(work.line.sides for work in lines)]
        self._rows = {
            work: rows[first:last] for work, (first, last) in zip(lines, pairwise(firsts), strict=True)
        }
        self._ear = Ear(lines[0].line.rate, len(rows))
        self._step, self._context = self._ear.step, self._ear.context
        self._watch = ailments.watch(lines, self._ear.calibration)
        self._due = PATIENT if all(work.line.look_back >= LONG_BACK for work in lines) else FEWEST
        self._slab = np.zeros(len(rows) * (self._context + MOST * self._step), np.int16)
        for work in lines:
            work.meter = partial(self._level_db, work)

    def listen(self) -> None:
        """Listen to what has arrived on every line, if it is time to."""
        ready = self._ready(FEWEST)
        if ready and max(ready.values()) >= self._due:
            while ready:
                self._pass(list(ready), min(MOST, *ready.values()))
                ready = self._ready(AGAIN)

    def _level_db(self, work: LineWork) -> float:
        """How loud the louder side of a line was in its last pass."""
        return max(map(self._ear.level_db, self._rows[work].tolist()))

    def end(self) -> None:
        """Listen to all that has arrived; what is being keyed is taken as far as it came, as if silence followed."""
        while ready := self._ready(1):
            self._pass(list(ready), min(MOST, *ready.values()))
        for work in self._lines:
            if work.blanks:
                work.listen(work.heard, self._cut_short(work))

    def _cut_short(self, work: LineWork) -> list[tuple[int, SignalEvent]]:
        rows, begin = self._rows[work], max(0, work.heard - self._context)
        samples = np.zeros((len(rows), self._context + FEWEST * self._step), np.int16)
        early = self._context - (work.heard - begin)
        work.intake.ring.copy(begin, work.heard, samples[:, early : self._context])
        at = np.full(len(rows), work.heard)
        told = [(self._of_row[row][1], each) for row, each in self._ear.listen(rows, at, samples)]
        samples[:] = 0
        return [each for each in told if isinstance(each[1], Blanked)]

    def _ready(self, least: int) -> dict[LineWork, int]:
        """The lines with so many whole steps or more that were not listened to, and how many."""
        ready = {}
        for work in self._lines:
            ring = work.intake.ring
            if ring.oldest and work.heard - self._context < ring.oldest:
                self._jump(work, ring.oldest)
            steps = (ring.end - work.heard) // self._step
            if steps >= least:
                ready[work] = steps
        return ready

    def _jump(self, work: LineWork, oldest: int) -> None:
        """What was overwritten before anybody listened is gone: begin anew behind it, on the grid."""
        work.heard = -(-(oldest + self._context) // self._step) * self._step
        for row in self._rows[work]:
            self._ear.forget(int(row))

    def _pass(self, lines: Sequence[LineWork], steps: int) -> None:
        """Listen to so many steps of some of the lines."""
        rows = np.concatenate([self._rows[work] for work in lines])
        at = np.array([work.heard for work in lines for _ in self._rows[work]])
        new = steps * self._step
        width = self._context + new
        samples = self._slab[: len(rows) * width].reshape(len(rows), width)
        self._load(lines, samples, new)
        told: dict[LineWork, list[tuple[int, SignalEvent]]] = defaultdict(list)
        for row, heard in self._ear.listen(rows, at, samples):
            work, side = self._of_row[row]
            told[work].append((side, heard))
        self._watch.take(rows, samples[:, self._context :])
        samples[:] = 0
        for work in lines:
            work.listen(work.heard + new, told.get(work, ()))

    def _load(self, lines: Sequence[LineWork], samples: NDArray[np.int16], new: int) -> None:
        """Fill wiped rows from the rings; before the start of time there was silence."""
        row = 0
        for work in lines:
            sides = work.line.sides
            begin = work.heard - self._context
            early = max(0, -begin)
            work.intake.ring.copy(begin + early, work.heard + new, samples[row : row + sides, early:])
            row += sides


def hearings(lines: Sequence[LineWork], ailments: Ailments) -> list[Hearing]:
    """One hearing for each rate."""
    rates: dict[int, list[LineWork]] = defaultdict(list)
    for work in lines:
        rates[work.line.rate].append(work)
    return [Hearing(group, ailments) for group in rates.values()]
