"""The line itself rings: bursts of ringing current as a tap hears them, and what their pattern means.

1. Ringing is 15 to 55 Hz (25 in the United Kingdom, 20 in North America, 50 in places; ETSI
   TR 101 768), louder than any voice on a line, and may be clipped: its fundamental is
   then still four fifths of it. Judged are 75 ms at a time, every 25 ms; it keeps its
   frequency, as neither breath nor handling does.
2. It must rise by 12 dB: what hums all the time does not ring, however loud.
3. A burst lasts 200 ms to 4.5 s. It is told when it is over.
4. A tap that blocks what is below the voice hears no ringing; only a sensor would.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from firmware.signal.events import RingBurst
from firmware.signal.past import Past
from firmware.signal.windows import BLOCKS_A_SECOND, CONTEXT, FULL_SCALE_DBM0, STEP, Heard, power_of

LEAST = power_of(-33.0)
"""75 V of ringing beside 0.1 V of voice is full scale at any tap that lets it through (our choice)."""
LEFT = 0.25
"""Of each step's power, what may be no hum by `windows`, rule 4: harmonics, 0.18 of clipped 50 Hz."""
SLOW = 0.6
"""Of all power, what is left in means of 5 ms: 0.78 of 55 Hz, 0.41 of the deepest voices' 100 Hz."""
FUNDAMENTAL = 0.7
"""Of the power below 500 Hz, the constant included, in one frequency: a square wave has 0.81."""
HERTZ = tuple(5 + 2.5 * step for step in range(22))
LOWEST, STEADY = 13.0, 3.0
"""Hz: what is slower is handling; by so much may two steps of a burst differ (our choice)."""
SPAN = 15
"""Blocks that are judged together."""
RISE = 16.0
RISE_OVER = 20
"""Blocks before the burst that it must rise above."""
HUM_RISE, HUM_SWELL = 4.0, 1.2
"""What a row that hums must rise by in a step to be looked at more closely, and what it may swell by unseen (our choice)."""
EDGE = 1 / 20
"""Of a burst's loudest 10 ms, what still belongs to it: the current passes through nought (our choice)."""
PATIENCE = 4
"""Steps without ringing that end a burst: pauses are 200 ms at least, and a click spoils 100 ms."""
RUNG, LONGEST = 5, 900
"""Steps that must have rung, which 200 ms of ringing do; blocks."""

JUDGED_RATE = 1000
UNIT = 2 * power_of(FULL_SCALE_DBM0) / 32768**2
"""What a sample's square is in `windows`, rule 6."""


class RingPattern(StrEnum):
    """How the line rings."""

    SINGLE = "single"
    """One burst, a long pause."""
    DOUBLE = "double"
    """Two bursts, a long pause: 0.4 s, 0.2 s, 0.4 s, 2 s in the United Kingdom (BT SIN 350)."""


PAIRED = (0.1, 0.4)
"""Seconds between the two bursts of a double ring: 0.2, with a margin (our choice)."""


@dataclass(frozen=True, slots=True)
class _Ringing:
    """A burst that is on: its first and last block, the end of the last step that rang; power and frequency."""

    first: int
    last: int
    step: int
    rung: int
    """How many steps rang."""
    power: float
    hertz: float


class Rings:
    """Bursts of ringing on rows of one rate."""

    def __init__(self, rate: int, past: Past) -> None:
        self._past = past
        self._points = rate // JUDGED_RATE
        self._waves = _waves(SPAN * JUDGED_RATE // BLOCKS_A_SECOND)
        self._on: dict[int, _Ringing] = {}
        self._hum: dict[int, float] = {}

    @property
    def on(self) -> frozenset[int]:
        """Rows that ring; one that hums does not."""
        return frozenset(row for row, on in self._on.items() if on.step - on.first <= LONGEST)

    def listen(self, heard: Heard) -> Iterator[tuple[int, RingBurst]]:
        """The bursts that proved to be over in this tick."""
        slow = _slow(heard) if len(heard.open) else {}
        if not slow and not self._on and not self._hum:
            return
        for line, row in enumerate(heard.rows.tolist()):
            if line in slow or row in self._on or row in self._hum:
                may = slow.get(line)
                waves = may * self._waves_in(heard.samples[line]) if may is not None else None
                yield from ((row, each) for each in self._steps(heard, line, row, waves))

    def forget(self, row: int) -> None:
        """The row begins anew."""
        self._on.pop(row, None)
        self._hum.pop(row, None)

    def _waves_in(self, samples: NDArray[np.int16]) -> NDArray[np.float64]:
        """The frequency of the slow wave in each step of a line, where there is little else; elsewhere nought."""
        points = samples.reshape(-1, self._points).mean(axis=1)
        size, step = (each * JUDGED_RATE // BLOCKS_A_SECOND for each in (SPAN, STEP))
        spans = sliding_window_view(points, size)[::step]
        waves = np.square(spans @ self._waves).reshape(len(spans), -1, 2).sum(axis=2)
        hertz = np.asarray(HERTZ)[waves.argmax(axis=1)]
        alone = waves.max(axis=1) > FUNDAMENTAL * np.square(spans).sum(axis=1)
        return np.where(alone & (hertz > LOWEST), hertz, 0.0)

    def _steps(
        self, heard: Heard, line: int, row: int, waves: NDArray[np.float64] | None
    ) -> Iterator[RingBurst]:
        first = int(heard.at[line]) // heard.block
        steps = heard.raw[line, CONTEXT:].reshape(-1, STEP)
        hertz = [0.0] * len(steps) if waves is None else waves.tolist()
        for number, blocks in enumerate(steps.tolist(), 1):
            on = self._step(row, first + number * STEP, blocks, hertz[number - 1])
            if on and on.rung >= RUNG and on.last + 1 - on.first <= LONGEST:
                yield RingBurst(on.first * heard.block, (on.last + 1) * heard.block)

    def _step(self, row: int, end: int, blocks: Sequence[float], hertz: float) -> _Ringing | None:
        """Go on by the step before block `end`; the burst that is over with it."""
        on, power = self._on.get(row), sum(blocks) / STEP
        if on is None:
            self._wait(row, end, power, hertz)
            return None
        rings = abs(hertz - on.hertz) < STEADY and power > EDGE * on.power
        if not rings and end - on.step > PATIENCE * STEP:
            return self._on.pop(row)
        loud = [place for place, each in enumerate(blocks) if each > EDGE / 2 * on.power]
        last = end - STEP + loud[-1] if loud else on.last
        self._on[row] = replace(on, last=last, step=end if rings else on.step, rung=on.rung + rings)
        return None

    def _wait(self, row: int, end: int, power: float, hertz: float) -> None:
        """Go on by a step before which no burst was on: one may begin, or it hums."""
        hum = self._hum.pop(row, 0.0)
        begun = self._begun(row, end, hertz) if hertz and power > HUM_RISE * hum else None
        if begun:
            self._on[row] = begun
        if hertz:
            self._hum[row] = min(power, hum * HUM_SWELL) if hum else power

    def _begun(self, row: int, end: int, hertz: float) -> _Ringing | None:
        """The burst that was just noticed, if it rose."""
        blocks = self._past.raw(row, end - 2 * SPAN, end)
        pairs = blocks[1:] + blocks[:-1]
        weak = (pairs < EDGE * pairs.max()).nonzero()[0]
        first = end - len(blocks) + (int(weak[-1]) + 2 if len(weak) else 0)
        power = float(pairs.max()) / 2
        before = self._past.raw(row, first - RISE_OVER, first - 1)
        return _Ringing(first, end - 1, end, 1, power, hertz) if before.mean() * RISE < power else None


def pattern(bursts: Sequence[RingBurst], until: int, rate: int) -> RingPattern | None:
    """How a line rings by its last bursts, heard up to `until`; None while that cannot be told.

    One short burst may be the first of two: what follows within 0.4 s tells.
    """
    least, most = (round(each * rate) for each in PAIRED)
    pauses = [later.at - earlier.until for earlier, later in pairwise(bursts)]
    if any(least <= each <= most for each in pauses):
        return RingPattern.DOUBLE
    return RingPattern.SINGLE if bursts and until - bursts[-1].until > most else None


def _waves(size: int) -> NDArray[np.float64]:
    """Two orthonormal columns for each frequency, free of a constant."""
    time = np.arange(size) / JUDGED_RATE
    turns = [2 * np.pi * each * time for each in HERTZ]
    each = [np.linalg.qr(np.stack([np.ones(size), np.cos(turn), np.sin(turn)], axis=1))[0] for turn in turns]
    return np.concatenate([wave[:, 1:] for wave in each], axis=1)


def _slow(heard: Heard) -> dict[int, NDArray[np.bool_]]:
    """Lines of the batch that may ring, with the steps in which they may: loud, and slower than any voice."""
    steps = _steps(heard.raw[heard.open])
    hums = (steps > STEP * LEAST) & (_steps(heard.level) < LEFT * steps)
    if not np.count_nonzero(hums):
        return {}
    hums = hums[:, :-2] & hums[:, 1:-1] & hums[:, 2:]
    lines = heard.open[hums.any(axis=1)]
    if not len(lines):
        return {}
    means = heard.samples[lines].reshape(len(lines), heard.blocks, heard.block).mean(axis=2)
    slow, raw = _steps(np.square(means) * UNIT), _steps(heard.raw[lines])
    may = hums[hums.any(axis=1)] & (_spans(slow) > SLOW * _spans(raw))
    return {int(line): steps for line, steps in zip(lines, may, strict=True) if steps.any()}


def _steps(blocks: NDArray[np.floating]) -> NDArray[np.floating]:
    """Sums over each step of 25 ms."""
    return np.asarray(np.add.reduce(blocks.reshape(len(blocks), -1, STEP), axis=2))


def _spans(steps: NDArray[np.floating]) -> NDArray[np.floating]:
    """Sums over the three steps that end with each new one."""
    return np.asarray(steps[:, :-2] + steps[:, 1:-1] + steps[:, 2:])
