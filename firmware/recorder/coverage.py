"""Coverage facts: what became of every second off the hook, handed to the keeper in whole files.

Rows of one line that follow one another with the same reason are one row. A file
appears in the spool by rename, synced, and is never written again; its name is
opaque, so that taking it twice is taking it once. Where the disk refuses it, the rows
wait, the fault is shown, and it is tried again.

Between writing and renaming a file the notes are told of it: a recorder killed anywhere
leaves rows that are in the spool and in the notes, or in neither. So no second is
accounted for twice.
"""

import json
import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firmware.clock import Stamp
from firmware.faults import VaultFault
from firmware.sealing.facts import stamp_json
from firmware.sealing.making import fresh_id

FLUSH_NS = 10_000_000_000
"""Rows wait at most this long in memory; a restart accounts for the rest (DESIGN section 2)."""

QUIET_NS = 1_000_000_000
"""Rows go at once when a line had no other for this long: its call is over."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line over one stretch of time: what became of it, and what was said of it before, if it changed."""

    line: str
    call: str | None
    reason: str
    began: Stamp
    duration_ns: int
    instead: str | None = None

    @property
    def ends_ns(self) -> int:
        """Where the stretch ends, on the boot clock."""
        return self.began.boottime_ns + self.duration_ns

    def as_json(self) -> dict[str, Any]:
        """The row as it stands in a coverage file."""
        row: dict[str, Any] = {
            "line": self.line,
            "call": self.call,
            "reason": self.reason,
            "began": stamp_json(self.began),
            "duration_ns": self.duration_ns,
        }
        return row if self.instead is None else row | {"instead": self.instead}


class Coverage:
    """Gathers rows and hands them on."""

    def __init__(self, spool: Path, handing: Collection[str] = ()) -> None:
        """`handing` are the files that the last recorder's notes knew of: they go on, all other half ones go."""
        self._spool = spool
        self._rows: list[Row] = []
        self._open: dict[str, Row] = {}
        self._since: int | None = None
        self._newest: dict[str, int] = {}
        self.fault: VaultFault | None = None
        """What keeps rows from being handed on."""
        self.handing: tuple[str, ...] = ()
        """The files written last, for the notes: they may be in the spool already."""
        self.accounted: dict[str, int] = {}
        """For each line, up to where (boot clock, ns) rows are written."""
        self._written: list[str] = []
        for half in spool.glob("coverage-*.part"):
            if half.stem in handing:
                half.rename(half.with_suffix(".json"))
            else:
                half.unlink(missing_ok=True)

    def add(self, row: Row, now_ns: int) -> None:
        """Take a row in, joined to the one before where it goes on from it."""
        self._since = now_ns if self._since is None else self._since
        self._newest[row.line] = now_ns
        before = self._open.get(row.line)
        if row.instead is not None:
            self._rows.append(row)
        elif before is not None and _goes_on(before, row):
            self._open[row.line] = replace(before, duration_ns=row.ends_ns - before.began.boottime_ns)
        else:
            if before is not None:
                self._rows.append(before)
            self._open[row.line] = row

    def flush(self, now_ns: int, *, at_once: bool = False) -> None:
        """Write what waits, if it has waited long enough, a line's call is over, or it must go at once."""
        if self._since is None:
            return
        waited, quiet = now_ns - self._since, now_ns - min(self._newest.values())
        if not (at_once or waited >= FLUSH_NS or quiet >= QUIET_NS):
            return
        rows = [*self._rows, *self._open.values()]
        name = f"coverage-{fresh_id()}"
        self.fault = _write(self._spool, name, rows)
        if self.fault is not None:
            self._since = now_ns
            self._newest = dict.fromkeys(self._newest, now_ns)
            return
        for row in rows:
            self.accounted[row.line] = max(row.ends_ns, self.accounted.get(row.line, 0))
        self._written.append(name)
        self.handing = tuple(self._written)
        self._rows.clear()
        self._open.clear()
        self._newest.clear()
        self._since = None

    def hand_on(self) -> None:
        """Let the keeper see what was written; to be called once the notes tell of it."""
        while self._written:
            try:
                (self._spool / f"{self._written[0]}.part").rename(self._spool / f"{self._written[0]}.json")
            except OSError as error:
                self.fault = _refused(error)
                return
            self._written.pop(0)


def _goes_on(before: Row, row: Row) -> bool:
    same = (before.call, before.reason) == (row.call, row.reason)
    return same and abs(row.began.boottime_ns - before.ends_ns) < 1_000_000


def _write(spool: Path, name: str, rows: list[Row]) -> VaultFault | None:
    """One file of rows; nothing of it stays where the disk refuses it."""
    text = json.dumps({"format": 1, "rows": [row.as_json() for row in rows]})
    fresh = spool / f"{name}.part"
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        fresh.unlink(missing_ok=True)
        return _refused(error)
    return None


def _refused(error: OSError) -> VaultFault:
    message = f"coverage facts cannot be handed on: {error.strerror}"
    return VaultFault("vault.spool-unwritable", message, "df -h, then dmesg")
