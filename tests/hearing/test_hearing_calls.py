"""Whole calls of the corpus by their sound, with what a hook sensor showed and without: what is kept, and what is told of them."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from line_play import Script, Ticks, heard, play

from firmware.call.events import Reason
from firmware.settings import read
from firmware.settings.model import KeyedDigits, NumberingSettings, Position, Unclassified
from tests.call.call_play import Book
from tests.rigs.corpus import Piece, Truth, folders, pieces
from tests.settings.sample import EXAMPLE

RATE = 8000
QUIET_SECONDS = 36
"""Of a line's noise after the file, so that a silence ends what goes on: the corpus' files end with their call."""

CLICKED = 0.03
"""Seconds by which two instants of the truth differ that are one."""

SAID = frozenset({Reason.RECORDED, Reason.KEYED, Reason.CARD_ENTRY})
"""What becomes of a conversation that is recorded: what may have been keyed is left out of it."""


@dataclass(frozen=True)
class Heard:
    """A call as it was heard, beside the truth about it."""

    piece: Piece
    script: Script
    book: Book
    hooked: bool

    @property
    def kept(self) -> list[tuple[float, float]]:
        """What was kept, in seconds; gaps for keys do not part it."""
        spans: list[tuple[float, float]] = []
        for start, stop, reason in self.book.said.spans():
            if reason in SAID:
                joins = spans and spans[-1][1] == start / RATE
                spans[-1:] = (
                    [(spans[-1][0] if joins else start / RATE, stop / RATE)]
                    if joins
                    else [
                        *spans[-1:],
                        (start / RATE, stop / RATE),
                    ]
                )
        return spans


@dataclass(frozen=True)
class Lines:
    """Calls as so many lines of one box: what its ear heard of them all."""

    pieces: list[Piece]
    ticks: Ticks

    def play(self, number: int, position: Position, *, hooked: bool) -> Heard:
        """One of them, with its hook sensor or without."""
        piece, office = self.pieces[number], read(EXAMPLE)
        settings = replace(office, numbering=NumberingSettings(access="9", extensions=("3xx",)))
        line = replace(
            office.lines[0],
            position=position,
            unclassified=Unclassified.WITHHOLD,
            keyed_digits=KeyedDigits.BLANK,
            look_back=2.0,
            hook=office.lines[0].hook if hooked else None,
        )
        shown = [(round(ms * 8), what == "off") for ms, what in piece.about["hook"]] if hooked else []
        script = play(settings, line, self.ticks, number, shown)
        return Heard(piece, script, script.finish(), hooked)


@pytest.fixture(scope="module")
def lines(shared_dir: Path) -> Lines:
    """Every call of every corpus there is, heard in one batch."""
    every = [each for folder in folders(shared_dir) for each in pieces(folder, "calls")]
    longest = max(len(each.samples) for each in every) + QUIET_SECONDS * RATE
    noise = np.random.default_rng(len(every)).normal(0, 3, (len(every), longest)).astype(np.int16)
    for row, piece in zip(noise, every, strict=True):
        row[: len(piece.samples)] = piece.samples
    return Lines(every, heard(RATE, noise))


@pytest.fixture(scope="module", params=["hook", "no hook"])
def calls(request: pytest.FixtureRequest, lines: Lines) -> list[Heard]:
    """All calls, at an extension."""
    hooked = request.param == "hook"
    return [lines.play(number, Position.EXTENSION, hooked=hooked) for number, _ in enumerate(lines.pieces)]


def conversation(piece: Piece) -> tuple[float, float]:
    """From the first word to the last of what may be kept."""
    stop = piece.about.get("record_stop_ms", 1 << 40)
    said = [each for each in piece.of("speech") if each.at_ms < stop]
    return said[0].at_ms / 1000, said[-1].until_ms / 1000


def over(piece: Piece) -> float:
    """Where it is over at the latest: the recall, the tone that ends it, the hook."""
    answered = conversation(piece)[0]
    ends = [each.at_ms for each in piece.of("call_end", "recall")]
    tones = [each for each in piece.of("tone") if not _harmless(each) and each.at_ms / 1000 > answered]
    return min([*ends, *(each.at_ms for each in tones)]) / 1000


def _harmless(tone: Truth) -> bool:
    return tone.rest["name"].startswith(("ringback", "call_waiting"))


def before(piece: Piece) -> float:
    """Before this nothing may be kept: the lift of a call that was rung for, the end of the ringing tone of another."""
    ringing = [each for each in piece.of("tone") if each.rest["name"].startswith("ringback")]
    answered = [each for each in ringing if each.at_ms / 1000 < conversation(piece)[0]]
    rings = [each.until_ms for each in piece.of("ring")]
    return (answered[-1].until_ms if answered else max(rings)) / 1000


def test_what_may_not_be_kept_is_not(calls: list[Heard]) -> None:
    """Missed, busy, a number that does not exist, internal: no recording is even opened."""
    seen = [each for each in calls if not each.piece.about["record"]]
    assert len(seen) >= 5
    for each in seen:
        assert each.book.opens == [], each.piece.name


def test_what_may_be_kept_is_kept_whole_in_one_recording(calls: list[Heard]) -> None:
    """From the first word to the last, but for what is keyed; the last half second of a word may be its hangover's."""
    for each in calls:
        if each.piece.about["record"]:
            first, last = conversation(each.piece)
            assert len(each.book.opens) == 1, each.piece.name
            [(start, stop)] = each.kept
            assert start <= first + 0.1, each.piece.name
            assert stop >= last - CLICKED, each.piece.name


def test_nothing_before_and_after_a_conversation_is_kept(calls: list[Heard]) -> None:
    """No ring, no dialling, no ringing tone, no tone that ends it, nothing from the recall on; no tail without a hook."""
    for each in calls:
        if each.piece.about["record"]:
            [(start, stop)] = each.kept
            assert start >= before(each.piece) - 0.1, each.piece.name
            assert stop <= over(each.piece) + CLICKED + (0 if each.hooked else 2.5), each.piece.name
            assert stop <= conversation(each.piece)[1] + (3.5 if each.hooked else 2.9), each.piece.name


def test_the_numbers_are_told_as_they_were_sent(calls: list[Heard]) -> None:
    """Who called or why that is not told, what was dialled, where it was transferred; nothing of who waited."""
    for each in calls:
        about, numbers = each.piece.about, each.script.numbers
        told = [(caller.number, caller.absent) for caller in numbers.callers]
        outgoing = about["direction"] == "out"
        assert told == ([] if outgoing else [(about.get("peer"), about.get("absent"))]), each.piece.name
        assert numbers.dialled == about.get("dialled", "") if outgoing else not numbers.dialled, (
            each.piece.name
        )
        assert numbers.transfer == about.get("transfer", {}).get("digits", ""), each.piece.name


def test_a_transfer_is_said_in_the_ledger(calls: list[Heard]) -> None:
    """From the first digit dialled after the recall on, and at every position."""
    for each in calls:
        if "transfer" in each.piece.about:
            first = next(key for key in each.piece.digits if key.rest["purpose"] == "transfer")
            talk = each.piece.of("speech")[-1]
            assert each.book.said.over(first.until, talk.until) == {Reason.TRANSFERRED}


@pytest.mark.parametrize("position", [Position.PORT, Position.HANDSET])
def test_elsewhere_than_at_an_extension_every_call_is_external(lines: Lines, position: Position) -> None:
    """An internal number says nothing there; the transfer ends the recording all the same."""
    for number, piece in enumerate(lines.pieces):
        if piece.name.startswith(("06_", "07_")):
            call = lines.play(number, position, hooked=True)
            start = piece.of("call_start")[0].at_ms / 1000
            assert call.kept == [(pytest.approx(start, abs=0.01), pytest.approx(over(piece), abs=0.01))]
