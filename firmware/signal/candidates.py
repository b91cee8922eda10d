"""Windows that may hold a keyed digit: where one tone of each DTMF group stands out.

Rules of this module:

1. Candidates serve every detector of keys; their limits are the loosest that any takes.
2. A tone's frequency comes from the turn of its phase since the window before.
3. What a window loses of a tone that is off its frequency is made up for by that: without,
   a telephone that is off by 1.5 % would seem to send half noise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.signal.windows import (
    BLOCKS_A_SECOND,
    CONTEXT,
    FIRST,
    FREQUENCIES,
    HIGH,
    LOW,
    WINDOW,
    Heard,
    Powers,
    basis,
    power_of,
)

KEYS = "123A456B789C*0#D"
"""A candidate's `key` is a place in this: four times its low tone plus its high tone (ITU-T Q.23)."""

LEAST_LEVEL = power_of(-63.0)
LEAST_AHEAD = power_of(3.0)
LEAST_SHARE = 0.30
MOST_TWIST = power_of(14.0)
MOST_OFF = 0.05
"""The loosest limits that blanking takes (measured: 786 of 786 keys covered whole). Both tones at their least
pass the gate of `windows` even where cross terms make them look a quarter stronger than they are."""

MOST_MADE_UP = 4.4
"""A tone so far off that the window loses more of it is not made up for further: 5 % of 697 Hz."""

_GROUP = len(LOW)
_NOMINAL = np.asarray((*LOW, *HIGH), np.float32)
_OFFS = np.arange(-35.0, 35.5, 0.5, dtype=np.float32)
"""Hertz for which it is known what a window loses."""

_FIRST_OF_GROUP = np.asarray([[0], [_GROUP]], np.intp)
_HERTZ_A_RADIAN = np.float32(BLOCKS_A_SECOND / (2 * np.pi))
_NEVER = np.float32(1e-12)


@dataclass(frozen=True, slots=True, repr=False)
class Candidates:
    """The windows of a tick in which one tone of each DTMF group stands out; one column for each property.

    They come sorted by line, then window, and hold everything that any detector of keys would
    take: both tones at least -63 dBm0, at most 14 dB apart, each at least 3 dB above the next
    of its group, at least 0.30 of the window together, less than 5 % off their frequencies.
    No window comes twice, in whatever ticks a row is heard.
    """

    line: NDArray[np.intp]
    """Line of the batch: `heard.rows[line]` is the row."""

    window: NDArray[np.int64]
    """The window's first block, counted on the row's own grid: it spans block * [window, window + 4).

    Windows follow each other where these do, from one tick to the next, too.
    """

    key: NDArray[np.intp]
    """A place in KEYS."""

    share: NDArray[np.float32]
    """Of the window's energy in both tones, as it would be were they not off their frequencies."""

    ahead: NDArray[np.float32]
    """By how many times a tone's power exceeds the next of its group; the smaller of the two."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    """Power of each tone in the window (1.0 is 0 dBm0); high over low is the twist."""

    off: NDArray[np.float32]
    """How far a tone is off its frequency, as a share of it; the larger of the two."""

    def __len__(self) -> int:
        return len(self.line)

    def __repr__(self) -> str:
        return f"Candidates({len(self)})"


class Judge:
    """Finds candidates on rows of one rate; it remembers nothing."""

    def __init__(self, rate: int) -> None:
        self._made_up = np.stack([_made_up(rate, column) for column in range(2 * _GROUP)])

    def candidates(self, heard: Heard) -> Candidates:
        """All of a tick."""
        if not len(heard.open):
            return NONE
        places, best = _gate(heard)
        if not len(places):
            return NONE
        groups = _groups(heard).take(places, axis=2)
        ahead = np.minimum.reduce(best / (_second(groups) + _NEVER))
        kept = (ahead >= LEAST_AHEAD).nonzero()[0]
        if not len(kept):
            return NONE
        tones = groups.take(kept, axis=2).argmax(axis=1)
        where = np.divmod(places.take(kept), heard.blocks)
        return self._measure(heard, where, tones, best.take(kept, axis=1), ahead.take(kept))

    def _measure(
        self,
        heard: Heard,
        places: tuple[NDArray[np.intp], NDArray[np.intp]],
        tones: NDArray[np.intp],
        best: Powers,
        ahead: Powers,
    ) -> Candidates:
        """Those of the windows, open lines and blocks, that keep all limits; `best` is (group, window)."""
        columns = tones + _FIRST_OF_GROUP
        off = _off(heard, places, columns)
        low, high = best * self._made_up[columns, _place_of(off)]
        share = (low + high) / heard.energy[places]
        far = np.maximum.reduce(np.abs(off) / _NOMINAL[columns])
        twist = high / low
        fits = (share >= LEAST_SHARE) & (far < MOST_OFF) & (np.maximum(twist, 1 / twist) <= MOST_TWIST)
        kept = fits.nonzero()[0]
        line = heard.open[places[0][kept]]
        window = heard.at[line] // heard.block + places[1][kept] - CONTEXT
        key = _GROUP * tones[0, kept] + tones[1, kept]
        return Candidates(line, window, key, share[kept], ahead[kept], low[kept], high[kept], far[kept])


_INTS, _FLOATS = np.zeros(0, np.int64), np.zeros(0, np.float32)
NONE = Candidates(_INTS, _INTS, _INTS, _FLOATS, _FLOATS, _FLOATS, _FLOATS, _FLOATS)
"""No candidate."""


def _groups(heard: Heard) -> Powers:
    """Power of each tone in all windows of all lines one behind the other, (group, tone, places)."""
    return heard.power[: 2 * _GROUP].reshape(2, _GROUP, -1)


def _gate(heard: Heard) -> tuple[NDArray[np.intp], Powers]:
    """Places of new windows worth a closer look, and power of the best tone of each group; never too strict."""
    best = np.maximum.reduce(_groups(heard), axis=1)
    both = best[0] + best[1]
    weaker = np.minimum(best[0], best[1])
    fits = both >= heard.energy.reshape(-1) * (LEAST_SHARE / MOST_MADE_UP)
    fits &= weaker >= LEAST_LEVEL / MOST_MADE_UP
    fits &= both <= weaker * (MOST_TWIST * MOST_MADE_UP + 1)
    lines = fits.reshape(heard.energy.shape)
    lines[:, :FIRST] = lines[:, heard.blocks - WINDOW + 1 :] = False
    places = fits.nonzero()[0]
    return places, best.take(places, axis=1)


def _second(groups: Powers) -> Powers:
    """The second of each group of four."""
    less = np.minimum(groups[:, :2], groups[:, 2:])
    more = np.maximum(groups[:, :2], groups[:, 2:])
    return np.asarray(
        np.maximum(np.minimum(more[:, 0], more[:, 1]), np.maximum(less[:, 0], less[:, 1])), np.float32
    )


def _off(
    heard: Heard, places: tuple[NDArray[np.intp], NDArray[np.intp]], columns: NDArray[np.intp]
) -> Powers:
    """How many hertz each tone is off, by its phase in a window and in the one before."""
    line, block = places
    turn = heard.sums[line, block, columns] * heard.sums[line, block - 1, columns].conj()
    return np.asarray(np.arctan2(turn.imag, turn.real) * _HERTZ_A_RADIAN)


def _place_of(off: Powers) -> NDArray[np.intp]:
    """Where in the table of what a window loses."""
    near = np.minimum(np.maximum(off, _OFFS[0]), _OFFS[-1])
    return np.asarray(near * 2 + (0.5 - 2 * _OFFS[0]), np.intp)


def _made_up(rate: int, column: int) -> NDArray[np.float32]:
    """For each of _OFFS, a tone's mean power over what its window shows of it."""
    hertz = FREQUENCIES[column]
    own = basis(rate, (hertz,), WINDOW)
    waves = basis(rate, tuple(hertz + off for off in _OFFS.tolist()), WINDOW)
    whole, seen = (np.square(each).sum(axis=0).reshape(-1, 2).sum(axis=1) for each in (waves, own.T @ waves))
    return np.asarray(np.minimum(whole / seen / len(own), MOST_MADE_UP), np.float32)
