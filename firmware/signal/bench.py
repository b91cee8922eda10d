"""The bench on which the windows of a tick are worked out: all rows in one pass, in arrays made once.

Rules of this module:

1. Samples stay in two scratch arrays, which are wiped before `hear` returns. What was worked out of
   them is overwritten by the next tick, or wiped by it if nothing is heard.
2. What is done with gives its place to what is worked out of it, so that eight rows stay near the processor.
3. Time goes into the number of calls of numpy, not into what they do: every view is made once,
   and windows that run from one row into the next are worked out like all others, for nobody.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.signal.windows import (
    BLOCKS_A_SECOND,
    CONTEXT,
    FAINT,
    FIRST_LONG,
    FREQUENCIES,
    GATE_DBM0,
    LONG,
    PITCHES,
    STEP,
    TONES,
    WINDOW,
    Heard,
    Powers,
    Sums,
    basis,
    legendre,
    power_of,
    unit,
)


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
        self.unit = np.float32(unit() ** 2 / block)
        flat = np.pad(legendre(block) / np.sqrt(block), ((0, 0), (0, 1)))
        matrix = np.concatenate([basis(rate, FREQUENCIES, 1), flat], axis=1)
        self.matrix = np.asarray(matrix * unit(), np.float32)
        self.pick = np.repeat(np.eye(len(FREQUENCIES), width, dtype=np.float32), 2, axis=1)
        self.pitches = np.array([[each in pitch for each in TONES] for pitch in PITCHES], np.float32)
        self.pitches = np.repeat(np.pad(self.pitches * (WINDOW / LONG) ** 2, ((0, 0), (0, 2))), 2, axis=1)
        self.copied = np.zeros((blocks, block), np.float32)
        self.samples = np.zeros((blocks, block), np.float32)
        self.parts = np.zeros((blocks, width), np.complex64)
        self.pairs = np.zeros((blocks, width), np.complex64)
        self.sums = self.parts
        self.squares = self.pairs.view(np.float32)
        self.power = np.zeros(blocks * len(FREQUENCIES), np.float32)
        self.level = np.zeros(blocks, np.float32)
        self.energy = np.zeros(blocks, np.float32)
        self.long = np.zeros((blocks // STEP, len(TONES) + 2), np.complex64)
        self.long_squares = np.zeros((blocks // STEP, 2 * len(TONES) + 4), np.float32)

    def wipe(self) -> None:
        """Nothing is heard any more: what was leaves no trace."""
        for each in (
            self.parts,
            self.pairs,
            self.power,
            self.long,
            self.long_squares,
        ):
            each.fill(0)


class _Views:
    """A slab cut for so many rows of so many blocks."""

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
        self._energy = slab.energy[:count]
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
        energy = self._energy.reshape(self._shape)
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
        np.copyto(self._energy, self._sums_flat[:, -1])
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
