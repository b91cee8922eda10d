"""What every audio source promises: samples of one card, in order, into memory that the caller owns."""

from dataclasses import dataclass
from typing import Protocol

from drivers.facts import Block

SAMPLE = 2
"""Bytes of a sample: int16, little endian, as every source delivers it."""

MOST_CHANNELS = 8
"""The widest card taken at its word (hardware: eight lines on one board); ALSA's plugins claim 32 and more."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a source.

    `card` is `pcm:NAME` (a PCM of the ALSA configuration in force), an ALSA card
    id, or for `wav` a file. `rate` is in samples per second, `frames` is the length of
    one read, `latency` is in seconds. `origin_ns` is the instant of a file's first
    sample, for a given clock; a card has its own time and takes none.
    """

    card: str
    rate: int
    channels: int
    frames: int
    latency: float
    origin_ns: int | None = None

    @property
    def block_bytes(self) -> int:
        """How large a buffer one read fills."""
        return self.frames * self.channels * SAMPLE


class AudioSource(Protocol):
    """One open card. Not for two threads at once; `close` may be called twice."""

    @property
    def rate(self) -> int:
        """Samples per second and channel."""
        ...

    @property
    def channels(self) -> int:
        """Channels, interleaved."""
        ...

    @property
    def frames(self) -> int:
        """The most frames that one read brings."""
        ...

    @property
    def latency(self) -> float:
        """The buffering that the card granted, in seconds; 0 where none is between."""
        ...

    def read_into(self, buffer: bytearray) -> Block:
        """Wait for the next block, put it at the start of `buffer` and say what it was.

        The samples are interleaved int16, little endian. A block of no frames is
        the end of a file; a card has no end. `DriverError` where the card fails.
        """
        ...

    def close(self) -> None:
        """Give the card back."""
        ...
