"""Strokes: candidates of one key close behind each other, and how much like a keyed digit they are.

Rules of this module:

1. Candidates of one key with no more than 30 ms missing between them are one stroke: speech over a key
   hides its beginning, its end or its middle, and what shows of it belongs together.
2. A stroke is told once nothing can belong to it any more, or after one second, so that a key held down is
   told in time: what follows is a stroke of its own.
3. A stroke is what it is whatever the ticks it was heard in.
4. Which key it was is never told, and forgotten with the row's next stroke.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from firmware.signal.candidates import Candidates
from firmware.signal.windows import CONTEXT, WINDOW, Heard, power_of


class Grade(IntEnum):
    """How much like a keyed digit a stroke is; each has what those below it have."""

    NONE = 0
    """What speech brings all the time."""
    WEAK = 1
    """Two windows in a row, 0.30 of the energy in both tones: nothing by itself."""
    HIT = 2
    """Three windows of 0.50, one of them 0.65: a key under speech; or speech alone, dozens of times an hour."""
    STRONG = 3
    """Four windows of 0.65: speech alone does it a few times an hour."""
    SURE = 4
    """Four windows of what a telephone sends, alone: speech does it once in many hours."""


HIT_SHARE, STRONG_SHARE, SURE_SHARE = 0.50, 0.65, 0.80
SURE_AHEAD = power_of(6.0)
SURE_OFF = 0.024
"""Our choice, measured: docs/keyed.md says what it costs in speech and lets through in keys."""

MISSING = 6
"""Windows that may be missing in a stroke: 30 ms."""

LONGEST = 200
"""Windows: one second."""

_HIT = re.compile("[23][123]{2}|[123][23][123]|[123]{2}[23]")
_GRADES = (
    (Grade.SURE, re.compile("3{4}")),
    (Grade.STRONG, re.compile("[23]{4}")),
    (Grade.HIT, _HIT),
    (Grade.WEAK, re.compile("[0123]{2}")),
)
"""What must be found among the figures of a stroke, best first."""

_PAUSE = re.compile(r"\.{4,}")
"""Between two presses of one key: 30 ms (ITU-T Q.24), of which windows see 20."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke, from the start of its first window to the end of its last, in positions."""

    at: int
    until: int
    closed: int
    """From here on it is known."""
    grade: Grade
    keys: int
    """How often a key was pressed, as far as can be told."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Windows of one key: a figure for each, a point where one is missing."""

    key: int = field(repr=False)
    first: int
    figures: str
    held: bool = False
    """Whether its key was told already and is still down."""

    @property
    def end(self) -> int:
        """The window that would follow."""
        return self.first + len(self.figures)

    @property
    def may_be_one(self) -> bool:
        """Whether it is long enough for any stroke."""
        return len(self.figures) > 1

    def joined(self, later: "_Run") -> "_Run | None":
        """With what follows it; nothing if that is something else."""
        missing = later.first - self.end
        if self.key != later.key or not 0 <= missing <= MISSING:
            return None
        return _Run(self.key, self.first, self.figures + "." * missing + later.figures, self.held)

    def cut(self, windows: int) -> "tuple[_Run, _Run]":
        """Its first windows and the rest, the key still down."""
        rest = self.figures[windows:].lstrip(".")
        return (
            _Run(self.key, self.first, self.figures[:windows].rstrip("."), self.held),
            _Run(self.key, self.end - len(rest), rest, held=self.figures[windows] != "."),
        )


class Strokes:
    """The strokes of rows of one rate, tick by tick."""

    def __init__(self, block: int) -> None:
        self._block = block
        self._open: dict[int, _Run] = {}

    def listen(self, heard: Heard, found: Candidates) -> Iterator[tuple[int, Stroke]]:
        """The strokes that are known now, each with its row, a row's in order."""
        for row, run in _runs(heard, found):
            waiting = self._open.pop(row, None)
            joined = waiting and waiting.joined(run)
            if waiting and not joined and waiting.may_be_one:
                yield from self._close(row, waiting, run.first)
            now = self._open[row] = joined or run
            if len(now.figures) > LONGEST:
                yield from self._cut(row, now)
        if self._open:
            yield from self._close_all(heard)

    def _cut(self, row: int, run: _Run) -> Iterator[tuple[int, Stroke]]:
        """What is a second long is told; the rest waits for what may follow."""
        while len(run.figures) > LONGEST:
            told, run = run.cut(LONGEST)
            yield from self._close(row, told, run.first)
        self._open[row] = run

    def _close_all(self, heard: Heard) -> Iterator[tuple[int, Stroke]]:
        """The strokes of rows just heard to which nothing can belong any more."""
        windows = heard.at // heard.block + heard.blocks - CONTEXT - WINDOW
        for row, newest in zip(heard.rows.tolist(), windows.tolist(), strict=True):
            run = self._open.get(row)
            if run and newest >= run.end + MISSING:
                del self._open[row]
                if run.may_be_one:
                    yield from self._close(row, run, run.end + MISSING)

    def _close(self, row: int, run: _Run, told_by: int) -> Iterator[tuple[int, Stroke]]:
        """The stroke that a run was, if it was one, known with one window or without it."""
        grade = _grade(run.figures)
        if grade is not Grade.NONE:
            keys = _presses(run.figures) - run.held if grade >= Grade.HIT else 0
            block, end = self._block, run.end
            closed = (min(told_by, end + MISSING) + WINDOW) * block
            yield row, Stroke(run.first * block, (end - 1 + WINDOW) * block, closed, grade, max(0, keys))


def _grade(figures: str) -> Grade:
    """What windows behind each other make of a stroke."""
    return next((grade for grade, sign in _GRADES if sign.search(figures)), Grade.NONE)


def _presses(figures: str) -> int:
    """How often its key was pressed."""
    return sum(_HIT.search(each) is not None for each in _PAUSE.split(figures))


def _runs(heard: Heard, found: Candidates) -> Iterator[tuple[int, _Run]]:
    """Candidates that follow each other without a window missing, with their rows."""
    if not len(found):
        return
    rows, figures = heard.rows.tolist(), _figures(found)
    places = list(zip(found.line.tolist(), found.key.tolist(), found.window.tolist(), strict=True))
    start = 0
    for end, (line, key, window) in enumerate(places, 1):
        if end == len(places) or places[end] != (line, key, window + 1):
            yield rows[line], _Run(key, window - (end - 1 - start), figures[start:end])
            start = end


def _figures(found: Candidates) -> str:
    """A figure for each candidate: of how much its window is enough."""
    share = found.share
    telephone = (share >= SURE_SHARE) & (found.ahead >= SURE_AHEAD) & (found.off < SURE_OFF)
    figure = (share >= HIT_SHARE).astype(np.uint8) + (share >= STRONG_SHARE) + telephone
    return (figure + np.uint8(ord("0"))).tobytes().decode("ascii")
