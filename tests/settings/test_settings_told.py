"""The text of the settings that may leave the box: the same sentences, and no exempt number."""

import re

from hypothesis import given
from hypothesis import strategies as st

from firmware.settings import parse
from firmware.settings.describe import sentences
from firmware.settings.told import WITHHELD, told_digest, told_text
from tests.keeper.keeper_rig import OFFICE, SAFE, TOML


def written(*exempt: str) -> str:
    """Settings with these exempt tables."""
    text = TOML.replace("OFFICE", OFFICE.recipient().text()).replace("SAFE", SAFE.recipient().text())
    return text.replace("DATA", "/var/lib/callbox") + "".join(exempt)


def table(number: str, reason: str = "union") -> str:
    return f'[[exempt]]\nnumber = "{number}"\nreason = "{reason}"\n'


def spaced(digits: str, cuts: set[int]) -> str:
    """The digits with blanks in some places."""
    return "".join(each + (" " if at in cuts else "") for at, each in enumerate(digits)).strip()


numbers = st.lists(
    st.tuples(st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True), st.sets(st.integers(1, 13))),
    min_size=1,
    max_size=3,
    unique_by=lambda each: each[0],
)


@given(numbers)
def test_no_exempt_number_is_told(given_: list[tuple[str, set[int]]]) -> None:
    """However long, spaced and often; the sentences stay the same, and the recipients' keys do."""
    text = written(*(table(spaced(digits, cuts)) for digits, cuts in given_))
    settings = parse(text, "test")
    told = parse(told_text(settings), "told")
    assert {each.number for each in told.exempt}.isdisjoint({each.number for each in settings.exempt})
    assert sentences(told) == sentences(settings)
    assert told.recipients == settings.recipients


def test_a_number_in_a_remark_is_not_told_either() -> None:
    """With other blanks, hyphens or brackets than in the table."""
    remark = "# the surgery: (0161) 496-0001, or 0161 4960001; keep P30D and 0161 496 00012\n"
    told = told_text(parse(written(remark, table("0161 496 0001")), "test"))
    assert "4960001" not in re.sub(r"[ ()-]", "", told).replace("496000" + "12", "")
    assert "0161 496 00012" in told


def test_a_text_from_which_a_number_cannot_be_taken_is_withheld() -> None:
    """TOML can spell a digit in a way that is not looked for: then nothing is told."""
    settings = parse(written(table(r"0161 496 000\u0031")), "test")
    assert told_text(settings) == WITHHELD


def test_settings_without_exempt_numbers_are_told_as_they_are() -> None:
    """Then the digest of the told text is that of the file."""
    settings = parse(written(), "test")
    assert told_text(settings) == settings.text
    assert told_digest(settings.text) == settings.digest
