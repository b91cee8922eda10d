"""One month's file of the ledger: what comes in under a name once, and days whose rows give way to their totals.

1. A name enters once, whatever became of the rows that came with it: the name stays when they go.
2. Rows of a day that was shrunk are added to its totals in the entry that brings their name.
3. Shrinking writes a new file beside the old one, syncs it and renames it: a day has its rows or its totals,
   never both and never neither. Twice is once.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from firmware.ledger import index as indices
from firmware.ledger.entries import Entry, checked_line, damaged, read_entries, written
from firmware.ledger.index import EMPTY, Day, Index, Key
from firmware.ledger.row import Row
from firmware.ledger.totals import DayTotals, Whose, totals_of
from firmware.vault import durable
from firmware.vault.journal import HEX, DamagedJournalError, Journal
from firmware.vault.reading import read_object

WORTH_KEEPING: Final = 1 << 18
"""Bytes read anew that make an index worth writing: our choice, some milliseconds of reading."""


class Month:
    """One month's file, which need not be there; it is opened for writing when something comes in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: tuple[Journal, set[str]] | None = None
        self._index: Index | None = None
        self._stored = 0

    def append(self, name: str, rows: Collection[Row], whose: Mapping[str, Whose | None]) -> bool:
        """Enter rows of this month under a name; durable on return. False where the name is there already."""
        journal, names = self._opened()
        if name in names:
            return False
        shrunk = {key for key, day in self._last_known().days.items() if day.shrunk}
        kept, late = _apart(rows, shrunk)
        totals = [totals_of(*key, whose.get(key[0]), each) for key, each in late.items()]
        journal.append(written(name, whose, kept, totals))
        names.add(name)
        return True

    def days(self) -> Mapping[Key, Day]:
        """Every line and date of the file, up to date."""
        if not self.path.exists():
            return {}
        before = self._last_known()
        self._index = indices.brought_up(self.path, before)
        if self._index.size - self._stored > WORTH_KEEPING:
            self.keep_index()
        return self._index.days

    def keep_index(self) -> None:
        """Write the index beside the file, so that the next start reads only what comes after."""
        if self._index is not None and self._index.size != self._stored:
            indices.store(self.path, self._index)
            self._stored = self._index.size

    def rows(self, key: Key) -> list[Row]:
        """The rows of a line and date, in the order of entry; none once it was shrunk."""
        day = self.days().get(key)
        return [] if day is None or day.shrunk else indices.rows_of(self.path, key, day.first, day.stop)

    def shrink(self, keys: Collection[Key]) -> None:
        """Put totals in place of the rows of these lines and dates (rule 3)."""
        gone = {key: day for key, day in self.days().items() if key in keys and not day.shrunk}
        if not gone:
            return
        content, index = _rewritten(self.path, self._last_known(), gone)
        self.close()
        self._index, self._stored = None, 0
        durable.remove(self.path.with_suffix(indices.SUFFIX))
        durable.write(self.path, content)
        self._index = index
        self.keep_index()

    def close(self) -> None:
        """Give the file back."""
        if self._open is not None:
            self._open[0].close()
        self._open = None

    def _last_known(self) -> Index:
        """The index as it was last: a day that is shrunk stays so."""
        if self._index is None:
            self._index = indices.load(self.path)
            self._stored = self._index.size
            if self._index == EMPTY and self.path.exists():
                self._index = indices.brought_up(self.path, EMPTY)
        return self._index

    def _opened(self) -> tuple[Journal, set[str]]:
        if self._open is None:
            names: set[str] = set()
            try:
                journal = Journal(self.path, lambda entry: _note_name(names, entry))
            except DamagedJournalError as error:
                raise damaged(str(error)) from error
            self._open = journal, names
        return self._open


def _note_name(names: set[str], entry: bytes) -> None:
    """The name in an entry; looked for without reading all of it, for a month has a hundred thousand."""
    _, named, rest = entry.partition(b'"from":"')
    name = rest.partition(b'"')[0]
    if b"\\" in name:
        names.add(read_object(entry, "entry").text("from"))
    elif named:
        names.add(name.decode())


def _apart(rows: Collection[Row], shrunk: set[Key]) -> tuple[list[Row], dict[Key, list[Row]]]:
    """Rows that enter as they are, and those of days that have only totals, by day."""
    kept: list[Row] = []
    late: dict[Key, list[Row]] = {}
    for row in rows:
        for on, piece in row.dates():
            key = row.line, on
            (late.setdefault(key, []) if key in shrunk else kept).append(piece)
    return kept, late


def _rewritten(path: Path, index: Index, gone: Mapping[Key, Day]) -> tuple[bytes, Index]:
    """The file without the rows of these days and with their totals at its end; and its index."""
    whole = path.read_bytes()[: index.size]
    first, stop = min(day.first for day in gone.values()), max(day.stop for day in gone.values())
    olds, news, lines = [first], [first], [whole[:first]]
    for entry in read_entries(path, first, stop):
        told = _tells_of(entry, gone)
        lines.append(checked_line(_without(entry, gone)) if told else whole[entry.first : entry.stop])
        olds.append(entry.stop)
        news.append(news[-1] + len(lines[-1]))
    last = checked_line(written(None, {}, totals=[day.totals for day in gone.values()]))
    content = b"".join([*lines, whole[stop:], last])

    def moved(place: int) -> int:
        found = max(bisect_right(olds, place) - 1, 0)
        return place + news[found] - olds[found]

    days = {key: _moved(day, moved) for key, day in index.days.items() if key not in gone}
    totals = {
        key: replace(day, first=len(content) - len(last), stop=len(content), shrunk=True)
        for key, day in gone.items()
    }
    return content, Index(len(content), last[:HEX].decode(), days | totals)


def _moved(day: Day, moved: Callable[[int], int]) -> Day:
    return replace(day, first=moved(day.first), stop=moved(day.stop))


def _tells_of(entry: Entry, gone: Mapping[Key, Day]) -> bool:
    return any(key in gone for key, _ in entry.dated())


def _without(entry: Entry, gone: Mapping[Key, Day]) -> bytes:
    kept = [row for key, row in entry.dated() if key not in gone]
    return written(entry.name, entry.whose, kept, entry.totals)


def merged(months: Collection[Mapping[Key, Day]]) -> dict[Key, DayTotals]:
    """The totals of all months together."""
    found: dict[Key, DayTotals] = {}
    for days in months:
        for key, day in days.items():
            found[key] = found[key].plus(day.totals) if key in found else day.totals
    return found
