"""Reversals, alerts, breaks and ringing are heard where they are, within milliseconds, and nowhere else."""

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signal.events import Alert, Break, Reversal, RingBurst, SignalEvent
from firmware.signal.ringing import RingPattern, pattern
from tests.rigs import bursts, keying
from tests.rigs.bursts import Sound
from tests.rigs.corpus import Truth, folders, pieces
from tests.rigs.exchange_ear import RATE, Rows, alone, together
from tests.rigs.speech import needs_speech, speech

Kind = TypeVar("Kind", bound=SignalEvent)

NEAR = RATE // 10
"""Samples: 100 ms."""


def _of(kind: type[Kind], events: Iterable[SignalEvent]) -> list[Kind]:
    return [each for each in events if isinstance(each, kind)]


def _line(*parts: Sound, noise: float = -60.0, seed: int = 1) -> np.ndarray:
    """The parts one after another on a line with this much noise, half a second of it before and after."""
    quiet = bursts.silence(0.5)
    whole = np.concatenate([quiet, *parts, quiet])
    return keying.as_samples(whole + keying.noise(seed, len(whole), noise))


def _rung(ring: Truth) -> list[tuple[float, float]]:
    """When each burst of a ring begins and ends, in samples."""
    told, at = [], ring.at_ms
    while at < ring.until_ms:
        for on, off in zip(ring.rest["cadence"][::2], ring.rest["cadence"][1::2], strict=True):
            told.append((at * 8, (at + on) * 8))
            at += on + off
    return told


def test_hears_what_the_corpus_has_and_nothing_else(shared_dir: Path) -> None:
    """Every reversal, alert, ring and recall within 100 ms, in calls and clips; none too many in any file."""
    files = [piece for folder in folders(shared_dir) for piece in pieces(folder)]
    sums = {kind: [0, 0] for kind in ("line_reversal", "ring", "recall", "alert")}
    for piece, events in zip(files, together([each.samples for each in files]), strict=True):
        rings = [each for ring in piece.of("ring") for each in _rung(ring)]
        heard = _of(RingBurst, events)
        assert len(heard) == len(rings), piece.name
        for burst, (at, until) in zip(heard, rings, strict=True):
            assert max(abs(burst.at - at), abs(burst.until - until)) < NEAR / 4, piece.name
        breaks = _of(Break, events)
        assert len(breaks) == len(piece.of("recall")), piece.name
        for each, recall in zip(breaks, piece.of("recall"), strict=True):
            assert max(abs(each.at - recall.at), abs(each.until - recall.until)) < NEAR / 4, piece.name
        alerted = [each for each in piece.of("clip") if each.rest.get("alert_ms") is not None]
        alerts = [each.rest["alert_ms"] * 8 for each in alerted] + [each.at for each in piece.of("cas")]
        if piece.name != "bad_checksum":
            assert len(_of(Alert, events)) == len(alerts), piece.name
            assert all(
                abs(one.at - at) < NEAR for one, at in zip(_of(Alert, events), sorted(alerts), strict=True)
            )
        reversals = piece.of("line_reversal")
        if reversals or not alerted:
            assert len(_of(Reversal, events)) == len(reversals), piece.name
        for each, truth in zip(_of(Reversal, events), reversals, strict=False):
            assert abs(each.at - truth.at) < NEAR / 10, piece.name
        for kind, count in (
            ("ring", rings),
            ("recall", breaks),
            ("alert", alerts),
            ("line_reversal", reversals),
        ):
            sums[kind][0] += len(count)
    print({kind: found for kind, (found, _) in sums.items()})


RINGS = [(0.4, 25, 0.0, 1.0), (1.0, 25, -10, 0.5), (2.0, 20, -8, 0.2), (1.0, 50, -6, 1.0), (0.4, 50, 0, 0.3)]


@pytest.mark.parametrize(
    ("seconds", "hertz", "level", "clipped"),
    [*RINGS, (1.0, 16.7, -20, 1.0), (0.2, 25, -8, 0.8), (2.0, 30, -28, 0.6)],
)
@pytest.mark.parametrize("noise", [-70, -45])
def test_hears_ringing(seconds: float, hertz: float, level: float, clipped: float, noise: float) -> None:
    """A burst of any usual frequency, strength and clipping is told once, with its beginning and end."""
    ringing = bursts.ringing(seconds, hertz, level, clipped)
    [heard] = _of(RingBurst, alone(_line(ringing, noise=noise)))
    assert abs(heard.at - RATE // 2) < 0.03 * RATE
    assert abs(heard.until - RATE // 2 - len(ringing)) < 0.03 * RATE


def test_hears_ringing_beside_hum_and_no_hum_that_rings() -> None:
    """A line that hums at 50 Hz rings all the same; hum alone, switched on or swelling, does not."""
    ringing = _line(*[bursts.ringing(0.4), bursts.silence(0.2), bursts.ringing(0.4), bursts.silence(2)] * 2)
    humming = keying.as_samples(ringing + keying.hum(len(ringing), -30))
    steady = keying.as_samples(keying.hum(10 * RATE, -20))
    switched = _line(keying.hum(8 * RATE, -20))
    swelling = keying.as_samples(keying.hum(6 * RATE, -12) * np.linspace(0, 1, 6 * RATE))
    told = [_of(RingBurst, each) for each in together([ringing, humming, steady, switched, swelling])]
    assert [len(each) for each in told] == [4, 4, 0, 0, 0]
    assert all(abs(one.at - other.at) < NEAR for one, other in zip(told[0], told[1], strict=True))


def test_a_hum_is_not_taken_for_ringing_that_goes_on() -> None:
    """A line that hums loud for good is never said to be busy, so that voice is heard on it."""
    rows = Rows(1)
    busy = [len(rows.exchange.busy) for _ in rows.ticks(keying.as_samples(keying.hum(20 * RATE, -20))[None])]
    assert sum(busy[4:]) == 0


def test_one_disturbance_makes_no_second_burst() -> None:
    """A click within a burst of ringing leaves it one burst."""
    ringing = bursts.ringing(1.0, level=-12)
    ringing[4000:4120] = keying.noise(2, 120, 0)
    [heard] = _of(RingBurst, alone(_line(ringing)))
    assert abs(heard.until - heard.at - RATE) < 0.03 * RATE


def test_says_where_it_is_busy() -> None:
    """A row is busy while it rings and while a caller id is received, for nobody talks then; before and after it is not."""
    quiet = bursts.silence(1)
    burst = bursts.burst(bursts.Caller("01632960021").message())
    rows = Rows(1)
    sound = np.concatenate([quiet, burst, quiet, bursts.ringing(1.0), quiet])
    samples = keying.as_samples(sound + keying.noise(3, len(sound), -60))
    busy = [rows.exchange.busy == {0} for _ in rows.ticks(samples[None])]
    changes = [
        tick for tick, (before, after) in enumerate(pairwise([False, *busy, False])) if before != after
    ]
    received, rang = 1 + 0.25, 2 + len(burst) / RATE
    expected = [received, rang - 1, rang, rang + 1]
    assert len(changes) == len(expected)
    assert all(abs(tick / 4 - seconds) <= 0.35 for tick, seconds in zip(changes, expected, strict=True))


@pytest.mark.parametrize("level", [0, -20, -36])
@pytest.mark.parametrize("off", [-0.011, 0.0, 0.011])
@pytest.mark.parametrize("milliseconds", [80, 88, 110])
def test_hears_alerts_and_the_reversal_before(level: float, off: float, milliseconds: float) -> None:
    """Both alerts, off tune by as much as is allowed, at 18 dB SNR, and the click 150 ms before."""
    alert = bursts.alert(level, milliseconds, off)
    samples = _line(bursts.click(), bursts.silence(0.15), alert, noise=min(-40, max(-72, level - 18)))
    [reversal, heard] = alone(samples)
    assert isinstance(reversal, Reversal)
    assert isinstance(heard, Alert)
    assert abs(reversal.at - RATE // 2) < 0.005 * RATE
    begun = RATE // 2 + RATE // 200 + round(0.15 * RATE)
    assert abs(heard.at - begun) < 0.01 * RATE
    assert abs(heard.until - begun - len(alert)) < 0.01 * RATE


@pytest.mark.parametrize("frequency", [50.0, 60.0])
def test_hears_a_reversal_beside_hum(frequency: float) -> None:
    """A click is a click though the hum is nearly as strong, wherever on the wave it comes; hum alone is none."""
    quiet = [_line(bursts.click(-6), bursts.silence(0.15), bursts.alert(), seed=seed) for seed in range(6)]
    loud = [
        keying.as_samples(each + np.roll(keying.hum(len(each), -26, frequency), 9 * turn))
        for turn, each in enumerate(quiet)
    ]
    for events in together(loud):
        [reversal] = _of(Reversal, events)
        assert abs(reversal.at - RATE // 2) < 0.005 * RATE


def test_takes_nothing_else_for_an_alert() -> None:
    """One of its tones, the two one after the other, and what is too short or too long are none."""
    long, short = bursts.alert(-20, 200), bursts.alert(-20, 40)
    one, other = (keying.sine(hertz, -20, RATE // 10) for hertz in (2130, 2750))
    uneven = one + other / 10
    lines = [_line(each) for each in (long, short, one, other, np.concatenate([one, other]), uneven)]
    assert not any(_of(Alert, each) for each in together(lines))


def test_a_click_alone_is_no_reversal() -> None:
    """Hooks and relays click as well: without an alert soon after, with nothing but quiet between, it is none."""
    click, alert = bursts.click(), bursts.alert()
    quiet, word = bursts.silence(0.15), keying.noise(4, 1200, -20)
    lines = [
        _line(click, bursts.silence(1)),
        _line(click, bursts.silence(2), alert),
        _line(click, word, alert),
        _line(click, bursts.silence(0.02), alert),
        _line(alert, quiet, click),
    ]
    assert not any(_of(Reversal, each) for each in together(lines))


def _broken(
    seconds: float, noise: float, below: float, seed: int, before: Sequence[Sound] = ()
) -> np.ndarray:
    """Eight seconds of a line, a break through which only the card's own noise is heard, and two seconds more."""
    first = np.concatenate([keying.noise(seed, 8 * RATE, noise), *before])
    dead = keying.noise(seed + 1, round(seconds * RATE), noise - below)
    last = keying.noise(seed + 2, 2 * RATE, noise)
    for after in (dead, last):
        after[: RATE // 200] += bursts.click(-2)
    return keying.as_samples(np.concatenate([first, dead, last]))


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.15, 0.8])
@pytest.mark.parametrize(("noise", "below"), [(-55, 30), (-62, 8), (-45, 8), (-66, 5)])
def test_hears_breaks(seconds: float, noise: float, below: float) -> None:
    """A recall or a clearing of the far end is told with its length, if the line's noise goes away with it."""
    [heard] = _of(Break, alone(_broken(seconds, noise, below, 7)))
    assert abs(heard.at - 8 * RATE) < 0.01 * RATE
    assert abs(heard.until - 8 * RATE - seconds * RATE) < 0.01 * RATE


@needs_speech
def test_hears_a_break_between_words() -> None:
    """A recall in mid-call, right after a word, is told."""
    word = speech(3, 4, -20).astype(float)
    [heard] = _of(Break, alone(_broken(0.1, -58, 10, 7, [word + keying.noise(9, len(word), -58)])))
    assert abs(heard.at - 12 * RATE) < 0.01 * RATE


def test_takes_no_other_quiet_for_a_break() -> None:
    """Two clicks with the line's own noise between, or too near or too far from each other, are no break."""
    lines = [_broken(0.1, -55, 0, 1), _broken(0.02, -55, 20, 1), _broken(1.5, -55, 20, 1)]
    assert not any(_of(Break, each) for each in together(lines))


@needs_speech
def test_hears_nothing_in_speech_and_keys() -> None:
    """Four minutes of prompts, clean, and on a line with noise, hum and keys, hold no ring, alert, reversal or break."""
    lines = []
    for seed in range(4):
        talk = speech(seed, 60, random.Random(seed).choice([-10, -20, -30])).astype(float)
        keys = (
            keying.keyed(keying.random_keys(seed, 40), seed=seed).over(np.zeros(len(talk))).sound[: len(talk)]
        )
        beside = keying.noise(seed, len(talk), -55) + keying.hum(len(talk), -35) + keys
        lines += [keying.as_samples(talk), keying.as_samples(talk + beside)]
    assert [event for events in together(lines) for event in events] == []


def _bursts(cadence: Sequence[float], times: int) -> list[RingBurst]:
    told, at = [], 1.0
    for _ in range(times):
        for on, off in zip(cadence[::2], cadence[1::2], strict=True):
            told.append(RingBurst(round(at * RATE), round((at + on) * RATE)))
            at += on + off
    return told


@pytest.mark.parametrize(
    ("cadence", "expected"),
    [
        ((0.4, 0.2, 0.4, 2.0), RingPattern.DOUBLE),
        ((1.0, 4.0), RingPattern.SINGLE),
        ((2.0, 4.0), RingPattern.SINGLE),
        ((0.4, 2.6), RingPattern.SINGLE),
    ],
)
def test_tells_how_a_line_rings(cadence: Sequence[float], expected: RingPattern) -> None:
    """One burst or two before each pause, after any number of rings."""
    for times in (1, 2, 4):
        rung = _bursts(cadence, times)
        assert pattern(rung, rung[-1].until + RATE, RATE) == expected


def test_waits_for_what_follows_the_first_burst() -> None:
    """After one burst it is not known for 0.4 s how the line rings; without any it never is."""
    [first, second] = _bursts((0.4, 0.2, 0.4, 2.0), 1)
    assert pattern([], 9 * RATE, RATE) is None
    assert pattern([first], first.until + RATE // 5, RATE) is None
    assert pattern([first], first.until + RATE, RATE) == RingPattern.SINGLE
    assert pattern([first, second], second.until, RATE) == RingPattern.DOUBLE


@pytest.mark.parametrize("tick", [5, 15, 100])
def test_is_the_same_in_any_tick_and_company(tick: int) -> None:
    """Short ticks, long ones and others in the batch change no event and no position."""
    lines = [
        _line(
            bursts.click(), bursts.silence(0.15), bursts.alert(-30), bursts.silence(1), bursts.ringing(0.4)
        ),
        _broken(0.1, -55, 20, 5),
        _line(bursts.ringing(2.0, 20, -5, 0.4), bursts.silence(1), bursts.ringing(2.0, 20, -5, 0.4)),
    ]
    assert together(lines, tick=tick) == [alone(each) for each in lines]


@given(
    st.lists(st.sampled_from(["click", "alert", "ring", "quiet", "loud", "drop"]), max_size=12),
    st.integers(1, 9),
)
def test_tells_what_it_tells_in_order_and_of_some_length(names: list[str], seed: int) -> None:
    """Whatever follows whatever, each event ends after it began, bursts of ringing never overlap, and nothing crashes."""
    made = {
        "click": bursts.click(),
        "alert": bursts.alert(-15, 95),
        "ring": bursts.ringing(0.3, 25, -5),
        "quiet": bursts.silence(0.11),
        "loud": keying.noise(seed, 800, -3),
        "drop": np.full(900, 30000.0),
    }
    events = alone(_line(*[made[name] for name in names], seed=seed))
    spans = [(each.at, each.until) for each in events if isinstance(each, Alert | RingBurst | Break)]
    assert all(at < until for at, until in spans)
    rung = _of(RingBurst, events)
    assert all(one.until <= other.at for one, other in pairwise(rung))
