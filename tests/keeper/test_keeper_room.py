"""A disk that fills is told of with the days it lasts, and never destroys anything."""

from datetime import date, timedelta

import pytest

from firmware.keeper.room import LEAST, days_left

TODAY = date(2026, 3, 2)
GIB = 1 << 30


@pytest.mark.parametrize(
    ("free", "a_day", "back", "left"),
    [
        # free bytes, taken a day, given back after so many days, days that are left
        (100 * GIB, GIB, {}, None),
        (10 * GIB, GIB, {}, 10),
        (10 * GIB, GIB, dict.fromkeys(range(40), GIB), None),
        (10 * GIB, GIB, {8: 30 * GIB}, None),
        (10 * GIB, GIB, {11: 30 * GIB}, 10),
        (LEAST // 2, 0, {}, 0),
        (GIB, 0, {}, None),
        (0, GIB, {0: 50 * GIB}, 0),
    ],
)
def test_the_table(free: int, a_day: int, back: dict[int, int], left: int | None) -> None:
    """What is taken each day, what falls due gives back, and the first day on which there is nothing left."""
    given_back = {TODAY + timedelta(days=count): size for count, size in back.items()}
    assert days_left(free, a_day, given_back, TODAY) == left
