"""What is to be destroyed on a day: early only by law, never unforetold, never within the hour."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.retention.disposal import (
    BETWEEN_NS,
    FORESEEN_DAYS,
    Foretold,
    Group,
    due_early,
    foreseen,
    foretold,
    ripe,
)
from firmware.retention.law import Law
from firmware.settings.model import Policy

BEGIN, ON, DAY = date(2018, 5, 25), date(2026, 3, 2), timedelta(days=1)
SHORT = Law((Policy("calls", "P30D", BEGIN, "r"),), {"calls": "calls"})
DUE = ON + 30 * DAY


def test_early_is_what_is_locked_to_a_later_day_and_due_by_law() -> None:
    """Not before its day; not what its own day makes due anyway; not another department's."""
    late = Group("calls", ON, DUE + 60 * DAY)
    others = [Group("calls", ON, DUE), Group("elsewhere", ON, DUE + 60 * DAY)]
    assert due_early([late, *others], [SHORT], DUE - DAY) == []
    assert due_early([late, *others], [SHORT], DUE) == [late]
    assert due_early([late, *others], [SHORT], late.locked - DAY) == [late]
    assert due_early([late, *others], [SHORT], late.locked) == []


@pytest.mark.parametrize("locked_in", [1, 5, 14, 15, 60])
@pytest.mark.parametrize("due_in", [0, 1, 13, 14, 15])
def test_a_fortnight_ahead_is_foreseen_however_near_the_old_day(locked_in: int, due_in: int) -> None:
    """Named where it is due before the day it is locked to and within fourteen days, both counted from today."""
    today = DUE - due_in * DAY
    group = Group("calls", ON, today + locked_in * DAY)
    expected = [(group, DUE)] if due_in < locked_in and due_in <= FORESEEN_DAYS else []
    assert list(foreseen([group], [SHORT], today)) == expected


def test_what_should_have_gone_before_today_is_foreseen_for_today() -> None:
    """A list names no day that has passed."""
    today, group = DUE + 9 * DAY, Group("calls", ON, DUE + 60 * DAY)
    assert list(foreseen([group], [SHORT], today)) == [(group, today)]


@given(st.integers(0, 60), st.integers(1, 90), st.integers(0, 40))
def test_what_goes_early_was_foreseen_the_day_before(ago: int, locked_in: int, replaced_ago: int) -> None:
    """Whatever the laws: if it is due early today, yesterday's list named it for today or earlier."""
    today = DUE + ago * DAY - 20 * DAY
    long = Law((Policy("calls", "P90D", BEGIN, "r"),), {"calls": "calls"}, today - replaced_ago * DAY)
    group, laws = Group("calls", ON, today + locked_in * DAY), [long, SHORT]
    yesterday = today - DAY
    if replaced_ago and due_early([group], laws, today):
        assert [first <= today for _, first in foreseen([group], laws, yesterday)] == [True]


@pytest.mark.parametrize(
    ("written", "day", "said"),
    [
        ("2026-03-31", "2026-04-01", True),
        ("2026-03-20", "2026-03-30", True),
        ("2026-04-01", "2026-04-01", False),  # of today
        ("2026-03-31", "2026-04-02", False),  # for tomorrow
        ("2026-04-02", "2026-04-01", False),  # of a day to come
    ],
)
def test_foretold_by_an_earlier_list_for_today_or_earlier(written: str, day: str, said: bool) -> None:
    """A list of yesterday or before that, for today or before that."""
    told = Foretold(date.fromisoformat(written), {"day-2026-04-01": date.fromisoformat(day)})
    today = date(2026, 4, 1)
    assert foretold("day-2026-04-01", [told], today) is said
    assert not foretold("day-2026-04-02", [told], today)
    assert foretold("day-2026-04-01", [Foretold(today, {}), told], today) is said
    assert not foretold("day-2026-04-01", [], today)


def test_a_forecast_looks_a_fortnight_ahead() -> None:
    """Fourteen days, as the design says (DESIGN section 6)."""
    assert FORESEEN_DAYS == 14


def test_a_mark_is_ripe_after_an_hour_of_the_boot_clock() -> None:
    """Not a nanosecond before."""
    assert BETWEEN_NS == 3600 * 10**9
    assert not ripe(5, 5 + BETWEEN_NS - 1)
    assert ripe(5, 5 + BETWEEN_NS)
