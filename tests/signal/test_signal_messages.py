"""A caller id message tells what it says, or nothing: whatever bytes come, only what is plausible passes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signal.events import Absent
from firmware.signal.messages import left, read
from tests.rigs.bursts import Caller, multiple, single, summed

NUMBERS = st.from_regex(r"\A(?:[0-9*]{1,20}|\+[0-9*]{1,19})\Z")
NAMES = st.from_regex(r"\A[!-~](?:[ -~]{0,18}[!-~])?\Z")
MONTHS = st.builds(
    "{:02}{:02}{:02}{:02}".format,
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 23),
    st.integers(0, 59),
)
ANY = st.tuples(st.integers(0, 255), st.binary(max_size=40))


@given(NUMBERS, st.none() | NAMES, st.none() | MONTHS)
def test_tells_what_was_said(number: str, name: str | None, datetime: str | None) -> None:
    """Number, name and date of a call setup message come out as they were put in."""
    said = read(Caller(number, name=name, datetime=datetime).message())
    assert said is not None
    assert (said.number, said.absent, said.name, said.datetime) == (number, None, name, datetime)


@pytest.mark.parametrize(("code", "absent"), [("P", Absent.WITHHELD), ("O", Absent.UNAVAILABLE)])
def test_tells_why_there_is_no_number(code: str, absent: Absent) -> None:
    """Withheld and unavailable are told as such, in messages of both kinds."""
    for message in (Caller(absent=code).message(), single("04130541", code)):
        said = read(message)
        assert said is not None
        assert (said.number, said.absent, said.datetime) == (None, absent, "04130541")


@given(NUMBERS, MONTHS)
def test_reads_the_single_data_message(number: str, datetime: str) -> None:
    """Date and number of the older, single data message come out as they were put in."""
    said = read(single(datetime, number))
    assert said is not None
    assert (said.number, said.datetime, said.name) == (number, datetime, None)


@given(NUMBERS, st.data())
def test_believes_no_octet_that_changed(number: str, data: st.DataObject) -> None:
    """One octet that came otherwise than it was sent, and nothing is told."""
    message = bytearray(Caller(number, name="A PATEL").message())
    place = data.draw(st.integers(0, len(message) - 1))
    message[place] ^= data.draw(st.integers(1, 255))
    assert read(bytes(message)) is None


@given(st.binary(max_size=80) | st.lists(ANY, max_size=6).map(multiple) | st.binary(max_size=60).map(summed))
def test_tells_only_what_is_plausible(octets: bytes) -> None:
    """Any bytes, also with a right checksum, tell a plausible number, a reason, or nothing."""
    said = read(octets)
    if said is None:
        return
    assert (said.number is None) != (said.absent is None)
    assert said.number is None or re.fullmatch(r"\+?[0-9*]+", said.number)
    assert said.number is None or len(said.number) <= 20
    assert said.name is None or (said.name.isascii() and said.name.isprintable() and len(said.name) <= 20)
    assert said.datetime is None or re.fullmatch(r"[01][0-9][0-3][0-9][0-2][0-9][0-5][0-9]", said.datetime)


@given(st.sampled_from([0x04, 0x80, 0x06, 0x82]), st.binary(min_size=1, max_size=255), st.integers(2, 258))
def test_says_how_much_is_to_come(kind: int, content: bytes, size: int) -> None:
    """From the second octet on it is known how many octets are still to come."""
    message = summed(bytes([kind, len(content)]) + content)
    assert left(message[:size]) == len(message) - min(size, len(message))


@given(st.binary(min_size=1, max_size=4))
def test_gives_up_at_a_type_that_is_not_known(octets: bytes) -> None:
    """What begins with another type is never waited for."""
    assert (left(octets) is None) == (octets[0] not in {0x04, 0x80, 0x06, 0x82} or octets[1:2] == b"\0")


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"\x02\x00\xfe", id="type unknown, as another decoder was seen to tell"),
        pytest.param(multiple([(2, b"01632960001")], kind=0x82), id="message waiting"),
        pytest.param(single("04130541", "01632960001", kind=0x06), id="single message waiting"),
        pytest.param(multiple([(0x11, b"\x81"), (2, b"01632960001")]), id="a call about messages that wait"),
        pytest.param(multiple([(2, b"01632 960001")]), id="a space in the number"),
        pytest.param(multiple([(2, b"0" * 21)]), id="21 digits"),
        pytest.param(multiple([(2, b"0163#")]), id="a number sign"),
        pytest.param(multiple([(2, b"0+163")]), id="a plus within"),
        pytest.param(multiple([(4, b"X")]), id="an unknown reason"),
        pytest.param(multiple([(4, b"01632960001")]), id="a number where a reason belongs"),
        pytest.param(multiple([(1, b"04130541"), (7, b"A PATEL")]), id="a name alone"),
        pytest.param(multiple([]), id="empty"),
        pytest.param(single("13130541", "01632960001"), id="a thirteenth month"),
        pytest.param(single("04130541", ""), id="a date alone"),
        pytest.param(Caller("01632960001").message() + b"\0", id="an octet too many"),
        pytest.param(summed(b"\x80\x05\x02\x04016"), id="a number that ends after the content"),
        pytest.param(summed(b"\x80\x05\x02\x0b016"), id="a number that ends long after it"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x80", id="a type alone"),
    ],
)
def test_tells_nothing_of(message: bytes) -> None:
    """A right checksum is not enough."""
    assert read(message) is None


@pytest.mark.parametrize(
    "name",
    [b"\x10BRIDGE ST SCHOO", b"CAF\xc9", b"A" * 21, b"", b"   "],
    ids=["16", "8 bit", "21", "empty", "blank"],
)
def test_a_name_that_makes_no_sense_costs_the_name_only(name: bytes) -> None:
    """The number stands; the name is left out, also where a sender doubled its length octet."""
    said = read(multiple([(1, b"99999999"), (2, b"01632960389"), (7, name)]))
    assert said is not None
    assert (said.number, said.name, said.datetime) == ("01632960389", None, None)


def test_a_parameter_cut_short_costs_itself_only() -> None:
    """What a sender's doubled length pushes out of the content is left out."""
    content = b"\x02\x03300\x07\x10\x10ABCDEFGHIJKLMNOP"
    said = read(summed(bytes([0x80, len(content)]) + content))
    assert said is not None
    assert (said.number, said.name) == ("300", None)


def test_hides_what_it_says() -> None:
    """Neither number nor name shows in what a log might print."""
    assert "300" not in repr(read(Caller("300", name="SMITH J").message()))
    assert "SMITH" not in repr(read(Caller("300", name="SMITH J").message()))
