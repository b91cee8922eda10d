"""Three more judges of what a recording gives away: multimon-ng, a least squares fit, and minimodem's voice.

1. multimon-ng is a process of another's making, at its own 22,050 Hz.
2. The fit knows when each digit was keyed and asks only which of the sixteen it was: nobody
   can know more. Right once in sixteen is chance.
3. minimodem makes bits into tones; at 8 kHz it would round a bit to 7 samples, so it works at
   48 kHz and the sound is brought down (research: signalling, section 2).
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE: Final = 8000
MULTIMON_RATE: Final = 22050
MODEM_RATE: Final = 48000
DEADLINE: Final = 120

KEYS: Final = "123A456B789C*0#D"
LOW: Final = (697, 770, 852, 941)
HIGH: Final = (1209, 1336, 1477, 1633)
"""Frequencies of the four rows and columns of keys, Hz (ITU-T Q.23)."""

V23_TONES: Final = (1300, 2100)
BELL202_TONES: Final = (1200, 2200)
"""Mark and space, Hz (SIN 227; Bell 202)."""


def missing(*programs: str) -> str | None:
    """Which of these programs is not installed, in words, `None` where all are."""
    gone = [each for each in programs if shutil.which(each) is None]
    return f"not installed: {', '.join(gone)}" if gone else None


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skips a test where one of these programs is not installed."""
    return pytest.mark.skipif(missing(*programs) is not None, reason=str(missing(*programs)))


def resampled(samples: Samples, rate: int, to: int) -> Samples:
    """The samples at another rate, by sox."""
    form = ["-t", "raw", "-c", "1", "-e", "signed", "-b", "16"]
    done = subprocess.run(
        ["sox", "-D", "-G", *form, "-r", str(rate), "-", *form, "-r", str(to), "-"],
        input=samples.astype("<i2").tobytes(),
        capture_output=True,
        check=True,
        timeout=DEADLINE,
    )
    return np.frombuffer(done.stdout, "<i2").astype(np.int16)


def multimon_digits(samples: Samples) -> str:
    """Every digit that multimon-ng reads in the samples, half a second of silence behind them."""
    heard = resampled(np.concatenate([samples, np.zeros(RATE // 2, np.int16)]), RATE, MULTIMON_RATE)
    answer = subprocess.run(
        ["multimon-ng", "-q", "-a", "DTMF", "-t", "raw", "-"],
        input=heard.astype("<i2").tobytes(),
        capture_output=True,
        check=True,
        timeout=DEADLINE,
    )
    return "".join(re.findall(r"DTMF: (\S)", answer.stdout.decode()))


def likeliest_key(samples: Samples) -> str | None:
    """Which key fits best where one was keyed, by least squares over the sixteen pairs; `None` in digital silence."""
    part = samples.astype(np.float64)
    if not part.any():
        return None
    times = np.arange(len(part)) / RATE
    explained = [_explained(part, times, low, high) for low in LOW for high in HIGH]
    return KEYS[int(np.argmax(explained))]


def _explained(part: NDArray[np.float64], times: NDArray[np.float64], *frequencies: int) -> float:
    """How much of the energy a pair of tones explains."""
    turns = [turn(2 * np.pi * each * times) for each in frequencies for turn in (np.cos, np.sin)]
    basis = np.linalg.qr(np.stack(turns, axis=1))[0]
    return float(np.square(basis.T @ part).sum())


def keys_given_away(samples: Samples, keyed: Iterable[tuple[int, int, str]]) -> int:
    """How many of the keys, each from one sample to another, the fit still names right."""
    return sum(likeliest_key(samples[at:until]) == key for at, until, key in keyed)


def modem_sound(bits: Sequence[int], tones: tuple[int, int], level: float) -> Samples:
    """The bits at 1,200 baud as minimodem sends them, mark and space as given, at a level in dBm0."""
    mark, space = tones
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder, "bits.wav")
        command = ["minimodem", "--tx", "--quiet", "--ascii", "--startbits", "0", "--stopbits", "0"]
        command += ["-R", str(MODEM_RATE), "-M", str(mark), "-S", str(space), "-f", str(sound), "1200"]
        packed = np.packbits(np.asarray(bits, np.uint8), bitorder="little").tobytes()
        subprocess.run(command, input=packed, check=True, timeout=DEADLINE)
        made = np.frombuffer(sound.read_bytes()[44:], "<i2")
    made = resampled(np.asarray(made, np.int16), MODEM_RATE, RATE)
    peak = 32767 * 10 ** ((level - 3.14) / 20)
    return np.rint(made * (peak / max(1, np.abs(made[40:-40]).max()))).astype(np.int16)


def framed(message: bytes, *, seizure: int = 300, marks: int = 80) -> list[int]:
    """A caller id message as bits (SIN 227): seizure, mark, then each byte in start and stop bit, checksum last.

    The bits fill whole bytes, as minimodem takes them: mark bits follow the message.
    """
    summed = bytes([*message, -sum(message) & 0xFF])
    bits = [bit % 2 for bit in range(seizure)] + [1] * marks
    for byte in summed:
        bits += [0, *(byte >> place & 1 for place in range(8)), 1]
    return bits + [1] * (8 + -len(bits) % 8)
