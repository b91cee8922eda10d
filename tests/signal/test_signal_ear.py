"""The ear: what it tells does not depend on how ticks and batches are cut, and nothing strange breaks it."""

import pickle
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from firmware.signal.ear import Ear
from firmware.signal.events import CallerId, Digit, RingBurst, SignalEvent, ToneBegan, Voice
from tests.rigs import spandsp
from tests.rigs.keying import Manner, as_samples, keyed, noise, random_keys, sine
from tests.rigs.speech import speech, voices
from tests.rigs.telling import RATE, digits, keys, ticks, together, told

Samples = NDArray[np.int16]

EVERYTHING = Manner(on=(45, 120), off=(35, 300))


@cache
def line(seed: int) -> Samples:
    """Twelve seconds of a line: noise, a caller id where it can be made, dial tone, keys, busy tone, speech where there is some."""
    dice = np.random.default_rng(seed)
    quiet = np.zeros(round(RATE * dice.uniform(0.3, 0.9)))
    sent = (
        1.0 * spandsp.send_caller_id(spandsp.V23, [(2, b"02079460123")])
        if spandsp.why_not() is None
        else quiet
    )
    dial = sine(350, -20, 11_000) + sine(440, -20, 11_000)
    busy = np.tile(np.concatenate([sine(400, -18, 3000), np.zeros(3000)]), 4)
    talk = 1.0 * speech(seed, 3, -20) if voices() else quiet
    keying = keyed(random_keys(seed, 8), EVERYTHING, seed).sound
    whole = np.concatenate([quiet, sent, quiet, dial, keying, talk, busy, quiet])
    return as_samples(whole + noise(seed, len(whole), -62 + seed % 3 * 6))


def decided(events: list[SignalEvent]) -> list[SignalEvent]:
    """What is told, without voice, in one order."""
    return sorted(
        (each for each in events if not isinstance(each, Voice)), key=lambda each: (each.at, repr(each))
    )


def voiced(events: list[SignalEvent], rows: Samples) -> NDArray[np.bool_]:
    """Where there is voice, in steps."""
    mask = np.zeros(rows.shape[1] // 200 + 100, bool)
    for each in events:
        if isinstance(each, Voice):
            mask[each.at // 200 : each.until // 200] = True
    return mask


def test_it_hears_something() -> None:
    """What the tests below compare is not nothing."""
    (events,) = told(line(1)[None, :])
    kinds = {type(each) for each in events}
    assert {Digit, ToneBegan} <= kinds
    assert spandsp.why_not() is not None or CallerId in kinds


@pytest.mark.parametrize("tick", [200, 800, 4000, 8000])
def test_ticks_of_any_length_tell_the_same(tick: int) -> None:
    """25 ms to a second: the same events at the same places; voice a tick sooner or later."""
    rows = together([line(seed) for seed in (1, 2, 3)])
    for one, other in zip(told(rows), told(rows, tick), strict=True):
        assert decided(other) == decided(one)
        differs = voiced(one, rows) ^ voiced(other, rows)
        assert differs.sum() <= 3 * max(tick, 2000) // 200


def test_a_row_alone_and_among_sixty_tell_the_same() -> None:
    """Also where there are more rows than a batch takes."""
    sounds = [line(seed) for seed in (1, 2, 3)]
    rows = together([np.roll(sounds[place % 3], 400 * place)[: 7 * RATE] for place in range(66)])
    together_told = told(rows)
    for place in (0, 1, 2, 31, 63, 65):
        (alone,) = told(rows[place : place + 1])
        assert decided(together_told[place]) == decided(alone)


def test_the_gate_changes_nothing() -> None:
    """All rows looked at, or only those that are loud enough: the same."""
    quiet = keyed("0123456789", Manner(level=-57)).over(noise(9, 30_000, -72)).samples
    rows = together([line(1), line(2), quiet, line(3)])
    wide_open = Ear(RATE, len(rows), gate_dbm0=-200)
    for one, other in zip(told(rows), told(rows, ear=wide_open), strict=True):
        assert [each for each in one if not isinstance(each, Voice)] == [
            each for each in other if not isinstance(each, Voice)
        ]
        assert (voiced(one, rows) == voiced(other, rows)).all()


def test_rows_may_come_in_any_company() -> None:
    """Ticks of different lengths for different rows, in any batches: each row is its own."""
    rows = together([line(seed) for seed in (1, 2, 3)])
    ear, events = Ear(RATE, 3), [list[SignalEvent]() for _ in rows]
    for row, length in ((2, 2000), (0, 800), (1, 4000)):
        for at, samples in ticks(rows[row : row + 1], ear.context, length):
            for name, event in ear.listen(np.array([row]), np.array([at]), samples):
                events[name].append(event)
    for one, other in zip(told(rows), events, strict=True):
        assert decided(other) == decided(one)


def test_it_hears_at_once_after_a_gap() -> None:
    """A row whose samples broke off goes on after silence as context, at any later place of its grid; nothing is made up of the gap."""
    keying = keyed("4711", Manner(on=(60, 60), off=(60, 60)), lead=0.0)
    ear, begins = Ear(RATE, 1), 10**9
    list(ear.listen(np.arange(1), np.array([0]), np.pad(line(1)[None, :7600], ((0, 0), (400, 0)))))
    ear.forget(0)
    found = []
    for at, samples in ticks(keying.samples[None, :], ear.context):
        found += [each for _, each in ear.listen(np.arange(1), np.array([begins + at]), samples)]
    assert "".join(each.digit for each in found if isinstance(each, Digit)) == "4711"
    assert all(each.at >= begins - 2 * RATE for each in found)


def test_hears_16_khz_too() -> None:
    """Twice the samples, the same digits, tones and caller ids, at twice the positions."""
    sound = line(1)
    twice = np.interp(np.arange(2 * len(sound)) / 2, np.arange(len(sound)), sound).astype(np.int16)
    ear, found = Ear(2 * RATE, 1), list[SignalEvent]()
    for at, samples in ticks(twice[None, :], ear.context, 4000):
        found += [each for _, each in ear.listen(np.arange(1), np.array([at]), samples)]
    (once,) = told(sound[None, :])
    for kind in (Digit, ToneBegan, CallerId):
        one, other = ([each for each in events if isinstance(each, kind)] for events in (once, found))
        assert len(one) == len(other)
        assert all(abs(each.at / 2 - same.at) < 80 for each, same in zip(other, one, strict=True))


ODD: dict[str, Callable[[np.random.Generator], Samples]] = {
    "random": lambda dice: dice.integers(-32768, 32768, 4 * RATE),
    "random and soft": lambda dice: dice.integers(-300, 300, 4 * RATE),
    "clipped": lambda dice: np.sign(dice.normal(0, 1, 4 * RATE)) * 32767,
    "extremes": lambda _: np.where(np.arange(4 * RATE) % 2, 32767, -32768),
    "direct current": lambda _: np.full(4 * RATE, -32768),
    "one click": lambda _: np.where(np.arange(4 * RATE) == 9999, 32767, 0),
    "steps": lambda dice: np.repeat(dice.integers(-32768, 32768, 40), 800),
    "a siren": lambda _: 20000 * np.sin(np.cumsum(2 * np.pi * np.linspace(300, 3400, 4 * RATE) / RATE)),
    "a clipped siren": lambda _: 32767 * np.sign(np.sin(np.cumsum(np.linspace(0.1, 2.9, 4 * RATE)))),
    "nothing": lambda _: np.zeros(4 * RATE),
}


@pytest.mark.parametrize("what", ODD)
def test_nothing_odd_is_a_digit_or_a_caller_id(what: str) -> None:
    """Noise, clipping, direct current, sirens: no crash, and nobody keyed or called."""
    sounds = [ODD[what](np.random.default_rng(seed)).astype(np.int16) for seed in range(4)]
    for events in told(np.stack(sounds)):
        assert not [each for each in events if isinstance(each, Digit | CallerId | RingBurst | ToneBegan)]


@given(
    arrays(np.int16, st.integers(1, 12).map(lambda steps: steps * 200)),
    st.sampled_from([200, 800, 2000]),
    st.integers(0, 10**12),
)
@settings(max_examples=60)
def test_any_samples_are_heard(samples: Samples, tick: int, step: int) -> None:
    """Whatever comes, wherever it lies: no crash, and every event lies where something was heard or just before."""
    ear, begins = Ear(RATE, 2), step * 200
    rows = np.stack([samples, samples[::-1]])
    for at, each in ticks(rows, ear.context, tick):
        for row, event in ear.listen(np.arange(2), np.full(2, begins + at), each):
            assert row in (0, 1)
            assert begins - 2 * RATE <= event.at <= begins + at + tick


def test_minutes_of_anything_take_no_more_room() -> None:
    """A key held down, a mark without end, a dial tone, ringing: what is kept of a row stays as small as it was."""
    count = 20 * RATE
    rows = np.stack(
        [
            as_samples(sine(697, -10, count) + sine(1209, -10, count)),
            as_samples(sine(1300, -10, count)),
            as_samples(sine(350, -15, count) + sine(440, -15, count)),
            as_samples(sine(25, 0, count)),
            np.random.default_rng(1).integers(-32768, 32768, count).astype(np.int16),
        ]
    )
    ear, sizes = Ear(RATE, len(rows)), list[int]()
    names = np.arange(len(rows))
    for second in range(180):
        at = second % 19 * RATE + ear.context
        ear.listen(names, np.full(len(rows), second * RATE), rows[:, at - ear.context : at + RATE].copy())
        if second % 20 == 19:
            sizes.append(len(pickle.dumps((ear._dtmf, ear._detectors, ear._voices))))
    assert max(sizes[3:]) <= 1.1 * max(sizes[:3])


def test_levels_and_calibration() -> None:
    """The loudest of the last tick in dBFS; a row's noise and speech after a while; nothing of a row that is silent."""
    talk = speech(4, 30, -20) if voices() else as_samples(sine(1000, -20, 30 * RATE))
    rows = np.stack([as_samples(talk + noise(2, len(talk), -52)), np.zeros(len(talk), np.int16)])
    ear = Ear(RATE, 2)
    told(rows, ear=ear)
    assert ear.level_db(1) < -90
    assert -75 < ear.level_db(0) < -3
    assert ear.calibration(0).noise_dbm0 == pytest.approx(-52, abs=3)
    assert ear.calibration(1).noise_dbm0 < -58
    assert ear.calibration(1).speech_dbm0 is None
    if voices():
        assert ear.calibration(0).speech_dbm0 == pytest.approx(-20, abs=5)


def test_a_full_scale_sine_is_minus_three_dbfs() -> None:
    """As meters say."""
    ear = Ear(RATE, 1)
    told(as_samples(sine(1000, 3.14, 3 * RATE))[None, :], ear=ear, tick=RATE)
    assert ear.level_db(0) == pytest.approx(-3.01, abs=0.1)


def test_nothing_is_heard_twice() -> None:
    """Context is context: a digit across two ticks is one."""
    for lead in np.arange(0.2, 0.3, 0.013):
        assert keys(keyed("5", Manner(on=(60, 60)), lead=lead).samples) == "5"
    assert len(digits(keyed("12", Manner(on=(300, 300))).samples)) == 2
