"""What a hold catches, what the office owes for it, and until when."""

from dataclasses import replace
from datetime import date

import pytest

from firmware.retention.hold import Duty, Heard, Hold, Owed, Window, duties

MADE, REVIEW = date(2026, 3, 2), date(2026, 5, 31)
ONE = Hold("h", "C-17", "dpo", "a claim", MADE, REVIEW, restricted=False, recording="rec")
LINE = replace(ONE, recording=None, window=Window("line1", 100, 200))


@pytest.mark.parametrize(
    ("start", "stop", "caught"),
    [
        (100, 200, True),
        (0, 100, False),  # ended as the window begins
        (0, 101, True),
        (200, 300, False),  # began as the window ends
        (199, 300, True),
        (150, 160, True),
        (0, 300, True),
        (0, 99, False),
        (201, 300, False),
    ],
)
def test_a_window_catches_what_was_heard_in_it(start: int, stop: int, caught: bool) -> None:
    """From the first instant to the last, both edges outside; any part is enough."""
    assert LINE.catches(Heard("rec", "line1", start, stop)) is caught
    assert not LINE.catches(Heard("rec", "line2", start, stop))


def test_a_hold_by_name_catches_that_recording_only() -> None:
    """Whatever line and time."""
    assert ONE.catches(Heard("rec", "any", 0, 1))
    assert not ONE.catches(Heard("other", "any", 0, 1))


def test_duties_of_a_fresh_hold() -> None:
    """Told within a week, a copy within thirty days, reviewed on its day; the seventh day is still in time."""
    owed = list(duties(ONE))
    assert owed == [
        Duty(Owed.TELL, date(2026, 3, 9)),
        Duty(Owed.COPY, date(2026, 4, 1)),
        Duty(Owed.REVIEW, REVIEW),
    ]
    assert [each.overdue(date(2026, 3, 9)) for each in owed] == [False, False, False]
    assert [each.overdue(date(2026, 3, 10)) for each in owed] == [True, False, False]


@pytest.mark.parametrize(
    ("told", "copy", "complete", "left"),
    [
        (None, None, False, [Owed.TELL, Owed.COPY, Owed.REVIEW]),
        ("letter", None, False, [Owed.COPY, Owed.REVIEW]),
        (None, "in the file", False, [Owed.TELL, Owed.REVIEW]),
        ("exempt: section 42", "waived", True, [Owed.REVIEW]),
    ],
)
def test_complete_once_told_and_copied(
    told: str | None, copy: str | None, complete: bool, left: list[Owed]
) -> None:
    """Both, or each waived; a review is owed as long as the hold stands."""
    hold = replace(ONE, told=told, copy=copy)
    assert hold.complete is complete
    assert [each.owed for each in duties(hold)] == left


def test_a_restriction_catches_and_owes_as_any_hold() -> None:
    """It is a hold whose recordings are not handed out."""
    restricted = replace(LINE, restricted=True)
    assert restricted.catches(Heard("rec", "line1", 150, 160))
    assert list(duties(restricted)) == list(duties(LINE))
