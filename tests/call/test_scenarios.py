"""Every sheet of tests/scenarios, played against the machine and the desk, sample by sample."""

from pathlib import Path

import pytest
from call_box import RATE, Box
from call_play import Book, Strip

from firmware.call.events import Reason
from tests.scenarios.sheet import NotUnderstoodError, Sentence, read, seconds, sheets

SHOWN = ("HTS.1", "HTS.3", "HTS.4", "HTS.7", "HTS.9", "HAR.2", "HAR.5", "SHD.1", "SHD.4")


def span(words: tuple[str, ...]) -> tuple[int, int]:
    """From the first instant to the second."""
    start, stop = (round(seconds(each) * RATE) for each in words[:2])
    return start, stop


def check(claim: Sentence, claimed: Strip, book: Book) -> None:
    """One sentence against the book."""
    kept = book.recorded()
    match claim.means, claim.words:
        case "recorded", words:
            assert kept.over(*span(words)) == {Reason.RECORDED}, claim
        case "withheld", words:
            assert kept.over(*span(words)) == {None}, claim
            assert book.said.over(*span(words)) == {Reason(words[2])}, claim
        case "nothing else", _:
            assert kept == claimed, claim
        case "nothing", _:
            assert kept == Strip(), claim
        case "count", (count,):
            assert sum(strip != Strip() for strip in book.sound.values()) == int(count), claim
        case "refused", _:
            assert book.refused, claim


@pytest.mark.parametrize("path", sheets(), ids=lambda path: path.stem)
def test_the_sheet_comes_true(path: Path) -> None:
    """What the sheet says is recorded is, what it says is not is not, for the reason it gives."""
    sheet = read(path.read_text())
    book = Box(sheet).play(sheet.steps)
    claimed = Strip()
    for claim in sheet.then:
        if claim.means == "recorded":
            claimed.paint(*span(claim.words), Reason.RECORDED)
    for claim in sheet.then:
        check(claim, claimed, book)
    said = [each for each in book.said.spans() if each[2] is Reason.RECORDED]
    assert list(book.recorded().spans()) == said, "the ledger and the recordings agree"


def test_every_promise_of_this_part_has_a_sheet() -> None:
    """The rows of the requirements that the machine can keep."""
    told = {promise for path in sheets() for promise in read(path.read_text()).promises}
    assert set(SHOWN) <= told


GOOD = "T\npromises: HTS.1\nat 0:01 the phone is lifted\nthen nothing is recorded"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("the phone is lifted", "the phone is thrown"),
        ("at 0:01", "at noon"),
        ("at 0:01", "when 0:01"),
        ("promises: HTS.1", ""),
        ("then nothing is recorded", ""),
        ("then nothing is recorded", "then all is well"),
        ("then", "given the line is a circle\nthen"),
        ("then", "at 0:00 the phone rings\nthen"),
    ],
)
def test_a_sheet_is_understood_wholly_or_refused(old: str, new: str) -> None:
    """An unknown sentence, no promise, no word of what must not be recorded, time running backwards."""
    assert read(GOOD).promises == ("HTS.1",)
    with pytest.raises(NotUnderstoodError):
        read(GOOD.replace(old, new))


def test_a_sheet_that_is_wrong_fails() -> None:
    """The checks can fail: each kind of claim, told wrongly."""
    sheet = read(GOOD)
    book = Box(sheet).play(sheet.steps)
    wrong = [
        Sentence("nothing"),
        Sentence("nothing else"),
        Sentence("recorded", ("0:00", "0:02")),
        Sentence("withheld", ("0:02", "0:03", "paused")),
        Sentence("count", ("2",)),
        Sentence("refused"),
    ]
    for claim in wrong:
        with pytest.raises(AssertionError):
            check(claim, Strip(), book)
