"""A file's samples arrive as a card's would, as fast as they are asked for.

A WAV file says its own rate and channels, and refuses an ask that differs; a `.raw` file is headerless
int16, little endian, and is taken to be what was asked. Instants are computed: the last
sample of a block lies at origin + frames so far / rate.
"""

import time
import wave
from typing import BinaryIO

from drivers.audio.contract import SAMPLE, Ask
from drivers.facts import Block, DriverError


class WavSource:
    """A file under the contract of an audio source; its end is a block of no frames."""

    def __init__(self, ask: Ask) -> None:
        self.rate = ask.rate
        self.channels = ask.channels
        self.frames = ask.frames
        self.latency = 0.0
        self._origin_ns = time.monotonic_ns() if ask.origin_ns is None else ask.origin_ns
        self._file = _open(ask.card)
        self._left = _sample_bytes(self._file, ask)
        self._past = 0

    def read_into(self, buffer: bytearray) -> Block:
        """The next frames at once; a file that ends inside a frame loses that frame."""
        wanted = min(self.frames * self.channels * SAMPLE, self._left)
        with memoryview(buffer)[:wanted] as room:
            got = _fill(self._file, room)
        self._left = self._left - got if got == wanted else 0
        frames = got // (self.channels * SAMPLE)
        self._past += frames
        return Block(frames, self._origin_ns + self._past * 1_000_000_000 // self.rate)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def file_rate(card: str) -> int | None:
    """The rate that a WAV file says; None where there is none."""
    try:
        with wave.open(card, "rb") as file:
            return file.getframerate()
    except FileNotFoundError:
        return None
    except (OSError, EOFError, wave.Error) as error:
        raise DriverError(f"{card} is no WAV file: {error}") from error


def _open(card: str) -> BinaryIO:
    """The file without a buffer of Python's, which would keep samples."""
    try:
        return open(card, "rb", buffering=0)  # noqa: PTH123  closed by close()
    except OSError as error:
        raise DriverError(f"{card} cannot be opened: {error.strerror}") from error


def _sample_bytes(file: BinaryIO, ask: Ask) -> int:
    """Leave the file at its first sample and say how many bytes of samples follow."""
    if ask.card.endswith(".raw"):
        length = file.seek(0, 2)
        file.seek(0)
        return length
    try:
        header = wave.open(file, "rb")  # noqa: SIM115  closing it would not close a file that we opened
    except (OSError, EOFError, wave.Error) as error:
        file.close()
        raise DriverError(f"{ask.card} is no WAV file: {error}") from error
    seen = header.getframerate(), header.getnchannels(), header.getsampwidth()
    if seen != (ask.rate, ask.channels, SAMPLE):
        file.close()
        raise DriverError(
            f"{ask.card} has (rate, channels, bytes a sample) {seen}, asked: {(ask.rate, ask.channels, SAMPLE)}"
        )
    return header.getnframes() * ask.channels * SAMPLE


def _fill(file: BinaryIO, room: memoryview) -> int:
    """Read until the room is full or the file ends: one unbuffered read may bring less."""
    filled = 0
    while filled < len(room):
        got: int = file.readinto(room[filled:])  # type: ignore[attr-defined]
        if not got:
            break
        filled += got
    return filled
