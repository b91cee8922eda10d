"""A moment typed in London: usual, in the hour that comes twice, in the hour that does not exist."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.clock import LONDON
from firmware.faults import Refused
from firmware.shell.moments import instants


def utc(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp()) * 10**9  # type: ignore[misc,arg-type]


def test_a_minute_or_a_second_is_meant_in_london() -> None:
    """14:05 in June is 13:05 UTC and a minute long; with seconds it is one second long."""
    minute = utc(2026, 6, 1, 13, 5)
    assert instants("2026-06-01 14:05") == [(minute, minute + 60 * 10**9)]
    assert instants("2026-06-01T14:05:00") == [(minute, minute + 10**9)]


def test_the_hour_that_comes_twice_is_meant_twice_unless_the_offset_is_typed() -> None:
    """01:30 on 25 October 2026 is two instants; with an offset it is one; with a wrong one it is refused."""
    first, second = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    assert [start for start, _ in instants("2026-10-25 01:30")] == [first, second]
    assert [start for start, _ in instants("2026-10-25 01:30+0100")] == [first]
    assert [start for start, _ in instants("2026-10-25 01:30+00:00")] == [second]
    with pytest.raises(Refused, match="not at"):
        instants("2026-10-25 01:30+0200")


def test_the_hour_that_does_not_exist_is_refused_with_a_sentence() -> None:
    """01:30 on 29 March 2026 was on no clock in London; the minutes around it were."""
    with pytest.raises(Refused, match="does not exist in London"):
        instants("2026-03-29 01:30")
    assert [start for start, _ in instants("2026-03-29 00:59")] == [utc(2026, 3, 29, 0, 59)]
    assert [start for start, _ in instants("2026-03-29 02:00")] == [utc(2026, 3, 29, 1, 0)]


@pytest.mark.parametrize(
    "typed", ["14:05", "2026-02-30 14:05", "2026-03-02", "2026-03-02 24:00", "2026-03-02 14:5", "", "now"]
)
def test_what_is_no_moment_is_refused(typed: str) -> None:
    """Half a moment and one that no clock shows are refused."""
    with pytest.raises(Refused):
        instants(typed)


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)))  # noqa: DTZ001  UTC by hand
def test_every_instant_is_found_by_what_a_london_clock_shows(at: datetime) -> None:
    """What tables print of any instant, typed back, names a second that holds it."""
    wall = round(at.replace(tzinfo=UTC, microsecond=0).timestamp()) * 10**9
    shown = datetime.fromtimestamp(wall // 10**9, UTC).astimezone(LONDON)
    assert (wall, wall + 10**9) in instants(f"{shown:%Y-%m-%d %H:%M:%S}")
    assert instants(f"{shown:%Y-%m-%d %H:%M:%S%z}") == [(wall, wall + 10**9)]
