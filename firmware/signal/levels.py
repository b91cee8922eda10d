"""How loud every line is, and where somebody talks, by energy alone: all lines in one pass.

A frame is 20 ms. A line's floor is the level that a tenth of its last ten
seconds stays below. A frame is loud when it stands 9 dB above the floor, and
never below -52 dBFS; voice is half of the last 400 ms loud. So a click is no voice,
steady hum or noise becomes floor within seconds, and soft speech counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FRAME_SECONDS = 0.02
FRAMES_KEPT = 500
FLOOR_AT = FRAMES_KEPT // 10
FLOOR_EVERY = 100
"""Frames between two looks at the floor: two seconds."""

ABOVE_FLOOR_DB = 9.0
NEVER_BELOW_DB = -52.0
NEVER_ABOVE_DB = -30.0
START_FLOOR_DB = -55.0
VOTES = 20
LOUD_VOTES = 10
SILENCE_DB = -96.0
"""What digital silence is shown as: below the lowest step of 16 bits."""

_SILENCE = np.float32(10 ** (SILENCE_DB / 10))


@dataclass(frozen=True, slots=True)
class Heard:
    """One line over the frames just measured: peak level, and from which frame to which voice was heard."""

    level_db: float
    voice: tuple[int, int] | None


class Levels:
    """The levels of `lines` lines of the same rate (samples a second)."""

    def __init__(self, rate: int, lines: int) -> None:
        self.frame = round(rate * FRAME_SECONDS)
        self._floor = np.full((lines, FRAMES_KEPT), START_FLOOR_DB, np.float32)
        self._at = np.zeros(lines, np.int64)
        self._votes = np.zeros((lines, VOTES), np.bool_)
        self._threshold = np.full((lines, 1), START_FLOOR_DB + ABOVE_FLOOR_DB, np.float32)
        self._unlooked = 0

    def measure(self, lines: Sequence[int], power: NDArray[np.float32]) -> list[Heard]:
        """What was heard on some of the lines, named by their index.

        `power` is (lines, frames): the mean square of each frame of the loudest side, full scale 1.
        """
        at = np.asarray(lines)
        levels = 10 * np.log10(np.maximum(power, _SILENCE))
        self._look_at_floor(power.shape[1])
        votes = np.concatenate([self._votes[at], levels > self._threshold[at]], axis=1)
        self._votes[at] = votes[:, -VOTES:]
        self._remember(at, levels)
        sums = np.cumsum(votes, axis=1, dtype=np.int16)
        talking = sums[:, VOTES:] - sums[:, :-VOTES] >= LOUD_VOTES
        peaks: list[float] = levels.max(axis=1).tolist()
        return [Heard(peak, voice) for peak, voice in zip(peaks, _ends(talking), strict=True)]

    def _look_at_floor(self, frames: int) -> None:
        self._unlooked += frames
        if self._unlooked >= FLOOR_EVERY:
            self._unlooked = 0
            floor = np.partition(self._floor, FLOOR_AT, axis=1)[:, FLOOR_AT : FLOOR_AT + 1]
            np.clip(floor + ABOVE_FLOOR_DB, NEVER_BELOW_DB, NEVER_ABOVE_DB, out=self._threshold)

    def _remember(self, lines: NDArray[np.int64], levels: NDArray[np.float32]) -> None:
        frames = levels.shape[1]
        columns = (self._at[lines, None] + np.arange(frames)) % FRAMES_KEPT
        self._floor[lines[:, None], columns] = levels
        self._at[lines] += frames


def frame_power(samples: NDArray[np.int16], frame: int, scratch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean square of each frame of each row, full scale 1; `samples` is (rows, frames * frame).

    `scratch` is float32 of the same shape, and is overwritten.
    """
    np.multiply(samples, np.float32(1 / 32768), out=scratch)
    cut = scratch.reshape(samples.shape[0], -1, frame)
    return np.asarray(np.einsum("rkf,rkf->rk", cut, cut) / frame, np.float32)


def _ends(talking: NDArray[np.bool_]) -> list[tuple[int, int] | None]:
    """For each row, from which frame to which it is true; None where it never is."""
    first: list[int] = talking.argmax(axis=1).tolist()
    after: list[int] = (talking.shape[1] - talking[:, ::-1].argmax(axis=1)).tolist()
    voiced: list[bool] = np.asarray(talking.any(axis=1)).tolist()
    return [(first[row], after[row]) if voiced[row] else None for row in range(len(voiced))]
