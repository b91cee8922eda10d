"""Where somebody talks on each row, by energy alone, and how loud a row's noise and speech are: all rows in one pass.

Rules of this module:

1. Judged are steps of 25 ms. A row's *floor* is the level that a tenth of its last ten seconds
   (or what there is of them) stays below, looked at anew every two seconds. A step is loud if it stands 8 dB above the floor.
2. Voice begins where 275 ms of the last 500 ms are loud, and lasts while 50 ms of them are: so
   a click or a caller id's run-in is none, steady hum or noise becomes floor within seconds,
   and soft speech counts. It is told from where that was reached to where it ceased.
3. A step in which most is a call progress tone or a key is not loud; nor is one on a row that
   is *busy* with ringing or a caller id.
4. Sound at the gate's level or below counts as that level, so that a row that nobody looks closer at
   is judged like any other.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

from firmware.signal.candidates import Candidates
from firmware.signal.events import Voice
from firmware.signal.windows import (
    CONTEXT,
    GATE_DBM0,
    STEP,
    WINDOW,
    Heard,
    Powers,
    power_of,
)

CELL = 80
"""Steps between two looks at the floor: two seconds."""

EARLY = 10
"""Steps between two looks while a row's first cell is not over."""

CELLS = 5
"""That the floor is made of."""

ABOVE_FLOOR = power_of(8.0)
LEAST, MOST = power_of(-52.0), power_of(-24.0)
"""Limits of what is loud: below, a line that hums nowhere hears its own codec; above, everybody shouts (our choice)."""

AT_FIRST = power_of(-49.0)
"""A row's floor until it is known (our choice)."""

VOTES, BEGINS, LASTS = 20, 11, 2

TONE_SHARE = 0.5
"""Of a long window, in the frequencies of a tone; speech holds so much in single windows only."""

KEY_SHARE = 0.5

RISES, FALLS, SPEAKS = 0.02, 0.25, 0.1
"""How far a look at the floor, or two seconds of speech, moves what a row is said to have: minutes up, seconds down."""

QUIET = 1.6 * power_of(GATE_DBM0)
"""No step of a row that nobody looks closer at is louder: its five blocks lie in two windows below the gate."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a row is like, in dBm0: its noise (-59: or less), and its speech; none of what was not heard yet."""

    noise_dbm0: float | None
    speech_dbm0: float | None


class Voices:
    """Voice on up to `rows` rows."""

    def __init__(self, rows: int) -> None:
        self._history = np.full((rows, (CELLS + 1) * CELL), np.inf, np.float32)
        self._cell = [-1] * rows
        self._first: list[int | None] = [None] * rows
        self._least = np.full((rows, 1), AT_FIRST * ABOVE_FLOOR, np.float32)
        self._votes = np.zeros((rows, VOTES), np.bool_)
        self._voted = False
        self._talks = [False] * rows
        self._talked = [False] * rows
        self._noise: list[float | None] = [None] * rows
        self._speech: list[float | None] = [None] * rows

    def listen(
        self, heard: Heard, candidates: Candidates, busy: AbstractSet[int]
    ) -> Iterator[tuple[int, Voice]]:
        """Voice within the tick, once for each row that has any."""
        powers = _powers(heard)
        loud = powers > self._remember(heard, powers)
        if not self._voted and not np.count_nonzero(loud):
            return
        loud[heard.open] &= heard.long_pitch <= TONE_SHARE * heard.long_energy
        _leave_out(loud, heard, candidates)
        if busy:
            loud[[row in busy for row in heard.rows.tolist()]] = False
            for row in busy & set(heard.rows.tolist()):
                self.forget(row)
        yield from self._vote(heard, loud)

    def calibration(self, row: int) -> Calibration:
        """What the row was like of late."""
        return Calibration(self._noise[row], self._speech[row])

    def forget(self, row: int) -> None:
        """Nobody was talking; what the row is like stays true."""
        self._votes[row] = self._talks[row] = False

    def _vote(self, heard: Heard, loud: NDArray[np.bool_]) -> Iterator[tuple[int, Voice]]:
        rows, step = heard.rows, STEP * heard.block
        votes = np.concatenate([self._votes[rows], loud], axis=1)
        self._votes[rows] = votes[:, -VOTES:]
        sums = np.add.accumulate(votes, axis=1, dtype=np.int16)
        counts = (sums[:, VOTES:] - sums[:, :-VOTES]).tolist()
        self._voted = any(each[-1] for each in counts)
        for row, at, each in zip(rows.tolist(), heard.at.tolist(), counts, strict=True):
            if (span := self._talking(row, each)) is not None:
                self._talked[row] = True
                yield row, Voice(at + span[0] * step, at + span[1] * step)

    def _talking(self, row: int, counts: Sequence[int]) -> tuple[int, int] | None:
        """From which step to which, the last not included; `counts` says how many were loud of the last 20."""
        talks = self._talks[row]
        if talks and min(counts) >= LASTS:
            return 0, len(counts)
        if not talks and max(counts) < BEGINS:
            return None
        said = []
        for place, count in enumerate(counts):
            talks = count >= (LASTS if talks else BEGINS)
            if talks:
                said.append(place)
        self._talks[row] = talks
        return (said[0], said[-1] + 1) if said else None

    def _remember(self, heard: Heard, powers: Powers) -> Powers:
        """Add steps to the floor's ten seconds; from which power on each step of each line is loud."""
        rows, count = heard.rows, powers.shape[1]
        first = heard.at // (STEP * heard.block)
        columns = first[:, None] + np.arange(count)
        self._history[rows[:, None], columns % self._history.shape[1]] = powers
        least = self._least[rows]
        steps = list(zip(rows.tolist(), first.tolist(), strict=True))
        begun = [
            line for line, (row, step) in enumerate(steps) if (step + count - 1) // CELL != self._cell[row]
        ]
        if begun:
            least = _spread(least, powers)
            self._look(rows[begun], (first[begun] + count - 1) // CELL)
        for line, (row, step) in enumerate(steps):
            if line in begun:
                least[line, max(0, self._cell[row] * CELL - step) :] = self._least[row]
            if step - self._begun(row, step) <= CELL:
                least = _spread(least, powers)
                self._look_early(row, step, least[line])
        return least

    def _begun(self, row: int, step: int) -> int:
        """The first step that was ever heard of a row: this one, where none was."""
        first = self._first[row]
        if first is None:
            first = self._first[row] = step
        return first

    def _look_early(self, row: int, begin: int, least: Powers) -> None:
        """The floor of a row that is hardly known is that of all that came before."""
        first = self._begun(row, begin)
        for step in range(-(-begin // EARLY) * EARLY, begin + len(least), EARLY):
            if first < step <= first + CELL:
                known = self._history[row, np.arange(first, step) % self._history.shape[1]]
                self._least[row] = _loud_from(_floor(known))
                least[step - begin :] = self._least[row]

    def _look(self, rows: NDArray[np.intp], cells: NDArray[np.int64]) -> None:
        """Cells begin on some rows: the floor of each is that of those before it."""
        before = self._history[rows].reshape(-1, CELLS + 1, CELL)
        before[np.arange(len(rows)), cells % (CELLS + 1)] = np.inf
        known = before.reshape(len(rows), -1)
        tenths = np.count_nonzero(known < np.inf, axis=1) // 10
        known.partition(sorted(set(tenths.tolist())), axis=1)
        floors = known[np.arange(len(rows)), tenths].tolist()
        for row, cell, floor in zip(rows.tolist(), cells.tolist(), floors, strict=True):
            last, self._cell[row] = self._cell[row], cell
            if floor < np.inf:
                self._calibrate(row, self._history[row].reshape(CELLS + 1, CELL)[last % (CELLS + 1)])
                self._least[row] = _loud_from(floor)
                self._noise[row] = _moved(self._noise[row], 10 * log10(floor), RISES, FALLS)

    def _calibrate(self, row: int, steps: Powers) -> None:
        """What two more seconds say of the row's speech, if somebody spoke in them."""
        said = steps[steps > self._least[row]]
        if self._talked[row] and len(said) >= CELL // 4:
            level = 10 * log10(float(said.mean()))
            self._speech[row] = _moved(self._speech[row], level, SPEAKS, SPEAKS)
        self._talked[row] = False


def _spread(least: Powers, powers: Powers) -> Powers:
    """One threshold for each step, where there was one for each line."""
    return np.broadcast_to(least, powers.shape).copy() if least.shape[1] == 1 else least


def _floor(powers: Powers) -> float:
    """What a tenth of the steps stays below."""
    return float(np.partition(powers, len(powers) // 10)[len(powers) // 10])


def _loud_from(floor: float) -> float:
    """From which power on a step is loud, beside such a floor."""
    return min(max(floor * ABOVE_FLOOR, LEAST), MOST)


def _moved(known: float | None, seen: float, rises: float, falls: float) -> float:
    """A level, a little nearer to what was seen."""
    if known is None:
        return seen
    return known + (seen - known) * (rises if seen > known else falls)


def _powers(heard: Heard) -> Powers:
    """Mean power of each new step of each line, without hum."""
    steps = (heard.blocks - CONTEXT) // STEP
    new = heard.level[:, CONTEXT:].reshape(-1, steps, STEP)
    powers = np.maximum(np.add.reduce(new, axis=2) * np.float32(1 / STEP), np.float32(QUIET))
    if len(powers) == len(heard.rows):
        return np.asarray(powers)
    whole = np.full((len(heard.rows), steps), QUIET, np.float32)
    whole[heard.open] = powers
    return whole


def _leave_out(loud: NDArray[np.bool_], heard: Heard, candidates: Candidates) -> None:
    """Steps in which a key lies are not loud."""
    for place in (candidates.share >= KEY_SHARE).nonzero()[0].tolist():
        line = int(candidates.line[place])
        block = int(candidates.window[place]) - int(heard.at[line]) // heard.block
        loud[line, max(0, block) // STEP : (block + WINDOW - 1) // STEP + 1] = False
