"""No caller id is told where none was sent, at little cost, and nothing of it is kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.signal.caller_id import IN_A_MINUTE, CallerIds
from firmware.signal.events import CallerId
from firmware.signal.fsk import Receiver
from firmware.signal.messages import read
from firmware.signal.reception import Reception
from tests.rigs import bursts, keying
from tests.rigs.bursts import BELL202, V23, Caller, Modem, Sound
from tests.rigs.exchange_ear import RATE, Rows, alone, caller_ids, together
from tests.rigs.speech import needs_speech, speech


def test_tells_nothing_where_a_checksum_is_wrong() -> None:
    """One octet changed under way, at any place, and no caller id is told."""
    message = Caller("01632960021", name="A PATEL").message()
    lines = []
    for place in range(len(message)):
        octets = bytearray(message)
        octets[place] ^= 1 << place % 8
        lines.append(bursts.Line().brings(bursts.burst(bytes(octets)), -20, place))
    assert not any(isinstance(event, CallerId) for events in together(lines) for event in events)


@given(st.floats(0.05, 0.97))
def test_tells_nothing_of_a_burst_cut_short(part: float) -> None:
    """A burst that breaks off tells nothing."""
    sound = bursts.burst(Caller("01632960021", name="A PATEL").message())
    whole = np.concatenate(
        [bursts.silence(0.2), sound[: int(part * (len(sound) - 200))], bursts.silence(0.3)]
    )
    assert caller_ids(keying.as_samples(whole + keying.noise(3, len(whole), -50))) == []


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
