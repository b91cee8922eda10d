"""Hearing the line, all detectors, beside spandsp's C: DTMF, caller id (ADSI) and call progress tones, no more.

Both hear the same sound, in turn, in ticks of 500 ms as the recorder has them, in one process; a figure is the middle one of its turns.
Ours blanks keys, hears the line's own events and voice besides, and hears all lines in one batch; the
library hears one line after another. Sound is made here: an idle line's noise, speech, and a whole call.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from firmware.signal.ear import Ear
from tests.benchmarks.rows import row
from tests.rigs import spandsp
from tests.rigs.keying import Manner, as_samples, keyed, noise, sine
from tests.rigs.speech import speech

Samples = NDArray[np.int16]

RATE: Final = 8000
TICK: Final = RATE // 2
TURNS: Final = 5
SECONDS: Final = {1: 64, 8: 32, 64: 16}
"""Of sound for each number of lines."""

PEER: Final = "spandsp DTMF + ADSI + super tone"
FIELDS: Final = ((0x01, b"11260930"), (0x02, b"02079460123"), (0x07, b"A CALLER"))


def run() -> Iterator[dict[str, Any]]:
    """CPU seconds for a line-hour at 1, 8 and 64 lines; on noise below the gate, just above it, speech and calls."""
    sounds = {"idle": _idle(-66), "noise": _idle(-55), "speech": speech(1, 64, -20), "calls": _call()}
    for name, sound in sounds.items():
        for lines, seconds in SECONDS.items():
            rows = np.stack([np.roll(sound, -7 * RATE * line)[: seconds * RATE] for line in range(lines)])
            ours, theirs = _beside(rows)
            yield row(f"hearing, {lines} lines, {name}", ours, "CPU-s per line-hour", (PEER, theirs))


def _beside(rows: Samples) -> tuple[float, float]:
    """Each in turn, so that what else the machine does strikes both."""
    turns = [(_spent(_Ours(rows), rows), _spent(_Theirs(rows), rows)) for _ in range(TURNS)]
    return statistics.median(each[0] for each in turns), statistics.median(each[1] for each in turns)


def _spent(hear: Callable[[int], None], rows: Samples) -> float:
    """CPU seconds for a line-hour; the first second is not counted."""
    ticks = range(0, rows.shape[1] - TICK + 1, TICK)
    for at in ticks[:2]:
        hear(at)
    began = time.process_time()
    for at in ticks[2:]:
        hear(at)
    return (time.process_time() - began) * 3600 / (len(ticks[2:]) * TICK / RATE * len(rows))


class _Ours:
    def __init__(self, rows: Samples) -> None:
        self._ear = Ear(RATE, len(rows))
        self._padded = np.pad(rows, ((0, 0), (self._ear.context, 0)))
        self._names = np.arange(len(rows))

    def __call__(self, at: int) -> None:
        samples = self._padded[:, at : at + self._ear.context + TICK].copy()
        self._ear.listen(self._names, np.full(len(samples), at), samples)


class _Theirs:
    def __init__(self, rows: Samples) -> None:
        self._rows = rows
        self._receivers = [
            (
                spandsp.DtmfReceiver().feed_whole,
                spandsp.CallerIdReceiver(spandsp.V23).feed,
                spandsp.ToneReceiver(_TONES).feed,
            )
            for _ in rows
        ]

    def __call__(self, at: int) -> None:
        for samples, receivers in zip(self._rows, self._receivers, strict=True):
            for feed in receivers:
                feed(samples[at : at + TICK])


def _pulses(first: int, second: int, *lengths: int) -> list[spandsp.Element]:
    """On, off, on, off: each within a tenth of its length and 30 ms."""
    return [
        spandsp.Element(
            *((first, second) if place % 2 == 0 else (0, 0)), each * 9 // 10 - 30, each * 11 // 10 + 30
        )
        for place, each in enumerate(lengths)
    ]


_TONES: Final = (
    [spandsp.Element(350, 440, 700, 0)],
    [spandsp.Element(400, 0, 1200, 0)],
    _pulses(400, 450, 400, 200, 400, 2000),
    _pulses(400, 0, 375, 375, 375),
    _pulses(480, 620, 500, 500, 500),
    _pulses(425, 0, 500, 500, 500),
)


def _idle(level: float) -> Samples:
    return as_samples(noise(2, 64 * RATE, level))


def _call() -> Samples:
    """A minute of a line: a caller id, ringing unheard, talk; then dial tone, a number, ringback, talk, busy."""
    quiet = np.zeros(RATE)
    parts = [
        *(quiet, 1.0 * spandsp.send_caller_id(spandsp.V23, FIELDS, alert=True)),
        *(quiet, quiet, quiet, quiet, 1.0 * speech(3, 18, -20)),
        *(quiet, quiet, _pair(350, 440, 1.2), keyed("02079460456", Manner(-10, 2), lead=0.2).sound),
        *(_pair(400, 450, 0.4), quiet[: RATE // 5], _pair(400, 450, 0.4), quiet, quiet) * 2,
        *(1.0 * speech(4, 12, -20), _pair(400, 400, 0.375), quiet[: RATE * 3 // 8]),
        *(_pair(400, 400, 0.375), quiet[: RATE * 3 // 8]) * 4,
    ]
    whole = np.resize(np.concatenate(parts), 64 * RATE)
    return as_samples(whole + noise(5, len(whole), -60))


def _pair(first: float, second: float, seconds: float) -> NDArray[np.float64]:
    count = round(seconds * RATE)
    return sine(first, -20, count) + sine(second, -20, count)
