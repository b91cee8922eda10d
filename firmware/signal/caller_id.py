"""Caller ids: heard by their mark, received from there on, believed or not.

1. Five windows of nothing but mark (1300 or 1200 Hz, 40 ms) begin a *reception*. Standards send
   45 ms of it at least before a message, on an idle line and in mid-call alike; so neither a
   ring sensor nor the alert is needed, and no sound from before the mark.
2. A reception takes its row's samples until the burst is read or makes no sense any more: most
   are over in a quarter of a second. Twelve a minute on a row, of 4 s at most: that is all
   that a siren costs.
3. Its samples are wiped when it is over, whatever became of it.
4. A message that is believed ends the other receptions of its row, which can only be of the same burst.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from firmware.signal.events import CallerId
from firmware.signal.fsk import Receiver
from firmware.signal.past import Past
from firmware.signal.reception import Reception
from firmware.signal.tone_power import whole_power
from firmware.signal.windows import FIRST, FREQUENCIES, HIGH, MARK, WINDOW, Heard, power_of

MARKS = (FREQUENCIES.index(MARK), FREQUENCIES.index(HIGH[0]))
MARK_SHARE = 0.7
"""Of a window's power (research: fast-detection, section 3)."""
MARK_LEAST = power_of(-48.0)
"""Bursts down to -36 dBm0 are to be read (research: signalling, section 4); the rest is margin."""
MARK_WINDOWS = 5
INTO_MARK = 2
"""Blocks of the first window that may be something else yet: three tenths of it, rounded up."""

IN_A_MINUTE, MINUTE = 12, 60
"""Receptions, seconds: as many as keys of 1209 Hz and a siren may begin before a burst is missed for them (our choice)."""

SEIZURE = 64
"""Blocks before the mark in which the burst may have begun: 315 bits (SIN 227), and a margin."""
CARRIER = 0.25
"""Of its mark's power, what every part of a burst has at least: 6 dB of twist are allowed (our choice)."""


class CallerIds:
    """Caller id receptions of rows of one rate."""

    def __init__(self, rate: int, past: Past) -> None:
        self._rate, self._past = rate, past
        self._receiver = Receiver(rate)
        self._open: dict[int, list[Reception]] = {}
        self._begun: dict[int, list[int]] = {}
        self.receiving: frozenset[int] = frozenset()
        """Rows on which a reception was open at any time of the last tick: a short one is over in the tick it began in."""

    def listen(self, heard: Heard) -> Iterator[tuple[int, CallerId]]:
        """What was read and believed in this tick."""
        for line, window in zip(*_marked(heard), strict=True) if len(heard.open) else ():
            self._begin(heard, int(line), int(window))
        self.receiving = frozenset(self._open)
        if self._open:
            for line, row in enumerate(heard.rows.tolist()):
                yield from ((row, each) for each in self._receive(heard, line, row))

    def forget(self, row: int) -> None:
        """The row begins anew."""
        self._keep(row, ())
        self._begun.pop(row, None)

    def _begin(self, heard: Heard, line: int, window: int) -> None:
        row, at = int(heard.rows[line]), heard.position(line, window + INTO_MARK)
        recent = [each for each in self._begun.get(row, []) if at - each < MINUTE * self._rate]
        if len(recent) < IN_A_MINUTE:
            began = at - self._carrier(row, at // heard.block) * heard.block
            self._open.setdefault(row, []).append(Reception(at, began, self._rate))
            self._begun[row] = [*recent, at]

    def _carrier(self, row: int, mark: int) -> int:
        """For how many blocks before its mark the burst had been on."""
        power = self._past.blocks(row, mark, mark + MARK_WINDOWS).mean()
        before = self._past.blocks(row, mark - SEIZURE, mark)
        weak = (before < CARRIER * power).nonzero()[0]
        return len(before) - 1 - int(weak[-1]) if len(weak) else len(before)

    def _receive(self, heard: Heard, line: int, row: int) -> Iterator[CallerId]:
        receptions = self._open.get(row, [])
        for each in receptions:
            each.take(heard.samples[line], heard.position(line, 0))
        told = [(each, each.told(self._receiver)) for each in receptions]
        until = 0
        for reception, caller_id in sorted(told, key=lambda each: each[0].decided):
            if caller_id and reception.at >= until:
                until = caller_id.until
                yield caller_id
        self._keep(row, [each for each in receptions if not each.over and each.at >= until])

    def _keep(self, row: int, kept: Sequence[Reception]) -> None:
        """Go on with these receptions of a row; the others leave nothing behind."""
        for each in self._open.pop(row, []):
            if each not in kept:
                each.wipe()
        if kept:
            self._open[row] = list(kept)


def _marked(heard: Heard) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Lines of the batch and windows at which there have just been five windows of mark, and no sixth."""
    first = FIRST - MARK_WINDOWS
    new = slice(first, heard.blocks - WINDOW + 1)
    energy = heard.energy[:, new]
    # Bell 202's mark 1.5 % below 1200 Hz shows a third of its power at 1209 Hz
    rough = np.maximum(*(heard.power[each, :, new] for each in MARKS)) > MARK_SHARE / 3 * energy
    places = rough.reshape(-1).nonzero()[0]
    back = MARK_WINDOWS - 1
    if not (places[back:] - places[:-back] == back).any():
        return places[:0], places[:0]
    line, window = rough.nonzero()
    fits = np.zeros_like(rough)
    for column in MARKS:
        whole = whole_power(heard, column, line, window + first)
        fits[line, window] |= whole > np.maximum(MARK_SHARE * energy[line, window], MARK_LEAST)
    reached = fits[:, MARK_WINDOWS:] & ~fits[:, :-MARK_WINDOWS]
    for before in range(1, MARK_WINDOWS):
        reached &= fits[:, MARK_WINDOWS - before : -before]
    line, window = reached.nonzero()
    return heard.open[line], window + first + 1
