"""Where somebody talks on each row, by energy alone, and how loud a row's noise and speech are: all rows in one pass.

Rules of this module:

1. Judged are steps of 25 ms. A row's *floor* is the level that a tenth of its last ten seconds
   (or what there is of them) stays below, looked at anew every two seconds. A step is loud if it stands 9 dB above the floor.
2. Voice is 300 ms loud of the last 500 ms: so a click or a caller id's run-in is none, steady
   hum or noise becomes floor within seconds, and soft speech counts. It is told from where
   that was reached, 300 ms into it, to where it ceased.
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

CELLS = 5
"""That the floor is made of."""

ABOVE_FLOOR = power_of(9.0)
LEAST, MOST = power_of(-50.0), power_of(-24.0)
"""Limits of what is loud: below, a line that hums nowhere hears its own codec; above, everybody shouts (our choice)."""

AT_FIRST = power_of(-49.0)
"""A row's floor until it is known (our choice)."""

VOTES, ENOUGH = 20, 12

TONE_SHARE = 0.5
"""Of a long window, in the frequencies of a tone; speech holds so much in single windows only."""

KEY_SHARE = 0.5

RISES, FALLS, SPEAKS = 0.02, 0.25, 0.1
"""How far a look at the floor, or two seconds of speech, moves what a row is said to have: minutes up, seconds down."""

QUIET = 1.6 * power_of(GATE_DBM0)
"""No step of a row that nobody looks closer at is louder: its five blocks lie in two windows below the gate."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a row is like, in dBm0: its noise (-59: or less), and its speech where somebody spoke."""

    noise_dbm0: float
    speech_dbm0: float | None


class Voices:
    """Voice on up to `rows` rows."""

    def __init__(self, rows: int) -> None:
        self._history = np.full((rows, (CELLS + 1) * CELL), np.inf, np.float32)
        self._cell = np.full(rows, -1, np.int64)
        self._least = np.full(rows, AT_FIRST * ABOVE_FLOOR, np.float32)
        self._votes = np.zeros((rows, VOTES), np.bool_)
        self._voted = False
        self._noise = np.full(rows, 10 * np.log10(QUIET))
        self._speech = np.full(rows, np.nan)
        self._spoken = np.zeros((rows, 2))

    def listen(
        self, heard: Heard, candidates: Candidates, busy: AbstractSet[int]
    ) -> Iterator[tuple[int, Voice]]:
        """Voice within the tick, once for each row that has any."""
        powers = _powers(heard)
        loud = powers > self._remember(heard, powers)
        if not self._voted and not loud.any():
            return
        loud[heard.open] &= heard.long_pitch <= TONE_SHARE * heard.long_energy
        if len(candidates):
            _leave_out(loud, heard, candidates)
        if busy:
            loud[[row in busy for row in heard.rows.tolist()]] = False
        yield from self._vote(heard, powers, loud)

    def calibration(self, row: int) -> Calibration:
        """What the row was like of late."""
        speech = float(self._speech[row])
        return Calibration(float(self._noise[row]), None if np.isnan(speech) else speech)

    def forget(self, row: int) -> None:
        """Nobody was talking; what the row is like stays true."""
        self._votes[row] = False

    def _vote(self, heard: Heard, powers: Powers, loud: NDArray[np.bool_]) -> Iterator[tuple[int, Voice]]:
        rows, step = heard.rows, STEP * heard.block
        votes = np.concatenate([self._votes[rows], loud], axis=1)
        self._votes[rows] = votes[:, -VOTES:]
        self._voted = bool(self._votes.any())
        sums = np.cumsum(votes, axis=1, dtype=np.int16)
        talking = sums[:, VOTES:] - sums[:, :-VOTES] >= ENOUGH
        self._spoken[rows, 0] += np.einsum("rs,rs->r", powers, loud)
        self._spoken[rows, 1] += np.add.reduce(loud, axis=1)
        first = talking.argmax(axis=1)
        ends = talking.shape[1] - talking[:, ::-1].argmax(axis=1)
        for line in np.flatnonzero(talking.any(axis=1)).tolist():
            at = int(heard.at[line])
            yield int(rows[line]), Voice(at + int(first[line]) * step, at + int(ends[line]) * step)

    def _remember(self, heard: Heard, powers: Powers) -> Powers:
        """Add steps to the floor's ten seconds; from which power on each step of each line is loud."""
        rows, count = heard.rows, powers.shape[1]
        steps = (heard.at // (STEP * heard.block))[:, None] + np.arange(count)
        self._history[rows[:, None], steps % self._history.shape[1]] = powers
        least = self._least[rows, None]
        last = steps[:, -1] // CELL
        for line in np.flatnonzero(last != self._cell[rows]).tolist():
            row = int(rows[line])
            self._look(row, int(last[line]))
            least = np.broadcast_to(least, powers.shape).copy() if least.shape[1] == 1 else least
            least[line, steps[line] // CELL == last[line]] = self._least[row]
        return least

    def _look(self, row: int, cell: int) -> None:
        """A cell begins: the floor is that of those before it."""
        cells = self._history[row].reshape(CELLS + 1, CELL)
        before = np.delete(cells, cell % (CELLS + 1), axis=0)
        known = before[before < np.inf]
        self._cell[row] = cell
        if not len(known):
            return
        floor = float(np.partition(known, len(known) // 10)[len(known) // 10])
        self._least[row] = min(max(floor * ABOVE_FLOOR, LEAST), MOST)
        moved = 10 * np.log10(floor) - self._noise[row]
        self._noise[row] += moved * (RISES if moved > 0 else FALLS)
        power, count = self._spoken[row]
        if count >= CELL // 4:
            said = 10 * np.log10(power / count)
            known = said if np.isnan(self._speech[row]) else self._speech[row]
            self._speech[row] = known + SPEAKS * (said - known)
            self._spoken[row] = 0


def _powers(heard: Heard) -> Powers:
    """Mean power of each new step of each line, without hum."""
    steps = (heard.blocks - CONTEXT) // STEP
    powers = np.full((len(heard.rows), steps), QUIET, np.float32)
    if len(heard.open):
        new = heard.level[:, CONTEXT:].reshape(-1, steps, STEP).mean(axis=2)
        powers[heard.open] = np.maximum(new, np.float32(QUIET))
    return powers


def _leave_out(loud: NDArray[np.bool_], heard: Heard, candidates: Candidates) -> None:
    """Steps in which a key lies are not loud."""
    keys = candidates.share >= KEY_SHARE
    line = candidates.line[keys]
    first = candidates.window[keys] - heard.at[line] // heard.block
    for block in (first, first + WINDOW - 1):
        new = block >= 0
        loud[line[new], block[new] // STEP] = False
