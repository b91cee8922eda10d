import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ring import Ring

SIZE = 7
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 20)),
        st.tuples(st.just("skip"), st.integers(0, 20)),
        st.tuples(st.just("wipe"), st.integers(0, 12), st.integers(0, 12)),
    ),
    max_size=30,
)


def block_of(begin: int, frames: int, sides: int) -> np.ndarray:
    """Frames that tell their own position and side."""
    return np.array(
        [[1 + begin + at + 1000 * side for at in range(frames)] for side in range(sides)], np.int16
    )


@given(STEPS, st.integers(1, 2))
def test_the_ring_is_the_tail_of_an_endless_list(steps: list[tuple], sides: int) -> None:
    """Whatever is written, skipped and wiped, the ring holds the newest frames of the same list."""
    ring, model = Ring(SIZE, sides), np.zeros((sides, 0), np.int16)
    for step in steps:
        match step:
            case ("write", frames):
                block = block_of(model.shape[1], frames, sides)
                ring.write(block)
                model = np.hstack([model, block])
            case ("skip", frames):
                ring.skip(frames)
                model = np.hstack([model, np.zeros((sides, frames), np.int16)])
            case ("wipe", back, length):
                start = max(0, ring.end - back)
                stop = min(ring.end, start + length)
                ring.wipe(start, stop)
                model[:, start:stop] = 0
        assert (ring.end, ring.oldest) == (model.shape[1], max(0, model.shape[1] - SIZE))
        out = np.full((sides, SIZE), -1, np.int16)
        ring.copy(ring.oldest, ring.end, out)
        held = ring.end - ring.oldest
        np.testing.assert_array_equal(out[:, :held], model[:, ring.oldest :])
        assert (out[:, held:] == -1).all()


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_part_is_copied_exactly_or_refused(written: int, start: int, stop: int) -> None:
    """A range that is held comes out as it went in; any other is refused."""
    ring = Ring(SIZE, 1)
    ring.write(block_of(0, written, 1))
    out = np.zeros((1, 31), np.int16)
    if ring.oldest <= start <= stop <= ring.end:
        ring.copy(start, stop, out)
        assert out[0, : stop - start].tolist() == list(range(start + 1, stop + 1))
    else:
        with pytest.raises(IndexError, match="not in the ring"):
            ring.copy(start, stop, out)
    assert not out[0, max(0, stop - start) :].any()


def test_an_interleaved_block_is_taken_by_its_sides() -> None:
    """A card's (frames, channels) block transposed lands side by side."""
    ring, out = Ring(4, 2), np.zeros((2, 3), np.int16)
    ring.write(np.array([[1, -1], [2, -2], [3, -3]], np.int16).T)
    ring.copy(0, 3, out)
    assert out.tolist() == [[1, 2, 3], [-1, -2, -3]]


def test_what_is_wiped_is_nowhere_in_the_ring() -> None:
    """Wiping reaches over the seam, leaves the neighbours, and takes what is gone already as wiped."""
    ring = Ring(5, 1)
    ring.write(block_of(0, 8, 1))
    ring.wipe(0, 7)
    assert ring._store.tolist() == [[0, 0, 8, 0, 0]]


def test_what_was_not_written_cannot_be_wiped() -> None:
    """A wipe of the future is refused: it would leave the samples that come."""
    ring = Ring(5, 1)
    ring.skip(3)
    with pytest.raises(IndexError, match="not all written"):
        ring.wipe(2, 4)


def test_a_ring_takes_its_memory_once() -> None:
    """Writing, skipping and wiping leave the array where it was."""
    ring = Ring(5, 1)
    before = ring._store.ctypes.data
    ring.write(block_of(0, 12, 1))
    ring.skip(9)
    ring.wipe(ring.oldest, ring.end)
    assert ring._store.ctypes.data == before
