"""The ear at a wall of sounds: rows of samples as the recorder brings them, tick by tick, and what was heard."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from firmware.signal.ear import Ear
from firmware.signal.events import Blanked, SignalEvent

Samples = NDArray[np.int16]
Some = TypeVar("Some")

RATE: Final = 8000
TICK: Final = 0.25
"""Seconds, as the recorder has it."""

SETTLE: Final = 1.0
"""Seconds of silence behind every sound: what is decided late is decided within them."""


def ticks(
    sounds: Sequence[Samples], tick: float = TICK, rate: int = RATE
) -> Iterator[tuple[int, list[tuple[int, SignalEvent]]]]:
    """For each tick: the position of its end, and what was told in it, with rows. Shorter sounds end in silence."""
    ear, new = Ear(rate, len(sounds)), round(tick * rate)
    longest = max(map(len, sounds)) + round(SETTLE * rate)
    count = -(-longest // new) * new
    wall = np.zeros((len(sounds), ear.context + count), np.int16)
    for row, sound in enumerate(sounds):
        wall[row, ear.context : ear.context + len(sound)] = sound
    rows = np.arange(len(sounds))
    for at in range(0, count, new):
        part = np.ascontiguousarray(wall[:, at : at + ear.context + new])
        yield at + new, ear.listen(rows, np.full(len(rows), at), part)


def heard(sound: Samples, tick: float = TICK) -> list[SignalEvent]:
    """All that is told of one sound."""
    return [event for _, told in ticks([sound], tick) for _, event in told]


def of(kind: type[Some], events: Iterable[object]) -> list[Some]:
    """The events of one kind."""
    return [each for each in events if isinstance(each, kind)]


def heard_together(sounds: Sequence[Samples]) -> list[list[SignalEvent]]:
    """All that is told of each of many sounds, as rows of one batch: sooner, and the same."""
    told: list[list[SignalEvent]] = [[] for _ in sounds]
    for _, events in ticks(sounds, tick=1.0):
        for row, event in events:
            told[row].append(event)
    return told


def blanks(sound: Samples, tick: float = TICK) -> list[Blanked]:
    """What must be blanked of a sound."""
    return of(Blanked, heard(sound, tick))


def mask(stretches: Iterable[Blanked], count: int) -> NDArray[np.bool_]:
    """Which of so many samples are blanked."""
    blanked = np.zeros(count, np.bool_)
    for each in stretches:
        blanked[max(0, each.at) : max(0, each.until)] = True
    return blanked


def as_kept(sound: Samples, stretches: Iterable[Blanked]) -> Samples:
    """What a recording has of a sound: zeros where it is blanked."""
    kept = sound.copy()
    kept[mask(stretches, len(sound))] = 0
    return kept


def stretches_in(blanked: NDArray[np.bool_]) -> int:
    """How many gaps a mask makes."""
    edges = np.diff(np.concatenate([[0], blanked.view(np.int8)]))
    return int(np.count_nonzero(edges == 1))
