"""A line's last samples are in its ring buffer, each at its own position, until they are overwritten or wiped.

Rules of this module:

1. Positions are absolute: the first sample ever written is 0, and the count never goes back.
2. Lost time takes its place as zeros, so a position is always an instant (`skip`).
3. `wipe` is the one place where samples are wiped; what was overwritten is gone already.
4. Memory is taken once, at the start. Nothing here makes a copy that it keeps.
5. A range that is not held is a bug of the caller, not a device that said no: `IndexError`.

Arrays are int16 of shape (sides, frames). A card's interleaved block of shape
(frames, channels) is handed in as `block.T`, which copies nothing.
"""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]


class Ring:
    """The newest `frames` frames of `sides` sides; not for two threads at once."""

    def __init__(self, frames: int, sides: int) -> None:
        self._store: Samples = np.zeros((sides, frames), np.int16)
        self._size = frames
        self._end = 0

    @property
    def end(self) -> int:
        """The position after the newest frame."""
        return self._end

    @property
    def oldest(self) -> int:
        """The position of the oldest frame held; equal to `end` while nothing was written."""
        return self._end - self._size if self._end > self._size else 0

    def write(self, block: Samples) -> None:
        """Append frames, shape (sides, frames). Of a block longer than the ring, the newest are held."""
        frames, at = block.shape[1], self._end % self._size
        self._end += frames
        if at + frames <= self._size:  # nearly always
            self._store[:, at : at + frames] = block
            return
        block = block[:, max(0, frames - self._size) :]
        done = 0
        for into in self._pieces(self._end - block.shape[1], self._end):
            into[:] = block[:, done : done + into.shape[1]]
            done += into.shape[1]

    def skip(self, frames: int) -> None:
        """Append zeros for frames that were lost, however many."""
        begin = self._end
        self._end += frames
        self.wipe(begin, self._end)

    def copy(self, start: int, stop: int, out: Samples) -> None:
        """Copy positions start to stop into the first stop - start frames of `out`, (sides, frames)."""
        done = 0
        for piece in self.views(start, stop):
            out[:, done : done + piece.shape[1]] = piece
            done += piece.shape[1]

    def views(self, start: int, stop: int) -> list[Samples]:
        """Positions start to stop where they lie, in one piece or two: good until the next write or wipe."""
        if not self.oldest <= start <= stop <= self._end:
            held = f"{self.oldest} to {self._end}"
            raise IndexError(f"positions {start} to {stop} are not in the ring: it holds {held}")
        return self._pieces(start, stop)

    def wipe(self, start: int, stop: int) -> None:
        """Make positions start to stop zero in place; those before `oldest` are gone already."""
        if not start <= stop <= self._end:
            raise IndexError(
                f"positions {start} to {stop} were not all written: the ring ends at {self._end}"
            )
        for piece in self._pieces(max(start, self.oldest), stop):
            piece[:] = 0

    def _pieces(self, start: int, stop: int) -> list[Samples]:
        """The one or two contiguous views that hold a range."""
        at, frames = start % self._size, stop - start
        if frames <= 0:
            return []
        if at + frames <= self._size:  # nearly always
            return [self._store[:, at : at + frames]]
        return [self._store[:, at:], self._store[:, : at + frames - self._size]]
