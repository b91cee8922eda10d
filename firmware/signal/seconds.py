"""Sound of several rows second by second, measured once for all that watches over the health of lines. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.signal.windows import FULL_SCALE_DBM0

FRAMES: Final = 20
"""Frames of a second: 50 ms, about a syllable."""

LEAST_DBM0: Final = -96.0
"""What digital silence is shown as: below the lowest step of 16 bits."""


@dataclass(frozen=True, slots=True)
class Second:
    """One second of some rows, which are named by their numbers; `talk` says on which a call is on."""

    rows: NDArray[np.intp]
    talk: NDArray[np.bool_]
    samples: NDArray[np.float32]
    """(rows, samples), one being full scale."""

    highest: NDArray[np.int16]
    lowest: NDArray[np.int16]
    levels: NDArray[np.float32]
    """(rows, frames), dBm0."""


def measured(rows: NDArray[np.intp], samples: NDArray[np.int16], talk: NDArray[np.bool_]) -> Second:
    """A second as it is looked at; `samples` is (rows, samples a second)."""
    scaled = np.multiply(samples, np.float32(1 / 32768), dtype=np.float32)
    frames = scaled.reshape(len(rows), FRAMES, -1)
    power = np.einsum("rfs,rfs->rf", frames, frames) / frames.shape[2]
    levels = dbm0(power)
    return Second(rows, talk, scaled, samples.max(axis=1), samples.min(axis=1), levels)


def dbm0(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean squares, full scale one, as levels: a sine at full scale has half, and is +3.14 dBm0."""
    least = 10 ** ((LEAST_DBM0 - FULL_SCALE_DBM0) / 10) / 2
    return np.asarray(10 * np.log10(np.maximum(2 * power, 2 * least)) + FULL_SCALE_DBM0, np.float32)


class Seconds:
    """Gathers whole seconds of rows out of what comes in ticks of any length; wipes them once they were looked at."""

    def __init__(self, rate: int, rows: int) -> None:
        self._rate = rate
        self._samples = np.zeros((rows, rate), np.int16)
        self._filled = np.zeros(rows, np.int64)

    def take(
        self, rows: NDArray[np.intp], fresh: NDArray[np.int16]
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int16]]]:
        """Take what came of some rows, (rows, samples); the seconds that are whole now, with their rows."""
        filled = self._filled[rows]
        if not (filled != filled[0]).any():
            yield from self._fill(rows, fresh, int(filled[0]))
            return
        for each in sorted(set(filled.tolist())):
            here = (filled == each).nonzero()[0]
            yield from self._fill(rows[here], fresh[here], int(each))

    def _fill(
        self, rows: NDArray[np.intp], fresh: NDArray[np.int16], filled: int
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int16]]]:
        taken, width = 0, fresh.shape[1]
        while taken < width:
            count = min(self._rate - filled, width - taken)
            self._samples[rows, filled : filled + count] = fresh[:, taken : taken + count]
            taken, filled = taken + count, filled + count
            if filled == self._rate:
                yield rows, self._samples[rows]
                self._samples[rows] = 0
                filled = 0
        self._filled[rows] = filled
