"""When a recording falls due: the table of cases that a data protection officer can read, and an independent calendar."""

import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

import pytest
from dateutil.relativedelta import relativedelta

from firmware.clock import london_date
from firmware.retention.schedule import due, due_on, in_force
from firmware.settings.model import Policy
from firmware.settings.period import Period, parse_period

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


CASES_JUDGED = 100_000 if os.environ.get("CALLBOX_EXAMPLES") == "soak" else 4_000
FIRST, SPAN = date(1999, 1, 1), 40_000
"""Days from which the dates are drawn: 1999 to 2108, with the year 2100 that has no 29 February."""


def periods(random: Random) -> Iterator[tuple[date, Period]]:
    """Dates and periods, the month's last days and the notices' own periods more often than chance."""
    noticed = [parse_period(each) for each in ("P30D", "P130D", "P2Y130D", "P3M", "P12M")]
    for number in range(CASES_JUDGED):
        began = FIRST + timedelta(days=random.randrange(SPAN))
        if number % 3 == 0:
            began = began.replace(day=1) - timedelta(days=random.randrange(3))
        period = Period(random.randrange(10), random.randrange(41), random.randrange(900))
        yield began, noticed[number % 5] or period if number % 2 else period


def test_an_independent_calendar_agrees() -> None:
    """python-dateutil counts the same days: years and months together, then days."""
    for began, period in periods(Random(20200715)):
        judge = began + relativedelta(years=period.years, months=period.months)
        assert due_on(began, period) == judge + timedelta(days=period.days), (began, period)


def test_the_date_is_that_of_london() -> None:
    """23:30 UTC is the next day while the clocks are forward, and the same day in winter; both hours of the change too."""
    for text, day in DATES:
        instant = datetime.fromisoformat(text)
        assert london_date(round(instant.timestamp()) * 10**9) == date.fromisoformat(day), text


DATES = [
    ("2026-03-29T00:59:59+00:00", "2026-03-29"),
    ("2026-03-28T23:59:59+00:00", "2026-03-28"),
    ("2026-03-29T22:59:59+00:00", "2026-03-29"),
    ("2026-03-29T23:00:00+00:00", "2026-03-30"),
    ("2026-10-24T22:59:59+00:00", "2026-10-24"),
    ("2026-10-24T23:00:00+00:00", "2026-10-25"),
    ("2026-10-25T23:30:00+00:00", "2026-10-25"),
    ("2026-10-26T00:00:00+00:00", "2026-10-26"),
    ("2024-02-29T23:59:59+00:00", "2024-02-29"),
    ("2026-07-01T23:30:00+00:00", "2026-07-02"),
]
"""Instant in UTC, and the date in London."""
