"""Rows listened to for what their exchange does, tick by tick, as the ear does it."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.signal.bench import Bench
from firmware.signal.candidates import Candidates
from firmware.signal.dtmf import Keyed
from firmware.signal.events import CallerId, SignalEvent
from firmware.signal.exchange import Exchange
from firmware.signal.windows import BLOCKS_A_SECOND, CONTEXT

Samples = NDArray[np.int16]
Told = list[tuple[int, SignalEvent]]

RATE = 8000
TICK = 50
"""Blocks: 250 ms."""

NO_KEYS: Final = Keyed(Candidates(*[np.zeros(0)] * len(fields(Candidates))), ())
"""The exchange's detector looks at no key, and looking for them is the dearest part of an ear."""


class Rows:
    """So many rows in one batch."""

    def __init__(self, count: int, rate: int = RATE, tick: int = TICK) -> None:
        block = rate // BLOCKS_A_SECOND
        self.exchange = Exchange(rate, count)
        self._bench = Bench(rate, count, tick)
        self.tick = tick * block
        self._rows = np.arange(count)
        self._at = 0
        self._context = np.zeros((count, CONTEXT * block), np.int16)

    def ticks(self, samples: Samples) -> Iterator[Told]:
        """What each tick tells; `samples` is (rows, samples), whose last tick is filled up with silence."""
        samples = np.pad(samples, ((0, 0), (0, -samples.shape[1] % self.tick)))
        for start in range(0, samples.shape[1], self.tick):
            seen = np.concatenate([self._context, samples[:, start : start + self.tick]], axis=1)
            heard = self._bench.hear(self._rows, np.full(len(seen), self._at), seen)
            yield self.exchange.listen(heard, NO_KEYS)
            self._at += self.tick
            self._context = seen[:, -self._context.shape[1] :]


def together(rows: Sequence[Samples], rate: int = RATE, tick: int = TICK) -> list[list[SignalEvent]]:
    """What is heard on each of the rows, all in one batch; a second of digital silence follows the longest."""
    whole = max(map(len, rows)) + rate
    lines = np.stack([np.pad(row, (0, whole - len(row))) for row in rows])
    told: list[list[SignalEvent]] = [[] for _ in rows]
    for heard in Rows(len(rows), rate, tick).ticks(lines):
        for row, event in heard:
            told[row].append(event)
    return told


def alone(samples: Samples, rate: int = RATE, tick: int = TICK) -> list[SignalEvent]:
    """What is heard on one row."""
    return together([samples], rate, tick)[0]


def caller_ids(samples: Samples, rate: int = RATE) -> list[CallerId]:
    """The caller ids among it."""
    return [each for each in alone(samples, rate) if isinstance(each, CallerId)]
