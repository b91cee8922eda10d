"""Strokes: candidates of one key that follow each other, and how much like a keyed digit they are.

Rules of this module:

1. A stroke is two or more candidates of one key in a row, without a window missing.
2. It is told once it is over, which is when the next window is heard; or after one second,
   so that a key held down is told in time: what follows is a stroke of its own.
3. A stroke is what it is whatever the ticks it was heard in.
4. Which key it was is never told, and forgotten with the row's next stroke.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from firmware.signal.candidates import Candidates
from firmware.signal.windows import CONTEXT, WINDOW, Heard, power_of


class Grade(IntEnum):
    """How much like a keyed digit a stroke is; each has what those below it have."""

    WEAK = 0
    """Two windows, 0.30 of the energy in both tones: nothing by itself."""
    HIT = 1
    """Three windows of 0.40: what a key under speech leaves; speech alone does it 250 times an hour."""
    STRONG = 2
    """Four windows of 0.50."""
    SURE = 3
    """Four windows of what a telephone sends, alone: speech does it once in many hours."""


HIT_SHARE, STRONG_SHARE, SURE_SHARE = 0.40, 0.50, 0.80
SURE_AHEAD = power_of(6.0)
SURE_OFF = 0.024
"""Our choice, measured: research, fast-detection, sections 3 and 6."""

LONGEST = 200
"""Windows: one second."""

BRIDGED = 3
"""Windows missing between two strokes of one key, up to which it was one press of it: 15 ms; a pause has 30 (ITU-T Q.24)."""

_GRADES = (
    (Grade.SURE, re.compile("3{4}")),
    (Grade.STRONG, re.compile("[23]{4}")),
    (Grade.HIT, re.compile("[123]{3}")),
)
"""What must be found among the windows of a stroke, each a figure: the highest grade that it alone would allow."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke, from the start of its first window to the end of its last, in positions."""

    at: int
    until: int
    closed: int
    """From here on it is known."""
    grade: Grade
    fresh: bool
    """Whether a key was pressed, and not one told before still down."""

    @property
    def keys(self) -> int:
        """How many keys to count for it."""
        return int(self.fresh and self.grade >= Grade.HIT)


@dataclass(frozen=True, slots=True)
class _Run:
    """Windows that follow each other, `figures` one each."""

    key: int = field(repr=False)
    first: int
    figures: str

    @property
    def end(self) -> int:
        """The window that would follow."""
        return self.first + len(self.figures)

    def joined(self, later: "_Run") -> "_Run | None":
        """With what follows it at once; nothing if that is something else."""
        if self.key != later.key or self.end != later.first:
            return None
        return _Run(self.key, self.first, self.figures + later.figures)


class Strokes:
    """The strokes of rows of one rate, tick by tick."""

    def __init__(self, block: int) -> None:
        self._block = block
        self._open: dict[int, _Run] = {}
        self._told: dict[int, _Run] = {}

    def listen(self, heard: Heard, found: Candidates) -> Iterator[tuple[int, Stroke]]:
        """The strokes that are known now, each with its row, a row's in order."""
        if not len(found) and not self._open:
            return
        newest = heard.at // heard.block + heard.blocks - CONTEXT - WINDOW
        for row, run in _runs(heard, found, newest):
            waiting = self._open.pop(row, None)
            joined = waiting and waiting.joined(run)
            if waiting and not joined:
                yield from self._close(row, waiting)
            yield from self._keep(row, joined or run)
        yield from self._close_all(dict(zip(heard.rows.tolist(), newest.tolist(), strict=True)))

    def forget(self, row: int) -> None:
        """Begin anew: a stroke that was not over is told with what comes next."""
        self._told.pop(row, None)

    def _keep(self, row: int, run: _Run) -> Iterator[tuple[int, Stroke]]:
        """Wait for what may follow; what is a second long is told."""
        while len(run.figures) >= LONGEST:
            yield from self._close(row, _Run(run.key, run.first, run.figures[:LONGEST]))
            run = _Run(run.key, run.first + LONGEST, run.figures[LONGEST:])
        if run.figures:
            self._open[row] = run

    def _close_all(self, newest: dict[int, int]) -> Iterator[tuple[int, Stroke]]:
        """The strokes of rows just heard, into which no window can come."""
        for row, run in list(self._open.items()):
            if newest.get(row, run.end - 1) >= run.end:
                del self._open[row]
                yield from self._close(row, run)

    def _close(self, row: int, run: _Run) -> Iterator[tuple[int, Stroke]]:
        """The stroke that a run was, if it was one."""
        if len(run.figures) < 2:
            return
        grade = _grade(run.figures)
        before = self._told.get(row)
        again = before is not None and before.key == run.key and 0 <= run.first - before.end <= BRIDGED
        if grade >= Grade.HIT:
            self._told[row] = run
        block = self._block
        ends = (run.end - 1 + WINDOW) * block
        yield row, Stroke(run.first * block, ends, ends + block, grade, not again)


def _grade(figures: str) -> Grade:
    return next((grade for grade, sign in _GRADES if sign.search(figures)), Grade.WEAK)


def _runs(heard: Heard, found: Candidates, newest: NDArray[np.int64]) -> Iterator[tuple[int, _Run]]:
    """Candidates that follow each other, but for those that stand alone and will."""
    if not len(found):
        return
    line, window, key = found.line, found.window, found.key
    follows = (line[1:] == line[:-1]) & (key[1:] == key[:-1]) & (window[1:] == window[:-1] + 1)
    starts = np.concatenate(([0], (~follows).nonzero()[0] + 1))
    ends = np.concatenate((starts[1:], [len(found)]))
    new = heard.blocks - CONTEXT
    last = newest[line[starts]]
    kept = (ends - starts > 1) | (window[starts] == last - new + 1) | (window[ends - 1] == last)
    figures = _figures(found)
    for start, end in zip(starts[kept].tolist(), ends[kept].tolist(), strict=True):
        run = _Run(int(key[start]), int(window[start]), figures[start:end])
        yield int(heard.rows[line[start]]), run


def _figures(found: Candidates) -> str:
    """A figure for each candidate: what its window has of rule 1 of the grades."""
    share = found.share
    telephone = (share >= SURE_SHARE) & (found.ahead >= SURE_AHEAD) & (found.off < SURE_OFF)
    figure = (share >= HIT_SHARE).astype(np.uint8) + (share >= STRONG_SHARE) + telephone
    return (figure + np.uint8(ord("0"))).tobytes().decode("ascii")
