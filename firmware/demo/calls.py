"""Two telephone calls, put together from Debian's recorded prompts and from tones of our own.

The repository carries nobody's audio: the speech is read from the package
asterisk-core-sounds-en-wav (8 kHz, one human voice) when the demo runs. Frequencies
of tones: ITU-T Q.23 (keys); BT SIN 350 (dial and ringing tone); SIN 227 (caller id). What the
box knows of the calls it hears in this sound, but for hooks and buttons.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.faults import DeviceFault

RATE = 8000
PROMPTS = Path("/usr/share/asterisk/sounds")
PAUSE_SECONDS = 0.35
NOISE = 12.0
"""Line noise, RMS in steps of 16 bits: about -69 dBFS, so that a line never sounds dead."""

ROWS = (697, 770, 852, 941)
COLUMNS = (1209, 1336, 1477)
KEYS = "123456789*0#"
"""A keypad (ITU-T Q.23): key k lies in row k // 3 and column k % 3."""

BAUD, MARK, SPACE = 1200, 1300, 2100
SEIZURE, MARKS = 300, 80
"""A caller id (BT SIN 227, V.23): bits a second, Hz, and how many bits go before the message."""

Sound = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Cue:
    """Something that happens at a second of the demo: `line` or `desk` is told `words`, if any; `story` says it."""

    at: float
    target: str
    words: str
    story: str


@dataclass(frozen=True, slots=True)
class Call:
    """One line's sound for the whole demo, and what its hook and its exchange do meanwhile."""

    line: str
    sound: Sound
    cues: tuple[Cue, ...]


def prompts_folder(root: Path = PROMPTS) -> Path:
    """Where Debian put the prompts; a fault with the command that installs them."""
    for folder in sorted(root.glob("en*")):
        if (folder / "hello.wav").exists():
            return folder
    raise DeviceFault(
        "device.prompts-absent",
        f"no recorded prompts under {root}: the demo speaks with Debian's",
        "sudo apt-get install asterisk-core-sounds-en-wav",
    )


def speech(folder: Path, names: Sequence[str]) -> Sound:
    """Prompts one after the other, with a breath between them."""
    breath = np.zeros(round(PAUSE_SECONDS * RATE), np.int16)
    pieces = [piece for name in names for piece in (_prompt(folder / f"{name}.wav"), breath)]
    return np.concatenate(pieces)


def _prompt(path: Path) -> Sound:
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def tone(seconds: float, *hertz: float, level: float = 3000.0) -> Sound:
    """A sum of sines of the given peak each."""
    at = np.arange(round(seconds * RATE)) / RATE
    return np.rint(sum(level * np.sin(2 * np.pi * each * at) for each in hertz)).astype(np.int16)


def keyed(digits: str) -> Sound:
    """Digits keyed on a telephone: 90 ms each, 90 ms apart."""
    silence = np.zeros(round(0.09 * RATE), np.int16)
    pieces = []
    for digit in digits:
        key = KEYS.index(digit)
        pieces += [tone(0.09, ROWS[key // 3], COLUMNS[key % 3]), silence]
    return np.concatenate(pieces)


def caller_id(number: str) -> Sound:
    """The burst by which an exchange says who calls (BT SIN 227): V.23 at 1,200 bit/s, mark 1,300 Hz, space 2,100."""
    told = bytes([0x01, 8]) + b"03031200" + bytes([0x02, len(number)]) + number.encode()
    message = bytes([0x80, len(told)]) + told
    bits = [place % 2 for place in range(SEIZURE)] + [1] * MARKS
    for byte in (*message, -sum(message) & 0xFF):
        bits += [0, *(byte >> place & 1 for place in range(8)), 1]
    samples = np.arange(len(bits) * RATE // BAUD)
    hertz = np.where(np.array(bits)[samples * BAUD // RATE], MARK, SPACE)
    made: Sound = np.rint(2000 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE)).astype(np.int16)
    return made


def ringing() -> Sound:
    """One cycle of British ringing tone: 0.4 on, 0.2 off, 0.4 on, 2.0 off."""
    burst, gap = tone(0.4, 400, 450), np.zeros(round(0.2 * RATE), np.int16)
    return np.concatenate([burst, gap, burst, np.zeros(2 * RATE, np.int16)])


class Tape:
    """A line's sound, onto which pieces are laid at their second."""

    def __init__(self, seconds: float, seed: int) -> None:
        noise = np.random.default_rng(seed).normal(0, NOISE, round(seconds * RATE))
        self.sound: Sound = np.rint(noise).astype(np.int16)

    def lay(self, at: float, piece: Sound) -> float:
        """Lay a piece; the second at which it ends."""
        start = round(at * RATE)
        stop = min(start + len(piece), len(self.sound))
        self.sound[start:stop] = np.clip(
            self.sound[start:stop].astype(np.int32) + piece[: stop - start], -32768, 32767
        )
        return stop / RATE


CALLER = "01632960123"
DIALLED = "01632960555"
"""Numbers that Ofcom keeps for drama: nobody has them."""

CARD = "4929110022003300"
CARD_KEYED_AT = 27.6
"""A made-up card: read out on one line, keyed on the telephone on the other, from this second on."""

LENGTH = 50.0
"""Seconds until both calls are over."""


def incoming(folder: Path) -> Call:
    """A caller pays by card: the button is pressed while the digits are read out."""
    tape = Tape(LENGTH, seed=1)
    tape.lay(1.0, caller_id(CALLER))
    at = tape.lay(4.3, speech(folder, ["hello", "queue-thankyou", "vm-intro"]))
    tape.lay(at + 0.6, speech(folder, ["one-moment-please"]))
    digits = [f"digits/{digit}" for digit in CARD]
    at = tape.lay(19.5, speech(folder, digits))
    tape.lay(36.0, speech(folder, ["auth-thankyou", "demo-thanks", "vm-goodbye"]))
    cues = (
        Cue(2.0, "front", "ring", "line front rings; who calls was heard on the line before it"),
        Cue(4.0, "front", "lift", "line front is answered"),
        Cue(18.0, "desk-front", "pause down", "the card number comes next: the button is PRESSED"),
        Cue(18.3, "desk-front", "pause up", ""),
        Cue(35.5, "desk-front", "pause down", "the payment is done: pressed again"),
        Cue(35.8, "desk-front", "pause up", ""),
        Cue(46.5, "front", "replace", "line front hangs up"),
    )
    return Call("front", tape.sound, cues)


def outgoing(folder: Path) -> Call:
    """A call is dialled, rings and is answered: only the conversation is recorded, and no digit that is keyed in it."""
    tape = Tape(LENGTH, seed=2)
    tape.lay(6.0, tone(1.6, 350, 440))
    at = tape.lay(8.0, keyed(DIALLED))
    tape.lay(at + 0.8, np.concatenate([ringing(), ringing()]))
    tape.lay(17.2, speech(folder, ["hello", "info-about-last-call", "pls-hold-while-try", "agent-pass"]))
    tape.lay(CARD_KEYED_AT, keyed(CARD))
    tape.lay(34.2, speech(folder, ["auth-thankyou", "demo-thanks", "vm-goodbye"]))
    cues = (
        Cue(6.0, "repairs", "lift", "line repairs is lifted and dials: dialling is never recorded"),
        Cue(17.2, "repairs", "", "line repairs is answered, as the box hears"),
        Cue(
            27.4,
            "repairs",
            "",
            "line repairs: a card number is KEYED on the telephone, and nobody presses a button",
        ),
        Cue(42.0, "repairs", "replace", "line repairs hangs up"),
    )
    return Call("repairs", tape.sound, cues)


def both() -> tuple[Call, Call]:
    """The two calls of the demo."""
    folder = prompts_folder()
    return incoming(folder), outgoing(folder)
