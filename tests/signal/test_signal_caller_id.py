"""Caller ids are read where a standard sends them, and nowhere else."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.signal.caller_id import IN_A_MINUTE, CallerIds
from firmware.signal.events import Absent, CallerId, Digit, Standard
from firmware.signal.fsk import Receiver
from firmware.signal.keyed_id import keyed_caller_id
from firmware.signal.messages import read
from firmware.signal.reception import Reception
from tests.rigs import bursts, decoders, keying, spandsp
from tests.rigs.bursts import BELL202, V23, Caller, Modem, Sound
from tests.rigs.corpus import Piece, Truth, folders, pieces
from tests.rigs.exchange_ear import RATE, Rows, Samples, alone, caller_ids, together
from tests.rigs.speech import needs_speech, speech

ABSENT = {"P": Absent.WITHHELD, "O": Absent.UNAVAILABLE, None: None}
MODEMS = {Standard.V23: V23, Standard.BELL202: BELL202}
SPANDSP = {Standard.V23: spandsp.V23, Standard.BELL202: spandsp.BELL202}
STANDARDS = pytest.mark.parametrize("standard", list(MODEMS))

EACH = 8
"""Callers for each row of a table."""


@dataclass(frozen=True, slots=True)
class Line:
    """What lies around a burst: how far the noise is below it (dB), hum (dBm0), whether it went through A-law."""

    snr: float = 30.0
    hum: float | None = None
    law: bool = False

    def brings(self, burst: Sound, level: float, seed: int) -> Samples:
        """A reversal 20 dB and more above the burst, an alert, and the burst."""
        quiet = bursts.silence(0.15)
        sound = np.concatenate(
            [quiet, quiet, bursts.click(), quiet, bursts.alert(level), quiet, burst, quiet]
        )
        sound += keying.noise(seed, len(sound), level - self.snr)
        if self.hum is not None:
            sound += keying.hum(len(sound), self.hum)
        samples = keying.as_samples(sound)
        return keying.through_a_law(samples) if self.law else samples


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
    "1 % below its frequencies": (
        lambda modem: replace(modem, mark=modem.mark * 0.99, space=modem.space * 0.99),
        Line(18),
    ),
    "1 % above": (lambda modem: replace(modem, mark=modem.mark * 1.01, space=modem.space * 1.01), Line(18)),
    "clock 1 % slow": (lambda modem: replace(modem, baud=1188.0), Line(18)),
    "clock 1 % fast": (lambda modem: replace(modem, baud=1212.0), Line(18)),
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
        _louder(
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


def _louder(samples: Samples, level: float) -> Samples:
    """Brought to a level, in noise 30 dB below, with quiet around it."""
    sound = samples * 10 ** ((level + 13) / 20)
    quiet = bursts.silence(0.3)
    whole = np.concatenate([quiet, sound, quiet])
    return keying.as_samples(whole + keying.noise(len(samples), len(whole), level - 30))


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


def test_tells_nothing_where_a_checksum_is_wrong() -> None:
    """One octet changed under way, at any place, and no caller id is told."""
    message = Caller("01632960021", name="A PATEL").message()
    lines = []
    for place in range(len(message)):
        octets = bytearray(message)
        octets[place] ^= 1 << place % 8
        lines.append(Line().brings(bursts.burst(bytes(octets)), -20, place))
    assert not any(isinstance(event, CallerId) for events in together(lines) for event in events)


@given(st.floats(0.05, 0.97))
def test_tells_nothing_of_a_burst_cut_short(part: float) -> None:
    """A burst that breaks off tells nothing."""
    sound = bursts.burst(Caller("01632960021", name="A PATEL").message())
    whole = np.concatenate(
        [bursts.silence(0.2), sound[: int(part * (len(sound) - 200))], bursts.silence(0.3)]
    )
    assert caller_ids(keying.as_samples(whole + keying.noise(3, len(whole), -50))) == []


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


def _sirens(seconds: float) -> dict[str, Sound]:
    """What whistles and wails around the mark, loud, for so long."""
    time = np.arange(round(seconds * RATE)) / RATE
    loud = keying.amplitude(-6)
    sweep = 1300 + 250 * np.sin(2 * np.pi * 0.5 * time)
    beeps = (time * 4 % 1 < 0.5) * np.sin(2 * np.pi * 1300 * time)
    return {
        "steady": loud * np.sin(2 * np.pi * 1300 * time),
        "wailing": loud * np.sin(2 * np.pi * np.cumsum(sweep) / RATE),
        "beeping": loud * beeps,
        "yelping": loud * np.sin(2 * np.pi * np.cumsum(np.where(time * 6 % 1 < 0.5, 1250, 1850)) / RATE),
    }


def test_sirens_cost_little_and_tell_nothing() -> None:
    """Ten minutes of each tell no caller id, begin twelve receptions a minute at most, and keep none for long."""
    sirens = list(_sirens(600).values())
    rows, told, begun = Rows(len(sirens)), [], 0
    for heard in rows.ticks(np.stack([keying.as_samples(each) for each in sirens])):
        told += heard
        for row in range(len(sirens)):
            begun += len(_open(rows, row))
            assert len(_open(rows, row)) <= IN_A_MINUTE
    assert not any(isinstance(event, CallerId) for _, event in told)
    # a reception of nothing lasts three ticks at most
    assert 0 < begun <= 3 * IN_A_MINUTE * 10 * len(sirens)


def _open(rows: Rows, row: int = 0) -> list[Reception]:
    """The receptions of a row."""
    [receiving] = [each for each in rows.exchange._parts if isinstance(each, CallerIds)]
    return receiving._open.get(row, [])


def test_reads_a_reception_a_few_times_only() -> None:
    """A mark that never ends is left after half a second and a handful of tries."""
    siren, receiver = keying.as_samples(_sirens(5)["steady"]), Receiver(RATE)
    reception, tries = Reception(0, 0, RATE), set()
    for start in range(0, len(siren), 200):
        tries.add(reception.decided)
        reception.take(siren[start : start + 200], start)
        assert reception.told(receiver) is None
    assert reception.over
    assert reception.decided < 0.6 * RATE
    assert len(tries) <= 5


def test_reads_a_burst_after_a_siren() -> None:
    """A siren that used up the tries of its minute is forgotten a minute later."""
    siren = _sirens(20)["beeping"]
    burst = bursts.burst(Caller("300").message())
    whole = np.concatenate([siren, bursts.silence(61), burst, bursts.silence(0.3)])
    assert [each.number for each in caller_ids(keying.as_samples(whole))] == ["300"]


@needs_speech
def test_tells_nothing_of_speech_and_keys() -> None:
    """A minute of prompts, of keyed digits and of noise, each alone and all together, tell no caller id."""
    talk = speech(5, 60).astype(float)
    keys = (
        keying.keyed(keying.random_keys(9, 400, "147*258"), seed=9)
        .over(np.zeros(60 * RATE))
        .sound[: 60 * RATE]
    )
    hiss = keying.noise(1, 60 * RATE, -20)
    lines = [keying.as_samples(each) for each in (talk, keys, hiss, talk / 2 + keys / 2 + hiss / 8)]
    assert not any(isinstance(event, CallerId) for events in together(lines) for event in events)


@given(st.binary(min_size=1, max_size=60), st.sampled_from([V23, BELL202]))
@settings(max_examples=20)
def test_tells_random_octets_only_where_they_are_a_message(octets: bytes, modem: Modem) -> None:
    """Whatever is modulated, what is told is what the message alone would tell."""
    heard = caller_ids(keying.as_samples(np.concatenate([bursts.silence(0.1), bursts.burst(octets, modem)])))
    alone_told = read(octets)
    assert [each.number for each in heard] == ([alone_told.number] if alone_told else [])


WILD = st.sampled_from([-32768, 32767, 0, 1, -1, 12000])


@given(st.lists(st.tuples(WILD, st.integers(1, 2000)), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_survives_the_wildest_samples(stretches: list[tuple[int, int]], seed: int) -> None:
    """Extremes, direct current and noise at full scale crash nothing and tell no caller id."""
    flat = np.concatenate([np.full(count, value, np.int16) for value, count in stretches])
    wild = np.random.default_rng(seed).integers(-32768, 32768, RATE, dtype=np.int16)
    assert not any(isinstance(event, CallerId) for event in alone(np.concatenate([flat, wild, flat])))


@pytest.mark.parametrize("part", [1.0, 0.7])
def test_keeps_no_sound_of_it(part: float) -> None:
    """What a reception held is nought when it is over, whether it was read or broke off."""
    rows, held = Rows(1), []
    sound = bursts.burst(Caller("01632960021").message())
    samples = keying.as_samples(np.concatenate([sound[: int(part * len(sound))], bursts.silence(1)]))
    for _ in rows.ticks(samples[None]):
        held += [each._samples for each in _open(rows)]
        assert not held or held[-1].any() or not _open(rows)
    assert held
    assert not any(each.any() for each in held)


def test_forgets_a_row_and_what_it_had_begun_to_hear() -> None:
    """A row whose samples broke off within a burst tells nothing of it, and its samples are wiped."""
    rows = Rows(2)
    sound = keying.as_samples(bursts.burst(Caller("01632960021").message()))
    half = 2 * rows.tick
    lines = np.stack([sound, sound])
    before = [each for told in rows.ticks(lines[:, :half]) for each in told]
    [held] = [each._samples for each in _open(rows)]
    rows.exchange.forget(0)
    after = [each for told in rows.ticks(lines[:, half:]) for each in told]
    assert before == []
    assert [row for row, _ in after] == [1]
    assert not held.any()


@pytest.mark.parametrize("tick", [5, 20, 100])
def test_is_the_same_in_any_tick_and_company(tick: int) -> None:
    """Short ticks, long ones and others in the batch change no event and no position."""
    callers = _callers("company", 5)
    lines = [Line(20).brings(bursts.burst(each.message()), -20, seed) for seed, each in enumerate(callers)]
    assert together(lines, tick=tick) == [alone(each) for each in lines]


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
