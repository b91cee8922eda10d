"""Short windows of sound, for all rows of a tick at once: what every detector looks at.

Rules of this module:

1. Nothing of a tick is carried into the next. A tick brings 50 ms of *context* again,
   the samples before its new part; there are no filters, so there is nothing to reset.
2. A row's ticks lie on its grid of 25 ms, so that windows, and with them all that is
   heard, are the same for ticks of any length and whichever rows share a batch.
3. Sound is measured in *blocks* of 5 ms. One matrix brings each block on all frequencies
   with one phase origin for the whole row, so any longer window is a plain sum of blocks.
4. Mains hum is kept out by the same matrix: a block's constant, slope and bend (Legendre
   polynomials 0 to 2) are no part of it. That takes 39 dB off 50 Hz, 21 dB off 100 Hz,
   12 dB off 150 Hz and at most 0.6 dB off what telephony sends.
5. A row none of whose windows reaches the gate costs nothing more than its energy. Every
   threshold of a detector is higher than the gate, so that nothing is lost by it.
6. Power is linear; 1.0 is 0 dBm0. A pure tone's power in a window is its mean power.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCKS_A_SECOND = 200
"""Blocks of 5 ms: an eighth of the shortest digit, a fortieth of the shortest burst of a tone."""

CONTEXT = 10
"""Blocks that a tick brings again: what the windows that end in its first step reach back to, in whole steps."""

STEP = 5
"""Blocks of the grid that ticks lie on, 25 ms, and from one long window to the next."""

WINDOW = 4
"""Blocks of a window, 20 ms, one beginning with every block: digits and marks."""

LONG = 12
"""Blocks of a long window, 60 ms, one ending with every step: tones."""

FIRST = CONTEXT - WINDOW + 1
"""The first new window: the first that ends behind the context."""

FIRST_LONG = CONTEXT + STEP - LONG
"""The same for long windows."""

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
"""The two groups of DTMF (ITU-T Q.23)."""

TONES = (350, 400, 425, 440, 450, 480, 620)
"""What call progress tones are made of (ITU-T E.180, supplement 2)."""

MARK, ALERT = 1300, (2130, 2750)
"""The mark of V.23, and the dual tone alert before a caller id (ETSI ES 200 778-1). HIGH[0] serves as Bell 202's 1200."""

FREQUENCIES = (*LOW, *HIGH, MARK, *ALERT, *TONES)
"""Columns of sums and rows of power, in this order."""

PITCHES = ((350, 440), (400, 450), (440, 480), (480, 620), (400,), (425,))
"""Tones that sound together or alone in a call progress tone."""

FULL_SCALE_DBM0 = 3.14
"""A sine at full scale (ITU-T G.711, table 1 note)."""

GATE_DBM0 = -61.0
"""Of a window, hum and all: keys of -58 dBm0 a tone are still read by others (measured), so these must be heard here."""

FAINT = 1e-9
"""-90 dBm0: digital silence is taken as this, so that shares can be told."""

Powers = NDArray[np.float32]
Sums = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Heard:
    """One tick of a batch of rows; the arrays belong to the bench and change with its next tick.

    `rows` are the rows' names (their numbers in the Ear), `at` the positions of their first
    new samples. `samples` and `raw` have a line for each row, the rest only for those whose
    sound passed the gate: `open` says which lines of the batch these are. Blocks and windows
    are numbered from the start of the context; a window has the number of its first block.
    """

    block: int
    """Samples of a block."""

    rows: NDArray[np.intp]
    at: NDArray[np.int64]
    samples: NDArray[np.int16]
    """(rows, context and new)."""

    raw: Powers
    """(rows, blocks): mean power of each block, hum and all."""

    peak: Powers
    """(rows): mean power of the loudest window, hum and all."""

    open: NDArray[np.intp]
    level: Powers
    """(open, blocks): mean power of each block without hum."""

    energy: Powers
    """(open, blocks): mean power of each window without hum; the last three are not meant."""

    sums: Sums
    """(open, blocks, frequencies): one phase origin for all windows of a row."""

    power: Powers
    """(frequencies, open, blocks): of each window, squares of `sums`."""

    long_energy: Powers
    """(open, steps): mean power of each long window that ends behind the context, without hum."""

    long_pitch: Powers
    """(open, steps): power that it has in the frequencies of that pitch which has most of it; rough, these overlap."""

    @property
    def blocks(self) -> int:
        """Blocks of the tick, context included."""
        return int(self.raw.shape[1])

    def position(self, line: int, block: int) -> int:
        """Where a block of a line of the batch begins."""
        return int(self.at[line]) + (block - CONTEXT) * self.block


def power_of(dbm0: float) -> float:
    """A level as power."""
    return float(10 ** (dbm0 / 10))


def median(values: NDArray[np.float32]) -> float:
    """The middle one of some; `np.median` loads numpy's masked arrays when first called, in the midst of a tick."""
    ranked, half = np.sort(values), len(values) // 2
    return float((ranked[half] + ranked[-half - 1]) / 2)


def basis(rate: int, hertz: tuple[float, ...], blocks: int) -> NDArray[np.float64]:
    """What sums of so many blocks are made of: (samples, 2 x frequencies), cosine and minus sine in turn.

    The float view of sums is `samples @ basis`, samples being in units of rule 6.
    """
    block = rate // BLOCKS_A_SECOND
    turns = np.outer(np.arange(block * blocks), hertz) / rate
    waves = np.stack([np.cos(2 * np.pi * turns), -np.sin(2 * np.pi * turns)], axis=2)
    cut = waves.reshape(blocks, block, -1)
    flat = legendre(block)
    cut = cut - np.einsum("ij,bjc->bic", flat @ flat.T, cut)
    return np.asarray(cut.reshape(block * blocks, -1) * (np.sqrt(2) / (block * WINDOW)))


def legendre(block: int) -> NDArray[np.float64]:
    """Constant, slope and bend of a block: orthonormal columns."""
    return np.linalg.qr(np.vander(np.linspace(-1, 1, block), 3, increasing=True))[0]


def unit() -> float:
    """What a sample is multiplied with for rule 6."""
    return float(np.sqrt(2 * power_of(FULL_SCALE_DBM0)) / 32768)
