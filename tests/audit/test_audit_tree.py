"""Proofs over the tree, judged by the recursive definitions of RFC 6962 at every size, with and without dropped leaves."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.audit.tiles import TILE, GoneError, Tiles
from firmware.audit.tree import (
    Frontier,
    consistency,
    consistency_of,
    inclusion,
    inclusion_of,
    peak_ranges,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.audit import naive_tree

MANY = 70
LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(MANY)]
LONG = [hashlib.sha256(number.to_bytes(2)).digest() for number in range(3 * TILE + 17)]


def tiles(leaves: list[bytes], dropped: int = 0) -> Tiles:
    """Tiles over these leaves, of which the first are gone."""

    def read(start: int, end: int) -> list[bytes]:
        assert start >= dropped, "a dropped leaf was read"
        return leaves[start:end]

    peaks = [root_of(leaves[start:end]) for start, end in peak_ranges(dropped)]
    kept = Tiles(read, dropped, peaks)
    for leaf in leaves[dropped:]:
        kept.add(leaf)
    return kept


def test_every_proof_is_that_of_the_rfc() -> None:
    """Root, inclusion and consistency of every size up to 70 are what the recursive definitions give."""
    for size in range(1, MANY + 1):
        leaves = LEAVES[:size]
        assert root_of(leaves) == naive_tree.mth(leaves)
        for index in range(size):
            assert inclusion(leaves, index) == naive_tree.path(index, leaves)
        for first in range(size + 1):
            assert consistency(leaves, first, size) == naive_tree.proof(first, leaves)


@given(st.integers(0, MANY), st.integers(0, MANY), st.data())
def test_a_consistency_proof_holds_for_these_two_trees_only(
    one: int, other: int, data: st.DataObject
) -> None:
    """The proof verifies; with another root, size, or a path that is longer, shorter or changed, it does not."""
    first, second = sorted((one, other))
    old, new = root_of(LEAVES[:first]), root_of(LEAVES[:second])
    path = consistency(LEAVES, first, second)
    assert verify_consistency(first, second, path, old, new)
    assert not verify_consistency(first, second, [*path, bytes(32)], old, new)
    assert not verify_consistency(first, second, path, bytes(32), new)
    if first:
        assert not verify_consistency(first, second, path, old, bytes(32))
    if path:
        assert not verify_consistency(first, second, path[:-1], old, new)
        place = data.draw(st.integers(0, len(path) - 1))
        assert not verify_consistency(first, second, [*path[:place], bytes(32), *path[place + 1 :]], old, new)


@given(st.integers(1, MANY - 1), st.integers(0, MANY))
def test_a_rewritten_beginning_has_no_proof(first: int, changed: int) -> None:
    """Where a leaf of the older tree was another, the new tree's own proof does not lead to the older root."""
    place = changed % first
    rewritten = [*LEAVES[:place], bytes(32), *LEAVES[place + 1 :]]
    path = consistency(rewritten, first, MANY)
    assert not verify_consistency(first, MANY, path, root_of(LEAVES[:first]), root_of(rewritten))


def test_sizes_that_make_no_sense_are_refused() -> None:
    """A larger tree before a smaller one, more leaves than there are, none of them: no proof, and none verifies."""
    for first, second in ((3, 2), (1, MANY + 1), (-1, 4)):
        with pytest.raises(IndexError):
            consistency(LEAVES, first, second)
        assert not verify_consistency(first, second, [], LEAVES[0], LEAVES[0])
    with pytest.raises(IndexError):
        inclusion(LEAVES, MANY)
    with pytest.raises(ValueError, match="2 peaks, not 1"):
        Frontier(3, [bytes(32)])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(LONG)), st.integers(0, len(LONG)), st.integers(0, len(LONG)))
def test_tiles_prove_what_all_leaves_prove(one: int, two: int, three: int) -> None:
    """With the first leaves dropped, whatever is proved is what the whole list proves; what is not is refused as gone."""
    dropped, first, second = sorted((one, two, three))
    kept = tiles(LONG[:second], dropped)
    assert (kept.size, kept.root()) == (second, root_of(LONG[:second]))
    if first < second:
        path = inclusion_of(kept.roots, first, second)
        assert path == naive_tree.path(first, LONG[:second])
        assert verify_inclusion(LONG[first], first, second, path, kept.root())
    assert consistency_of(kept.roots, first, second) == naive_tree.proof(first, LONG[:second])
    assert (kept.roots(0, first) if first else root_of([])) == root_of(LONG[:first])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, len(LONG)))
def test_what_is_forgotten_is_as_if_it_had_been_dropped_before(dropped: int) -> None:
    """Dropping while the tree is open leaves the tree that a restart from the stub gives; a leaf that is gone is refused."""
    kept = tiles(LONG)
    peaks = [kept.roots(start, end) for start, end in peak_ranges(dropped)]
    kept.forget(dropped, peaks)
    again = tiles(LONG, dropped)
    assert (kept.root(), kept.peaks) == (again.root(), again.peaks) == (root_of(LONG), again.peaks)
    for each in (kept, again):
        assert each.roots(0, dropped) == root_of(LONG[:dropped])
        assert consistency_of(each.roots, dropped, len(LONG)) == consistency(LONG, dropped, len(LONG))
        if dropped % TILE > 1:
            with pytest.raises(GoneError):
                each.roots(dropped // TILE * TILE, dropped // TILE * TILE + 1)


def test_a_proof_reads_few_leaves() -> None:
    """Among 16,384 leaves a proof reads two tiles of them at most, wherever it begins."""
    leaves = [hashlib.sha256(number.to_bytes(4)).digest() for number in range(1 << 14)]
    read: list[int] = []

    def reading(start: int, end: int) -> list[bytes]:
        read.append(end - start)
        return leaves[start:end]

    kept = Tiles(reading)
    for leaf in leaves:
        kept.add(leaf)
    for index in (0, 255, 256, 10_000, 16_383):
        read.clear()
        assert inclusion_of(kept.roots, index, kept.size) == inclusion(leaves, index)
        assert consistency_of(kept.roots, index, kept.size) == consistency(leaves, index, kept.size)
        assert sum(read) <= 2 * TILE
