"""Where the days of a month lie in its file, and their totals: kept beside it, and made anew where it does not fit.

1. The file is the ledger; this is derived from it. It fits where the last line it covers is still there.
2. What came after it is read, and only the days that this touched are added up again.
3. It holds totals and places, never a call or an instant: it tells no more than what shrinking leaves.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from firmware.ledger.entries import Entry, read_entries
from firmware.ledger.row import Row
from firmware.ledger.totals import DayTotals, Whose, read_totals, totals_of
from firmware.vault import durable
from firmware.vault.journal import HEX
from firmware.vault.reading import canonical

SUFFIX: Final = ".index"
FORMAT: Final = 1
Key = tuple[str, date]
"""A line and a London date."""


@dataclass(frozen=True, slots=True)
class Day:
    """A line's day: its entries lie from byte `first` to `stop`; `shrunk` where no row of it is left."""

    first: int
    stop: int
    totals: DayTotals
    shrunk: bool


@dataclass(frozen=True, slots=True)
class Index:
    """What is known of the first `size` bytes of a month file, whose last line has the hash `last`."""

    size: int
    last: str
    days: Mapping[Key, Day]


EMPTY: Final = Index(0, "", {})


def load(path: Path) -> Index:
    """The index beside a month file; an empty one where there is none that fits."""
    beside = path.with_suffix(SUFFIX)
    try:
        told = json.loads(beside.read_bytes())
        if told["format"] != FORMAT:
            return EMPTY
        index = Index(told["size"], told["last"], dict(map(_day, told["days"])))
    except (OSError, ValueError, KeyError, TypeError):
        return EMPTY
    return index if _fits(path, index) else EMPTY


def store(path: Path, index: Index) -> None:
    """Put the index beside its month file."""
    days = [
        {"first": day.first, "stop": day.stop, "shrunk": day.shrunk, "totals": day.totals.content()}
        for day in sorted(index.days.values(), key=_place)
    ]
    content = {"format": FORMAT, "size": index.size, "last": index.last, "days": days}
    durable.write(path.with_suffix(SUFFIX), canonical(content))


def brought_up(path: Path, index: Index) -> Index:
    """The index with all that the file holds by now (rule 2)."""
    touched: dict[Key, _Touched] = {}
    size = index.size
    for entry in read_entries(path, index.size):
        _gather(touched, entry)
        size = entry.stop
    if size == index.size:
        return index
    days = dict(index.days)
    for key, each in touched.items():
        days[key] = _day_of(path, key, index.days.get(key), each)
    return Index(size, _hash_before(path, size), days)


@dataclass(slots=True)
class _Touched:
    """What new entries say of one line and date."""

    first: int
    stop: int
    whose: Whose | None
    rows: list[Row]
    totals: list[DayTotals]


def _gather(touched: dict[Key, _Touched], entry: Entry) -> None:
    for key, row in entry.dated():
        each = touched.setdefault(key, _Touched(entry.first, entry.stop, None, [], []))
        each.rows.append(row)
        each.whose = entry.whose.get(row.line) or each.whose
        each.stop = entry.stop
    for told in entry.totals:
        each = touched.setdefault((told.line, told.on), _Touched(entry.first, entry.stop, None, [], []))
        each.totals.append(told)
        each.stop = entry.stop


def _day_of(path: Path, key: Key, before: Day | None, each: _Touched) -> Day:
    first = before.first if before else each.first
    rows: Iterable[Row] = each.rows
    if before is not None and each.rows:
        rows = rows_of(path, key, first, each.stop)
    whose = each.whose or (before.totals.whose if before else None)
    totals = before.totals if before is not None and not each.rows else totals_of(*key, whose, rows)
    for told in each.totals:
        totals = totals.plus(told)
    return Day(first, each.stop, totals, shrunk=not each.rows and (before is None or before.shrunk))


def rows_of(path: Path, key: Key, first: int, stop: int) -> list[Row]:
    """The rows of one line and date, as they were entered between two places."""
    entries = read_entries(path, first, stop, naming=key[0])
    return [row for entry in entries for found, row in entry.dated() if found == key]


def _place(day: Day) -> tuple[int, str, date]:
    return day.first, day.totals.line, day.totals.on


def _fits(path: Path, index: Index) -> bool:
    try:
        return path.stat().st_size >= index.size and _hash_before(path, index.size) == index.last
    except (OSError, ValueError):
        return False


def _hash_before(path: Path, size: int) -> str:
    """The hash of the line that ends at a place."""
    with path.open("rb") as file:
        at, tail = size, b""
        while at and b"\n" not in tail[:-1]:
            at = max(at - 4096, 0)
            file.seek(at)
            tail = file.read(size - at)
    if not tail.endswith(b"\n"):
        raise ValueError("no line ends here")
    return tail[:-1].rpartition(b"\n")[2][:HEX].decode()


def _day(told: Mapping[str, Any]) -> tuple[Key, Day]:
    totals = read_totals(told["totals"])
    return (totals.line, totals.on), Day(told["first"], told["stop"], totals, told["shrunk"])
