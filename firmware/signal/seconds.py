"""One second of sound of several rows, measured once for all that watches over the health of lines. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAMES: Final = 20
"""Frames of a second: 50 ms, about a syllable."""

FULL_SCALE_DBM0: Final = 3.14
"""A sine at full scale (ITU-T G.711, table 1 note)."""

LEAST_DBM0: Final = -96.0
"""What digital silence is shown as: below the lowest step of 16 bits."""


@dataclass(frozen=True, slots=True)
class Second:
    """One second of some rows, which are named by their numbers; `talk` says on which a call is on."""

    rows: NDArray[np.intp]
    talk: NDArray[np.bool_]
    samples: NDArray[np.float32]
    """(rows, samples), one being full scale."""

    highest: NDArray[np.float32]
    lowest: NDArray[np.float32]
    levels: NDArray[np.float32]
    """(rows, frames), dBm0."""


def measured(rows: NDArray[np.intp], samples: NDArray[np.int16], talk: NDArray[np.bool_]) -> Second:
    """A second as it is looked at; `samples` is (rows, samples a second)."""
    scaled = np.asarray(samples, np.float32) / np.float32(32768)
    frames = scaled.reshape(len(rows), FRAMES, -1)
    power = np.einsum("rfs,rfs->rf", frames, frames) / frames.shape[2]
    levels = dbm0(power)
    return Second(rows, talk, scaled, scaled.max(axis=1), scaled.min(axis=1), levels)


def dbm0(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean squares, full scale one, as levels: a sine at full scale has half, and is +3.14 dBm0."""
    least = 10 ** ((LEAST_DBM0 - FULL_SCALE_DBM0) / 10) / 2
    return np.asarray(10 * np.log10(np.maximum(2 * power, 2 * least)) + FULL_SCALE_DBM0, np.float32)
