"""Caller ids are read where a standard sends them, and nowhere else."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware.signal.events import Absent, CallerId, Standard
from tests.rigs import bursts, decoders, keying, spandsp
from tests.rigs.bursts import BELL202, V23, Caller, Line, Modem, louder
from tests.rigs.corpus import Piece, Truth, folders, pieces
from tests.rigs.exchange_ear import RATE, Samples, alone, caller_ids, together
from tests.rigs.speech import needs_speech, speech

ABSENT = {"P": Absent.WITHHELD, "O": Absent.UNAVAILABLE, None: None}
MODEMS = {Standard.V23: V23, Standard.BELL202: BELL202}
SPANDSP = {Standard.V23: spandsp.V23, Standard.BELL202: spandsp.BELL202}
STANDARDS = pytest.mark.parametrize("standard", list(MODEMS))

EACH = 8
"""Callers for each row of a table."""


def _same(heard: CallerId, caller: Caller) -> bool:
    told = (heard.number, heard.absent, heard.name, heard.datetime)
    return told == (caller.number, ABSENT[caller.absent], caller.name, caller.datetime)


def _found(callers: Sequence[Caller], lines: Sequence[Samples], standard: Standard) -> tuple[int, int]:
    """How many callers were told exactly once and right, and how many caller ids were anything else."""
    found = false = 0
    for caller, events in zip(callers, together(lines), strict=True):
        heard = [each for each in events if isinstance(each, CallerId)]
        right = [each for each in heard if _same(each, caller) and each.standard is standard]
        found += len(right) == 1
        false += len(heard) - min(1, len(right))
    return found, false


def _callers(seed: str, count: int = EACH) -> list[Caller]:
    dice = random.Random(seed)
    return [bursts.somebody(dice) for _ in range(count)]


SWEEP: dict[str, tuple[Callable[[Modem], Modem], Line]] = {
    "0 dBm0": (lambda modem: replace(modem, level=0.0), Line()),
    "-8 dBm0": (lambda modem: replace(modem, level=-8.0), Line()),
    "-36 dBm0, 18 dB SNR": (lambda modem: replace(modem, level=-36.0), Line(18)),
    "15 dB SNR": (lambda modem: modem, Line(15)),
    "space 6 dB weaker": (lambda modem: replace(modem, twist=-6.0), Line(20)),
    "space 6 dB stronger": (lambda modem: replace(modem, twist=6.0), Line(20)),
    "1.5 % below its frequencies": (
        lambda modem: replace(modem, mark=modem.mark * 0.985, space=modem.space * 0.985),
        Line(18),
    ),
    "1.5 % above": (
        lambda modem: replace(modem, mark=modem.mark * 1.015, space=modem.space * 1.015),
        Line(18),
    ),
    "clock 1.5 % slow": (lambda modem: replace(modem, baud=1182.0), Line(18)),
    "clock 1.5 % fast": (lambda modem: replace(modem, baud=1218.0), Line(18)),
    "A-law, -30 dBm0": (lambda modem: replace(modem, level=-30.0), Line(law=True)),
    "hum 10 dB above": (lambda modem: replace(modem, level=-30.0), Line(24, hum=-20.0)),
    "10 mark bits between octets": (lambda modem: replace(modem, stuffed=10), Line()),
    "shortest mark, no seizure": (lambda modem: replace(modem, seizure=0, marks=55), Line(18)),
    "longest mark": (lambda modem: replace(modem, seizure=315, marks=205), Line()),
}


@STANDARDS
@pytest.mark.parametrize("row", list(SWEEP))
def test_reads_whatever_a_line_does_to_it(row: str, standard: Standard) -> None:
    """Every caller of every row of the sweep is told once, and nobody else."""
    bend, line = SWEEP[row]
    modem, callers = bend(MODEMS[standard]), _callers(row + standard)
    lines = [
        line.brings(bursts.burst(each.message(), modem, seed), modem.level, seed)
        for seed, each in enumerate(callers)
    ]
    found, false = _found(callers, lines, standard)
    print(f"{standard:8} {row:30} found {found}/{len(callers)} false {false}")
    assert (found, false) == (len(callers), 0)


@spandsp.needs_spandsp
@STANDARDS
@pytest.mark.parametrize("level", [-8, -22, -36])
def test_reads_what_spandsp_sends(standard: Standard, level: int) -> None:
    """Another's sender at three levels is read to the last caller."""
    callers = _callers(f"spandsp {standard} {level}")
    lines = [
        louder(
            spandsp.send_caller_id(SPANDSP[standard], each.fields(), alert=standard is Standard.V23), level
        )
        for each in callers
    ]
    assert _found(callers, lines, standard) == (len(callers), 0)


@decoders.needs("minimodem")
@STANDARDS
@pytest.mark.parametrize("snr", [18, 30])
def test_reads_what_minimodem_sends(standard: Standard, snr: int) -> None:
    """A third one's sender, resampled, through noise, is read to the last caller."""
    tones = decoders.V23_TONES if standard is Standard.V23 else decoders.BELL202_TONES
    callers = _callers(f"minimodem {standard} {snr}", 4)
    lines = []
    for seed, each in enumerate(callers):
        sound = decoders.modem_sound(decoders.framed(each.message()[:-1]), tones, -26)
        lines.append(Line(snr).brings(sound.astype(float), -26, seed))
    assert _found(callers, lines, standard) == (len(callers), 0)


@spandsp.needs_spandsp
def test_reads_all_that_another_reads() -> None:
    """Of bursts bent by chance, some beyond repair, none is read by spandsp, made eight times louder, and not here."""
    dice = random.Random(41)
    ours = theirs = 0
    for seed in range(30):
        standard = dice.choice(list(MODEMS))
        caller, level = bursts.somebody(dice), dice.uniform(-36, -10)
        base = MODEMS[standard]
        off = 1 + dice.uniform(-0.01, 0.01)
        modem = replace(
            base,
            level=level,
            twist=dice.uniform(-6, 6),
            baud=1200 * (1 + dice.uniform(-0.01, 0.01)),
            mark=base.mark * off,
            space=base.space * off,
        )
        samples = Line(dice.uniform(4, 24)).brings(bursts.burst(caller.message(), modem), level, seed)
        read_there = caller.message()[:-1] in spandsp.read_caller_ids(samples, SPANDSP[standard])
        read_here = any(_same(each, caller) for each in caller_ids(samples))
        ours, theirs = ours + read_here, theirs + read_there
        assert read_here or not read_there
    assert ours >= theirs > 0


def _clips(shared: Path) -> list[Piece]:
    return [piece for folder in folders(shared) for piece in pieces(folder, "clip", "calls")]


def _told(each: CallerId) -> tuple[str | None, str | None, str | None, str | None]:
    return each.number, each.absent and str(each.absent), each.name, each.datetime


def _truth(truth: Truth) -> tuple[str | None, str | None, str | None, str | None]:
    told = truth.rest
    # the sender doubled the length octet of a 16 character name: nobody can read that name
    name = None if len(told["name"] or "") == 16 else told["name"]
    return told["number"], told["absent"], name, told["datetime"]


def test_reads_the_corpus(shared_dir: Path) -> None:
    """Every burst of clips and calls is told once, by its own standard, within 20 ms of where it lies."""
    clips = _clips(shared_dir)
    for piece, events in zip(clips, together([each.samples for each in clips]), strict=True):
        heard = [each for each in events if isinstance(each, CallerId)]
        sent = [each for each in piece.of("clip") if each.rest["std"] != "dtmf"]
        assert [_told(each) for each in heard] == [_truth(each) for each in sent], piece.name
        assert [str(each.standard) for each in heard] == [each.rest["std"] for each in sent], piece.name
        for caller_id, truth in zip(heard, sent, strict=True):
            assert abs(caller_id.at - truth.at) < 0.02 * RATE, piece.name
            assert abs(caller_id.until - truth.until) < 0.02 * RATE, piece.name


def test_reads_two_in_a_row_and_one_after_a_truncated_one() -> None:
    """Bursts that follow each other are each told; one that broke off delays none."""
    first, second = (bursts.burst(Caller(each).message()) for each in ("300", "01632960021"))
    quiet = bursts.silence(0.08)
    for parts, numbers in (
        ([first, quiet, second], ["300", "01632960021"]),
        ([second[: len(second) // 2], quiet, first], ["300"]),
        ([first, quiet, first], ["300", "300"]),
    ):
        whole = np.concatenate([quiet, *parts, bursts.silence(0.3)])
        heard = caller_ids(keying.as_samples(whole + keying.noise(5, len(whole), -50)))
        assert [each.number for each in heard] == numbers


@needs_speech
def test_reads_who_waits_in_mid_call() -> None:
    """An alert and a burst without seizure between two people's words are told."""
    talk = speech(11, 6, -20)
    quiet = bursts.silence(0.12)
    burst = bursts.burst(Caller("01632960077").message(), replace(V23, seizure=0, level=-25))
    parts = [talk[: 3 * RATE], quiet, bursts.alert(-25, 80), quiet, burst, quiet, talk[3 * RATE :]]
    assert [each.number for each in caller_ids(keying.as_samples(np.concatenate(parts)))] == ["01632960077"]


@STANDARDS
def test_reads_at_16_khz(standard: Standard) -> None:
    """A card that gives a line 16 kHz hears the same."""
    caller, modem = Caller("01632960021", name="A PATEL"), replace(MODEMS[standard], rate=16000)
    sound = np.concatenate([bursts.silence(0.3, 16000), bursts.burst(caller.message(), modem)])
    samples = keying.as_samples(sound + keying.noise(1, len(sound), -45))
    [heard] = caller_ids(samples, 16000)
    assert _same(heard, caller)
    assert heard.standard is standard
    assert abs(heard.at - 4800) < 320


@pytest.mark.parametrize("tick", [5, 20, 100])
def test_is_the_same_in_any_tick_and_company(tick: int) -> None:
    """Short ticks, long ones and others in the batch change no event and no position."""
    callers = _callers("company", 5)
    lines = [Line(20).brings(bursts.burst(each.message()), -20, seed) for seed, each in enumerate(callers)]
    assert together(lines, tick=tick) == [alone(each) for each in lines]
