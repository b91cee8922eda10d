"""Call progress tones on a line: found, named and placed, and nothing else taken for one."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signal import pitches
from firmware.signal.cadences import Pitch
from firmware.signal.ear import Ear
from firmware.signal.events import SignalEvent, ToneBegan, ToneEnded, ToneName
from firmware.signal.pitches import Fitter
from firmware.signal.windows import PITCHES, TONES
from tests.rigs.corpus import folders, pieces
from tests.rigs.keying import keyed, noise, sine, through_a_law
from tests.rigs.progress import (
    KINDS,
    STYLES,
    Line,
    Samples,
    Sent,
    beside,
    music,
    sent,
    sent_by_sox,
    sent_by_spandsp,
)
from tests.rigs.spandsp import needs_spandsp
from tests.rigs.speech import needs_speech, speech
from tests.rigs.tone_ear import RATE, listened, listened_by_ear, of

MS = RATE // 1000
SEEDS: Final = range(1, 9) if os.environ.get("CALLBOX_EXAMPLES") == "soak" else (1,)
NEAR: Final = 40 * MS
"""Samples from where a tone began to where it is said to: two windows."""

SOON: Final = {
    ToneName.DIAL: 0.9,
    ToneName.DIAL_STUTTER: 1.8,
    ToneName.DIAL_PBX: 1.5,
    ToneName.RINGBACK_UK: 1.0,
    ToneName.RINGBACK_EU: 1.5,
    ToneName.RINGBACK_US: 1.1,
    ToneName.BUSY_UK: 1.15,
    ToneName.BUSY_EU: 1.5,
    ToneName.BUSY_US: 1.5,
    ToneName.CONGESTION_UK: 1.2,
    ToneName.UNOBTAINABLE_UK: 1.25,
    ToneName.CALL_WAITING_UK: 0.85,
}
"""Seconds from its beginning within which a tone is decided."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one tone fared: found or missed, others told in its place; how far off its beginning (ms), how soon decided (s)."""

    found: int = 0
    missed: int = 0
    false: int = 0
    off: float = 0.0
    soon: float = 0.0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.found + other.found,
            self.missed + other.missed,
            self.false + other.false,
            max(self.off, other.off),
            max(self.soon, other.soon),
        )


def scored(
    tones: Sequence[tuple[ToneName, int]], events: Sequence[SignalEvent]
) -> list[tuple[ToneName, Score]]:
    """What became of each tone that began at a sample, among what was told of the row."""
    told, scores = of(ToneBegan, events), []
    for name, at in tones:
        mine = [each for each in told if each.name == name and abs(each.at - at) <= 300 * MS]
        for each in mine[:1]:
            told.remove(each)
            off, soon = abs(each.at - at) / MS, (each.decided - at) / RATE
            scores.append((name, Score(found=1, off=off, soon=soon)))
        if not mine:
            scores.append((name, Score(missed=1)))
    return [*scores, *((each.name, Score(false=1)) for each in told)]


def printed(title: str, scores: Sequence[tuple[ToneName, Score]]) -> Score:
    """All together, after a table of every tone."""
    table: dict[ToneName, Score] = {}
    for name, score in scores:
        table[name] = table.get(name, Score()) + score
    print(f"\n{title:<24} found missed false  onset<=ms  decided<=s")
    for name, score in table.items():
        print(
            f"{name:<24} {score.found:5} {score.missed:6} {score.false:5} {score.off:10.0f} {score.soon:11.2f}"
        )
    return sum(table.values(), Score())


def all_scored(title: str, many: Sequence[Sent]) -> Score:
    """The tones, each on a row of its own, all of one batch."""
    told = listened([each.samples for each in many])
    pairs = [scored([(each.name, each.at)], events) for each, events in zip(many, told, strict=True)]
    return printed(title, [each for pair in pairs for each in pair])


def test_finds_every_tone_of_the_corpora_and_no_other(shared_dir: Path) -> None:
    """Every tone of every file within 40 ms, soon enough, and none too many in any file: keys, caller ids, speech, music."""
    for folder in folders(shared_dir):
        scores = []
        for group in ("tones", "calls", "clip", "dtmf", "talkoff"):
            files = pieces(folder, group)
            for file, told in zip(files, listened([each.samples for each in files]), strict=True):
                tones = [(ToneName(each.rest["name"]), each.at) for each in file.of("tone")]
                scores += scored(tones, told)
        total = printed(folder.name, scores)
        assert total.found > 30
        assert (total.missed, total.false) == (0, 0)
        assert total.off <= 40
        for name, score in scores:
            assert score.soon <= SOON[name], name


def test_ends_are_where_tones_end() -> None:
    """A tone without pauses ends, once, where it ends, within 40 ms."""
    many = [sent(name, Line(noise=-55), seed=3) for name, kind in KINDS.items() if not kind.cadence]
    for each, told in zip(many, listened([each.samples for each in many]), strict=True):
        (began,), (ended,) = of(ToneBegan, told), of(ToneEnded, told)
        assert (ended.at, ended.name) == (began.at, began.name)
        assert abs(ended.until - each.at - KINDS[each.name].seconds * RATE) <= NEAR


SWEEP: Final = {
    **{f"level {level}": Line(level, noise=min(level - 22, -55)) for level in (-36, -30, -10, -3, 0)},
    **{f"off {ratio}": Line(off=ratio) for ratio in (0.985, 0.99, 1.01, 1.015)},
    **{f"slow {ratio}": Line(slow=ratio) for ratio in (0.9, 0.95, 1.05, 1.1)},
    **{f"15 dB, off {ratio}": Line(noise=-35, off=ratio) for ratio in (0.988, 1.0, 1.012)},
    **{f"15 dB, slow {ratio}": Line(noise=-35, slow=ratio) for ratio in (0.92, 1.08)},
    "hum 50 Hz": Line(hum=-5),
    "hum 100 Hz": Line(hum=-10, mains=100),
    "hum 150 Hz": Line(hum=-20, mains=150),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_finds_tones_whatever_a_line_does_to_them(seed: int) -> None:
    """Every tone is found at every level, 1.5 % off tune, 10 % off time, 15 dB above noise, beside hum; nothing else is."""
    many = [
        sent(name, line, seed=100 * seed + number)
        for number, line in enumerate(SWEEP.values())
        for name in KINDS
    ]
    total = all_scored(f"own sines, seed {seed}", many)
    assert total.found == len(many)
    assert (total.missed, total.false) == (0, 0)
    assert total.off <= 40


def test_finds_what_noise_nearly_drowns() -> None:
    """Every tone but a beep is found 6 dB above white noise."""
    many = [sent(name, Line(noise=-26), seed=7) for name in KINDS if name != ToneName.CALL_WAITING_UK]
    total = all_scored("6 dB", many)
    assert (total.found, total.missed, total.false) == (len(many), 0, 0)


@pytest.mark.parametrize(
    "sender", [pytest.param(sent_by_spandsp, marks=needs_spandsp), pytest.param(sent_by_sox, id="sox")]
)
def test_finds_the_tones_of_others(sender: Callable[[ToneName, Line, int], Sent]) -> None:
    """Tones made by spandsp and by sox are found like our own, plain, detuned, slow and through A-law."""
    lines = [Line(), Line(-30, off=1.01), Line(-12, slow=1.05), Line(slow=0.95, noise=-38)]
    many = [sender(name, line, seed) for seed, line in enumerate(lines) for name in KINDS]
    many += [
        Sent(each.name, through_a_law(each.samples), each.at)
        for each in (sender(n, Line(), 9) for n in KINDS)
    ]
    total = all_scored(sender.__name__, many)
    assert (total.found, total.missed, total.false) == (len(many), 0, 0)


def test_what_is_too_far_off_is_no_tone() -> None:
    """No tone is told of frequencies 2.5 % off; single ones are none from 2 % on, as the notes of music are."""
    for ratio in (0.975, 1.02):
        names = [name for name in KINDS if abs(ratio - 1) > 0.021 or len(KINDS[name].hertz) == 1]
        told = listened([sent(name, Line(off=ratio)).samples for name in names])
        assert [of(ToneBegan, each) for each in told] == [[]] * len(names)


@needs_speech
def test_finds_tones_that_somebody_speaks_beside() -> None:
    """With somebody speaking at -26 dBm0 beside a tone of -12, all are found but a beep; at -20 none is misnamed."""
    plain = [name for name in KINDS if name != ToneName.CALL_WAITING_UK]
    soft = [beside(sent(name, Line(-12), 5), speech(place, 8, -26)) for place, name in enumerate(plain)]
    total = all_scored("beside speech -14 dB", soft)
    assert (total.missed, total.false) == (0, 0)
    loud = [beside(sent(name, Line(-12), 6), speech(50 + place, 8, -20)) for place, name in enumerate(plain)]
    all_scored("beside speech -8 dB", loud)
    for each, told in zip(loud, listened([each.samples for each in loud]), strict=True):
        assert {event.name for event in of(ToneBegan, told)} <= {each.name}


@needs_speech
def test_people_send_no_tones() -> None:
    """In speech at six speeds and levels nothing is taken for a tone."""
    told = listened([speech(70 + each, 25, -10 - 3 * each, speed=0.8 + 0.1 * each) for each in range(6)])
    assert [of(ToneBegan, each) for each in told] == [[]] * 6


@pytest.mark.parametrize("tuning", [435.0, 440.0, 442.0])
def test_music_sends_no_tones(tuning: float) -> None:
    """In notes held and struck, alone and in chords, nothing is taken for a tone, however it is tuned."""
    told = listened([music(style, seed, 15, tuning=tuning) for style in STYLES for seed in range(2)])
    assert [of(ToneBegan, each) for each in told] == [[]] * (2 * len(STYLES))


def test_noise_keys_and_other_tones_are_none() -> None:
    """Noise, keys, and steady tones that no exchange sends are no call progress tones."""
    others = [300, 375, 412, 437, 440, 460, 500, 1000, 1300]
    sounds = [sine(each, -15, 6 * RATE) + noise(each, 6 * RATE, -60) for each in others]
    sounds += [noise(1, 6 * RATE, -10), noise(2, 6 * RATE, -40), keyed("0123456789*#", seed=4).sound]
    sounds += [
        sum(sine(each, -15, 6 * RATE) for each in pair) for pair in ((350, 480), (440, 620), (400, 440))
    ]
    told = listened([each.astype(np.int16) for each in sounds])
    assert [of(ToneBegan, each) for each in told] == [[]] * len(sounds)


def test_what_is_dialled_into_is_dial_tone() -> None:
    """425 Hz for a second is dial tone where keys follow, and ringing where nothing does: nothing else tells them apart."""
    burst = sine(425, -18, RATE) + noise(1, RATE, -60)
    quiet = noise(2, RATE // 2, -60)
    dialled = np.concatenate([quiet, burst, keyed("2079", seed=1, lead=0.1, tail=1.0).sound]).astype(np.int16)
    rung = np.concatenate([quiet, burst, noise(3, RATE, -60)]).astype(np.int16)
    for tick in (0.1, 0.25, 1.0):
        assert [each.name for each in of(ToneBegan, listened([dialled], tick)[0])] == [ToneName.DIAL_PBX]
        assert [each.name for each in of(ToneBegan, listened([rung], tick)[0])] == [ToneName.RINGBACK_EU]


def test_ticks_and_batches_change_nothing() -> None:
    """The same is told for ticks of 25 ms to a second, alone and among others, wherever the row begins."""
    names = [ToneName.DIAL_STUTTER, ToneName.RINGBACK_UK, ToneName.BUSY_EU, ToneName.CALL_WAITING_UK]
    sounds = [beside(sent(name, Line(-15)), keyed("12", seed=2, lead=0.6).samples).samples for name in names]
    together = [_tones(each) for each in listened(sounds)]
    assert all(together)
    for tick in (0.025, 0.1, 0.25, 0.5):
        assert [_tones(each) for each in listened(sounds, tick)] == together
    assert [_tones(each) for each in listened_by_ear(sounds)] == together
    assert [_tones(listened([each])[0]) for each in sounds] == together
    late = 3_000_000_040
    moved = [[_moved(event, late) for event in events] for events in together]
    assert [_tones(each) for each in listened(sounds, start=late)] == moved


Tone = ToneBegan | ToneEnded


def _tones(events: Sequence[SignalEvent]) -> list[Tone]:
    return [each for each in events if isinstance(each, ToneBegan | ToneEnded)]


def _moved(event: Tone, by: int) -> Tone:
    match event:
        case ToneBegan():
            return ToneBegan(event.at + by, event.decided + by, event.name)
        case ToneEnded():
            return ToneEnded(event.at + by, event.until + by, event.name)


def test_a_card_of_16_khz_brings_the_same_tones() -> None:
    """Rows of 16 kHz tell the same tones, where they began."""
    many = [sent(name, Line(rate=16000)) for name in KINDS]
    for each, told in zip(many, listened([each.samples for each in many], rate=16000), strict=True):
        (began,) = of(ToneBegan, told)
        assert began.name == each.name
        assert abs(began.at - each.at) <= 2 * NEAR


def test_a_long_tone_is_one_tone() -> None:
    """A tone of 40 s is told once, a siren or a modem's carrier never."""
    count = 40 * RATE
    siren = 8000 * np.sin(2 * np.pi * np.cumsum(700 + 400 * np.sin(np.arange(count) / RATE)) / RATE)
    sounds = [sine(400, -15, count), siren, sine(1300, -15, count)]
    told = listened([each.astype(np.int16) for each in sounds])
    assert [len(_tones(each)) for each in told] == [2, 0, 0]


def test_a_row_that_is_forgotten_begins_anew() -> None:
    """What was on before samples were lost is not told to end, and what follows is told anew."""
    ear, sound = Ear(RATE, 1), sent(ToneName.UNOBTAINABLE_UK, Line(lead=0.0)).samples
    ticks = [sound[at : at + 2 * RATE] for at in (0, 0)]
    told = []
    for tick in ticks:
        samples = np.concatenate([np.zeros(ear.context, np.int16), tick])
        for at in range(0, 2 * RATE, RATE):
            part = np.ascontiguousarray(samples[None, at : at + ear.context + RATE])
            told += [event for _, event in ear.listen(np.arange(1), np.array([at]), part)]
        ear.forget(0)
    assert Counter(type(each) for each in _tones(told)) == {ToneBegan: 2}


def test_the_pitches_are_those_the_windows_look_at() -> None:
    """Bench and cadences mean the same pitches."""
    assert tuple(each.value for each in Pitch) == PITCHES


WINDOW: Final = 480


@given(
    st.lists(st.tuples(st.sampled_from(TONES), st.floats(0.97, 1.03), st.floats(-40, -10)), max_size=3),
    st.floats(-70, -20),
    st.integers(0, 2**32 - 1),
)
def test_a_fit_is_the_least_squares_fit(
    tones: list[tuple[int, float, float]], floor: float, seed: int
) -> None:
    """What fits, and how well, is what a plain least squares over every pitch and ratio says."""
    dice = np.random.default_rng(seed)
    sound = noise(seed, WINDOW, floor)
    for hertz, ratio, level in tones:
        sound = sound + sine(hertz * ratio, level, WINDOW, dice.uniform(0, 7))
    samples = np.rint(sound).astype(np.int16)
    fits = Fitter(RATE).fit(samples[None])
    power, share = plainly(samples)
    if share > 0.76 and power > 1.05 * pitches.LEAST_POWER:
        assert fits.window.tolist() == [0]
        assert fits.power[0] == pytest.approx(power, rel=0.01)
        assert fits.share[0] == pytest.approx(share, abs=0.01)
    if share < 0.74 or power < 0.95 * pitches.LEAST_POWER:
        assert fits.window.tolist() == []


def plainly(samples: Samples) -> tuple[float, float]:
    """The power of the pitch that fits best (1.0 is 0 dBm0) and its share of what is no hum."""
    time = np.arange(WINDOW) / RATE
    sound = samples / 32768 * np.sqrt(2) * 10 ** (3.14 / 20)
    hum = np.stack([np.ones(WINDOW), time, *_waves(time, (50, 100, 150))], axis=1)
    rest = sound - hum @ np.linalg.lstsq(hum, sound, rcond=None)[0]
    best = 0.0
    for pitch in Pitch:
        for ratio in np.arange(-3, 4) * 0.01:
            power = _fitted(rest, hum, time, tuple(each * (1 + ratio) for each in pitch.value))
            parts = [_fitted(rest, hum, time, (each * (1 + ratio),)) for each in pitch.value]
            if len(parts) == 1 or min(parts) >= 0.1 * power:
                best = max(best, power)
    return best, best / max(float(np.mean(rest**2)), 1e-12)


def _fitted(rest: np.ndarray, hum: np.ndarray, time: np.ndarray, hertz: tuple[float, ...]) -> float:
    waves = np.stack(_waves(time, hertz), axis=1)
    waves -= hum @ np.linalg.lstsq(hum, waves, rcond=None)[0]
    return float(np.mean((waves @ np.linalg.lstsq(waves, rest, rcond=None)[0]) ** 2))


def _waves(time: np.ndarray, hertz: tuple[float, ...]) -> list[np.ndarray]:
    return [wave(2 * np.pi * each * time) for each in hertz for wave in (np.cos, np.sin)]


@pytest.mark.parametrize("other", [450, 585, 700, 1000])
@pytest.mark.parametrize("own", [400, 425, 440])
def test_a_horn_of_two_notes_is_no_busy_tone(own: int, other: int) -> None:
    """Between the bursts of a busy tone the line is quieter; two notes in turn are somebody's alarm, or a tune."""
    seconds = np.arange(20 * 8000) / 8000
    for length in (0.25, 0.375, 0.5):
        own_turn = seconds % (2 * length) < length
        sound = 4000 * np.sin(2 * np.pi * np.cumsum(np.where(own_turn, own, other)) / 8000)
        heard = Ear(8000, 1)
        padded = np.concatenate([np.zeros(400), sound]).astype(np.int16)[np.newaxis]
        told = [
            event
            for at in range(0, len(sound), 2000)
            for _, event in heard.listen(np.arange(1), np.array([at]), padded[:, at : at + 2400].copy())
        ]
        assert not [each for each in told if isinstance(each, ToneBegan)]
