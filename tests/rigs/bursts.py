"""An exchange that sends caller ids: messages as bytes, bursts as sound, and what a line does to them.

1. Messages are put together here from the standards' tables (SIN 227, GR-30), not by the code under test.
2. A burst is one sine whose frequency turns with the bits, its phase unbroken, at any clock and rate.
3. Sound is float until `keying.as_samples` makes int16 of it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.rigs.keying import Samples, amplitude, as_samples, hum, noise, through_a_law

Sound = NDArray[np.float64]

RATE = 8000


@dataclass(frozen=True, slots=True)
class Modem:
    """How a burst is sent: mark and space in Hz, bits a second; how much louder space is than mark in dB."""

    mark: float = 1300.0
    space: float = 2100.0
    baud: float = 1200.0
    twist: float = 0.0
    level: float = -20.0
    seizure: int = 300
    marks: int = 80
    stuffed: int = 0
    rate: int = RATE


V23 = Modem()
BELL202 = Modem(mark=1200.0, space=2200.0, marks=180)


@dataclass(frozen=True, slots=True)
class Caller:
    """What an exchange knows of who calls."""

    number: str | None = None
    absent: str | None = None
    name: str | None = None
    datetime: str | None = "04130541"

    def fields(self) -> list[tuple[int, bytes]]:
        """As parameters of a multiple data message."""
        told = [(0x01, self.datetime), (0x02, self.number), (0x04, self.absent), (0x07, self.name)]
        return [(kind, value.encode()) for kind, value in told if value is not None]

    def message(self) -> bytes:
        """As a whole multiple data message, checksum included."""
        return multiple(self.fields())


def summed(octets: bytes) -> bytes:
    """The octets with their checksum."""
    return octets + bytes([-sum(octets) & 0xFF])


def multiple(fields: Sequence[tuple[int, bytes]], kind: int = 0x80) -> bytes:
    """A message of parameters, checksum included."""
    content = b"".join(bytes([each, len(value)]) + value for each, value in fields)
    return summed(bytes([kind, len(content)]) + content)


def single(datetime: str, caller: str, kind: int = 0x04) -> bytes:
    """A single data message, checksum included."""
    content = (datetime + caller).encode()
    return summed(bytes([kind, len(content)]) + content)


def somebody(dice: random.Random) -> Caller:
    """Anyone who may call."""
    datetime = (
        f"{dice.randint(1, 12):02}{dice.randint(1, 28):02}{dice.randint(0, 23):02}{dice.randint(0, 59):02}"
    )
    name = "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ '-.&", k=dice.randint(2, 20))).strip() or "X"
    kind = dice.random()
    if kind < 0.3:
        return Caller(absent=dice.choice("PO"), datetime=datetime)
    number = "".join(dice.choices("0123456789", k=dice.choice([3, 4, 7, 10, 11, 11, 11, 15])))
    return Caller(number, name=name if kind > 0.6 and len(name) != 16 else None, datetime=datetime)


def bits_of(message: bytes, modem: Modem) -> list[int]:
    """Seizure, mark, and every octet between start and stop bit; a little mark behind them."""
    bits = [place % 2 for place in range(modem.seizure)] + [1] * modem.marks
    for octet in message:
        bits += [0, *(octet >> place & 1 for place in range(8)), 1, *[1] * modem.stuffed]
    return bits + [1] * 12


def sent(bits: Sequence[int], modem: Modem, phase: float = 0.0) -> Sound:
    """The bits as sound."""
    count = int(len(bits) * modem.rate / modem.baud)
    marks = np.asarray(bits, bool)[(np.arange(count) * modem.baud / modem.rate).astype(int)]
    turn = 2 * np.pi * np.cumsum(np.where(marks, modem.mark, modem.space)) / modem.rate
    loud = np.where(marks, 1.0, 10 ** (modem.twist / 20))
    return np.asarray(amplitude(modem.level) * loud * np.sin(turn + phase), np.float64)


def burst(message: bytes, modem: Modem = V23, phase: float = 0.0) -> Sound:
    """A message as an exchange sends it."""
    return sent(bits_of(message, modem), modem, phase)


def click(level: float = 0.0, rate: int = RATE) -> Sound:
    """The crack of a relay, 5 ms that fade: its peak is that of a sine of this level."""
    fading = np.exp(-np.arange(rate // 200) / (rate / 2000))
    return np.asarray(amplitude(level) * fading * np.where(np.arange(rate // 200) % 5 < 3, 1, -1), np.float64)


def alert(level: float = -20.0, milliseconds: float = 100.0, off: float = 0.0, rate: int = RATE) -> Sound:
    """The dual tone alert, each tone at this level and off its frequency by this share."""
    time = np.arange(round(milliseconds * rate / 1000)) / rate
    tones = [np.sin(2 * np.pi * hertz * (1 + off) * time) for hertz in (2130.0, 2750.0)]
    return np.asarray(amplitude(level) * np.sum(tones, axis=0), np.float64)


def ringing(
    seconds: float, hertz: float = 25.0, level: float = 0.0, clipped: float = 1.0, rate: int = RATE
) -> Sound:
    """A burst of ringing current; `clipped` of its peak is left of it by what protects the tap."""
    wave = np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.asarray(amplitude(level) * np.clip(wave / clipped, -1, 1), np.float64)


def silence(seconds: float, rate: int = RATE) -> Sound:
    """Nothing, for so long."""
    return np.zeros(round(seconds * rate))


@dataclass(frozen=True, slots=True)
class Line:
    """What lies around a burst: how far the noise is below it (dB), hum (dBm0), whether it went through A-law."""

    snr: float = 30.0
    hum: float | None = None
    law: bool = False

    def brings(self, burst: Sound, level: float, seed: int) -> Samples:
        """A reversal 20 dB and more above the burst, an alert, and the burst."""
        quiet = silence(0.15)
        sound = np.concatenate([quiet, quiet, click(), quiet, alert(level), quiet, burst, quiet])
        sound += noise(seed, len(sound), level - self.snr)
        if self.hum is not None:
            sound += hum(len(sound), self.hum)
        samples = as_samples(sound)
        return through_a_law(samples) if self.law else samples


def louder(samples: Samples, level: float) -> Samples:
    """What another's sender made at -13 dBm0, brought to a level, in noise 30 dB below, with quiet around it."""
    sound = samples * 10 ** ((level + 13) / 20)
    quiet = silence(0.3)
    whole = np.concatenate([quiet, sound, quiet])
    return as_samples(whole + noise(len(samples), len(whole), level - 30))
