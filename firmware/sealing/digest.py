"""The MD5 of what a recording really holds, which a late cut can wind back.

1. FLAC's MD5 is over the samples, little-endian, sides interleaved (RFC 9639,
   section 8.2): here over the samples that were given to the encoder, blanked.
2. A state is kept for each block boundary of the last 40 s of kept samples: a late
   cut reaches 30 s back from a press, plus look-back, plus the time the button was
   held. Blocks that are all silence need no state: from the state before them on,
   everything is zeros.
3. A cut that reaches further back leaves the MD5 unknown, which FLAC allows.
"""

import hashlib
from collections import deque
from typing import Final

from firmware.sealing.flac import Samples
from firmware.sealing.frames import BLOCK, UNKNOWN_MD5, Shape

REACH: Final = 40
"""Seconds of kept samples that can be wound back (DESIGN section 5)."""

ZEROS: Final = bytes(64 * 1024)


class Digest:
    """MD5 over the samples of one recording, as they come. `samples` counts them, a side."""

    def __init__(self, shape: Shape) -> None:
        self.samples = 0
        self._frame = 2 * shape.sides
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._states = deque([(0, self._md5.copy())], maxlen=REACH * shape.rate // BLOCK + 2)
        self._heard = False
        self._known = True

    def keep(self, samples: Samples) -> None:
        """Take samples of shape (frames, sides), C-contiguous."""
        frames, start, size = len(samples), 0, self._frame
        data = samples.data.cast("B") if frames else b""
        while start < frames:
            stop = min(frames, start + BLOCK - self.samples % BLOCK)
            self._md5.update(data[start * size : stop * size])
            self._heard = True
            self._count(stop - start)
            start = stop

    def silence(self, frames: int) -> None:
        """Take so many samples a side of digital silence."""
        first = min(frames, -self.samples % BLOCK)
        self._zeros(first)
        self._count(first)
        self._zeros(frames - first)
        self.samples += frames - first

    def wind_back(self, block: int) -> None:
        """From the beginning of a block up to now, everything becomes digital silence."""
        while self._states and self._states[-1][0] > block * BLOCK:
            self._states.pop()
        self._heard = False
        if not self._states:
            self._known = False
            return
        at, state = self._states[-1]
        self._md5 = state.copy()
        self._zeros(self.samples - at)

    def value(self) -> bytes:
        """The MD5 of everything up to now; 16 zeros where it is unknown."""
        return self._md5.digest() if self._known else UNKNOWN_MD5

    def _count(self, frames: int) -> None:
        """Count samples that end at a block boundary or before it; there, keep the state if it is a new one."""
        self.samples += frames
        if self._heard and self.samples % BLOCK == 0:
            self._states.append((self.samples, self._md5.copy()))
            self._heard = False

    def _zeros(self, frames: int) -> None:
        rest = frames * self._frame
        while rest > 0:
            self._md5.update(ZEROS[:rest])
            rest -= len(ZEROS)
