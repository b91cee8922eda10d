"""The coverage ledger: for every second of a line off the hook, what became of it and why.

1. It is append-only, one file a month; each row stands in the month of its London date, split at midnight.
2. A file of the spool enters a month whole, as one entry, or not at all; the same file never enters twice.
3. It names calls by opaque id and holds no number.
4. Once a line's day is shrunk, only its totals are left of it, and what comes later is added to them.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from firmware.ledger.account import Stretch, account
from firmware.ledger.entries import read_entries
from firmware.ledger.index import Key
from firmware.ledger.month import Month, merged
from firmware.ledger.row import Row, read_coverage
from firmware.ledger.totals import DayTotals, Whose
from firmware.vault import durable

__all__ = ["Ledger", "Row", "read_coverage"]

SUFFIX: Final = ".log"
WRITTEN: Final = 2
"""Months that are kept open for writing: the present one, and the one before around its end."""

UNTOLD: Final[Mapping[str, Whose]] = {}


class Ledger:
    """The open ledger; months are opened as they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._months: dict[str, Month] = {}
        self._writing: list[str] = []
        for half in folder.glob(f"*{durable.TEMPORARY}"):
            durable.remove(half)

    def take_in(self, name: str, rows: tuple[Row, ...], whose: Mapping[str, Whose] = UNTOLD) -> bool:
        """Enter a file's rows under its name; durable on return. False where they are there already.

        `whose` says what each line is at this time.
        """
        months: dict[str, list[Row]] = {}
        for row in rows:
            for on, piece in row.dates():
                months.setdefault(f"{on:%Y-%m}", []).append(piece)
        entered = [self._written(month).append(name, each, whose) for month, each in months.items()]
        return any(entered)

    def rows(self) -> Iterator[Row]:
        """Every row, month by month, in the order of entry."""
        for path in self._paths():
            for entry in read_entries(path):
                yield from entry.rows

    def stretches(self, line: str, on: date) -> list[Stretch]:
        """What became of a line's seconds on a London date, no second twice, in order of the wall clock."""
        found = [row for month in self._all() for row in month.rows((line, on))]
        return sorted(account(found), key=lambda each: each.began_ns)

    def totals(self) -> dict[Key, DayTotals]:
        """The totals of every line and London date, whether or not their rows are still there."""
        return merged([month.days() for month in self._all()])

    def shrunk(self, line: str, on: date) -> bool:
        """Whether totals stand in place of rows of this line and date."""
        days = (month.days().get((line, on)) for month in self._all())
        return any(day.shrunk for day in days if day is not None)

    def unshrunk(self) -> list[Key]:
        """Every line and London date of which there are rows, the oldest date first."""
        found = {key for month in self._all() for key, day in month.days().items() if not day.shrunk}
        return sorted(found, key=lambda key: (key[1], key[0]))

    def shrink(self, days: Collection[Key]) -> None:
        """Put totals in place of the rows of these lines and dates; durable on return, and twice is once."""
        wanted = frozenset(days)
        for month in self._all():
            month.shrink(wanted)

    def keep_indices(self) -> None:
        """Write down where every day lies, so that the next start need not read all."""
        for month in self._all():
            month.days()
            month.keep_index()

    def close(self) -> None:
        """Give the files back."""
        for month in self._months.values():
            month.close()
        self._months.clear()
        self._writing.clear()

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{SUFFIX}"))

    def _all(self) -> list[Month]:
        return [self._month(path.stem) for path in self._paths()]

    def _month(self, name: str) -> Month:
        if name not in self._months:
            self._months[name] = Month(self._folder / f"{name}{SUFFIX}")
        return self._months[name]

    def _written(self, name: str) -> Month:
        """The month, as one of the few that are open for writing."""
        if name not in self._writing:
            self._writing.append(name)
            if len(self._writing) > WRITTEN:
                self._month(self._writing.pop(0)).close()
        return self._month(name)
