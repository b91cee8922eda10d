"""How loud each row was of late, block by block: where to look for what is certain only later.

1. Kept are powers, never a sample, for ten seconds.
2. A tick is kept as it came and looked at only when asked, which is a few times in a call.
3. Hum is left out wherever a block is by itself loud enough to be looked at (`windows`, rules 4
   and 5), so that the past is the same for ticks of any length and any mates.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from firmware.signal.windows import (
    BLOCKS_A_SECOND,
    CONTEXT,
    FAINT,
    GATE_DBM0,
    STEP,
    WINDOW,
    Heard,
    Powers,
    power_of,
)

KEPT = 10 * BLOCKS_A_SECOND
"""Blocks: the floor before a break of a second, and the tick that it ends in."""

FLOOR = 6 * BLOCKS_A_SECOND
"""Blocks in which the floor is looked for: nobody talks so long without a pause (our choice)."""

GATE = WINDOW * power_of(GATE_DBM0)
"""Of a block: what makes any window that it is in pass the gate."""


@dataclass(frozen=True)
class _Tick:
    """The new blocks of a batch; `first` is the first of each line, by its row's own grid."""

    number: int
    rows: NDArray[np.intp]
    first: NDArray[np.int64]
    raw: Powers
    open: NDArray[np.intp]
    level: Powers

    def line(self, row: int) -> int | None:
        """Which line of the batch the row was."""
        return self._lines.get(row)

    def without_hum(self, line: int) -> Powers:
        """The blocks of a line, without hum where they are loud enough."""
        return np.asarray(self._still[line])

    @cached_property
    def _lines(self) -> dict[int, int]:
        return {row: line for line, row in enumerate(self.rows.tolist())}

    @cached_property
    def _still(self) -> Powers:
        still = self.raw.copy()
        loud = still[self.open]
        still[self.open] = np.where(loud < GATE, loud, self.level)
        return still


class Past:
    """The last blocks of up to `rows` rows."""

    def __init__(self, rows: int) -> None:
        self._most = KEPT * rows
        self._size = 0
        self._number = 0
        self._ticks: deque[_Tick] = deque()
        self._forgotten: dict[int, int] = {}

    def take(self, heard: Heard) -> None:
        """Add the new blocks of a tick, and let the oldest go."""
        raw, level = heard.raw[:, CONTEXT:].copy(), heard.level[:, CONTEXT:].copy()
        first, opened = heard.at // heard.block, heard.open.copy()
        self._number += 1
        self._ticks.append(_Tick(self._number, heard.rows.copy(), first, raw, opened, level))
        self._size += raw.size
        while self._size > self._most:
            self._size -= self._ticks.popleft().raw.size

    def forget(self, row: int) -> None:
        """Nothing is known of the row any more."""
        self._forgotten[row] = self._number

    def blocks(self, row: int, first: int, end: int) -> Powers:
        """Power of blocks [first, end) of a row's grid, without hum; silence where nothing is known."""
        return self._gather(row, np.full(end - first, FAINT, np.float32), first, _Tick.without_hum)

    def raw(self, row: int, first: int, end: int) -> Powers:
        """The same, hum and all; louder than anything where nothing is known."""
        return self._gather(
            row, np.full(end - first, np.inf, np.float32), first, lambda tick, line: tick.raw[line]
        )

    def floor(self, row: int, before: int) -> float:
        """The quietest 25 ms of a row in the six seconds before a block of its grid."""
        end = before // STEP * STEP
        return float(self.blocks(row, end - FLOOR, end).reshape(-1, STEP).mean(axis=1).min())

    def _gather(self, row: int, gathered: Powers, first: int, of: Callable[[_Tick, int], Powers]) -> Powers:
        """The blocks from `first` on over what stands for unknown ones."""
        end = first + len(gathered)
        for tick in reversed(self._ticks):
            line = tick.line(row)
            if line is None:
                continue
            begun = int(tick.first[line])
            if tick.number <= self._forgotten.get(row, 0) or begun + tick.raw.shape[1] <= first:
                break
            part = of(tick, line)[max(0, first - begun) : max(0, end - begun)]
            gathered[max(0, begun - first) :][: len(part)] = part
        return gathered
