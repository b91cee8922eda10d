"""A Merkle tree over the entries of the audit log, exactly as RFC 6962, section 2.1 hashes it.

1. A leaf is SHA-256(0x00, entry), a node SHA-256(0x01, left, right); the root of
   nothing is SHA-256 of nothing.
2. A tree of n leaves splits at the largest power of two below n.
3. An inclusion proof verifies alone: entry, index, size, path and root, without the log.
"""

import hashlib
from collections.abc import Sequence

from firmware.vault.journal import leaf_hash

__all__ = ["Frontier", "inclusion", "leaf_hash", "root_of", "verify_inclusion"]

EMPTY = hashlib.sha256(b"").digest()


class Frontier:
    """The right edge of a growing tree: a root after every leaf, in memory that grows with log n only."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """One more leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node = _node(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = _node(peak, node)
        return node


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over a list of leaf hashes."""
    edge = Frontier()
    for leaf in leaves:
        edge.add(leaf)
    return edge.root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The path that proves a leaf to be in the tree, from the leaf upwards (section 2.1.1)."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} among {len(leaves)}")
    path: list[bytes] = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        left, right = leaves[:split], leaves[split:]
        path.append(root_of(right if index < split else left))
        leaves, index = (left, index) if index < split else (right, index - split)
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = _node(sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = _node(node, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
