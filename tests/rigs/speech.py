"""People who speak and key nothing: the prompts of Debian's asterisk-core-sounds, as long and as loud as a test asks.

Voices are folders of the prompts' own place; `make test` has one, more are Debian packages of their own
(`asterisk-core-sounds-fr-wav` and the like). What is no speech is left out: beeps, tones, music, silence.
A voice at another speed is another throat to a detector: all its frequencies move with it.
"""

import random
import re
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE: Final = 8000
FOLDER: Final = Path("/usr/share/asterisk/sounds")
NO_SPEECH: Final = re.compile(
    r"beep|2tone|silence|confbridge-(join|leave|begin-glorious)|monkeys|ring|music|dial-?tone"
)
LEAST: Final = 2000
"""Samples of the shortest prompt that is used: a quarter of a second."""

PAUSE: Final = (0.15, 0.7)
"""Seconds between two prompts."""

SINE: Final = 3.14
"""dBm0 of a sine at full scale (ITU-T G.711, note of table 1)."""

MARGIN: Final = 15.9
"""dB below its own active level, from which on a stretch counts as speech (ITU-T P.56, method B)."""

FRAME: Final = 160


@cache
def prompts(voice: str) -> tuple[Path, ...]:
    """Every prompt of a voice that is speech, in order."""
    found = sorted((FOLDER / voice).rglob("*.wav"))
    return tuple(each for each in found if not NO_SPEECH.search(str(each.relative_to(FOLDER / voice))))


@cache
def voices() -> tuple[str, ...]:
    """The voices that are installed here, by name."""
    folders = sorted(each.name for each in FOLDER.iterdir() if each.is_dir()) if FOLDER.is_dir() else []
    return tuple(each for each in folders if prompts(each))


needs_speech = pytest.mark.skipif(not voices(), reason="not installed: asterisk-core-sounds-en-wav")


@cache
def spoken(prompt: Path) -> Samples:
    """The sound of a prompt."""
    samples, rate = soundfile.read(prompt, dtype="int16")
    assert rate == RATE
    return np.asarray(samples)


def active_level(samples: Samples) -> float:
    """How loud somebody speaks while he speaks, in dBm0: the pauses do not count (after ITU-T P.56)."""
    whole = samples[: len(samples) // FRAME * FRAME].astype(np.float64).reshape(-1, FRAME)
    powers = np.square(whole).mean(axis=1)
    powers = powers[powers > 0]
    level = _dbm0(powers.mean()) if len(powers) else -100.0
    for _ in range(20):
        level = _dbm0(powers[powers > _power(level - MARGIN)].mean()) if len(powers) else level
    return level


def _dbm0(power: float) -> float:
    return float(10 * np.log10(power / 32768**2 * 2) + SINE)


def _power(level: float) -> float:
    return float(10 ** ((level - SINE) / 10) * 32768**2 / 2)


def at_level(samples: Samples, level: float) -> Samples:
    """The speech made louder or softer, so that its active level is this one, in dBm0; peaks are clipped."""
    gain = 10 ** ((level - active_level(samples)) / 20)
    return np.clip(np.rint(samples * gain), -32768, 32767).astype(np.int16)


def at_speed(samples: Samples, speed: float) -> Samples:
    """The speech played so much faster: pitch and formants rise with it."""
    at = np.arange(0, len(samples) - 1, speed)
    return np.asarray(np.interp(at, np.arange(len(samples)), samples), np.int16)


def speech(
    seed: int, seconds: float, level: float = -15.0, voice: str | None = None, speed: float = 1.0
) -> Samples:
    """So many seconds of prompts in a random order, with short pauses, at this active level in dBm0."""
    dice = random.Random(seed)
    chosen = prompts(voice or dice.choice(voices()))
    need, parts, made = round(seconds * RATE), list[Samples](), 0
    while made < need:
        part = spoken(dice.choice(chosen))
        if len(part) >= LEAST:
            parts += [at_speed(part, speed), np.zeros(round(dice.uniform(*PAUSE) * RATE), np.int16)]
            made += len(parts[-2]) + len(parts[-1])
    return at_level(np.concatenate(parts)[:need], level)


def all_of(voice: str, speed: float = 1.0, level: float = -15.0) -> Samples:
    """Everything a voice says, once, prompt after prompt with a quarter of a second between, at this active level."""
    pause = np.zeros(RATE // 4, np.int16)
    long = (each for each in map(spoken, prompts(voice)) if len(each) >= LEAST)
    parts = [part for each in long for part in (at_speed(each, speed), pause)]
    return at_level(np.concatenate(parts), level)
