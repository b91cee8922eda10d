"""Which pitch a long window has, if any: least squares on its samples.

Rules of this module:

1. A window is fitted with each pitch at seven ratios of frequency from 3 % below to 3 % above.
   It has the pitch that explains most of its power, if that is three quarters of it.
2. How far off it is, a parabola through the fits beside the best tells to 0.03 %.
3. A pitch of two frequencies has at least a tenth of its power in either; otherwise it would
   be one frequency and some noise.
4. Constant, slope and hum up to 150 Hz are fitted first and are no part of the power.
"""

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

RATIOS = np.arange(-3, 4) * 0.01
NEAREST = len(RATIOS) // 2

HUM = (50, 100, 150)

PITCHES = tuple(Pitch)
_PAIRS = sum(len(each.value) == 2 for each in PITCHES)
_LOWER = [TONES.index(each.value[0]) for each in PITCHES[:_PAIRS]]
_UPPER = [TONES.index(each.value[1]) for each in PITCHES[:_PAIRS]]
_ALONE = [TONES.index(each.value[0]) for each in PITCHES[_PAIRS:]]


@dataclass(frozen=True, slots=True)
class Fits:
    """What some windows hold, a value for each: index of the pitch (-1: none), ratio, share, power (1.0 is 0 dBm0)."""

    pitch: NDArray[np.intp]
    off: NDArray[np.float32]
    share: NDArray[np.float32]
    power: NDArray[np.float32]


class Fitter:
    """Fits windows of 60 ms of one rate."""

    def __init__(self, rate: int) -> None:
        self.length = LONG * rate // BLOCKS_A_SECOND
        hum = _hum(rate, self.length)
        bases = [
            _basis(rate, self.length, hum, tuple(hertz * (1 + ratio) for hertz in fitted))
            for fitted in (*((hertz,) for hertz in TONES), *(each.value for each in PITCHES[:_PAIRS]))
            for ratio in RATIOS
        ]
        unit = np.sqrt(2 * power_of(FULL_SCALE_DBM0) / self.length) / 32768
        self._matrix = np.asarray(np.concatenate([hum, *bases], axis=1) * unit, np.float32)
        self._unit = np.float32(unit * unit)
        self._hum = hum.shape[1]

    def fit(self, windows: NDArray[np.int16]) -> Fits:
        """What each of the windows, (windows, samples), holds."""
        samples = windows.astype(np.float32)
        squares = np.square(samples @ self._matrix)
        energy = np.einsum("ws,ws->w", samples, samples) * self._unit - squares[:, : self._hum].sum(axis=1)
        samples.fill(0)
        powers = self._powers(squares)
        best = powers.reshape(len(powers), -1).argmax(axis=1)
        pitch, nearest = best // len(RATIOS), best % len(RATIOS)
        curve = powers[np.arange(len(powers)), pitch]
        power = curve[np.arange(len(powers)), nearest]
        share = power / np.maximum(energy, power_of(-90))
        fits = (share >= LEAST_SHARE) & (power >= LEAST_POWER)
        return Fits(np.where(fits, pitch, -1), _ratio(curve, nearest), share, power)

    def _powers(self, squares: NDArray[np.float32]) -> NDArray[np.float32]:
        """Power of each pitch at each ratio, (windows, pitches, ratios); 0 where it is not one."""
        singles, ratios = len(TONES), len(RATIOS)
        cut = self._hum + 2 * singles * ratios
        alone = squares[:, self._hum : cut].reshape(-1, singles, ratios, 2).sum(axis=3)
        pairs = squares[:, cut:].reshape(-1, _PAIRS, ratios, 4).sum(axis=3)
        weaker = np.minimum(alone[:, _LOWER], alone[:, _UPPER])
        pairs[weaker < LEAST_PART * pairs] = 0
        return np.concatenate([pairs, alone[:, _ALONE]], axis=1)


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


def _ratio(curve: NDArray[np.float32], nearest: NDArray[np.intp]) -> NDArray[np.float32]:
    """Where a parabola through the best of each curve and its neighbours is highest."""
    lines = np.arange(len(curve))
    middle = np.clip(nearest, 1, len(RATIOS) - 2)
    before, at, after = (curve[lines, middle + side] for side in (-1, 0, 1))
    bend = np.maximum(2 * at - before - after, power_of(-90))
    moved = np.clip((after - before) / (2 * bend), -0.5, 0.5)
    return np.asarray((middle - NEAREST + moved) * (RATIOS[1] - RATIOS[0]), np.float32)
