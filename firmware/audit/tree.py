"""A Merkle tree over the entries of the audit log, exactly as RFC 6962, section 2.1 hashes it.

1. A leaf is SHA-256(0x00, entry), a node SHA-256(0x01, left, right); the root of
   nothing is SHA-256 of nothing.
2. A tree of n leaves splits at the largest power of two below n.
3. A proof verifies alone: leaf or older root, sizes, path and root, without the log.
4. A proof asks for the roots of ranges, each of them once: who keeps roots of whole
   ranges (`firmware.audit.tiles`) proves without hashing every leaf again.
"""

import hashlib
from collections.abc import Callable, Sequence

from firmware.vault.journal import leaf_hash

__all__ = [
    "Frontier",
    "Roots",
    "consistency",
    "consistency_of",
    "inclusion",
    "inclusion_of",
    "leaf_hash",
    "node_hash",
    "peak_ranges",
    "root_of",
    "split",
    "verify_consistency",
    "verify_inclusion",
]

EMPTY = hashlib.sha256(b"").digest()

Roots = Callable[[int, int], bytes]
"""The root over the leaves from the first index up to before the second."""


class Frontier:
    """The right edge of a growing tree: a root after every leaf, in memory that grows with log n only."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Of nothing, or of `size` leaves whose whole subtrees have these roots; refuses another number of them."""
        if len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of its whole subtrees, the largest first."""
        return tuple(self._peaks)

    def add(self, leaf: bytes) -> None:
        """One more leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over a list of leaf hashes."""
    edge = Frontier()
    for leaf in leaves:
        edge.add(leaf)
    return edge.root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The path that proves a leaf to be in the tree, from the leaf upwards (RFC 6962, section 2.1.1)."""
    return inclusion_of(_roots_of(leaves), index, len(leaves))


def inclusion_of(roots: Roots, index: int, size: int) -> list[bytes]:
    """The same from the roots of ranges; refuses a leaf that is not there."""
    if not 0 <= index < size:
        raise IndexError(f"there is no leaf {index} among {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        path.append(roots(middle, end) if index < middle else roots(start, middle))
        start, end = (start, middle) if index < middle else (middle, end)
    return path[::-1]


def consistency(leaves: Sequence[bytes], first: int, second: int) -> list[bytes]:
    """The path that proves the tree of `first` leaves to be the beginning of that of `second` (RFC 9162, section 2.1.4.1)."""
    if second > len(leaves):
        raise IndexError(f"there is no tree of {second} leaves among {len(leaves)}")
    return consistency_of(_roots_of(leaves), first, second)


def consistency_of(roots: Roots, first: int, second: int) -> list[bytes]:
    """The same from the roots of ranges; nothing leads from nothing, and nothing from a tree to itself."""
    if not 0 <= first <= second:
        raise IndexError(f"a tree of {first} leaves is not the beginning of one of {second}")
    path: list[bytes] = []
    start, end = 0, second
    while start < first < end:
        middle = start + split(end - start)
        path.append(roots(middle, end) if first <= middle else roots(start, middle))
        start, end = (start, middle) if first <= middle else (middle, end)
    known = start == 0 or first == 0
    return ([] if known else [roots(start, end)]) + path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = node_hash(sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Whether the path leads from both roots to one tree that only grew (RFC 9162, section 2.1.4.2)."""
    if first in {0, second}:
        same = first_root == (EMPTY if first == 0 else second_root)
        return 0 <= first <= second and not path and same
    whole = [first_root, *path] if first & first - 1 == 0 else list(path)
    if not 0 < first < second or not whole:
        return False
    return _both(first - 1, second - 1, whole) == (first_root, second_root)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(count: int) -> int:
    """Rule 2; of two leaves or more."""
    return 1 << (count - 1).bit_length() - 1


def peak_ranges(size: int) -> list[tuple[int, int]]:
    """The ranges of the whole subtrees that a tree of this size is made of, the largest first."""
    ranges, start = [], 0
    for power in range(size.bit_length() - 1, -1, -1):
        if size >> power & 1:
            ranges.append((start, start + (1 << power)))
            start += 1 << power
    return ranges


def _both(first: int, second: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that a path leads to; `first` and `second` are the last indexes of the two trees."""
    while first & 1:
        first, second = first >> 1, second >> 1
    older = newer = path[0]
    for node in path[1:]:
        if second == 0:
            return None
        if first & 1 or first == second:
            older, newer = node_hash(node, older), node_hash(node, newer)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            newer = node_hash(newer, node)
        first, second = first >> 1, second >> 1
    return (older, newer) if second == 0 else None


def _roots_of(leaves: Sequence[bytes]) -> Roots:
    return lambda start, end: root_of(leaves[start:end])
