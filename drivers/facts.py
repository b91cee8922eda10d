"""What every driver speaks: a block of samples was read, an edge was seen, samples were lost.

Instants are nanoseconds of CLOCK_MONOTONIC, stamped where the thing happened.
"""

from dataclasses import dataclass


class DriverError(Exception):
    """A device said no; the text names the device and what was seen."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of samples was read into the caller's buffer: how many frames, and when the read ended.

    `overflowed` says that the device lost samples before it, never how many
    (research/audio-stack.md section 3): whoever counts frames against the clock finds out.
    """

    frames: int
    stamp_ns: int
    overflowed: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """An input changed its level: which, to what, when."""

    name: str
    high: bool
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class Overrun:
    """Samples were lost between two blocks: how many frames are known to be missing."""

    frames: int
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class Told:
    """A line was told something in a word (`caller-id`, `class`, `tone` ...), with its value, by a script.

    The value may be a telephone number: it is never printed or logged.
    """

    word: str
    value: str
    stamp_ns: int

    def __repr__(self) -> str:
        """The word without its value."""
        return f"Told({self.word!r}, ..., {self.stamp_ns})"
