"""The entries of a month file: rows that came in under a name, and totals that stand in place of rows.

1. Format 2: `from` (the spool file, `null` where none), `whose` (what each line was), `rows`, `totals`.
   Format 1 has `from` and `rows` alone and is read too; all else is refused.
2. Every line is checked before it is believed. A last line that is not whole was never acknowledged and does
   not count; any other is damage, and nothing is told then.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from firmware.clock import ClockState, Stamp
from firmware.faults import VaultFault
from firmware.ledger.row import Row
from firmware.ledger.totals import DayTotals, Whose, read_totals, read_whose, whose_json
from firmware.vault.journal import HEX, leaf_hash
from firmware.vault.reading import canonical

FORMAT: Final = 2
KNOWN: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `first` and `stop` are where its line lies in the file, in bytes."""

    name: str | None
    whose: Mapping[str, Whose | None]
    rows: tuple[Row, ...]
    totals: tuple[DayTotals, ...]
    first: int = 0
    stop: int = 0

    def dated(self) -> Iterator[tuple[tuple[str, date], Row]]:
        """Each row, by line and London date."""
        return (((row.line, on), piece) for row in self.rows for on, piece in row.dates())


def written(
    name: str | None,
    whose: Mapping[str, Whose | None],
    rows: Iterable[Row] = (),
    totals: Iterable[DayTotals] = (),
) -> bytes:
    """An entry as it stands in the file, in the present format."""
    kept = tuple(rows)
    lines = {row.line for row in kept}
    return canonical(
        {
            "format": FORMAT,
            "from": name,
            "whose": {line: whose_json(each) for line, each in whose.items() if line in lines},
            "rows": [row.content() for row in kept],
            "totals": [each.content() for each in totals],
        }
    )


def checked_line(entry: bytes) -> bytes:
    """The line that an entry is in a journal."""
    return leaf_hash(entry).hex().encode() + b" " + entry + b"\n"


def read_entries(path: Path, first: int = 0, stop: int | None = None, naming: str = "") -> Iterator[Entry]:
    """The entries between two places of the file; with `naming`, only those that name this line."""
    wanted = f'"line":"{naming}"'.encode() if naming else b""
    for at, line in _lines(path, first, stop):
        if wanted in line:
            yield _entry(path.name, line, at)


def _lines(path: Path, first: int, stop: int | None) -> Iterator[tuple[int, bytes]]:
    """Whole lines and where they begin (rule 2)."""
    bad: int | None = None
    with path.open("rb") as file:
        file.seek(first)
        at = first
        for line in file:
            if bad is not None:
                raise damaged(f"{path.name}, byte {bad}")
            if stop is not None and at >= stop:
                return
            if line[-1:] == b"\n" and line == checked_line(line[HEX + 1 : -1]):
                yield at, line
            else:
                bad = at
            at += len(line)


def _entry(where: str, line: bytes, at: int) -> Entry:
    told: dict[str, Any] = json.loads(line[HEX + 1 : -1])
    if told.get("format") not in KNOWN:
        raise damaged(f"{where}, byte {at}: format {told.get('format')} is not known here")
    return Entry(
        told["from"],
        {name: read_whose(each) for name, each in told.get("whose", {}).items()},
        tuple(map(_row, told["rows"])),
        tuple(map(read_totals, told.get("totals", ()))),
        at,
        at + len(line),
    )


def _row(told: dict[str, Any]) -> Row:
    """A row that was read strictly before it was written, and whose line was checked."""
    began = told["began"]
    state = ClockState(began["state"])
    stamp = Stamp(began["wall_ns"], began["boottime_ns"], began["boot_id"], state)
    return Row(told["line"], told["call"], told["reason"], stamp, told["duration_ns"], told.get("instead"))


def damaged(where: str) -> VaultFault:
    """The fault of a month that was changed where nothing changes."""
    return VaultFault(
        "vault.ledger-damaged",
        f"the coverage ledger is damaged: {where}",
        "keep the file, put a copy from before in its place, and tell the controller",
    )
