"""The days that go by, a column each, drawn in place on a terminal and printed once without one."""

import sys
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TextIO

PASSED, KEY, DUE = "·", "k", "D"
LEGEND = f"{PASSED} a day   {KEY} old live keys destroyed   {DUE} recordings destroyed"


class Strip:
    """A column for each day from the first to the last; later days are put into the last column."""

    def __init__(self, first: date, last: date, out: TextIO = sys.stdout) -> None:
        self._first = first
        self._marks = [" "] * ((last - first) // timedelta(days=1) + 1)
        self._out = out
        self._live = out.isatty()
        self._drawn = False

    def passed(self, today: date) -> None:
        """Every day up to this one has gone by."""
        for column in range(self._column(today) + 1):
            self._marks[column] = self._marks[column].strip() or PASSED
        if self._live:
            self._draw(f"{today.day} {today:%B}")

    def mark(self, on: date, sign: str) -> None:
        """Something happened on a day; a destruction is never hidden by a key's."""
        if self._marks[self._column(on)] != DUE:
            self._marks[self._column(on)] = sign

    def say(self, on: date, words: str) -> None:
        """Something happened that stays on the screen above the strip."""
        self._clear()
        self._out.write(f"  {on.day:>2} {on:%b}  {words}\n")
        self._out.flush()

    def close(self) -> None:
        """Leave the last picture."""
        self._draw("")
        self._out.write(f"          {LEGEND}\n")

    def _column(self, on: date) -> int:
        return min(max((on - self._first).days, 0), len(self._marks) - 1)

    def _draw(self, today: str) -> None:
        self._clear()
        self._out.write(f"          [{''.join(self._marks)}] {today}\n")
        self._out.flush()
        self._drawn = self._live

    def _clear(self) -> None:
        if self._drawn:
            self._out.write("\x1b[1A\x1b[J")
            self._drawn = False


def indented(text: str, by: int = 4) -> Iterable[str]:
    """The lines of a command's answer, as they stand below it."""
    return (" " * by + line for line in text.splitlines())
