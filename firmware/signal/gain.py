"""Whether something turns a row up in its pauses (automatic gain control): its noise comes up after each speech. Pure.

A pause is two seconds without loud sound in a call. Noise of a line is the same at its
beginning and later; behind a gain control it is low when speech has just ended and
comes up within a second or two. Steady noise alone is judged: what rises because
somebody far away speaks softly is not steady.
"""

import statistics
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.signal.seconds import FRAMES, LEAST_DBM0, Second
from firmware.signal.windows import median

KEPT: Final = 4 * FRAMES
"""Frames that are remembered: speech, and the pause after it."""

LOUD_DBM0, LOUD_RANGE_DB = -35.0, 10.0
"""Loud is within this range of the loudest, and never below that level: speech (ITU-T P.56 puts its active level near -20)."""

PAUSE: Final = 2 * FRAMES
"""Frames after the last loud one at which a pause is judged, once."""

SOON: Final = slice(2, 10)
LATER: Final = slice(24, 36)
"""0.1 to 0.5 s, and 1.2 to 1.8 s after the last loud frame."""

STEADY_DB: Final = 6.0
"""Noise: nine tenths of its frames lie this close together. Speech has twice that and more."""

STEP_DB: Final = 10.0
"""What comes up by more from one frame to the next was switched on: a tone, a voice."""

HEARD_DBM0: Final = -58.0
"""Noise below this is nobody's trouble, however it rises."""

FAINT_DBM0: Final = -66.0
"""Levels below this are taken as this: digital silence between two noises is no gain."""

RISE_DB: Final = 3.0
"""How far noise must come up. Our choice: six times what a healthy line was seen to do."""

PAUSES: Final = 8
RAISED, CLEARED = 6, 2
"""Of the last eight pauses: so many that rise are a fault, so few are none any more."""


class Gain:
    """The gain control of rows, as far as their pauses tell."""

    def __init__(self, rows: int) -> None:
        self._levels = np.full((rows, KEPT), LEAST_DBM0, np.float32)
        self._rises: dict[int, deque[float]] = {}
        self.ailing = np.zeros(rows, np.bool_)
        self.rise = np.zeros(rows, np.float32)

    def look(self, second: Second) -> None:
        """Take in a second of some rows, and judge the pauses that ended in it."""
        rows = second.rows
        levels = self._levels[rows]
        levels[:, :-FRAMES] = levels[:, FRAMES:]
        levels[:, -FRAMES:] = np.where(second.talk[:, None], second.levels, LEAST_DBM0)
        self._levels[rows] = levels
        loud = levels > np.maximum(LOUD_DBM0, levels.max(axis=1, keepdims=True) - LOUD_RANGE_DB)
        since = loud[:, ::-1].argmax(axis=1)
        ended = second.talk & loud.any(axis=1) & (since >= PAUSE) & (since < PAUSE + FRAMES)
        for index in ended.nonzero()[0].tolist():
            self._pause(int(rows[index]), levels[index, KEPT - since[index] :])

    def _pause(self, row: int, levels: NDArray[np.float32]) -> None:
        """One pause, from the frame after its last loud one."""
        rise = rise_of(np.maximum(levels, FAINT_DBM0))
        if rise is None:
            return
        rises = self._rises.setdefault(row, deque(maxlen=PAUSES))
        rises.append(rise)
        rising = sum(each >= RISE_DB for each in rises)
        self.ailing[row] = rising >= RAISED or (bool(self.ailing[row]) and rising > CLEARED)
        self.rise[row] = statistics.median(rises)


def rise_of(levels: NDArray[np.float32]) -> float | None:
    """How far the noise of a pause came up, 0 where it is too faint to matter; None where what is heard is no noise."""
    soon, later = _pairs(levels[SOON]), _pairs(levels[LATER])
    middle = median(later)
    if middle < HEARD_DBM0:
        return 0.0
    spread = np.quantile(later, 0.95) - np.quantile(later, 0.05)
    step = np.diff(levels[SOON.start : LATER.stop]).max()
    if spread > STEADY_DB or step > STEP_DB:
        return None
    return middle - float(soon.min())


def _pairs(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Two frames each, so that one of them alone says nothing."""
    return np.asarray((levels[1:] + levels[:-1]) / 2, np.float32)
