"""All lines of one card rate are brought to the line rate by one filter, without a shift in time.

A usual USB adapter offers 44.1 and 48 kHz only (hardware note, finding 1). Any
two rates will do: output k lies exactly at input k * M / L, where L / M is line
rate over card rate in lowest terms, and the filter is symmetrical about it.

The response that is promised, and tested: within 0.2 dB up to 3,400 Hz (of an
8 kHz line; in proportion for 16 kHz), and at least 55 dB down from 4,600 Hz on,
so that nothing above folds into the telephone band.
"""

from dataclasses import dataclass
from math import ceil, gcd

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

WIDTH = 24.0
"""Length of the filter in line samples: 145 taps from 48 to 8 kHz (hardware note: 1.1 CPU-s a line-hour)."""

ROWS_AT_ONCE = 4
"""Rows whose windows are gathered at once where phases differ: more no longer fit the cache."""

BETA = 5.65
"""Kaiser window for 60 dB (Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.6)."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Line rate over card rate in lowest terms."""

    up: int
    down: int


def ratio(card_rate: int, line_rate: int) -> Ratio:
    """The ratio of two rates; refuses a card slower than its line."""
    if card_rate < line_rate:
        raise ValueError(f"a card at {card_rate} Hz cannot feed a line at {line_rate} Hz")
    common = gcd(card_rate, line_rate)
    return Ratio(line_rate // common, card_rate // common)


class Decimator:
    """One filter for every row of a matrix; it keeps no sample. `half` is its reach to each side, in inputs."""

    def __init__(self, card_rate: int, line_rate: int) -> None:
        self._ratio = ratio(card_rate, line_rate)
        step = self._ratio.down / self._ratio.up
        self.half = ceil(WIDTH / 2 * step)
        self._filters = _filters(self._ratio, self.half, step)

    @property
    def identity(self) -> bool:
        """Whether the rates are equal, so that there is nothing to do."""
        return self._ratio.down == 1

    def first_input(self, output: int) -> int:
        """The first input that output `output` needs; may be negative at the very start."""
        return output * self._ratio.down // self._ratio.up - self.half

    def outputs(self, inputs: int) -> int:
        """How many outputs, counted from the start, `inputs` inputs suffice for."""
        last = inputs - 1 - self.half
        return (
            max(0, (last * self._ratio.up + self._ratio.up - 1) // self._ratio.down + 1) if last >= 0 else 0
        )

    def run(self, rows: NDArray[np.float32], first: int, count: int) -> NDArray[np.int16]:
        """Outputs `first` to `first + count` of every row, shape (rows, count).

        `rows`, shape (rows, frames), begins at `first_input(first)`.
        """
        length = 2 * self.half + 1
        windows = sliding_window_view(rows, length, axis=1)
        if self._ratio.up == 1:
            picked = windows[:, : (count - 1) * self._ratio.down + 1 : self._ratio.down]
            made = np.einsum("rkt,t->rk", picked, self._filters[0])
        else:
            at = np.arange(first, first + count) * self._ratio.down
            starts = at // self._ratio.up - self.half - self.first_input(first)
            filters = self._filters[at % self._ratio.up]
            groups = range(0, len(rows), ROWS_AT_ONCE)
            made = np.concatenate(
                [
                    np.einsum("rkt,kt->rk", windows[row : row + ROWS_AT_ONCE, starts], filters)
                    for row in groups
                ]
            )
        np.rint(made, out=made)
        np.clip(made, -32768, 32767, out=made)
        return np.asarray(made, np.int16)


def _filters(rate: Ratio, half: int, step: float) -> NDArray[np.float32]:
    """One windowed sinc for each phase, shape (phases, 2 * half + 1), each of sum one."""
    phases = np.arange(rate.up)[:, None] / rate.up
    offsets = (np.arange(-half, half + 1)[None, :] - phases) / step
    reach = half / step
    window = np.i0(BETA * np.sqrt(np.clip(1 - (offsets / reach) ** 2, 0, None))) / np.i0(BETA)
    taps = np.sinc(offsets) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)
