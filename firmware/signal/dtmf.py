"""Keyed digits by the strict rules: somebody meant them.

Rules of this module:

1. A candidate is *strict* where it keeps within what telephones send, alone.
2. Strict candidates of one key make a *run* while the pauses between them are under 17 ms:
   a key may be broken for 10 ms, and two keys are 30 ms apart.
3. A run of four windows that lasts 27 ms, in one of which both tones stand far out, is a digit.
4. Where a run begins and ends inside its outermost windows is told by how far they are filled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from firmware.signal.candidates import KEYS, Candidates, Judge
from firmware.signal.events import Digit
from firmware.signal.windows import BLOCKS_A_SECOND, CONTEXT, LOW, WINDOW, Heard, power_of

LEAST_LEVEL = power_of(-41.0)
"""Accept 0 to -26 dBm0 a tone, refuse below -45 (ITU-T Q.24, as far as it concerns a tap)."""

LEAST_TWIST, MOST_TWIST = power_of(-11.0), power_of(8.0)
"""High tone over low: accept -8 to +6 dB, refuse +12 (Q.24, AT&T's column, and ETSI ES 201 235-3)."""

MOST_OFF = 0.024
"""Accept 1.5 %, refuse 3.5 % (Q.24)."""

LEAST_AHEAD = power_of(6.0)
LEAST_SHARE = 0.80
LEAST_BEST = power_of(10.0)
"""Our choice, by the speech that must not be taken for keys: in its best window every key is 11.8 dB ahead, even
at 10 dB of signal to noise; what speech brings by chance in nine hours was 8 dB ahead."""

LEAST_WINDOWS = 4
LEAST_LENGTH = 0.027 * BLOCKS_A_SECOND
"""In blocks. Accept 40 ms, refuse 23 ms (Q.24)."""

MOST_PAUSE = 0.017 * BLOCKS_A_SECOND
"""In blocks. Bridge 10 ms, keep apart 30 ms (Q.24)."""

MOST_STEP = 7
"""From one window of a run to the next: beyond it the pause is longer, however the two are filled."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """What was keyed in a tick: candidates of all lines of the batch, and the digits that proved to have ended."""

    candidates: Candidates
    digits: tuple[tuple[int, Digit], ...]
    """Each with its row."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Strict candidates of one key, in windows of the row's grid.

    Amplitudes are the low tone's: it is less off in hertz, so that it fills a window as it should.
    """

    key: int = field(repr=False)
    before: int
    """Two windows before its first, which is nearly full: this one is filled by half, which shows best where the key begins."""

    before_amplitude: float
    last: int
    last_amplitude: float
    top: float
    best: float
    """How far ahead its tones were in its best window."""

    windows: int = 1

    @property
    def begins(self) -> float:
        """In blocks."""
        return self.before + WINDOW * (1 - min(self.before_amplitude / self.top, 1))

    @property
    def ends(self) -> float:
        """In blocks."""
        return self.last + WINDOW * self.last_amplitude / self.top

    def counts(self) -> bool:
        """Whether it is a digit."""
        lasts = self.windows >= LEAST_WINDOWS and self.ends - self.begins >= LEAST_LENGTH
        return lasts and self.best >= LEAST_BEST

    def with_next(self, new: "_Run") -> "_Run | None":
        """With one more window in it; none if that is another key or comes too late."""
        top = max(self.top, new.top)
        pause = new.last + WINDOW * (1 - new.top / top) - self.last - WINDOW * self.last_amplitude / top
        if self.key != new.key or pause >= MOST_PAUSE:
            return None
        best, windows = max(self.best, new.best), self.windows + 1
        return _Run(
            self.key, self.before, self.before_amplitude, new.last, new.last_amplitude, top, best, windows
        )


class Dtmf:
    """Candidates and strict digits of rows of one rate, tick by tick."""

    def __init__(self, rate: int) -> None:
        self._judge = Judge(rate)
        self._runs: dict[int, _Run] = {}

    def listen(self, heard: Heard) -> Keyed:
        """What was keyed."""
        found = self._judge.candidates(heard)
        meant = _strict(found) if len(found) else ()
        digits = [*self._take(heard, found, meant), *self._close(heard)] if self._runs or len(meant) else []
        return Keyed(found, tuple(digits))

    def forget(self, row: int) -> None:
        """The row begins anew."""
        self._runs.pop(row, None)

    def _take(self, heard: Heard, found: Candidates, meant: Sequence[int]) -> Iterator[tuple[int, Digit]]:
        """Windows in their order; the digits that ended before one."""
        for row, new in _begun(heard, found, meant):
            run = self._runs.get(row)
            longer = run and run.with_next(new)
            if run and not longer:
                yield from _told(row, run, heard.block)
            self._runs[row] = longer or new

    def _close(self, heard: Heard) -> Iterator[tuple[int, Digit]]:
        """The digits of runs into which no further window can come."""
        ends = heard.at // heard.block + heard.blocks - CONTEXT - WINDOW
        for row, end in zip(heard.rows.tolist(), ends.tolist(), strict=True):
            run = self._runs.get(row)
            if run and end - run.last >= MOST_STEP:
                yield from _told(row, self._runs.pop(row), heard.block)


def _begun(heard: Heard, found: Candidates, meant: Sequence[int]) -> Iterator[tuple[int, _Run]]:
    """Runs of one window, each with its row."""
    if not meant:
        return
    line, key, last = (each[meant] for each in (found.line, found.key, found.window))
    block = last - heard.at[line] // heard.block + CONTEXT
    before = heard.power[key // len(LOW), np.searchsorted(heard.open, line), block - 2]
    columns = (heard.rows[line], key, last, before, found.low[meant], found.ahead[meant])
    for row, name, window, early, low, ahead in zip(*(each.tolist() for each in columns), strict=True):
        amplitude = low**0.5
        yield row, _Run(name, window - 2, early**0.5, window, amplitude, amplitude, ahead)


def _told(row: int, run: _Run, block: int) -> Iterator[tuple[int, Digit]]:
    if run.counts():
        yield row, Digit(round(run.begins * block), round(run.ends * block), KEYS[run.key])


def _strict(found: Candidates) -> list[int]:
    """Which of the candidates are what a telephone sends."""
    twist = found.high / found.low
    fits = (found.share >= LEAST_SHARE) & (found.ahead >= LEAST_AHEAD) & (found.off < MOST_OFF)
    fits &= (twist >= LEAST_TWIST) & (twist <= MOST_TWIST)
    fits &= np.minimum(found.low, found.high) >= LEAST_LEVEL
    places: list[int] = fits.nonzero()[0].tolist()
    return places
