"""How loud each row was of late, block by block: where to look for what is certain only later.

Kept are powers, never a sample. Hum is left out wherever a block is loud enough to be looked
at (`windows`, rules 4 and 5), so that the past is the same for ticks of any length.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.signal.windows import BLOCKS_A_SECOND, CONTEXT, FAINT, GATE_DBM0, STEP, Heard, Powers, power_of

KEPT = 2 * BLOCKS_A_SECOND
"""Blocks: from a reversal to the end of an alert, or a break of a second, and half a second of tick."""

FLOOR_STEPS = 6 * BLOCKS_A_SECOND // STEP
"""Steps of 25 ms in which the floor is looked for: nobody talks so long without a pause (our choice)."""

_STEPS = FLOOR_STEPS + KEPT // STEP


class Past:
    """The last blocks of every row."""

    def __init__(self, rows: int) -> None:
        self._blocks = np.full((rows, KEPT), FAINT, np.float32)
        self._raw = np.full((rows, KEPT), FAINT, np.float32)
        self._steps = np.full((rows, _STEPS), FAINT, np.float32)
        self._ends = np.zeros(rows, np.int64)
        self._gate = power_of(GATE_DBM0)

    def take(self, heard: Heard) -> None:
        """Add the new blocks of a tick."""
        raw = heard.raw[:, CONTEXT:]
        new = raw.copy()
        if len(heard.open):
            loud = raw[heard.open]
            new[heard.open] = np.where(loud >= self._gate, heard.level[:, CONTEXT:], loud)
        _append(self._blocks, heard.rows, new)
        _append(self._raw, heard.rows, raw)
        _append(self._steps, heard.rows, new.reshape(len(new), -1, STEP).mean(axis=2))
        self._ends[heard.rows] = heard.at // heard.block + heard.blocks - CONTEXT

    def forget(self, row: int) -> None:
        """Nothing is known of the row any more; silence is taken for it."""
        self._blocks[row] = self._raw[row] = self._steps[row] = FAINT

    def blocks(self, row: int, first: int, end: int) -> Powers:
        """Power of blocks [first, end) of a row's grid, without hum; no more of them than are kept."""
        return _part(self._blocks[row], int(self._ends[row]), first, end)

    def raw(self, row: int, first: int, end: int) -> Powers:
        """The same, hum and all."""
        return _part(self._raw[row], int(self._ends[row]), first, end)

    def floor(self, row: int, before: int) -> float:
        """The quietest 25 ms of a row in the six seconds before a block of its grid."""
        end = before // STEP
        return float(_part(self._steps[row], int(self._ends[row]) // STEP, end - FLOOR_STEPS, end).min())


def _append(kept: Powers, rows: NDArray[np.intp], new: Powers) -> None:
    kept[rows] = np.concatenate([kept[rows], new], axis=1)[:, -kept.shape[1] :]


def _part(kept: Powers, until: int, first: int, end: int) -> Powers:
    missing = until - len(kept)
    return kept[max(0, first - missing) : max(0, end - missing)]
