"""The office's hours: what is read, and what they cover."""

from datetime import datetime

import pytest

from firmware.settings.hours import Hours, parse_hours
from tests.settings.sample import SMALL, mistakes


def hours(text: str) -> Hours:
    found = parse_hours(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("moment", "open_then"),
    [
        ("2026-01-05 09:00", True),
        ("2026-01-05 08:59", False),
        ("2026-01-09 16:59", True),
        ("2026-01-09 17:00", False),
        ("2026-01-10 12:00", False),
    ],
)
def test_what_they_cover(moment: str, open_then: bool) -> None:
    """From opening, that minute included, to closing, on the days from the first to the last."""
    assert hours("Mon-Fri 09:00-17:00").cover(datetime.fromisoformat(moment)) is open_then


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mon-Fri",
        "Mon-Fri 09:00-09:00",
        "Fri-Mon 09:00-17:00",
        "Mon-Sun 24:00-25:00",
        "Mon-Sun 9:00-17:00",
    ],
)
def test_what_is_none(text: str) -> None:
    """Nothing, half of it, an end before the beginning and times that no clock shows are no hours."""
    assert parse_hours(text) is None


def test_hours_without_a_call_need_the_offices_hours() -> None:
    """A line may be watched for hours without a call where the office says when it is open."""
    watched = ('"port"', '"port"\nno_call_hours = 8')
    assert mistakes(SMALL, watched, ("[office]", '[office]\nhours = "Mon-Fri 09:00-17:00"')) == []
