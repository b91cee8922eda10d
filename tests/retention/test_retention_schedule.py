"""When a recording falls due: the table of cases that a data protection officer can read, and an independent calendar."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.retention.schedule import due, due_on, in_force
from firmware.settings.model import Policy
from firmware.settings.period import parse_period

SOUTH_HAMS = (
    Policy("calls", "P1M", date(2018, 5, 25), "as first published"),
    Policy("calls", "P3M", date(2020, 7, 15), "changed on 15 July 2020"),
)

CASES = [
    # began, period, due
    ("2026-03-02", "P30D", "2026-04-01"),
    ("2026-02-28", "P30D", "2026-03-30"),
    ("2024-02-28", "P30D", "2024-03-29"),
    ("2025-11-30", "P3M", "2026-02-28"),
    ("2023-11-30", "P3M", "2024-02-29"),
    ("2026-03-31", "P1M", "2026-04-30"),
    ("2026-03-31", "P3M", "2026-06-30"),
    ("2026-01-31", "P1M", "2026-02-28"),
    ("2024-02-29", "P12M", "2025-02-28"),
    ("2024-02-29", "P1Y", "2025-02-28"),
    ("2024-02-29", "P4Y", "2028-02-29"),
    ("2024-02-29", "P2Y130D", "2026-07-08"),
    ("2026-01-05", "P2Y130D", "2028-05-14"),
    ("2026-12-31", "P1D", "2027-01-01"),
    ("2026-03-28", "P2D", "2026-03-30"),
    ("2026-08-31", "P1Y1M1D", "2027-10-01"),
]


@pytest.mark.parametrize(("began", "period", "expected"), CASES)
def test_the_table(began: str, period: str, expected: str) -> None:
    """Each case as it stands: end of month, leap year, clocks going forward, years before days."""
    parsed = parse_period(period)
    assert parsed is not None
    assert due_on(date.fromisoformat(began), parsed) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("began", "expected"),
    [("2020-07-14", "2020-08-14"), ("2020-07-15", "2020-10-15"), ("2020-07-16", "2020-10-16")],
)
def test_south_hams_changed_on_15_july_2020(began: str, expected: str) -> None:
    """One month until 15 July 2020, three calendar months from that day on (SHD.6)."""
    found = due(SOUTH_HAMS, "calls", date.fromisoformat(began))
    assert found is not None
    assert found.on == date.fromisoformat(expected)


@pytest.mark.parametrize("period", ["P0D", "P", "", "P1W", "30 days", "P0Y0M0D", "-P1D"])
def test_nothing_never_means_now(period: str) -> None:
    """A period that is zero, blank or unknown gives no due day."""
    assert due([Policy("calls", period, date(2020, 1, 1), "")], "calls", date(2026, 1, 1)) is None


def test_before_the_first_version_and_for_an_unknown_name_there_is_no_policy() -> None:
    """No policy in force, no due day."""
    assert in_force(SOUTH_HAMS, "calls", date(2018, 5, 24)) is None
    assert due(SOUTH_HAMS, "other", date(2026, 1, 1)) is None


@given(
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    st.integers(0, 9),
    st.integers(0, 40),
    st.integers(0, 900),
)
def test_an_independent_calendar_agrees(began: date, years: int, months: int, days: int) -> None:
    """python-dateutil, where it is installed, counts the same days."""
    relative = pytest.importorskip("dateutil.relativedelta", reason="python-dateutil is not installed")
    parsed = parse_period(f"P{years}Y{months}M{days}D")
    assert parsed is not None
    judge = began + relative.relativedelta(years=years, months=months) + relative.relativedelta(days=days)
    assert due_on(began, parsed) == judge
