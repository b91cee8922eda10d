"""How loud every line is, and where somebody talks, by energy alone.

A frame is 20 ms. A line's floor is the level that a tenth of its last ten
seconds stays below. A frame is loud when it stands 9 dB above the floor, and
never below -52 dBFS; voice is half of the last 400 ms loud. So a click is no voice,
steady hum or noise becomes floor within seconds, and soft speech counts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FRAME_SECONDS = 0.02
FRAMES_KEPT = 500
ABOVE_FLOOR_DB = 9.0
NEVER_BELOW_DB = -52.0
NEVER_ABOVE_DB = -30.0
START_FLOOR_DB = -55.0
VOTES = 20
LOUD_VOTES = 10
SILENCE_DB = -96.0
"""What digital silence is shown as: below the lowest step of 16 bits."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One line over the frames just measured: peak level, and where voice was, in samples of the block."""

    level_db: float
    voice: tuple[tuple[int, int], ...]


class Levels:
    """The levels of one line; `rate` in samples a second."""

    def __init__(self, rate: int) -> None:
        self.frame = round(rate * FRAME_SECONDS)
        self._floor = np.full(FRAMES_KEPT, START_FLOOR_DB, np.float32)
        self._at = 0
        self._votes = np.zeros(VOTES, np.bool_)

    def measure(self, power: NDArray[np.float32]) -> Heard:
        """One frame a row of `power` (mean square of full scale, loudest side): what was heard in them."""
        levels = 10 * np.log10(np.maximum(power, 10 ** (SILENCE_DB / 10)))
        threshold = np.clip(self._threshold(), NEVER_BELOW_DB, NEVER_ABOVE_DB)
        loud = levels > threshold
        votes = np.concatenate([self._votes, loud])
        counts = np.convolve(votes, np.ones(VOTES, np.int16), "valid")[1:]
        self._votes = votes[-VOTES:]
        self._remember(levels)
        talking = counts >= LOUD_VOTES
        return Heard(float(levels.max(initial=SILENCE_DB)), _runs(talking, self.frame))

    def _threshold(self) -> float:
        floor = np.partition(self._floor, FRAMES_KEPT // 10)[FRAMES_KEPT // 10]
        return float(floor) + ABOVE_FLOOR_DB

    def _remember(self, levels: NDArray[np.float32]) -> None:
        at = (self._at + np.arange(len(levels))) % FRAMES_KEPT
        self._floor[at] = levels
        self._at = (self._at + len(levels)) % FRAMES_KEPT


def frame_power(samples: NDArray[np.int16], frame: int, scratch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean square of each whole frame of the loudest side; `samples` is (sides, frames), full scale is 1.

    `scratch` is float32, (sides, at least as many frames), and is overwritten.
    """
    count = samples.shape[1] // frame
    work = scratch[:, : count * frame]
    np.multiply(samples[:, : count * frame], np.float32(1 / 32768), out=work)
    cut = work.reshape(samples.shape[0], count, frame)
    return np.asarray(np.einsum("skf,skf->sk", cut, cut).max(axis=0) / frame, np.float32)


def _runs(flags: NDArray[np.bool_], frame: int) -> tuple[tuple[int, int], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return tuple((int(a) * frame, int(b) * frame) for a, b in zip(edges[::2], edges[1::2], strict=True))
