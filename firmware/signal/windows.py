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
7. Samples stay in one scratch array, which is wiped before `hear` returns; what was worked
   out is overwritten by the next tick, or wiped by it if nothing is heard.
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


def basis(rate: int, hertz: tuple[float, ...], blocks: int) -> NDArray[np.float64]:
    """What sums of so many blocks are made of: (samples, 2 x frequencies), cosine and minus sine in turn.

    The float view of sums is `samples @ basis`, samples being in units of rule 6.
    """
    block = rate // BLOCKS_A_SECOND
    turns = np.outer(np.arange(block * blocks), hertz) / rate
    waves = np.stack([np.cos(2 * np.pi * turns), -np.sin(2 * np.pi * turns)], axis=2)
    cut = waves.reshape(blocks, block, -1)
    flat = _legendre(block)
    cut = cut - np.einsum("ij,bjc->bic", flat @ flat.T, cut)
    return np.asarray(cut.reshape(block * blocks, -1) * (np.sqrt(2) / (block * WINDOW)))


def _legendre(block: int) -> NDArray[np.float64]:
    """Constant, slope and bend of a block: orthonormal columns."""
    return np.linalg.qr(np.vander(np.linspace(-1, 1, block), 3, increasing=True))[0]


def _unit() -> float:
    """What a sample is multiplied with for rule 6."""
    return float(np.sqrt(2 * power_of(FULL_SCALE_DBM0)) / 32768)


class Bench:
    """Hears up to `rows` rows of one rate at once, in ticks of up to `blocks` new blocks."""

    def __init__(self, rate: int, rows: int, blocks: int, gate_dbm0: float = GATE_DBM0) -> None:
        self._gate = power_of(gate_dbm0)
        self.block = rate // BLOCKS_A_SECOND
        self.context = CONTEXT * self.block
        self._most = blocks + CONTEXT
        self._slab = _Slab(rate, rows * self._most)
        self._views: dict[tuple[int, int], _Views] = {}
        self._filled = False

    def hear(self, rows: NDArray[np.intp], at: NDArray[np.int64], samples: NDArray[np.int16]) -> Heard:
        """What the rows hold; `samples` is (rows, context and new), contiguous, and new is whole steps."""
        count, width = samples.shape
        blocks = width // self.block
        if blocks * self.block != width or blocks % STEP or not CONTEXT < blocks <= self._most:
            raise ValueError(f"a tick of {width} samples is no tick of this bench")
        copied = self._slab.copied[: count * blocks]
        np.copyto(copied, samples.reshape(copied.shape))
        raw = np.einsum("bi,bi->b", copied, copied).reshape(count, blocks)
        raw *= self._slab.unit
        pairs = raw[:, :-1] + raw[:, 1:]
        peak = np.maximum.reduce(pairs[:, :-2] + pairs[:, 2:], axis=1) * np.float32(1 / WINDOW)
        above = (peak >= self._gate).nonzero()[0]
        views = self._views_for(len(above), blocks)
        if len(above):
            views.fill(copied.reshape(count, width), raw, above)
        elif self._filled:
            self._slab.wipe()
        copied.fill(0)
        self._filled = len(above) > 0
        return Heard(self.block, rows, at, samples, raw, peak, above, *views.seen)

    def _views_for(self, rows: int, blocks: int) -> "_Views":
        key = (rows, blocks)
        if key not in self._views:
            self._views[key] = _Views(self._slab, rows, blocks)
        return self._views[key]


class _Slab:
    """The arrays that ticks are worked out in, for the largest batch: `blocks` in all.

    Columns are the frequencies, then two pairs of floats: constant and slope, bend and level.
    """

    def __init__(self, rate: int, blocks: int) -> None:
        block, width = rate // BLOCKS_A_SECOND, len(FREQUENCIES) + 2
        self.rate, self.block = rate, block
        self.unit = np.float32(_unit() ** 2 / block)
        flat = np.pad(_legendre(block) / np.sqrt(block), ((0, 0), (0, 1)))
        matrix = np.concatenate([basis(rate, FREQUENCIES, 1), flat], axis=1)
        self.matrix = np.asarray(matrix * _unit(), np.float32)
        self.pick = np.repeat(np.eye(len(FREQUENCIES), width, dtype=np.float32), 2, axis=1)
        self.pitches = np.array([[each in pitch for each in TONES] for pitch in PITCHES], np.float32)
        self.pitches = np.repeat(np.pad(self.pitches * (WINDOW / LONG) ** 2, ((0, 0), (0, 2))), 2, axis=1)
        self.copied = np.zeros((blocks, block), np.float32)
        self.samples = np.zeros((blocks, block), np.float32)
        self.parts = np.zeros((blocks, width), np.complex64)
        self.pairs = np.zeros((blocks, width), np.complex64)
        self.sums = np.zeros((blocks, width), np.complex64)
        self.squares = np.zeros((blocks, 2 * width), np.float32)
        self.power = np.zeros(blocks * len(FREQUENCIES), np.float32)
        self.level = np.zeros(blocks, np.float32)
        self.long = np.zeros((blocks // STEP, len(TONES) + 2), np.complex64)
        self.long_squares = np.zeros((blocks // STEP, 2 * len(TONES) + 4), np.float32)

    def wipe(self) -> None:
        """Nothing is heard any more: what was leaves no trace."""
        for each in (
            self.parts,
            self.pairs,
            self.sums,
            self.squares,
            self.power,
            self.long,
            self.long_squares,
        ):
            each.fill(0)


class _Views:
    """A slab cut for so many rows of so many blocks; made once, as a view costs more than what is done with it.

    Windows that run from one row into the next are worked out like all others: one flat pass
    is cheaper than many short ones. No one looks at them.
    """

    def __init__(self, slab: _Slab, rows: int, blocks: int) -> None:
        count, used = rows * blocks, len(FREQUENCIES)
        self._slab, self._shape = slab, (rows, blocks)
        self._samples, self._gathered = (
            slab.samples[:count],
            slab.samples[:count].reshape(rows, blocks * slab.block),
        )
        self._parts, self._pairs, self._sums = slab.parts[:count], slab.pairs[:count], slab.sums[:count]
        parts = self._parts.view(np.float32)
        self._bank, self._flat, self._own_level = parts, parts[:, 2 * used : -1], parts[:, -1]
        self._cut, self._turn = self._parts.reshape(rows, blocks, used + 2), _turns(slab.rate, blocks)
        self._sums_flat, self._squares = self._sums.view(np.float32), slab.squares[:count]
        self._power, self._level = slab.power[: used * count].reshape(used, count), slab.level[:count]
        sums = self._sums.reshape(rows, blocks, used + 2)
        steps = (blocks - CONTEXT) // STEP
        starts = [FIRST_LONG + WINDOW * third for third in range(LONG // WINDOW)]
        ends = [first + STEP * (steps - 1) + 1 for first in starts]
        tones = used - len(TONES)
        self._thirds = [sums[:, first:end:STEP, tones:] for first, end in zip(starts, ends, strict=True)]
        self._long = slab.long[: rows * steps].reshape(rows, steps, len(TONES) + 2)
        self._long_flat = slab.long[: rows * steps].view(np.float32)
        self._long_squares = slab.long_squares[: rows * steps]
        self.seen = self._seen(sums[:, :, :used])

    def _seen(self, sums: Sums) -> tuple[Powers, Powers, Sums, Powers, Powers, Powers]:
        """What of it stands in `Heard`, from `level` on; long windows are new for each tick."""
        rows, blocks = self._shape
        level, power = self._level.reshape(self._shape), self._power.reshape(len(FREQUENCIES), rows, blocks)
        energy = self._sums_flat[:, -1].reshape(self._shape)
        none = np.zeros((rows, (blocks - CONTEXT) // STEP), np.float32)
        return level, energy, sums, power, none, none.copy()

    def fill(self, samples: NDArray[np.float32], raw: Powers, rows: NDArray[np.intp]) -> None:
        """Work all of it out for some of the rows."""
        own = (
            samples.reshape(self._samples.shape) if len(rows) == len(samples) else self._gather(samples, rows)
        )
        np.matmul(own, self._slab.matrix, out=self._bank)
        hum = np.einsum("bi,bi->b", self._flat, self._flat)
        np.subtract(raw[rows].reshape(-1), hum, out=self._level)
        np.maximum(self._level, FAINT, out=self._level)
        np.multiply(self._level, 1 / WINDOW, out=self._own_level)
        self._cut *= self._turn
        np.add(self._parts[:-1], self._parts[1:], out=self._pairs[:-1])
        np.add(self._pairs[:-3], self._pairs[2:-1], out=self._sums[:-3])
        np.multiply(self._sums_flat, self._sums_flat, out=self._squares)
        np.matmul(self._slab.pick, self._squares.T, out=self._power)
        self._samples.fill(0)
        self._fill_long()

    def _gather(self, samples: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
        np.take(samples, rows, axis=0, out=self._gathered)
        return self._samples

    def _fill_long(self) -> None:
        """Three windows each; the level's column brings the energy."""
        first, second, third = self._thirds
        np.add(first, second, out=self._long)
        self._long += third
        np.multiply(self._long_flat, self._long_flat, out=self._long_squares)
        energy, pitch = self.seen[-2:]
        pitches = self._slab.pitches @ self._long_squares.T
        np.maximum.reduce(pitches, axis=0, out=pitch.reshape(-1))
        np.multiply(self._long_flat[:, -1], WINDOW / LONG, out=energy.reshape(-1))


def _turns(rate: int, blocks: int) -> Sums:
    """What brings each block's phase to the origin of its row: (blocks, frequencies and hum)."""
    block = rate // BLOCKS_A_SECOND
    angles = np.outer(np.arange(blocks) * block, FREQUENCIES) / rate
    turned = np.exp(-2j * np.pi * angles)
    return np.asarray(np.pad(turned, ((0, 0), (0, 2)), constant_values=1), np.complex64)
