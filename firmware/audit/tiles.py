"""The roots of any range of the tree, from one hash kept for each 256 leaves.

1. A *tile* is 256 leaves that begin at a multiple of 256; its root is kept in memory, so a
   year of 450,000 entries takes 56 KiB, and a proof reads one or two tiles of leaves.
2. A tree that goes on from dropped leaves has the roots of the whole subtrees they were;
   what lies inside one of those is gone (`GoneError`).
"""

from collections.abc import Callable, Sequence

from firmware.audit.tree import Frontier, node_hash, peak_ranges, root_of, split

TILE = 256
"""Leaves; as C2SP tlog-tiles, "Merkle Tree" has them (16 KiB of lines are read in well under a millisecond)."""

Leaves = Callable[[int, int], list[bytes]]
"""The leaf hashes from the first index up to before the second, from disk."""


class GoneError(LookupError):
    """The leaves that were asked for are dropped; `first` is the index of the first that is there."""

    def __init__(self, first: int) -> None:
        super().__init__(f"entries before {first} are dropped")
        self.first = first


class Tiles:
    """What is kept of a growing tree to prove things from."""

    def __init__(self, read: Leaves, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Of a tree that begins empty, or after `size` dropped leaves with these peaks."""
        self.dropped = size
        self._read = read
        ranges = peak_ranges(size)
        self._known = dict(zip(ranges, peaks, strict=True))
        whole = sum(1 for start, end in ranges if end - start >= TILE)
        self._closed = Frontier(size // TILE, peaks[:whole])
        self._open = Frontier(size % TILE, peaks[whole:])
        self._tiles: dict[int, bytes] = {}

    @property
    def size(self) -> int:
        """How many leaves, dropped ones too."""
        return self._closed.size * TILE + self._open.size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of its whole subtrees, the largest first."""
        return (*self._closed.peaks, *self._open.peaks)

    def add(self, leaf: bytes) -> None:
        """One more leaf hash."""
        self._open.add(leaf)
        if self._open.size == TILE:
            root, self._open = self._open.root(), Frontier()
            self._tiles[self.size] = root
            self._closed.add(root)

    def root(self) -> bytes:
        """The root over all leaves."""
        return Frontier(self.size, self.peaks).root()

    def forget(self, size: int, peaks: Sequence[bytes]) -> None:
        """The leaves before `size` are dropped; of them only these peaks stay."""
        self.dropped = size
        self._known = dict(zip(peak_ranges(size), peaks, strict=True))
        self._tiles = {start: root for start, root in self._tiles.items() if start + TILE > size}

    def roots(self, start: int, end: int) -> bytes:
        """The root over a range; refuses one inside dropped leaves as `GoneError`."""
        if (start, end) in self._known:
            return self._known[start, end]
        if end - start == TILE and start in self._tiles:
            return self._tiles[start]
        if start >= self.dropped and end - start <= TILE:
            return root_of(self._read(start, end))
        if end <= self.dropped and end - start == 1:
            raise GoneError(self.dropped)
        middle = start + split(end - start)
        return node_hash(self.roots(start, middle), self.roots(middle, end))
