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

FREQUENCIES = (*LOW, *HIGH, *TONES, MARK, *ALERT)
"""Columns of sums and rows of power, in this order."""

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

    long_sums: Sums
    """(open, steps, frequencies): of each long window that ends behind the context; phase counted from its own start.

    Squares of these, too, are power in their window.
    """

    long_energy: Powers
    """(open, steps): mean power of each long window without hum."""

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
        raw = self._energies(samples.reshape(count * blocks, self.block)).reshape(count, blocks)
        pairs = raw[:, :-1] + raw[:, 1:]
        peak = (pairs[:, :-2] + pairs[:, 2:]).max(axis=1) * np.float32(1 / WINDOW)
        above = (peak >= self._gate).nonzero()[0]
        views = self._views_for(len(above), blocks)
        if len(above):
            views.fill(samples[above] if len(above) < count else samples, raw[above])
        elif self._filled:
            self._slab.wipe()
        self._filled = len(above) > 0
        return Heard(
            self.block,
            rows,
            at,
            samples,
            raw,
            peak,
            above,
            views.level,
            views.energy,
            views.sums,
            views.power,
            views.long_sums,
            views.long_energy,
        )

    def _energies(self, cut: NDArray[np.int16]) -> Powers:
        """Mean power of each block."""
        copied = self._slab.samples[: len(cut)]
        np.copyto(copied, cut)
        powers = np.einsum("bi,bi->b", copied, copied)
        powers *= np.float32(_unit() ** 2 / self.block)
        copied.fill(0)
        return np.asarray(powers, np.float32)

    def _views_for(self, rows: int, blocks: int) -> "_Views":
        key = (rows, blocks)
        if key not in self._views:
            self._views[key] = _Views(self._slab, rows, blocks)
        return self._views[key]


class _Slab:
    """The arrays that ticks are worked out in, for the largest batch: `blocks` in all."""

    def __init__(self, rate: int, blocks: int) -> None:
        block = rate // BLOCKS_A_SECOND
        self.rate = rate
        self.used = len(FREQUENCIES)
        width = self.used + 2
        flat = np.pad(_legendre(block) / np.sqrt(block), ((0, 0), (0, 1)))
        matrix = np.concatenate([basis(rate, FREQUENCIES, 1), flat], axis=1)
        self.matrix = np.asarray(matrix * _unit(), np.float32)
        self.pick = np.repeat(np.eye(self.used, width, dtype=np.float32), 2, axis=1)
        self.samples = np.zeros((blocks, block), np.float32)
        self.parts = np.zeros((blocks, width), np.complex64)
        self.pairs = np.zeros((blocks, width), np.complex64)
        self.sums = np.zeros((blocks, width), np.complex64)
        self.squares = np.zeros((blocks, 2 * width), np.float32)
        self.power = np.zeros(blocks * self.used, np.float32)
        self.level = np.zeros(blocks, np.float32)
        self.paired = np.zeros(blocks, np.float32)
        self.energy = np.zeros(blocks, np.float32)
        self.long_sums = np.zeros(blocks // STEP * self.used, np.complex64)
        self.long_energy = np.zeros(blocks // STEP, np.float32)

    def wipe(self) -> None:
        """Nothing is heard any more: what was leaves no trace."""
        for each in (self.parts, self.pairs, self.sums, self.squares, self.power, self.long_sums):
            each.fill(0)


class _Views:
    """A slab cut for so many rows of so many blocks; made once, as a view costs more than what is done with it.

    Windows that run from one row into the next are worked out like all others: one flat pass
    is cheaper than many short ones. No one looks at them.
    """

    def __init__(self, slab: _Slab, rows: int, blocks: int) -> None:
        count = rows * blocks
        rate, used = slab.rate, slab.used
        self._slab, self._count = slab, count
        self._samples = slab.samples[:count]
        self._parts, self._pairs, self._sums = slab.parts[:count], slab.pairs[:count], slab.sums[:count]
        self._parts_flat = self._parts.view(np.float32)
        self._flat = self._parts_flat[:, 2 * used : 2 * used + 3]
        self._sums_flat, self._squares = self._sums.view(np.float32), slab.squares[:count]
        self._power = slab.power[: count * used].reshape(used, count)
        self._level, self._paired, self._energy = slab.level[:count], slab.paired[:count], slab.energy[:count]
        self._parts_cut = self._parts.reshape(rows, blocks, used + 2)
        self._turn = _turns(rate, blocks)
        self.level = self._level.reshape(rows, blocks)
        self.energy = self._energy.reshape(rows, blocks)
        self.sums = self._sums.reshape(rows, blocks, used + 2)[:, :, :used]
        self.power = self._power.reshape(used, rows, blocks)
        starts = slice(FIRST_LONG, blocks - LONG + 1, STEP)
        self._back = self._turn[starts, :used].conj() * np.float32(WINDOW / LONG)
        steps = len(self._back)
        self.long_sums = slab.long_sums[: rows * steps * used].reshape(rows, steps, used)
        self.long_energy = slab.long_energy[: rows * steps].reshape(rows, steps)
        thirds = [FIRST_LONG + third * WINDOW for third in range(LONG // WINDOW)]
        self._thirds = [slice(first, first + (steps - 1) * STEP + 1, STEP) for first in thirds]

    def fill(self, samples: NDArray[np.int16], raw: Powers) -> None:
        """Work all of it out."""
        np.copyto(self._samples, samples.reshape(self._samples.shape))
        np.matmul(self._samples, self._slab.matrix, out=self._parts_flat)
        self._samples.fill(0)
        self._parts_cut *= self._turn
        _add(self._parts, self._pairs, self._sums)
        np.multiply(self._sums_flat, self._sums_flat, out=self._squares)
        np.matmul(self._slab.pick, self._squares.T, out=self._power)
        np.subtract(raw.reshape(-1), np.einsum("bi,bi->b", self._flat, self._flat), out=self._level)
        np.maximum(self._level, FAINT, out=self._level)
        _add(self._level, self._paired, self._energy)
        self._energy *= np.float32(1 / WINDOW)
        self._fill_long()

    def _fill_long(self) -> None:
        first, second, third = self._thirds
        np.add(self.sums[:, first], self.sums[:, second], out=self.long_sums)
        self.long_sums += self.sums[:, third]
        self.long_sums *= self._back
        np.add(self.energy[:, first], self.energy[:, second], out=self.long_energy)
        self.long_energy += self.energy[:, third]
        self.long_energy *= np.float32(WINDOW / LONG)


def _add(parts: NDArray[np.generic], pairs: NDArray[np.generic], sums: NDArray[np.generic]) -> None:
    """Sums of four neighbours: pairs, then pairs of pairs; each has the number of its first."""
    np.add(parts[:-1], parts[1:], out=pairs[:-1])
    np.add(pairs[:-3], pairs[2:-1], out=sums[:-3])


def _turns(rate: int, blocks: int) -> Sums:
    """What brings each block's phase to the origin of its row: (blocks, frequencies and hum)."""
    block = rate // BLOCKS_A_SECOND
    angles = np.outer(np.arange(blocks) * block, FREQUENCIES) / rate
    turned = np.exp(-2j * np.pi * angles)
    return np.asarray(np.pad(turned, ((0, 0), (0, 2)), constant_values=1), np.complex64)
