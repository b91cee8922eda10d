"""The catalogue: an index over the vault, and never the only place where anything is known.

1. Every row follows from a manifest, so the whole of it can be rebuilt from the vault.
2. A file that cannot be read, or of another format, is rebuilt and put in its place.
3. The keeper is its only user: a rollback journal, synced at every commit, and
   deleted rows overwritten.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware.catalogue.row import COLUMNS, Row
from firmware.catalogue.schema import FORMAT, create
from firmware.vault import durable

MOST = 10_000
"""Rows in one answer: our choice, a screenful many times over."""

PUT = f"INSERT OR REPLACE INTO recordings ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608  our own names
FIND = f"SELECT {', '.join(COLUMNS)} FROM recordings"  # noqa: S608  our own names


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: any field that is not `None` must match. `on` is a London date, ISO 8601."""

    line: str | None = None
    on: str | None = None
    bucket: int | None = None
    limit: int = MOST


class Catalogue:
    """One open catalogue."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> "Catalogue | None":
        """The catalogue in this file; `None` where there is none that can be read."""
        if not path.exists():
            return None
        connection = _connect(path)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"{FIND} LIMIT 1").fetchall()
        except sqlite3.DatabaseError:
            version = None
        if version == FORMAT:
            return cls(connection)
        connection.close()
        return None

    @classmethod
    def rebuild(cls, path: Path, rows: Iterable[Row]) -> "Catalogue":
        """A fresh catalogue of these rows, put in place of what was there."""
        building = path.with_name(path.name + durable.TEMPORARY)
        building.unlink(missing_ok=True)
        building.touch(mode=durable.OWNER)
        connection = _connect(building)
        create(connection)
        connection.executemany(PUT, (_values(row) for row in rows))
        connection.commit()
        connection.close()
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        durable.move(building, path)
        return cls(_connect(path))

    def put(self, row: Row) -> None:
        """Enter or replace a recording; durable on return."""
        self._connection.execute(PUT, _values(row))
        self._connection.commit()

    def get(self, recording: str) -> Row | None:
        """The row of a recording."""
        found = self._connection.execute(f"{FIND} WHERE id = ?", (recording,)).fetchone()
        return Row(*found) if found else None

    def find(self, wanted: Wanted) -> list[Row]:
        """Recordings that match, the newest first."""
        asked = {"line": wanted.line, "on_date": wanted.on, "bucket": wanted.bucket}
        given = {name: value for name, value in asked.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given) or "1"
        query = f"{FIND} WHERE {where} ORDER BY began_ns DESC, id LIMIT ?"
        return [Row(*each) for each in self._connection.execute(query, (*given.values(), wanted.limit))]

    def count(self) -> int:
        """How many recordings there are."""
        (number,) = self._connection.execute("SELECT count(*) FROM recordings").fetchone()
        return int(number)

    def count_under(self, key_id: str) -> int:
        """How many recordings are locked to one key."""
        query = "SELECT count(*) FROM recordings WHERE key = ?"
        (number,) = self._connection.execute(query, (key_id,)).fetchone()
        return int(number)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    for pragma in ("journal_mode = DELETE", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _values(row: Row) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in COLUMNS)
