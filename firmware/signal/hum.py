"""Mains hum on a row: how strong it is, and how much it is of what is heard where nothing else is. Pure.

Hum is steady, and speech is not: of the last half minute the level that four fifths of the
seconds exceed at 50 Hz or at 150 Hz is hum; speech, ringing and music leave gaps.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.signal.seconds import LEAST_DBM0, Second, dbm0

MAINS: Final = (50.0, 150.0)
"""The mains of Europe and its third harmonic, which transformers and rectifiers make (EN 50160: 50 Hz +-1 %)."""

KEPT: Final = 30
"""Seconds that are judged together. Our choice: long against any pause in speech."""

LOUDEST_DBM0: Final = 6.0
"""Nothing is louder: seconds that were not heard yet are not the quietest."""

LEAST_SECONDS: Final = 20
"""Fewer are not judged."""

JUDGED_EVERY: Final = 4
"""Seconds between two looks at the last half minute."""

QUIET: Final = 5
"""The sixth lowest of thirty: what four fifths of the seconds exceed."""

QUIETEST: Final = 2
"""The third lowest: a second in which hardly anybody speaks."""

RAISED_DBM0, RAISED_SHARE = -50.0, 0.5
CLEARED_DBM0, CLEARED_SHARE = -53.0, 0.35
"""From where on it is a fault, and below which it is none any more. Our choice: -50 dBm0 is heard beside speech
at -20, and as much hum as all else together is what one hears in pauses.
"""


class Hum:
    """The hum of rows of one rate."""

    def __init__(self, rate: int, rows: int) -> None:
        half = rate // 2
        window = np.hanning(half)
        turns = np.outer(np.arange(half), MAINS) / rate
        waves = np.concatenate([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)
        self._half = half
        self._waves = np.asarray(waves * window[:, None] * (np.sqrt(2) / window.sum()), np.float32)
        self._hum = np.full((rows, len(MAINS), KEPT), LEAST_DBM0, np.float32)
        self._all = np.full((rows, KEPT), LOUDEST_DBM0, np.float32)
        self._seen = np.zeros(rows, np.int64)
        self.ailing = np.zeros(rows, np.bool_)
        self.level = np.full(rows, LEAST_DBM0, np.float32)
        self.share = np.zeros(rows, np.float32)

    def look(self, second: Second) -> None:
        """Take in a second of some rows, and judge them."""
        rows, half = second.rows, second.samples[:, -self._half :]
        parts = np.square(half @ self._waves)
        column = self._seen[rows] % KEPT
        self._hum[rows, :, column] = dbm0(parts[:, : len(MAINS)] + parts[:, len(MAINS) :])
        self._all[rows, column] = dbm0(np.einsum("rs,rs->r", half, half) / self._half)
        self._seen[rows] += 1
        due = rows[self._seen[rows] % JUDGED_EVERY == 0]
        if len(due):
            self._judge(due)

    def _judge(self, rows: NDArray[np.intp]) -> None:
        steady = np.partition(self._hum[rows], QUIET, axis=2)[:, :, QUIET]
        quiet = np.partition(self._all[rows], QUIETEST, axis=1)[:, QUIETEST]
        power = np.power(10, steady / 10).sum(axis=1)
        level = self.level[rows] = 10 * np.log10(power)
        share = self.share[rows] = np.minimum(1, power / np.power(10, quiet / 10))
        raised = (level >= RAISED_DBM0) & (share >= RAISED_SHARE) & (self._seen[rows] >= LEAST_SECONDS)
        cleared = (level < CLEARED_DBM0) | (share < CLEARED_SHARE)
        self.ailing[rows] = raised | (self.ailing[rows] & ~cleared)
