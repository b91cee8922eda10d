"""How often the ear listens to a recorder's lines."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.rigs.office import RATE, LineAsk, Office, talk

TICKS = 12
STEP = RATE // 40


@pytest.mark.parametrize(("look_backs", "passes"), [((2, 3), TICKS // 2), ((3, 1), TICKS)])
def test_lines_are_heard_every_other_tick_where_all_look_back_far(
    tmp_path: Path, look_backs: tuple[int, int], passes: int
) -> None:
    """Lines that look back for two seconds are heard together every other tick; one that does not has all heard at each."""
    asks = [
        LineAsk(f"line{number}", talk(6), extra=f"look_back = {seconds}\n")
        for number, seconds in enumerate(look_backs)
    ]
    office = Office(tmp_path, asks)
    lines = office.recorder.lines.values()
    heard = []
    office.run(1)
    for _ in range(TICKS + 1):
        office.run(0.25)
        heard.append([line.heard for line in lines])
    office.finish()
    moved = [[after > before for before, after in zip(*pair, strict=True)] for pair in pairwise(heard)]
    assert sum(map(all, moved)) == sum(map(any, moved)) == passes


def test_what_was_not_heard_yet_is_heard_when_the_recorder_stops(tmp_path: Path) -> None:
    """Between two passes it stops: all lines are listened to, to the last whole step."""
    office = Office(tmp_path, [LineAsk(samples=talk(6))])
    line = office.recorder.lines["line1"]
    office.run(0.75)
    assert line.intake.ring.end - line.heard >= STEP
    office.recorder.stop()
    assert line.intake.ring.end - line.heard < STEP
