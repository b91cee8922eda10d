"""Windows that follow one another, of every row, from one tick to the next."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.signal.windows import CONTEXT, WINDOW, Heard


@dataclass(frozen=True, slots=True)
class Run:
    """The first and the last of windows that follow one another, by the row's grid."""

    first: int
    last: int


class Runs:
    """Runs of windows; up to `gap` less one may be missing in between."""

    def __init__(self, gap: int) -> None:
        self._gap = gap
        self._open: dict[int, Run] = {}

    def take(
        self, heard: Heard, line: NDArray[np.intp], window: NDArray[np.intp]
    ) -> Iterator[tuple[int, Run]]:
        """The runs that are over; `line` and `window` are new windows of the tick, sorted."""
        if not len(line) and not self._open:
            return
        numbers = heard.at[heard.open[line]] // heard.block + window - CONTEXT
        rows = heard.rows[heard.open[line]]
        for row, number in zip(rows.tolist(), numbers.tolist(), strict=True):
            run = self._open.get(row)
            if run and number - run.last > self._gap:
                yield row, run
                run = None
            self._open[row] = Run(run.first if run else number, number)
        yield from self._over(heard)

    def forget(self, row: int) -> None:
        """The row begins anew."""
        self._open.pop(row, None)

    def _over(self, heard: Heard) -> Iterator[tuple[int, Run]]:
        """Runs that no later window can belong to."""
        for row, at in zip(heard.rows.tolist(), heard.at.tolist(), strict=True):
            run = self._open.get(row)
            if run and at // heard.block + heard.blocks - CONTEXT - WINDOW + 1 - run.last > self._gap:
                yield row, self._open.pop(row)
