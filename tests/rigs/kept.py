"""What of the samples that a line heard stands in a recording, to the sample."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tests.rigs.office import RATE, Office, Opened

Stretch = tuple[int, int]


def first(office: Office, opened: Opened) -> int:
    """The frame of the card, from the office's beginning on, that is a recording's first."""
    began = opened.facts["began"]
    assert isinstance(began, dict)
    return round((began["boottime_ns"] - office.started) * RATE / 1e9)


def kept(office: Office, opened: Opened, fed: NDArray[np.int16]) -> list[Stretch]:
    """The stretches of `fed` that the recording holds; asserts that they are bit for bit, and gaps silent."""
    begins = first(office, opened)
    sound = opened.samples[:, 0]
    assert len(sound) == opened.facts["samples"]
    stretches, at = [], 0
    for start, stop, _ in [*opened.gaps, (len(sound), len(sound), "")]:
        if start > at:
            assert np.array_equal(sound[at:start], fed[begins + at : begins + start]), (at, start)
            stretches.append((begins + at, begins + start))
        assert not sound[start:stop].any(), "a gap is not silent"
        at = max(at, stop)
    return stretches


def gaps(office: Office, opened: Opened) -> list[tuple[int, int, str]]:
    """The gap list in frames of the card."""
    begins = first(office, opened)
    return [(begins + start, begins + stop, reason) for start, stop, reason in opened.gaps]


def nowhere(opened: Sequence[Opened], marked: NDArray[np.int16]) -> None:
    """Assert that no window of 8 marked samples, one each 50 ms, stands in any recording; silence marks nothing."""
    for each in opened:
        whole = each.samples.tobytes()
        for at in range(0, len(marked) - 8, RATE // 20):
            assert not marked[at : at + 8].all() or whole.find(marked[at : at + 8].tobytes()) < 0, (
                f"marked sample {at} was recorded"
            )
