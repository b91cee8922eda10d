"""Where somebody talks on each row, by energy alone, and how loud a row's noise and speech are: all rows in one pass.

Rules of this module:

1. Judged are steps of 25 ms. A row's *floor* is the level that a tenth of its last ten seconds
   (or what there is of them) stays below, looked at anew every two seconds, and of a row that was not heard
   before, every quarter of one. A step is loud if it stands 8 dB above the floor.
2. Voice begins where 275 ms of the last 500 ms are loud, and lasts while 50 ms of them are: so
   a click or a caller id's run-in is none, steady hum or noise becomes floor within seconds,
   and soft speech counts. It is told from where that was reached to where it ceased.
3. A step in which most is a call progress tone or a key is not loud; nor is one on a row that
   is *busy* with ringing or a caller id.
4. Sound at the gate's level or below counts as that level, so that a row that nobody looks closer at
   is judged like any other.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

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
        self._cell = np.full(rows, -1, np.int64)
        self._first = np.full(rows, -1, np.int64)
        self._least = np.full(rows, AT_FIRST * ABOVE_FLOOR, np.float32)
        self._votes = np.zeros((rows, VOTES), np.bool_)
        self._talks = np.zeros((rows, 1), np.bool_)
        self._voted = False
        self._noise = np.full(rows, np.nan)
        self._speech = np.full(rows, np.nan)
        self._spoken = np.zeros((rows, 2))

    def listen(
        self, heard: Heard, candidates: Candidates, busy: AbstractSet[int]
    ) -> Iterator[tuple[int, Voice]]:
        """Voice within the tick, once for each row that has any."""
        powers = _powers(heard)
        loud = powers > self._remember(heard, powers)
        if not self._voted and not np.count_nonzero(loud):
            return
        loud[heard.open] &= heard.long_pitch <= TONE_SHARE * heard.long_energy
        if len(candidates):
            _leave_out(loud, heard, candidates)
        for line in [line for line, row in enumerate(heard.rows.tolist()) if row in busy] if busy else ():
            loud[line] = False
            self.forget(int(heard.rows[line]))
        yield from self._vote(heard, powers, loud)

    def calibration(self, row: int) -> Calibration:
        """What the row was like of late."""
        noise, speech = float(self._noise[row]), float(self._speech[row])
        return Calibration(None if np.isnan(noise) else noise, None if np.isnan(speech) else speech)

    def forget(self, row: int) -> None:
        """Nobody was talking; what the row is like stays true."""
        self._votes[row] = self._talks[row] = False

    def _vote(self, heard: Heard, powers: Powers, loud: NDArray[np.bool_]) -> Iterator[tuple[int, Voice]]:
        rows, step = heard.rows, STEP * heard.block
        votes = np.concatenate([self._votes[rows], loud], axis=1)
        self._votes[rows] = votes[:, -VOTES:]
        self._voted = bool(np.count_nonzero(self._votes))
        sums = np.cumsum(votes, axis=1, dtype=np.int16)
        sums = sums[:, VOTES:] - sums[:, :-VOTES]
        talking = self._talking(rows, sums)
        if not np.count_nonzero(talking):
            return
        self._spoken[rows, 0] += np.einsum("rs,rs->r", powers, loud)
        self._spoken[rows, 1] += np.add.reduce(loud, axis=1)
        first = talking.argmax(axis=1)
        ends = talking.shape[1] - talking[:, ::-1].argmax(axis=1)
        for line in np.logical_or.reduce(talking, axis=1).nonzero()[0].tolist():
            at = int(heard.at[line])
            yield int(rows[line]), Voice(at + int(first[line]) * step, at + int(ends[line]) * step)

    def _talking(self, rows: NDArray[np.intp], sums: NDArray[np.int16]) -> NDArray[np.bool_]:
        """In which steps: what was decided last, in the step or before it, holds."""
        steps = np.arange(1, sums.shape[1] + 1, dtype=np.int16)
        begun = np.maximum.accumulate(np.where(sums >= BEGINS, steps, self._talks[rows]), axis=1)
        ceased = np.maximum.accumulate(np.where(sums < LASTS, steps, 0), axis=1)
        talking = begun > ceased
        self._talks[rows] = talking[:, -1:]
        return np.asarray(talking)

    def _remember(self, heard: Heard, powers: Powers) -> Powers:
        """Add steps to the floor's ten seconds; from which power on each step of each line is loud."""
        rows, count = heard.rows, powers.shape[1]
        steps = (heard.at // (STEP * heard.block))[:, None] + np.arange(count)
        self._first[rows] = np.where(self._first[rows] < 0, steps[:, 0], self._first[rows])
        self._history[rows[:, None], steps % self._history.shape[1]] = powers
        least = self._least[rows, None]
        last = steps[:, -1] // CELL
        for line in (last != self._cell[rows]).nonzero()[0].tolist():
            row = int(rows[line])
            self._look(row, int(last[line]))
            least = np.broadcast_to(least, powers.shape).copy() if least.shape[1] == 1 else least
            least[line, steps[line] // CELL == last[line]] = self._least[row]
        for line in (steps[:, 0] - self._first[rows] <= CELL).nonzero()[0].tolist():
            least = np.broadcast_to(least, powers.shape).copy() if least.shape[1] == 1 else least
            self._look_early(int(rows[line]), steps[line], least[line])
        return least

    def _look_early(self, row: int, steps: NDArray[np.int64], least: Powers) -> None:
        """The floor of a row that is hardly known is that of all that came before."""
        first = int(self._first[row])
        for step in range(-int(-steps[0] // EARLY) * EARLY, int(steps[-1]) + 1, EARLY):
            if first < step <= first + CELL:
                heard = self._history[row, np.arange(first, step) % self._history.shape[1]]
                self._least[row] = _loud_from(heard)
                least[step - int(steps[0]) :] = self._least[row]

    def _look(self, row: int, cell: int) -> None:
        """A cell begins: the floor is that of those before it."""
        cells = self._history[row].reshape(CELLS + 1, CELL)
        before = np.delete(cells, cell % (CELLS + 1), axis=0)
        known = before[before < np.inf]
        self._cell[row] = cell
        if not len(known):
            return
        self._least[row] = _loud_from(known)
        self._calibrate(row, 10 * np.log10(_floor(known)))

    def _calibrate(self, row: int, noise: float) -> None:
        """What two more seconds say of what a row is like."""
        moved = noise - self._noise[row]
        self._noise[row] = noise if np.isnan(moved) else noise - moved * (1 - (RISES if moved > 0 else FALLS))
        power, count = self._spoken[row]
        if count < CELL // 4:
            return
        speech = 10 * np.log10(power / count)
        moved = speech - self._speech[row]
        self._speech[row] = speech if np.isnan(moved) else speech - moved * (1 - SPEAKS)
        self._spoken[row] = 0


def _floor(powers: Powers) -> float:
    """What a tenth of the steps stays below."""
    return float(np.partition(powers, len(powers) // 10)[len(powers) // 10])


def _loud_from(powers: Powers) -> float:
    """From which power on a step is loud, beside these."""
    return min(max(_floor(powers) * ABOVE_FLOOR, LEAST), MOST)


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
    keys = candidates.share >= KEY_SHARE
    line = candidates.line[keys]
    first = candidates.window[keys] - heard.at[line] // heard.block
    for block in (first, first + WINDOW - 1):
        new = block >= 0
        loud[line[new], block[new] // STEP] = False
