"""Each ailment of a line is raised by its own planted fault, goes with it, and is raised by no healthy sound."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.signal.gain import FAINT_DBM0, rise_of
from firmware.signal.health import Ailment, Health, Ill
from firmware.signal.seconds import Seconds, measured

RATE = 8000
Sound = NDArray[np.int16]


def amplitude(dbm0: float) -> float:
    """The amplitude of a sine at a level: full scale is +3.14 dBm0."""
    return float(32768 * 10 ** ((dbm0 - 3.14) / 20))


def noise(seconds: float, dbm0: float, seed: int = 1) -> NDArray[np.float64]:
    """White noise at a level."""
    return np.random.default_rng(seed).normal(0, amplitude(dbm0) / np.sqrt(2), round(seconds * RATE))


def talk(seconds: float, dbm0: float = -18, seed: int = 2) -> NDArray[np.float64]:
    """What looks like speech to whoever measures levels: syllables of five a second, a pause of 2.5 s in each ten."""
    at = np.arange(round(seconds * RATE)) / RATE
    speaking = (at % 10 < 7.5) * np.maximum(0, np.sin(2 * np.pi * 2.5 * at)) ** 0.5
    return noise(seconds, dbm0, seed) * speaking


def mains(seconds: float, dbm0: float, hertz: float = 50) -> NDArray[np.float64]:
    """Hum."""
    at = np.arange(round(seconds * RATE)) / RATE
    return amplitude(dbm0) * np.sin(2 * np.pi * hertz * at)


def as_card(*parts: NDArray[np.float64]) -> Sound:
    """The sum of parts as a card gives it, cut off at full scale."""
    return np.clip(np.rint(np.sum(parts, axis=0)), -32768, 32767).astype(np.int16)


def watch(
    *sides: Sound, in_call: bool | NDArray[np.bool_] = True, unused: float = 0
) -> Iterator[list[Ailment]]:
    """What ails one line after each second."""
    count = min(len(each) for each in sides) // RATE
    health = Health(RATE, [len(sides)], [unused])
    on = np.broadcast_to(np.asarray(in_call), count)
    rows = np.arange(len(sides))
    for second in range(count):
        samples = np.stack([each[second * RATE : (second + 1) * RATE] for each in sides])
        health.look(rows, samples, np.full(len(sides), on[second]), working=True)
        yield health.ailments(0)


def ills(found: list[Ailment]) -> set[Ill]:
    """What they are."""
    return {each.ill for each in found}


def ever(*sides: Sound, in_call: bool | NDArray[np.bool_] = True) -> set[Ill]:
    """All that ailed a line at any second."""
    return set().union(*(ills(found) for found in watch(*sides, in_call=in_call)))


def test_digital_silence_is_a_dead_line() -> None:
    """A minute without a single sound, ten seconds in a call; a second of a line's own noise ends it."""
    dead = np.zeros(70 * RATE, np.int16)
    idle = [ills(found) for found in watch(dead, in_call=False)]
    assert (idle.index({Ill.DEAD}), len(idle)) == (59, 70)
    assert [ills(found) for found in watch(dead)].index({Ill.DEAD}) == 9
    back = np.concatenate([dead, as_card(noise(1, -70))])
    assert ills(list(watch(back))[-1]) == set()


def test_the_faintest_line_is_not_dead() -> None:
    """A constant is dead; a line's own noise at -75 dBm0 is not."""
    assert ever(np.full(90 * RATE, 7, np.int16)) == {Ill.DEAD}
    assert Ill.DEAD in ever(np.full(20 * RATE, -32768, np.int16))
    assert ever(as_card(noise(90, -75))) == set()


def test_a_side_that_stays_silent() -> None:
    """Twenty seconds of the other side's talk, pauses not counted; its first word ends it."""
    other = as_card(talk(60), noise(60, -65))
    silent = as_card(noise(60, -62, seed=5))
    found = [ills(each) for each in watch(other, silent)]
    assert 20 <= found.index({Ill.SIDE_SILENT}) <= 32
    last = list(watch(other, silent))[-1][0]
    assert last.side == 1
    speaks = np.concatenate([silent[: 40 * RATE], other[: 20 * RATE]])
    after = list(watch(other, speaks))
    assert ills(after[39]) == {Ill.SIDE_SILENT}
    assert ills(after[-1]) == set()


def test_both_sides_silent_is_no_silent_side() -> None:
    """Silence between calls, or while nobody talks, says nothing of a side; nor does one side of one."""
    quiet = as_card(noise(60, -62))
    assert ever(quiet, as_card(noise(60, -62, seed=6))) == set()
    assert ever(as_card(talk(60), noise(60, -65)), quiet, in_call=False) == set()
    assert ever(quiet) == set()


@pytest.mark.parametrize(("hertz", "dbm0"), [(50, -40), (50, -47), (49.7, -42), (150, -42), (150.6, -42)])
@pytest.mark.parametrize("spoken", [True, False])
def test_hum_is_heard_in_a_call_and_without_one(hertz: float, dbm0: float, spoken: bool) -> None:
    """The mains and its third harmonic, also where their frequency is off, with their level, in pauses and idle."""
    parts = [noise(40, -65), mains(40, dbm0, hertz), *([talk(40)] if spoken else [])]
    found = list(watch(as_card(*parts), in_call=spoken))[-1]
    assert ills(found) == {Ill.HUM}
    assert found[0].figure == pytest.approx(dbm0, abs=3)
    assert found[0].share > 0.5


def test_what_is_no_hum() -> None:
    """Faint hum, hum that noise covers, other low tones, and a tone at 50 Hz that comes and goes are none."""
    coming = (np.arange(60 * RATE) // RATE % 3 == 0) * mains(60, -30)
    for parts in (
        (mains(60, -58), noise(60, -62)),
        (mains(60, -49), noise(60, -42)),
        (mains(60, -30, 100), noise(60, -62)),
        (mains(60, -30, 60), noise(60, -62)),
        (coming, noise(60, -62)),
    ):
        assert ever(as_card(*parts)) == set()


def test_hum_goes_when_its_cause_goes() -> None:
    """Half a minute without it, and it is none any more."""
    humming = np.concatenate([as_card(mains(40, -40), noise(40, -65)), as_card(noise(31, -65))])
    found = [ills(each) for each in watch(humming)]
    assert (found[39], found[-1]) == ({Ill.HUM}, set())


def test_clipping_is_told_of_calls_only() -> None:
    """Speech that is cut off for three seconds of a minute is too loud; ringing that is, is not; a minute later it is over."""
    loud = as_card(talk(20, dbm0=4), noise(20, -65))
    assert Ill.CLIPPED in ever(loud)
    assert ever(loud, in_call=False) == set()
    mended = list(watch(np.concatenate([loud, as_card(talk(70), noise(70, -65))])))
    assert Ill.CLIPPED in ills(mended[70])
    assert ills(mended[-1]) == set()


def test_one_click_is_no_clipping() -> None:
    """Two seconds that were cut off, and single samples at full scale, are no fault."""
    clicks = as_card(talk(60), noise(60, -65))
    clicks[RATE * 7 : RATE * 7 + 50] = clicks[RATE * 9 : RATE * 9 + 50] = 32767
    clicks[RATE * 12 :: RATE] = -32768
    assert ever(clicks) == set()


def controlled(sound: NDArray[np.float64], release: float, most_db: float = 24) -> Sound:
    """The sound behind an automatic gain control: fast down, slowly up again, in steps of 5 ms."""
    cut = sound[: len(sound) // 40 * 40].reshape(-1, 40)
    followed, gains = 1.0, np.empty(len(cut))
    for index, level in enumerate(np.sqrt(np.mean(cut**2, axis=1)).tolist()):
        speed = 0.4 if level > followed else 0.005 / release
        followed += (level - followed) * min(1, speed)
        gains[index] = min(amplitude(-18) / np.sqrt(2) / max(followed, 1), 10 ** (most_db / 20))
    return as_card((cut * gains[:, None]).reshape(-1))


@pytest.mark.parametrize("release", [0.3, 1.0])
def test_gain_control_is_heard_in_pauses(release: float) -> None:
    """Noise that comes up after each speech is a gain control's; the same line without one is well."""
    parts = talk(100), noise(100, -55)
    assert ills(list(watch(controlled(np.sum(parts, axis=0), release)))[-1]) == {Ill.GAIN}
    assert ever(as_card(*parts)) == set()


def test_gain_control_goes_when_it_was_turned_off() -> None:
    """Eight pauses without it, of which six are quiet, and it is none any more."""
    on = controlled(talk(100) + noise(100, -55), 1.0)
    found = list(watch(np.concatenate([on, as_card(talk(100), noise(100, -55))])))
    assert (ills(found[95]), ills(found[-1])) == ({Ill.GAIN}, set())


def test_a_soft_voice_or_a_tone_in_a_pause_is_no_gain() -> None:
    """What rises in a pause because somebody far away speaks, or a tone begins, is not judged; what is faint, rises by nothing."""
    low, high = np.full(40, -60.0, np.float32), np.full(40, -40.0, np.float32)
    tone = np.concatenate([low[:20], high[:20]])
    far = np.where(np.arange(40) < 20, -60, -40 - 12 * (np.arange(40) % 2)).astype(np.float32)
    faint = np.concatenate([np.full(10, FAINT_DBM0), np.full(30, -59.0)]).astype(np.float32)
    ramp = np.linspace(-60, -40, 24).astype(np.float32)
    assert rise_of(tone) is None
    assert rise_of(far) is None
    assert rise_of(faint) == 0
    assert rise_of(np.concatenate([ramp, high[:16]])) > 15


def test_no_call_for_hours_of_work() -> None:
    """Seconds in which the office is open and no call is on count; a call begins anew; 0 is never."""
    line = np.zeros((1, RATE), np.int16)
    health = Health(RATE, [1, 1], [3 / 3600, 0])
    both, rows = np.concatenate([line, line]), np.arange(2)
    for working in (True, False, True, True):
        assert health.ailments(0) == []
        health.look(rows, both, np.array([False, False]), working=working)
    assert health.ailments(0) == [Ailment(Ill.UNUSED, 0, 3 / 3600)]
    assert health.ailments(1) == []
    health.look(rows, both, np.array([True, True]), working=True)
    assert health.ailments(0) == []


def corpus(shared_dir: Path, *groups: str) -> Iterator[tuple[str, Sound, NDArray[np.bool_]]]:
    """Files of the corpus with when a call was on in each second; where no hook is told, always."""
    folder = shared_dir / "signalling-corpus"
    for entry in json.loads((folder / "truth.json").read_text())["files"]:
        if entry["group"] in groups:
            sound, _ = soundfile.read(folder / entry["file"], dtype="int16")
            count = len(sound) // RATE
            yield entry["file"], sound[: count * RATE], in_call(entry.get("hook"), count)


def in_call(hook: list[list[object]] | None, count: int) -> NDArray[np.bool_]:
    """For each second whether the hook was off."""
    on = np.full(count, hook is None)
    for (at, word), (until, _) in zip(hook or (), (hook or ())[1:], strict=False):
        on[int(str(at)) // 1000 : int(str(until)) // 1000] = word == "off"
    return on


def test_no_call_and_no_speech_of_the_corpus_is_ill(shared_dir: Path) -> None:
    """Every call, twice in a row and all after one another, and all speech: nothing is raised at any second."""
    calls = list(corpus(shared_dir, "calls"))
    calls += [(name, np.tile(sound, 2), np.tile(on, 2)) for name, sound, on in calls]
    calls.append(
        ("all", np.concatenate([each[1] for each in calls]), np.concatenate([each[2] for each in calls]))
    )
    speech = list(corpus(shared_dir, "talkoff"))
    ill = {name: ever(sound, in_call=on) for name, sound, on in [*calls, *speech]}
    assert {name: found for name, found in ill.items() if found} == {}


def test_how_much_a_line_hums() -> None:
    """The steady level at the mains is told in dBm0, also of a line that is well."""
    health = Health(RATE, [1], [0])
    sound = as_card(talk(40, dbm0=-20), noise(40, -60), mains(40, -63))
    for second in range(40):
        part = sound[None, second * RATE : (second + 1) * RATE]
        health.look(np.arange(1), part, np.array([True]), working=False)
    assert health.hum(0) == pytest.approx(-63, abs=1.5)
    assert health.ailments(0) == []


@given(
    cuts=st.lists(st.integers(1, 3 * RATE), max_size=12),
    apart=st.booleans(),
)
def test_seconds_are_the_same_however_they_come(cuts: list[int], apart: bool) -> None:
    """Ticks of any length, rows together or apart, make the same whole seconds, in order."""
    sound = np.random.default_rng(1).integers(-32768, 32768, (2, sum(cuts)), np.int16)
    seconds, made = Seconds(RATE, 2), [[], []]  # type: ignore[var-annotated]
    at = 0
    for cut in cuts:
        for rows in ([0], [1]) if apart else ([0, 1],):
            for whole, samples in seconds.take(np.array(rows), sound[rows, at : at + cut]):
                for row, second in zip(whole.tolist(), samples, strict=True):
                    made[row].append(second)
        at += cut
    count = sum(cuts) // RATE
    for row in (0, 1):
        assert len(made[row]) == count
        assert all(np.array_equal(made[row][k], sound[row, k * RATE : (k + 1) * RATE]) for k in range(count))
    assert not np.any(seconds._samples[:, sum(cuts) % RATE :])


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 32767, -32768, 20_000]))
def test_no_sound_is_a_bug(seed: int, offset: int) -> None:
    """Random, constant and extreme samples are measured without a warning, and levels are finite."""
    seeded = np.random.default_rng(seed)
    sound = np.clip(seeded.integers(-32768, 32768, (2, RATE)) * seeded.integers(0, 2) + offset, -32768, 32767)
    second = measured(np.arange(2), sound.astype(np.int16), np.array([True, False]))
    assert np.isfinite(second.levels).all()
    health = Health(RATE, [2], [1])
    for _ in range(3):
        health.look(np.arange(2), sound.astype(np.int16), np.array([True, True]), working=True)
    assert all(np.isfinite(each.figure) for each in health.ailments(0))
