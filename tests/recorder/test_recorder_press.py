"""A press cuts at press minus look-back, to the sample, on one line and on eight."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.rigs.kept import kept, nowhere
from tests.rigs.office import RATE, LineAsk, Office, desk, ramp

ODD_NS = 13_000_000
"""A press lies anywhere between two blocks."""


def marked(seconds: float, since: int, number: int) -> NDArray[np.int16]:
    """A ramp, another one on each line; from frame `since` on a loud pattern that occurs nowhere else."""
    fed = (ramp(seconds) // 4 + number * 11).astype(np.int16)
    noise = np.random.default_rng(number).integers(20_000, 32_000, len(fed) - since)
    fed[since:] = noise.astype(np.int16)
    return fed


@pytest.mark.parametrize("look_back", [0, 2, 10])
@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.parametrize("desks", ["one each", "one for all"])
def test_a_press_cuts_at_press_minus_look_back(
    tmp_path: Path, count: int, look_back: int, desks: str
) -> None:
    """The last kept sample lies look-back before the edge exactly, and nothing after it is recorded."""
    names = [f"line{number + 1}" for number in range(count)]
    press = round(14.05 * RATE) - ODD_NS * RATE // 10**9
    cut = press - look_back * RATE
    fed = {name: marked(19, cut, number) for number, name in enumerate(names)}
    lines = [LineAsk(name, fed[name], extra=f"look_back = {look_back}.0") for name in names]
    text = "".join(desk(name, name) for name in names) if desks == "one each" else desk("all", *names)
    office = Office(tmp_path, lines, desks=text)
    office.run(1)
    for name in names:
        office.say(name, "lift")
    office.run(13.05)
    for panel in office.panels.values():
        panel.say("pause down", office.clock.monotonic_ns() - ODD_NS)
    office.recorder.react()
    office.run(0.2)
    for panel in office.panels.values():
        panel.say("pause up", office.clock.monotonic_ns())
    office.run(4)
    for name in names:
        office.say(name, "replace")
    office.finish()
    opened = office.recordings()
    assert len(opened) == count
    for each in opened:
        assert kept(office, each, fed[str(each.facts["line"])]) == [(RATE, cut)]
        assert [gap[2] for gap in each.gaps] == ["paused"]
        nowhere([each], fed[str(each.facts["line"])][cut:])
