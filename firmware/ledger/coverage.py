"""The coverage ledger: for every second of a line off the hook, what became of it and why.

1. It is append-only, one file a month; the month is that of the first row of each file handed on, in London.
2. A file of the spool enters whole, as one entry, or not at all; the same file never enters twice.
3. It names calls by opaque id and holds no number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware.clock import Stamp, london_date
from firmware.faults import VaultFault
from firmware.sealing.facts import stamp_json
from firmware.vault.facts import read_stamp
from firmware.vault.journal import DamagedJournalError, Journal
from firmware.vault.reading import Fields, canonical, read_object

SUFFIX = ".log"


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch of time on one line; `duration_ns` in nanoseconds, `reason` in a word or two.

    `instead` is what an earlier row said of the same time, where this one puts it right.
    """

    line: str
    call: str | None
    reason: str
    began: Stamp
    duration_ns: int
    instead: str | None = None

    def content(self) -> dict[str, object]:
        """As it is written."""
        row: dict[str, object] = {
            "line": self.line,
            "call": self.call,
            "reason": self.reason,
            "began": stamp_json(self.began),
            "duration_ns": self.duration_ns,
        }
        return row if self.instead is None else row | {"instead": self.instead}


def read_coverage(content: bytes, where: str) -> tuple[Row, ...]:
    """The rows of a coverage file, format 1; refuses all else as `UnreadableError`."""
    fields = read_object(content, where)
    fields.require_format(1)
    return tuple(map(_row, fields.each("rows")))


class Ledger:
    """The open ledger; months are opened as they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._months: dict[str, _Month] = {}

    def take_in(self, name: str, rows: tuple[Row, ...]) -> bool:
        """Enter a file's rows under its name; durable on return. False where they are there already."""
        if not rows:
            return False
        month = self._month(f"{london_date(rows[0].began.wall_ns):%Y-%m}")
        if name in month.names:
            return False
        written = {"format": 1, "from": name, "rows": [row.content() for row in rows]}
        month.journal.append(canonical(written))
        month.names.add(name)
        return True

    def rows(self) -> Iterator[Row]:
        """Every row, month by month."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            for entry in self._month(path.stem).journal:
                yield from map(_row, read_object(entry, path.name).each("rows"))

    def close(self) -> None:
        """Give the files back."""
        for month in self._months.values():
            month.journal.close()
        self._months.clear()

    def _month(self, name: str) -> "_Month":
        if name not in self._months:
            self._months[name] = _open_month(self._folder / f"{name}{SUFFIX}")
        return self._months[name]


@dataclass(frozen=True, slots=True)
class _Month:
    """One month's file and the names of the spool files that are in it."""

    journal: Journal
    names: set[str]


def _open_month(path: Path) -> _Month:
    names: set[str] = set()
    try:
        journal = Journal(path, lambda entry: names.add(read_object(entry, path.name).text("from")))
    except DamagedJournalError as error:
        raise VaultFault(
            "vault.ledger-damaged",
            f"the coverage ledger is damaged: {error}",
            "keep the file, put a copy from before in its place, and tell the controller",
        ) from error
    return _Month(journal, names)


def _row(fields: Fields) -> Row:
    return Row(
        fields.text("line"),
        fields.maybe_text("call"),
        fields.text("reason"),
        read_stamp(fields.inner("began")),
        fields.whole("duration_ns"),
        fields.text("instead") if "instead" in fields.content else None,
    )
