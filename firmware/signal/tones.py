"""Call progress tones of all rows: which windows have a pitch, and what that makes with the cadence.

Rules of this module:

1. A long window is looked at where the sums of its nearest frequencies hold a third of its
   power: all that could have a pitch, and a twentieth of ordinary speech.
2. It is fitted, by least squares, with each pitch at seven ratios of frequency from 3 %
   below to 3 % above. It has the pitch that explains most of its power, if that is three quarters
   of it. The ratio is told to 0.03 % by a parabola through the fits beside the best.
3. A pitch of two frequencies has at least a tenth of its power in either; otherwise it would
   be one frequency and some noise.
4. Constant, slope and hum up to 150 Hz are fitted first and are no part of the power.
5. What a row's windows make in time is firmware/signal/cadence.py; a row that has no pitch and
   nothing on costs nothing there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from firmware.signal.cadence import IDLE, State, Window, key, step
from firmware.signal.cadences import Pitch
from firmware.signal.dtmf import Keyed
from firmware.signal.events import Digit, SignalEvent, ToneBegan, ToneEnded
from firmware.signal.windows import (
    BLOCKS_A_SECOND,
    CONTEXT,
    FIRST_LONG,
    FULL_SCALE_DBM0,
    LONG,
    STEP,
    TONES,
    Heard,
    power_of,
)

LEAST_POWER = power_of(-44.0)
"""Tones of -36 dBm0 are found; an exchange sends -10 to -25, a long line takes 10 off (our choice)."""

LOOKED_AT = 0.32
"""Least share by the nearest frequencies: what a tone 1.5 % off keeps at 480 + 620 Hz."""

LEAST_SHARE = 0.75
"""Of the power of a window; speech beside a tone may be 5 dB below it."""

LEAST_PART = 0.1
"""Of a pitch's power, in each of its frequencies: 9.5 dB of twist."""

RATIOS = np.arange(-3, 4) * 0.01
NEAREST = len(RATIOS) // 2

HUM = (50, 100, 150)

KNOWN_AFTER = round(0.075 * BLOCKS_A_SECOND)
"""From a digit's end until it is reported, at most: a window and the longest pause within a digit."""

_PITCHES = tuple(Pitch)


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
            for fitted in (*((hertz,) for hertz in TONES), *(each.value for each in _PITCHES[:_PAIRS]))
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


_PAIRS = sum(len(each.value) == 2 for each in _PITCHES)
_LOWER = [TONES.index(each.value[0]) for each in _PITCHES[:_PAIRS]]
_UPPER = [TONES.index(each.value[1]) for each in _PITCHES[:_PAIRS]]
_ALONE = [TONES.index(each.value[0]) for each in _PITCHES[_PAIRS:]]


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


class Tones:
    """Call progress tones of up to `rows` rows of one rate."""

    def __init__(self, rate: int, rows: int) -> None:
        self._fitter = Fitter(rate)
        self._states: dict[int, State] = {}
        self._rows = rows

    def listen(self, heard: Heard, keyed: Keyed) -> Iterator[tuple[int, SignalEvent]]:
        """What began and ended, by row."""
        pitched = self._pitched(heard)
        if not pitched and not self._states:
            return
        self._press(heard, keyed.digits)
        for line, row in enumerate(heard.rows.tolist()):
            if line in pitched or row in self._states:
                yield from self._row(heard, line, row, pitched.get(line, {}))

    def forget(self, row: int) -> None:
        """Begin anew with this row."""
        self._states.pop(row, None)

    def _pitched(self, heard: Heard) -> dict[int, dict[int, Window]]:
        """Windows that have a pitch, by line and step."""
        if not len(heard.open):
            return {}
        which, steps = self._looked_at(heard)
        if not len(which):
            return {}
        lines = heard.open[which]
        starts = (FIRST_LONG + STEP * steps) * heard.block
        fits = self._fitter.fit(
            sliding_window_view(heard.samples, self._fitter.length, axis=1)[lines, starts]
        )
        found: dict[int, dict[int, Window]] = {}
        for each in (fits.pitch >= 0).nonzero()[0].tolist():
            line, number = int(lines[each]), int(steps[each])
            found.setdefault(line, {})[number] = Window(
                _first_block(heard, line) + STEP * number,
                float(fits.power[each]),
                _PITCHES[fits.pitch[each]],
                float(fits.off[each]),
                float(fits.share[each]),
            )
        return found

    def _looked_at(self, heard: Heard) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rule 1: indices into `open`, and steps."""
        looked = (heard.long_pitch > LOOKED_AT * heard.long_energy) & (heard.long_energy > LEAST_POWER)
        which, steps = looked.nonzero()
        return which, steps

    def _press(self, heard: Heard, digits: tuple[tuple[int, Digit], ...]) -> None:
        """Keys count where a tone may be on."""
        for row, digit in digits:
            if row in self._states:
                offset = int(heard.at[heard.rows.tolist().index(row)]) % heard.block
                at, until = ((each - offset) // heard.block for each in (digit.at, digit.until))
                self._states[row] = key(self._states[row], at, until + KNOWN_AFTER)

    def _row(
        self, heard: Heard, line: int, row: int, pitched: dict[int, Window]
    ) -> Iterator[tuple[int, SignalEvent]]:
        state, offset = self._states.get(row, IDLE), int(heard.at[line]) % heard.block
        first = _first_block(heard, line)
        for number, power in enumerate(_powers(heard, line)):
            window = pitched.get(number) or Window(first + STEP * number, power)
            state, told = step(state, window)
            for event in told:
                yield row, _placed(event, heard.block, offset)
        self._states[row] = state
        if state == IDLE:
            del self._states[row]


def _first_block(heard: Heard, line: int) -> int:
    """The block of the row's grid with which the first new long window begins."""
    return int(heard.at[line]) // heard.block - CONTEXT + FIRST_LONG


def _powers(heard: Heard, line: int) -> list[float]:
    """Of each long window of a line; 0 below the gate."""
    steps = heard.blocks // STEP - CONTEXT // STEP
    at = int(np.searchsorted(heard.open, line))
    if at == len(heard.open) or heard.open[at] != line:
        return [0.0] * steps
    powers: list[float] = heard.long_energy[at].tolist()
    return powers


def _placed(event: ToneBegan | ToneEnded, block: int, offset: int) -> ToneBegan | ToneEnded:
    """The event with positions of the line in place of blocks."""
    match event:
        case ToneBegan():
            return replace(event, at=event.at * block + offset, decided=event.decided * block + offset)
        case ToneEnded():
            return replace(event, at=event.at * block + offset, until=event.until * block + offset)
