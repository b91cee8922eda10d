"""A number's bucket: the same for whoever computes it and however the number is written; nothing is told of it."""

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.call.bucket import bucket_of, forms
from firmware.call.numbering import national
from firmware.call.typed import LONGEST, SHORTEST, is_number
from firmware.recorder.numbers import Numbers

KEY = bytes(range(32))
NATIONAL = st.from_regex(re.compile(r"0[1-9][0-9]{8,9}", re.ASCII), fullmatch=True)
BETWEEN = st.sampled_from(["", " ", "-", ".", " (", ") ", "/"])


@st.composite
def written(draw: st.DrawFn, number: str) -> str:
    """A national number as people write it: with or without the country's code, grouped somehow."""
    digits = draw(
        st.sampled_from(
            [number, f"44{number[1:]}", f"+44{number[1:]}", f"0044{number[1:]}", f"+44(0){number[1:]}"]
        )
    )
    return "".join(each + (draw(BETWEEN) if each.isdigit() else "") for each in digits)


@given(st.data(), NATIONAL)
def test_every_way_of_writing_a_number_leads_to_its_bucket(data: st.DataObject, number: str) -> None:
    """Grouped, with +44, 0044, 44 or (0): the form in which it was heard is among those that are looked for."""
    typed = data.draw(written(number))
    assert is_number(typed)
    assert national(number) in forms(typed, ())
    heard = Numbers(caller_id=number).bucket(KEY, "")
    assert heard in {bucket_of(KEY, each) for each in forms(typed, ())}


def test_the_bucket_is_the_first_byte_of_an_hmac() -> None:
    """As docs/formats.md says, of the national digits; none without a number or a key."""
    expected = hmac.new(KEY, b"01632960123", hashlib.sha256).digest()[0]
    assert bucket_of(KEY, "+44 1632 960123") == expected
    assert bucket_of(KEY, "") is None
    assert bucket_of(b"", "01632960123") is None


@pytest.mark.parametrize(
    ("typed", "area", "heard"),
    [
        ("01632 960123", "01632", "960123"),
        ("960123", "01632", "01632960123"),
        ("+33 1 23 45 67 89", "", "0033123456789"),
        ("0033 123456789", "", "33123456789"),
        ("1632960123", "", "01632960123"),
        ("141 01632 960123", "", "01632960123"),
        ("999", "", "999"),
    ],
)
def test_forms_that_a_call_may_have_had(typed: str, area: str, heard: str) -> None:
    """Dialled without its area code or with it, abroad, with a 0 that was lost, with a code in front, short."""
    assert heard in forms(typed, ("", area))


@given(NATIONAL, st.sampled_from(["01632", "020", "0121", ""]))
def test_a_number_has_few_forms(number: str, area: str) -> None:
    """Each form hands out one caller in 256 more: a national number has its own, and one more in its own area."""
    assert len(forms(number, ("", area))) <= 2


@pytest.mark.parametrize(
    "typed", ["", "7", "12", "0" * (LONGEST + 1), "٠١٦٣٢٩٦٠١٢٣", "0163\N{GRINNING FACE}2960123", "01632;960123",
              "01632\n960123", "0+1632960123", "$(id)01632960123", "01632960123 OR 1=1", "\x0001632960123"],
)  # fmt: skip
def test_what_is_no_number_is_none(typed: str) -> None:
    """Too few digits or too many, other scripts, signs, line breaks, a plus in the middle."""
    assert not is_number(typed)


@given(st.text(max_size=40))
def test_any_text_has_forms_of_digits_alone(text: str) -> None:
    """Nothing but digits leaves, whatever comes in; a number has at least one form."""
    found = forms(text, ("01632",))
    assert all(re.fullmatch("[0-9]+", each) for each in found)
    assert found or not is_number(text)
    assert not is_number(text) or SHORTEST <= sum(each.isdigit() for each in text) <= LONGEST
