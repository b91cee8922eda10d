"""A caller id that an exchange keys is read; what people key is none."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signal.bench import Bench
from firmware.signal.dtmf import Dtmf
from firmware.signal.events import Absent, CallerId, Digit, Standard
from firmware.signal.keyed_id import keyed_caller_id
from tests.rigs import bursts, spandsp
from tests.rigs.corpus import folders, pieces
from tests.rigs.exchange_ear import RATE, Samples


def _keyed(lines: Sequence[Samples]) -> list[CallerId | None]:
    """What the strict digits of each line are, taken together."""
    dtmf, bench = Dtmf(RATE), Bench(RATE, len(lines), 50)
    digits: list[list[Digit]] = [[] for _ in lines]
    whole = -(-(max(map(len, lines)) + RATE // 2) // 2000) * 2000
    rows = np.stack([np.pad(line, (400, whole - len(line))) for line in lines])
    for at in range(0, whole, 2000):
        samples = np.ascontiguousarray(rows[:, at : at + 2400])
        heard = bench.hear(np.arange(len(rows)), np.full(len(rows), at), samples)
        for row, digit in dtmf.listen(heard).digits:
            digits[row].append(digit)
    return [keyed_caller_id(each, RATE) for each in digits]


def test_reads_the_corpus_that_is_keyed(shared_dir: Path) -> None:
    """Every caller id by DTMF is told, within 20 ms of where it lies."""
    clips = [
        piece
        for folder in folders(shared_dir)
        for piece in pieces(folder, "clip")
        if any(truth.rest["std"] == "dtmf" for truth in piece.of("clip"))
    ]
    assert clips
    for piece, heard in zip(clips, _keyed([each.samples for each in clips]), strict=True):
        [truth] = piece.of("clip")
        assert heard is not None, piece.name
        assert (heard.number, heard.absent) == (truth.rest["number"], truth.rest["absent"]), piece.name
        assert abs(heard.at - truth.at) < 0.02 * RATE, piece.name


@spandsp.needs_spandsp
def test_reads_what_spandsp_keys() -> None:
    """Another's sender of both forms is read, weak and in noise."""
    dice = random.Random(3)
    numbers = ["".join(dice.choices("0123456789", k=11)) for _ in range(6)]
    sent = [
        spandsp.send_caller_id(spandsp.DTMF_CALLER_ID, [(ord("A"), each.encode())], message=ord(end))
        for each, end in zip(numbers, "C#C#C#", strict=True)
    ]
    lines = [
        bursts.louder(each, level) for each, level in zip(sent, [-10, -15, -20, -25, -30, -30], strict=True)
    ]
    assert [each and each.number for each in _keyed(lines)] == numbers


def _digits(keys: str, on: float = 0.07, off: float = 0.07) -> list[Digit]:
    starts = [round(place * (on + off) * RATE) for place in range(len(keys))]
    return [Digit(at, at + round(on * RATE), key) for at, key in zip(starts, keys, strict=True)]


@pytest.mark.parametrize(
    ("keys", "number", "absent"),
    [
        ("A07700900155C", "07700900155", None),
        ("A01632960794#", "01632960794", None),
        ("A300D301C", "300", None),
        ("A300D301B00C", "300", None),
        ("D1#", None, Absent.WITHHELD),
        ("D2#", None, Absent.UNAVAILABLE),
        ("D3#", None, Absent.UNAVAILABLE),
        ("B10C", None, Absent.WITHHELD),
        ("B00C", None, Absent.UNAVAILABLE),
        ("D301B00C", None, Absent.UNAVAILABLE),
    ],
)
def test_reads_what_an_exchange_keys(keys: str, number: str | None, absent: Absent | None) -> None:
    """Both forms of a caller id by DTMF are told with their place, whatever was keyed well before."""
    for before in ("", "99"):
        early = _digits(before)
        late = [Digit(each.at + RATE, each.until + RATE, each.digit) for each in _digits(keys)]
        heard = keyed_caller_id([*early, *late], RATE)
        assert heard is not None
        assert (heard.number, heard.absent, heard.standard) == (number, absent, Standard.DTMF)
        assert (heard.at, heard.until) == (late[0].at, late[-1].until)


@pytest.mark.parametrize(
    "keys",
    [
        "",
        "07700900155",
        "07700900155#",
        "A#",
        "AC",
        "A300",
        "A300*",
        "D4#",
        "D#",
        "B11C",
        "A" + 21 * "1" + "C",
        "D300C",
        "A3A0C",
    ],
)
def test_takes_no_other_digits_for_a_caller_id(keys: str) -> None:
    """What people dial, and forms that are not known, are no caller id."""
    assert keyed_caller_id(_digits(keys), RATE) is None


def test_takes_no_slow_keys_for_a_caller_id() -> None:
    """A person's pauses end the form: what follows is not its rest."""
    assert keyed_caller_id(_digits("A300C", off=0.4), RATE) is None


@given(st.text("0123456789ABCD*#", max_size=40))
def test_tells_plausible_digits_only(keys: str) -> None:
    """Any keys tell a number of 20 digits at most, a reason, or nothing."""
    heard = keyed_caller_id(_digits(keys), RATE)
    if heard is not None:
        assert (heard.number is None) != (heard.absent is None)
        assert heard.number is None or (heard.number.isdigit() and len(heard.number) <= 20)
