"""Voice: people who talk, and nothing else that is loud."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.signal.events import CallerId, SignalEvent, Voice
from tests.rigs import bursts, spandsp
from tests.rigs.bursts import Caller
from tests.rigs.keying import Manner, as_samples, hum, keyed, noise, sine
from tests.rigs.speech import needs_speech, speech
from tests.rigs.telling import RATE, together, told

Sound = NDArray[np.float64]


def spans(events: Sequence[SignalEvent]) -> list[tuple[int, int]]:
    """Where voice was told."""
    return [(each.at, each.until) for each in events if isinstance(each, Voice)]


def voice(sound: Sound | NDArray[np.int16]) -> float:
    """Seconds of it."""
    samples = sound if sound.dtype == np.int16 else as_samples(sound)
    (events,) = told(together([samples]))
    return sum(until - at for at, until in spans(events)) / RATE


def after_silence(sound: Sound, level: float = -62) -> Sound:
    """The sound, ten seconds of a line's noise before it and under it."""
    whole = np.concatenate([np.zeros(10 * RATE), sound])
    return whole + noise(3, len(whole), level)


@needs_speech
@pytest.mark.parametrize("level", [-12, -20, -35, -42])
def test_speech_is_voice(level: float) -> None:
    """Loud or soft, of half a minute of prompts with pauses between them."""
    assert voice(after_silence(1.0 * speech(2, 30, level))) > (20 if level > -30 else 14)


@needs_speech
def test_speech_over_hum_is_voice() -> None:
    """Mains hum as loud as the speech hides none of it, and is none."""
    talk = 1.0 * speech(2, 30, -25)
    buzz = hum(40 * RATE, -25)
    assert voice(np.concatenate([np.zeros(10 * RATE), talk]) + buzz) > 14
    assert voice(buzz) == 0


NOBODY = {
    "dial tone": sine(350, -15, 20 * RATE) + sine(440, -15, 20 * RATE),
    "busy": np.tile(np.concatenate([sine(400, -15, 3000), np.zeros(3000)]), 20),
    "ringback": np.tile(np.concatenate([sine(400, -15, 3200) + sine(450, -15, 3200), np.zeros(12_800)]), 5),
    "busy, 480 and 620": np.tile(
        np.concatenate([sine(480, -15, 4000) + sine(620, -15, 4000), np.zeros(4000)]), 15
    ),
    "keys": keyed("0123456789" * 3, Manner(on=(120, 120), off=(60, 60))).sound,
    "ringing": np.clip(np.tile(np.concatenate([sine(25, 9, 8000), np.zeros(16_000)]), 5), -32768, 32767),
    "clicks": np.where(np.arange(20 * RATE) % 4000 < 16, 20000.0, 0),
    "soft noise": noise(4, 20 * RATE, -53),
}


@pytest.mark.parametrize("what", NOBODY)
def test_what_nobody_says_is_no_voice(what: str) -> None:
    """Tones, keys, ringing, clicks, the line's own noise."""
    assert voice(after_silence(NOBODY[what])) == 0


@spandsp.needs_spandsp
def test_a_caller_id_is_no_voice() -> None:
    """From its run-in to its last bit."""
    fields = [(1, b"11260930"), (2, b"02079460123"), (7, b"SOMEBODY")]
    sent = 1.0 * spandsp.send_caller_id(spandsp.V23, fields, alert=True)
    assert voice(after_silence(np.concatenate([sent, np.zeros(RATE)]))) == 0


@pytest.mark.parametrize(
    "caller", [Caller("305"), Caller(absent="P"), Caller("07700900123", name="SOMEBODY")]
)
@pytest.mark.parametrize("into", [0.0, 0.06, 0.12, 0.18])
def test_a_caller_id_leaves_no_voice_behind(caller: Caller, into: float) -> None:
    """However short it is and wherever in a tick it begins, alert and run-in count for nothing once it was read."""
    sent = [bursts.alert(), np.zeros(400), bursts.burst(caller.message(), bursts.V23), np.zeros(RATE)]
    sound = np.concatenate([np.zeros(10 * RATE + round(into * RATE)), *sent])
    (events,) = told(together([as_samples(sound + noise(3, len(sound), -52))]))
    (read,) = (each for each in events if isinstance(each, CallerId))
    assert all(until <= read.until for _, until in spans(events))


@pytest.mark.parametrize("level", [-45, -38, -30])
def test_noise_from_the_start_is_no_voice(level: float) -> None:
    """A row is judged by what there is of it: the line that is noisy when the box begins to hear it talks to nobody."""
    assert voice(noise(10, 5 * RATE, level)) == 0


@needs_speech
def test_the_first_seconds_are_heard_the_same_in_ticks_of_any_length() -> None:
    """The floor of a row that is hardly known is looked at by its places, not by its ticks."""
    sound = as_samples(1.0 * speech(11, 5, -24) + noise(12, 5 * RATE, -45))
    masks = []
    for tick in (200, 2000, 4000, 8000):
        (events,) = told(sound[None], tick)
        mask = np.zeros(6 * RATE, np.bool_)
        for at, until in spans(events):
            mask[at:until] = True
        masks.append(mask)
    assert masks[0].any()
    assert all(np.array_equal(masks[0], each) for each in masks[1:])


def test_noise_becomes_the_floor() -> None:
    """What is loud all the time is no voice any more after ten seconds, though it may be at first."""
    sound = np.concatenate([noise(5, 10 * RATE, -62), noise(6, 40 * RATE, -35)])
    (events,) = told(together([as_samples(sound)]))
    assert all(until <= 24 * RATE for _, until in spans(events))


@needs_speech
def test_voice_is_told_where_it_is() -> None:
    """From 275 ms into it, until half a second after it, and never outside the tick that tells it."""
    talk = speech(9, 6, -20)
    sound = np.concatenate(
        [noise(7, 5 * RATE, -62), talk + noise(8, len(talk), -62), noise(9, 5 * RATE, -62)]
    )
    (events,) = told(together([as_samples(sound)]))
    begins, ends = spans(events)[0][0], spans(events)[-1][1]
    assert 5 * RATE <= begins <= 6.2 * RATE
    assert 10 * RATE <= ends <= 11.6 * RATE
    assert all(at // 2000 == (until - 1) // 2000 for at, until in spans(events))
