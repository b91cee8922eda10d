"""An exchange that sends call progress tones, by our own sines, by spandsp or by sox; and music, which is none.

1. What a tone is made of stands here once more, not taken from the code under test: BT SIN 350, ITU-T E.180
   supplement 2 and GR-506, as public summaries give them.
2. A level is that of each frequency by itself, in dBm0, but for music: that is of the loudest note.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.signal.events import ToneName
from tests.rigs import spandsp
from tests.rigs.decoders import DEADLINE
from tests.rigs.keying import amplitude, as_samples, hum, noise, sine

Sound = NDArray[np.float64]
Samples = NDArray[np.int16]

RATE: Final = 8000


@dataclass(frozen=True, slots=True)
class Kind:
    """Frequencies, and seconds on and off in turn; none for a tone without pauses."""

    hertz: tuple[int, ...]
    cadence: tuple[float, ...] = ()
    seconds: float = 5.0
    """Long enough to be known by."""


KINDS: Final = MappingProxyType(
    {
        ToneName.DIAL: Kind((350, 440), seconds=3),
        ToneName.DIAL_STUTTER: Kind((350, 440), (0.75, 0.75)),
        ToneName.DIAL_PBX: Kind((425,), seconds=3),
        ToneName.RINGBACK_UK: Kind((400, 450), (0.4, 0.2, 0.4, 2.0)),
        ToneName.RINGBACK_EU: Kind((425,), (1.0, 4.0), 7),
        ToneName.RINGBACK_US: Kind((440, 480), (2.0, 4.0), 7),
        ToneName.BUSY_UK: Kind((400,), (0.375, 0.375)),
        ToneName.BUSY_EU: Kind((425,), (0.5, 0.5)),
        ToneName.BUSY_US: Kind((480, 620), (0.5, 0.5)),
        ToneName.CONGESTION_UK: Kind((400,), (0.4, 0.35, 0.225, 0.525)),
        ToneName.UNOBTAINABLE_UK: Kind((400,), seconds=3),
        ToneName.CALL_WAITING_UK: Kind((400,), (0.1, 4.0), 6),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of a tone on its way: ratios of its frequencies and lengths, decibels of what is beside it."""

    level: float = -20.0
    off: float = 1.0
    slow: float = 1.0
    noise: float = -62.0
    """dBm0."""

    hum: float | None = None
    mains: float = 50.0
    rate: int = RATE
    lead: float = 1.0
    """Seconds before it, and a little at random."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A tone as a line brings it, and the sample where it began."""

    name: ToneName
    samples: Samples
    at: int


def switched(sound: Sound, cadence: Sequence[float], rate: int = RATE) -> Sound:
    """The sound, on and off for these seconds in turn, again and again."""
    if not cadence:
        return sound
    edges = np.cumsum(np.tile(cadence, 1 + int(len(sound) / rate / sum(cadence))))
    on = np.searchsorted(edges, np.arange(len(sound)) / rate, side="right") % 2 == 0
    return np.asarray(sound * on)


def sent(name: ToneName, line: Line = Line(), seed: int = 0) -> Sent:
    """The tone by our own sines, from phases of their own."""
    kind, dice = KINDS[name], np.random.default_rng([seed, list(ToneName).index(name)])
    count = round(kind.seconds * line.rate)
    scale = RATE / line.rate
    tones = [sine(each * line.off * scale, line.level, count, dice.uniform(0, 7)) for each in kind.hertz]
    tone = switched(np.sum(tones, axis=0), [each * line.slow for each in kind.cadence], line.rate)
    return _on(line, name, tone, seed, round(dice.uniform(0, 0.05) * line.rate))


def _on(line: Line, name: ToneName, tone: Sound, seed: int, late: int) -> Sent:
    at = round(line.lead * line.rate) + late
    whole = np.concatenate([np.zeros(at), tone, np.zeros(round(0.6 * line.rate))])
    whole += noise(seed, len(whole), line.noise)
    if line.hum is not None:
        whole += hum(len(whole), line.hum, line.mains, [0])
    return Sent(name, as_samples(whole), at)


def sent_by_spandsp(name: ToneName, line: Line = Line(), seed: int = 0) -> Sent:
    """The same by another's sender: two frequencies and two bursts at most, whole Hz, dB and ms."""
    kind = KINDS[name]
    first, second = (round(each * line.off) for each in (*kind.hertz, 0)[:2])
    levels = (round(line.level), round(line.level) if second else 0)
    cadence = [round(each * line.slow * 1000) for each in kind.cadence]
    tone = spandsp.tone((first, second), levels, cadence, kind.seconds)
    return _on(line, name, tone.astype(np.float64), seed, 123)


def sent_by_sox(name: ToneName, line: Line = Line(), seed: int = 0) -> Sent:
    """The same by sox, whose sines are mixed and switched here."""
    kind = KINDS[name]
    waves = [_by_sox(f"sine {each * line.off}", kind.seconds) for each in kind.hertz]
    tone = np.sum(waves, axis=0) * amplitude(line.level)
    cadence = [each * line.slow for each in kind.cadence]
    return _on(line, name, switched(tone, cadence), seed, 77)


def _by_sox(wave: str, seconds: float) -> Sound:
    """A wave at full scale."""
    raw = ["-t", "raw", "-r", str(RATE), "-c", "1", "-e", "float", "-b", "32", "-"]
    made = subprocess.run(
        ["sox", "-D", "-n", *raw, "synth", str(seconds), *wave.split()],
        capture_output=True,
        check=True,
        timeout=DEADLINE,
    )
    return np.frombuffer(made.stdout, "<f4").astype(np.float64)


def beside(tone: Sent, other: Samples) -> Sent:
    """The tone with something else heard beside it, as long as the tone is."""
    mixed = tone.samples.astype(np.float64)
    count = min(len(mixed), len(other))
    mixed[:count] += other[:count]
    return replace(tone, samples=as_samples(mixed))


A: Final = 440.0
"""Hz: what an orchestra tunes to."""

SCALE: Final = (0, 2, 4, 5, 7, 9, 11)
"""Semitones of a major scale."""


@dataclass(frozen=True, slots=True)
class Style:
    """How music is played: harmonics (amplitudes), seconds a note, decibels a second that it fades, voices at once."""

    harmonics: tuple[float, ...]
    note: tuple[float, float]
    fade: float
    voices: int


STYLES: Final = (
    Style((1.0,), (0.2, 0.8), 0.0, 1),
    Style((1.0,), (0.3, 1.5), 12.0, 2),
    Style((1.0, 0.5, 0.25, 0.12), (0.25, 2.0), 0.0, 3),
    Style((1.0, 0.3, 0.1), (0.2, 1.0), 20.0, 4),
    Style((0.6, 1.0, 0.4, 0.3, 0.2), (0.5, 3.0), 3.0, 2),
)
"""A whistle, a music box, an organ, a piano, strings."""


def music(style: Style, seed: int, seconds: float, level: float = -18.0, tuning: float = A) -> Samples:
    """Notes of a scale around the middle of a piano, in even temperament, held and struck as the style has it."""
    dice, whole = np.random.default_rng(seed), np.zeros(round(seconds * RATE))
    for _ in range(style.voices):
        at = 0
        while at < len(whole):
            note = _note(style, dice, tuning)[: len(whole) - at] * amplitude(level)
            whole[at : at + len(note)] += note
            at += len(note)
    return as_samples(whole + noise(seed, len(whole), -62))


def _note(style: Style, dice: np.random.Generator, tuning: float) -> Sound:
    count = round(dice.uniform(*style.note) * RATE)
    semitones = int(dice.choice(SCALE)) + 12 * int(dice.integers(-2, 2)) + 3
    hertz = tuning * 2 ** (semitones / 12)
    fades = 10 ** (-style.fade * np.arange(count) / RATE / 20)
    waves = [
        share * np.sin(2 * np.pi * hertz * number * np.arange(count) / RATE + dice.uniform(0, 7))
        for number, share in enumerate(style.harmonics, 1)
        if hertz * number < RATE / 2
    ]
    return np.asarray(np.sum(waves, axis=0) * fades)
