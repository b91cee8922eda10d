"""An exempt number is exempt however it is written and whatever is dialled in front."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.call.events import CallClass
from firmware.call.numbering import class_of, national

# 020 7946 0000 to 0999 are set aside for fiction (Ofcom, telephone numbers for drama use).
WRITTEN = [
    "020 7946 0018",
    "02079460018",
    "(020) 7946-0018",
    "+44 20 7946 0018",
    "+44 (0)20 7946 0018",
    " +442079460018",
    "0044 20 7946 0018",
    "442079460018",
    "141 020 7946 0018",
    "1470 02079460018",
    "141 0044 20 7946 0018",
]


@pytest.mark.parametrize("told", WRITTEN)
@pytest.mark.parametrize("listed", WRITTEN[:7])
def test_a_number_is_the_same_however_it_is_written(told: str, listed: str) -> None:
    """In the settings, in a caller id, or keyed."""
    assert class_of(told, [listed]) is CallClass.EXEMPT


@pytest.mark.parametrize(
    "told", ["020 7946 0019", "", "withheld", "7946 0018", "+33 20 7946 0018", "4420794"]
)
def test_another_number_is_not_exempt(told: str) -> None:
    """Nor none at all, nor one of another country, nor an extension that begins with 44."""
    assert class_of(told, ["020 7946 0018", "", "withheld"]) is None


@pytest.mark.parametrize("short", ["141", "1470", "44", "999", "116123", "4401"])
def test_short_numbers_stay_what_they_are(short: str) -> None:
    """A code with nothing behind it is the number that was dialled."""
    assert national(short) == short


@given(st.text(max_size=30))
def test_any_text_is_read_without_a_complaint(text: str) -> None:
    """What comes out are digits, and reading them again changes nothing once they are national."""
    digits = national(text)
    assert set(digits) <= set("0123456789")
    assert class_of(text, [text]) in ({CallClass.EXEMPT} if digits else {None})
