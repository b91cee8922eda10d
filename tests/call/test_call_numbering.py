"""An exempt number is exempt however it is written and whatever is dialled in front; what others say of their call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.call.events import CallClass
from firmware.call.numbering import Numbering, national
from firmware.settings.model import Cadence, Position

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
    numbering = Numbering(Position.PORT, exempt=(listed,))
    assert numbering.of_caller(told) is CallClass.EXEMPT
    assert numbering.of_dialled(told) is CallClass.EXEMPT


@pytest.mark.parametrize("code", ["#31#", "*31*", "9", "18185", "9*67"])
def test_no_code_in_front_hides_an_exempt_number(code: str) -> None:
    """What withholds the caller's own number elsewhere, another carrier's code, an exchange's digit before a caller id."""
    numbering = Numbering(Position.PORT, exempt=("+442079460018", "08001111"))
    for number in ("02079460018", "08001111"):
        assert numbering.of_dialled(code + number) is CallClass.EXEMPT
        assert numbering.of_caller(code + number) is CallClass.EXEMPT
    assert numbering.of_dialled(code + "02079460017") is None


@pytest.mark.parametrize(
    "told", ["020 7946 0019", "", "withheld", "7946 0018", "+33 20 7946 0018", "4420794"]
)
def test_another_number_is_not_exempt(told: str) -> None:
    """Nor none at all, nor one of another country, nor an extension that begins with 44."""
    numbering = Numbering(Position.PORT, exempt=("020 7946 0018", "", "withheld"))
    assert numbering.of_caller(told) is None
    assert numbering.of_dialled(told) is None


@pytest.mark.parametrize("short", ["141", "1470", "44", "999", "116123", "4401"])
def test_short_numbers_stay_what_they_are(short: str) -> None:
    """A code with nothing behind it is the number that was dialled."""
    assert national(short) == short


@given(st.text(max_size=30))
def test_any_text_is_read_without_a_complaint(text: str) -> None:
    """What comes out are digits, and reading them again changes nothing once they are national."""
    digits = national(text)
    assert set(digits) <= set("0123456789")
    numbering = Numbering(Position.PORT, exempt=(text,))
    assert numbering.of_caller(text) is (CallClass.EXEMPT if digits else None)
    assert repr(numbering).find(text) < 0 or len(text) < 12


EXTERNAL, INTERNAL, EXEMPT = CallClass.EXTERNAL, CallClass.INTERNAL, CallClass.EXEMPT
OFFICE = Numbering(
    Position.EXTENSION,
    access="9",
    extensions=("3xx", "20xxxx"),
    area="01632",
    internal_ring=Cadence.SINGLE,
    exempt=("01632 960777", "960778"),
)
BARE = Numbering(Position.EXTENSION)

CALLERS = [
    ("01164960371", EXTERNAL, EXTERNAL),
    ("+441164960371", EXTERNAL, EXTERNAL),
    ("305", INTERNAL, INTERNAL),
    ("4711", INTERNAL, INTERNAL),
    ("201234", INTERNAL, EXTERNAL),
    ("47110", EXTERNAL, EXTERNAL),
    ("", None, None),
    (None, EXTERNAL, EXTERNAL),
    ("01632960777", EXEMPT, EXTERNAL),
    ("01632960778", EXEMPT, EXTERNAL),
]


@pytest.mark.parametrize(("number", "office", "bare"), CALLERS)
def test_a_caller_id_tells_by_its_length_and_the_office_s_patterns(
    number: str | None, office: CallClass | None, bare: CallClass | None
) -> None:
    """Five digits or more are external, unless they are an extension's; so is who does not tell his number."""
    assert OFFICE.of_caller(number) is office
    assert BARE.of_caller(number) is bare


DIALLED = [
    ("901164960371", EXTERNAL, EXTERNAL),
    ("9112", EXTERNAL, INTERNAL),
    ("9", None, INTERNAL),
    ("329", INTERNAL, INTERNAL),
    ("201234", INTERNAL, EXTERNAL),
    ("999", EXTERNAL, EXTERNAL),
    ("112", EXTERNAL, EXTERNAL),
    ("101", INTERNAL, None),
    ("01164960371", EXTERNAL, EXTERNAL),
    ("4711", INTERNAL, INTERNAL),
    ("*21", None, None),
    ("901632960777", EXEMPT, EXTERNAL),
    ("9960777", EXEMPT, EXTERNAL),
    ("960777", EXEMPT, EXTERNAL),
    ("914101632960777", EXEMPT, EXTERNAL),
    ("91410044 1632 960778", EXEMPT, None),
    ("9960778", EXEMPT, EXTERNAL),
    ("9960779", EXTERNAL, EXTERNAL),
]


@pytest.mark.parametrize(("digits", "office", "bare"), DIALLED)
def test_a_number_that_was_dialled_tells_by_what_leads_out_of_the_office(
    digits: str, office: CallClass | None, bare: CallClass | None
) -> None:
    """The access digit, an emergency call, length; where nothing leads out, a short code is nobody's to tell."""
    assert OFFICE.of_dialled(digits) is office
    assert BARE.of_dialled(digits) is bare


@pytest.mark.parametrize("digits", ["329", "01164960371", "101", "9", "90", "*21"])
def test_nothing_is_certain_of_a_number_that_may_go_on(digits: str) -> None:
    """Only that it is exempt as far as it is."""
    assert OFFICE.of_dialling(digits) is None
    assert OFFICE.of_dialling("9960777") is EXEMPT


def test_the_cadence_of_internal_calls_tells_where_the_office_says_which_it_is() -> None:
    """The other one is external; where the office says nothing, neither tells."""
    assert (OFFICE.of_ring(Cadence.SINGLE), OFFICE.of_ring(Cadence.DOUBLE)) == (INTERNAL, EXTERNAL)
    assert {BARE.of_ring(each) for each in Cadence} == {None}


@pytest.mark.parametrize("position", [Position.PORT, Position.HANDSET])
@given(st.text("0123456789*#ABCD", max_size=20))
def test_elsewhere_than_at_an_extension_only_exempt_numbers_tell(position: Position, digits: str) -> None:
    """Every other call is external there, whatever its number."""
    numbering = Numbering(position, "9", ("3xx",), "01632", Cadence.SINGLE, ("01632960777",))
    told = {numbering.of_caller(digits), numbering.of_dialled(digits), numbering.of_caller(None)}
    assert told <= {None, EXEMPT}
    assert numbering.of_ring(Cadence.SINGLE) is None
