"""An ear at a sound: what it tells of one or several rows, cut into ticks as a test asks."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from firmware.signal.bench import Bench
from firmware.signal.ear import Ear
from firmware.signal.events import Blanked, Digit, SignalEvent
from firmware.signal.windows import CONTEXT, Heard
from tests.rigs.listening import mask, of

Samples = NDArray[np.int16]

RATE = 8000
TICK = 2000


def ticks(rows: Samples, context: int, tick: int = TICK) -> Iterator[tuple[int, Samples]]:
    """Position and samples of each tick, silence before the first; a last one that is not whole is filled with silence."""
    rest = -rows.shape[1] % tick
    whole = np.pad(rows, ((0, 0), (context, rest)))
    for at in range(0, rows.shape[1] + rest, tick):
        yield at, np.ascontiguousarray(whole[:, at : at + context + tick])


def together(sounds: Sequence[Samples]) -> Samples:
    """Sounds of any length as rows, with a second of silence behind the longest."""
    longest = max(len(each) for each in sounds) + RATE
    return np.stack([np.pad(each, (0, longest - len(each))) for each in sounds])


def told(rows: Samples, tick: int = TICK, ear: Ear | None = None) -> list[list[SignalEvent]]:
    """What an ear tells of each row."""
    ear = ear or Ear(RATE, len(rows))
    names = np.arange(len(rows))
    events: list[list[SignalEvent]] = [[] for _ in rows]
    for at, samples in ticks(rows, ear.context, tick):
        for row, event in ear.listen(names, np.full(len(rows), at), samples):
            events[row].append(event)
    return events


def digits(sound: Samples, tick: int = TICK) -> list[Digit]:
    """The strict digits of one sound."""
    (events,) = told(together([sound]), tick)
    return of(Digit, events)


def keys(sound: Samples) -> str:
    """The same, as a string."""
    return "".join(each.digit for each in digits(sound))


def blanked(sound: Samples) -> int:
    """How many samples of a sound are blanked."""
    (events,) = told(together([sound]))
    return int(mask(of(Blanked, events), len(sound)).sum())


def heard(rows: Samples, rate: int = RATE, at: int = 0) -> Heard:
    """One tick of rows, context included, through a bench of its own."""
    bench = Bench(rate, len(rows), rows.shape[1] // (rate // 200) - CONTEXT)
    return bench.hear(np.arange(len(rows)), np.full(len(rows), at), rows)
