"""Which pitch a long window has, if any: least squares on its samples.

Rules of this module:

1. A window is fitted with each pitch at seven ratios of frequency from 3 % below to 3 % above.
   It has the pitch that explains most of its power, if that is three quarters of it.
2. How far off it is, a parabola through the fits beside the best tells to 0.03 %.
3. A pitch of two frequencies has at least a tenth of its power in either; otherwise it would
   be one frequency and some noise.
4. Constant, slope and hum up to 150 Hz are fitted first and are no part of the power.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.signal.cadences import Pitch
from firmware.signal.windows import BLOCKS_A_SECOND, FULL_SCALE_DBM0, LONG, TONES, power_of

LEAST_POWER = power_of(-44.0)
"""Tones of -36 dBm0 are found; an exchange sends -10 to -25, a long line takes 10 off (our choice)."""

LEAST_SHARE = 0.75
"""Of the power of a window; speech beside a tone may be 5 dB below it."""

LEAST_PART = 0.1
"""Of a pitch's power, in each of its frequencies: 9.5 dB of twist."""

APART = 0.01
RATIOS = tuple(APART * step for step in range(-3, 4))
NEAREST = len(RATIOS) // 2

HUM = (50, 100, 150)

NO_PART = 1e-6
"""Of the largest part, less than which a part is left out: what single precision rounds off."""

_NEXT_TO_NOTHING = np.float32(1e-9)

PITCHES = tuple(Pitch)
_PAIRS = sum(len(each.value) == 2 for each in PITCHES)
_LOWER = [TONES.index(each.value[0]) for each in PITCHES[:_PAIRS]]
_UPPER = [TONES.index(each.value[1]) for each in PITCHES[:_PAIRS]]
_ALONE = [TONES.index(each.value[0]) for each in PITCHES[_PAIRS:]]
_FITTED = [*(len(TONES) + pair for pair in range(_PAIRS)), *_ALONE, *_LOWER, *_UPPER]
_ORDER = [0, *(1 + each * len(RATIOS) + ratio for each in _FITTED for ratio in range(len(RATIOS)))]
"""Columns of what is fitted, so that what is compared lies together: hum, pitches, lower and upper tones of the pairs."""

_WIDTH = _PAIRS * len(RATIOS)
_PARTS = tuple(
    slice(first * len(RATIOS), first * len(RATIOS) + _WIDTH)
    for first in (0, len(PITCHES), len(PITCHES) + _PAIRS)
)
"""Where pairs, their lower and their upper tones are, behind the hum."""


@dataclass(frozen=True, slots=True)
class Fits:
    """Those of some windows that have a pitch, a value for each: index of the window, of the pitch, and how it fits."""

    window: NDArray[np.intp]
    pitch: NDArray[np.intp]
    power: NDArray[np.float32]
    """1.0 is 0 dBm0."""

    off: NDArray[np.float32]
    """How far off its frequencies it is, a ratio."""

    share: NDArray[np.float32]
    """Of the window's power."""


class Fitter:
    """Fits windows of 60 ms of one rate."""

    def __init__(self, rate: int) -> None:
        self.length = LONG * rate // BLOCKS_A_SECOND
        bases = list(_bases(rate, self.length))
        unit = np.sqrt(2 * power_of(FULL_SCALE_DBM0) / self.length) / 32768
        self._common, self._matrix = _factors(np.concatenate(bases, axis=1) * unit)
        self._sums = np.ascontiguousarray(_sums([each.shape[1] for each in bases])[:, _ORDER])
        self._unit = np.float32(unit * unit)

    def fit(self, windows: NDArray[np.int16]) -> Fits:
        """What each of the windows, (windows, samples), holds."""
        samples = windows.astype(np.float32)
        squares = np.square(samples @ self._common @ self._matrix) @ self._sums
        energy = np.einsum("ws,ws->w", samples, samples) * self._unit - squares[:, 0]
        samples.fill(0)
        powers = _powers(squares[:, 1:])
        power = np.maximum.reduce(powers, axis=1)
        window = ((power >= LEAST_SHARE * energy) & (power >= LEAST_POWER)).nonzero()[0]
        power, powers = power[window], powers[window]
        if not len(window):
            return Fits(window, window, power, power, power)
        pitch, nearest = np.divmod(powers.argmax(axis=1), len(RATIOS))
        curve = powers.reshape(len(powers), -1, len(RATIOS))[np.arange(len(window)), pitch]
        return Fits(window, pitch, power, _off(curve, nearest), power / energy[window])


def _powers(fitted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power of each pitch at each ratio, (windows, pitches * ratios); 0 where it is not one; `fitted` is in `_ORDER`."""
    pairs, lower, upper = (fitted[:, each] for each in _PARTS)
    pairs *= np.minimum(lower, upper) >= LEAST_PART * pairs
    return fitted[:, : len(PITCHES) * len(RATIOS)]


def _bases(rate: int, length: int) -> Iterator[NDArray[np.float64]]:
    """What is fitted: hum, each frequency alone at each ratio, each pair at each ratio."""
    hum = _hum(rate, length)
    yield hum
    for hertz in (*((each,) for each in TONES), *(each.value for each in PITCHES[:_PAIRS])):
        for ratio in RATIOS:
            yield _basis(rate, length, hum, tuple(each * (1 + ratio) for each in hertz))


def _factors(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two narrow matrices whose product it is: what is fitted has 60 dimensions (of 480 samples), not 218."""
    left, weights, right = np.linalg.svd(matrix, full_matrices=False)
    kept = np.count_nonzero(weights > NO_PART * weights[0])
    return np.asarray(left[:, :kept], np.float32), np.asarray(weights[:kept, None] * right[:kept], np.float32)


def _sums(widths: Sequence[int]) -> NDArray[np.float32]:
    """Which columns of the matrix belong to which fit: (columns, fits)."""
    return np.repeat(np.eye(len(widths), dtype=np.float32), widths, axis=0)


def _hum(rate: int, length: int) -> NDArray[np.float64]:
    """Orthonormal: constant, slope, mains and its next two harmonics."""
    time = np.arange(length) / rate
    return np.linalg.qr(np.stack([np.ones(length), time, *_waves(time, HUM)], axis=1))[0]


def _basis(rate: int, length: int, hum: NDArray[np.float64], hertz: tuple[float, ...]) -> NDArray[np.float64]:
    """Orthonormal, and without hum: sine and cosine of each frequency."""
    waves = np.stack(_waves(np.arange(length) / rate, hertz), axis=1)
    return np.linalg.qr(waves - hum @ (hum.T @ waves))[0]


def _waves(time: NDArray[np.float64], hertz: tuple[float, ...]) -> list[NDArray[np.float64]]:
    return [wave(2 * np.pi * each * time) for each in hertz for wave in (np.cos, np.sin)]


def _off(curve: NDArray[np.float32], nearest: NDArray[np.intp]) -> NDArray[np.float32]:
    """Where a parabola through the best of each curve and its neighbours is highest."""
    lines = np.arange(len(curve))
    middle = np.clip(nearest, 1, len(RATIOS) - 2)
    before, at, after = curve[lines, middle - 1], curve[lines, middle], curve[lines, middle + 1]
    bend = np.maximum(2 * at - before - after, _NEXT_TO_NOTHING)
    moved = np.clip((after - before) / (2 * bend), -0.5, 0.5)
    return np.asarray((middle - NEAREST + moved) * APART, np.float32)
