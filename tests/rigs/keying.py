"""Somebody keys digits: fresh, seeded, by our own sines, with the truth beside the sound.

1. Levels are dBm0 (a sine at full scale is +3.14, ITU-T G.711); those of keys are per tone, as in ITU-T Q.24.
2. A key begins and ends at the sample that is told, with no rise or fall: the hardest case for who must
   blank it from before its first millisecond.
3. Sound is float until `as_samples` makes int16 of it, so that it can be added up without loss.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.rigs.decoders import DEADLINE, HIGH, KEYS, LOW

Sound = NDArray[np.float64]
Samples = NDArray[np.int16]

RATE: Final = 8000
SINE: Final = 3.14
DIGITS: Final = "0123456789"


@dataclass(frozen=True, slots=True)
class Manner:
    """How keys are pressed: the level of the low tone, how much louder the high one is (dB), how long (ms, from-to), how far off tune."""

    level: float = -12.0
    twist: float = 0.0
    on: tuple[float, float] = (70.0, 70.0)
    off: tuple[float, float] = (70.0, 70.0)
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Keyed:
    """One key, from its first sample to the one after its last."""

    at: int
    until: int
    key: str


@dataclass(frozen=True, slots=True)
class Keying:
    """Sound with keys in it."""

    sound: Sound
    keys: tuple[Keyed, ...]

    @property
    def samples(self) -> Samples:
        """The sound as a line brings it."""
        return as_samples(self.sound)

    @property
    def places(self) -> list[tuple[int, int, str]]:
        """Each key as `decoders.keys_given_away` takes it."""
        return [(each.at, each.until, each.key) for each in self.keys]

    def over(self, background: NDArray[np.int16] | Sound) -> "Keying":
        """The same keys with something else heard beside them; the longer of the two gives the length."""
        mixed = np.zeros(max(len(self.sound), len(background)))
        mixed[: len(self.sound)] += self.sound
        mixed[: len(background)] += background
        return Keying(mixed, self.keys)


def amplitude(level: float) -> float:
    """Of a sine of this level."""
    return float(32768 * 10 ** ((level - SINE) / 20))


def level_of(sound: Sound | Samples) -> float:
    """The level of a sound, pauses included, in dBm0."""
    power = np.square(np.asarray(sound, np.float64)).mean()
    return float(10 * np.log10(power * 2 / 32768**2) + SINE)


def random_keys(seed: int, count: int, among: str = DIGITS) -> str:
    """So many keys nobody chose."""
    return "".join(np.random.default_rng(seed).choice(list(among), count))


def keyed(
    keys: str, manner: Manner = Manner(), seed: int = 0, lead: float = 0.5, tail: float = 0.5
) -> Keying:
    """The keys one after another, `lead` seconds before the first and `tail` after the last of silence."""
    dice = np.random.default_rng([seed, len(keys)])
    parts, told, place = [np.zeros(round(lead * RATE))], [], round(lead * RATE)
    for key in keys:
        on = round(dice.uniform(*manner.on) * RATE / 1000)
        off = round(dice.uniform(*manner.off) * RATE / 1000)
        told.append(Keyed(place, place + on, key))
        parts += [_pair(key, on, manner, dice), np.zeros(off)]
        place += on + off
    return Keying(np.concatenate([*parts, np.zeros(round(tail * RATE))]), tuple(told))


def _pair(key: str, count: int, manner: Manner, dice: np.random.Generator) -> Sound:
    """The two tones of a key, each from a phase of its own."""
    row, column = divmod(KEYS.index(key), 4)
    low = sine(LOW[row] * (1 + manner.shift), manner.level, count, dice.uniform(0, 2 * np.pi))
    return low + sine(
        HIGH[column] * (1 + manner.shift), manner.level + manner.twist, count, dice.uniform(0, 2 * np.pi)
    )


def sine(frequency: float, level: float, count: int, phase: float = 0.0) -> Sound:
    """So many samples of one tone."""
    return np.asarray(
        amplitude(level) * np.sin(2 * np.pi * frequency / RATE * np.arange(count) + phase), np.float64
    )


def noise(seed: int, count: int, level: float) -> Sound:
    """White noise of this level."""
    return np.random.default_rng(seed).normal(0, amplitude(level) / np.sqrt(2), count)


def hum(
    count: int, level: float, frequency: float = 50.0, harmonics: Sequence[float] = (0, -6, -10)
) -> Sound:
    """Mains hum: the fundamental at this level, its first harmonics so many dB beside it."""
    parts = [
        sine(frequency * (number + 1), level + less, count, number) for number, less in enumerate(harmonics)
    ]
    return np.asarray(np.sum(parts, axis=0))


def with_echo(sound: Sound, milliseconds: float, level: float) -> Sound:
    """The sound and what comes back of it, so much later, by so many dB changed."""
    late = round(milliseconds * RATE / 1000)
    back = np.concatenate([np.zeros(late), sound[: len(sound) - late]])
    return sound + back * 10 ** (level / 20)


def as_samples(sound: Sound) -> Samples:
    """What a card makes of the sound: rounded, and clipped at full scale."""
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def through_a_law(samples: Samples) -> Samples:
    """What an exchange that codes in A-law (ITU-T G.711) leaves of the samples, by sox."""
    raw = ["-t", "raw", "-r", str(RATE), "-c", "1"]
    wide, narrow = ["-e", "signed", "-b", "16"], ["-e", "a-law", "-b", "8"]
    there = _sox([*raw, *wide, "-", *raw, *narrow, "-"], samples.astype("<i2").tobytes())
    back = _sox([*raw, *narrow, "-", *raw, *wide, "-"], there)
    return np.frombuffer(back, "<i2").astype(np.int16)


def _sox(words: Sequence[str], sound: bytes) -> bytes:
    done = subprocess.run(
        ["sox", "-D", *words], input=sound, capture_output=True, check=True, timeout=DEADLINE
    )
    return done.stdout
