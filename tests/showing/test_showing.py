"""How answers look to a person: lengths, the hour that comes twice, tables and texts that move no cursor."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.showing import escaped, length, minute, moment, one_line, table


@given(st.integers(0, 10**12))
def test_lengths_are_told_in_hours(seconds: int) -> None:
    """Hours, minutes, seconds; more than a day in hours; samples to the nearest second."""
    hours, minutes, rest = (int(each) for each in length(seconds).split(":"))
    assert hours * 3600 + minutes * 60 + rest == seconds
    assert length(8000 * seconds + 3999, 8000) == length(seconds)
    assert length(8000 * seconds + 4000, 8000) == length(seconds + 1)


@pytest.mark.parametrize(("hour", "offset"), [(0, "+0100"), (1, "+0000")])
def test_the_hour_that_comes_twice_says_which(hour: int, offset: str) -> None:
    """On the last Sunday of October 1:30 comes twice in London."""
    at = int(datetime(2026, 10, 25, hour, 30, tzinfo=UTC).timestamp()) * 10**9
    assert (minute(at), moment(at)) == (f"2026-10-25 01:30{offset}", f"2026-10-25 01:30:00{offset}")


@given(st.text())
def test_no_text_moves_a_cursor(text: str) -> None:
    """What prints nothing is spelled out; nothing else is changed; a cell of a table is one line."""
    assert all(each == "\n" or each.isprintable() for each in escaped(text))
    assert one_line(text).isprintable()
    assert escaped("caf\N{LATIN SMALL LETTER E WITH ACUTE}\nx") == "caf\N{LATIN SMALL LETTER E WITH ACUTE}\nx"
    assert len(table(("a", "b"), [(text, text)]).split("\n")) == 2
