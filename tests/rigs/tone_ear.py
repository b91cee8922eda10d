"""Rows listened to for call progress tones, by what hears them alone or by the whole ear."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from firmware.signal.bench import Bench
from firmware.signal.dtmf import Dtmf
from firmware.signal.ear import Ear
from firmware.signal.events import SignalEvent
from firmware.signal.tones import Tones
from firmware.signal.windows import BLOCKS_A_SECOND, CONTEXT

Samples = NDArray[np.int16]
Some = TypeVar("Some")
Listen = Callable[[NDArray[np.intp], NDArray[np.int64], Samples], Iterable[tuple[int, SignalEvent]]]

RATE = 8000


def of(kind: type[Some], events: Iterable[object]) -> list[Some]:
    """The events of one kind."""
    return [each for each in events if isinstance(each, kind)]


def by_tones(count: int, tick: float = 1.0, rate: int = RATE) -> Listen:
    """Keys and tones, and nothing else, of so many rows."""
    bench, dtmf, tones = Bench(rate, count, round(tick * BLOCKS_A_SECOND)), Dtmf(rate), Tones(rate)

    def listen(
        rows: NDArray[np.intp], at: NDArray[np.int64], samples: Samples
    ) -> Iterator[tuple[int, SignalEvent]]:
        heard = bench.hear(rows, at, samples)
        return tones.listen(heard, dtmf.listen(heard))

    return listen


def listened(
    sounds: Sequence[Samples],
    tick: float = 1.0,
    start: int = 0,
    rate: int = RATE,
    listen: Listen | None = None,
) -> list[list[SignalEvent]]:
    """What is told of each sound, as rows of one batch that are so old already; a second of silence follows the longest."""
    listen = listen or by_tones(len(sounds), tick, rate)
    new, context = round(tick * rate), CONTEXT * rate // BLOCKS_A_SECOND
    count = -(-(max(map(len, sounds)) + rate) // new) * new
    wall = np.stack([np.pad(each, (context, count - len(each))) for each in sounds])
    events: list[list[SignalEvent]] = [[] for _ in sounds]
    for at in range(0, count, new):
        part = np.ascontiguousarray(wall[:, at : at + context + new])
        for row, event in listen(np.arange(len(sounds)), np.full(len(sounds), start + at), part):
            events[row].append(event)
    return events


def listened_by_ear(sounds: Sequence[Samples], tick: float = 0.25) -> list[list[SignalEvent]]:
    """The same by the whole ear."""
    return listened(sounds, tick, listen=Ear(RATE, len(sounds)).listen)
