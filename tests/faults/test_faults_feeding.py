"""The rig that finds kept samples on their line: it passes over what the line dropped, and over nothing else."""

import numpy as np
import pytest

from tests.rigs.feeding import Line, Stretch, UnknownSamplesError, noise, stretches


def test_what_a_line_dropped_ends_a_stretch() -> None:
    """Chunks dropped one behind the other are one hole; the recording goes on where the line does."""
    line = Line(noise(1, 1.0), dropped=[(800, 1600), (1600, 2400), (4000, 4800)])
    kept = np.concatenate([line.samples[400:800], line.samples[2400:4000], line.samples[4800:5000]])
    found = stretches(line, kept, [])
    assert found == [Stretch(0, 400, 400), Stretch(400, 2000, 2400), Stretch(2000, 2200, 4800)]


@pytest.mark.parametrize("dropped", [[], [(800, 1599)], [(801, 1600)], [(0, 400)]])
def test_a_hole_the_line_did_not_make_is_the_recorders(dropped: list[tuple[int, int]]) -> None:
    """A sample missing without a drop exactly there is found out."""
    line = Line(noise(1, 1.0), dropped=dropped)
    kept = np.concatenate([line.samples[400:800], line.samples[1600:2000]])
    with pytest.raises(UnknownSamplesError):
        stretches(line, kept, [])


def test_sound_of_another_line_is_found_out() -> None:
    """Also as the last sample, and where the line has already ended."""
    line = Line(noise(1, 1.0))
    strange = np.append(line.samples[100:900], line.samples[901])
    with pytest.raises(UnknownSamplesError):
        stretches(line, strange, [])
    with pytest.raises(UnknownSamplesError):
        stretches(line, np.append(line.samples[7000:], np.int16(5)), [])
    with pytest.raises(UnknownSamplesError):
        stretches(line, noise(2, 0.1), [])
