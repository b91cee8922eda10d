"""Keyed digits: where two tones of DTMF stand out, and which of them somebody meant."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KEYS = "123A456B789C*0#D"
"""A candidate's `key` is a place in this: four times its low tone plus its high tone (ITU-T Q.23)."""


@dataclass(frozen=True, slots=True, repr=False)
class Candidates:
    """The windows of a tick in which one tone of each DTMF group stands out; one column for each property.

    They come sorted by line, then window, and hold everything that any detector of keys would
    take: both tones at least -64 dBm0, at most 14 dB apart, each at least 3 dB above the next
    of its group, at least 0.30 of the window together, less than 5 % off their frequencies.
    No window comes twice, in whatever ticks a row is heard.
    """

    line: NDArray[np.intp]
    """Line of the batch: `heard.rows[line]` is the row."""

    window: NDArray[np.int64]
    """The window's first block, counted on the row's own grid: it spans block * [window, window + 4).

    Windows follow each other where these do, from one tick to the next, too.
    """

    key: NDArray[np.int8]
    """A place in KEYS."""

    share: NDArray[np.float32]
    """Of the window's energy in both tones, as it would be were they not off their frequencies."""

    ahead: NDArray[np.float32]
    """By how many times a tone's power exceeds the next of its group; the smaller of the two."""

    weaker: NDArray[np.float32]
    """Power of the weaker tone (1.0 is 0 dBm0)."""

    twist: NDArray[np.float32]
    """High tone's power over the low one's."""

    off: NDArray[np.float32]
    """How far a tone is off its frequency, as a share of it; the larger of the two."""

    def __len__(self) -> int:
        return len(self.line)

    def __repr__(self) -> str:
        return f"Candidates({len(self)})"
