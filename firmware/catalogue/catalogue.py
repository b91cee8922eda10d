"""The catalogue: an index over the vault, and never the only place where anything is known.

1. Every row follows from a manifest, so the whole of it can be rebuilt from the vault.
2. A file that cannot be read, or of another format, is rebuilt and put in its place.
   Damage that is met later ends the process, and the file is gone by then.
3. The keeper is its only user: a rollback journal, synced at every commit, and
   deleted rows overwritten.
"""

import errno
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> "Catalogue | None":
        """The catalogue in this file; `None` where there is none that can be read."""
        if not path.exists():
            return None
        connection = sqlite3.connect(path)
        try:
            _prepare(connection)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"{FIND} LIMIT 1").fetchall()
        except sqlite3.DatabaseError:
            version = None
        if version == FORMAT:
            return cls(path, connection)
        connection.close()
        return None

    @classmethod
    def rebuild(cls, path: Path, rows: Iterable[Row]) -> "Catalogue":
        """A fresh catalogue of these rows, put in place of what was there."""
        building = path.with_name(path.name + durable.TEMPORARY)
        building.unlink(missing_ok=True)
        building.touch(mode=durable.OWNER)
        connection = _prepare(sqlite3.connect(building))
        create(connection)
        connection.executemany(PUT, (_values(row) for row in rows))
        connection.commit()
        connection.close()
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        durable.move(building, path)
        return cls(path, _prepare(sqlite3.connect(path)))

    def put(self, row: Row) -> None:
        """Enter or replace a recording; durable on return. A disk that refuses is an `OSError`."""
        self._ask(PUT, *_values(row))

    def get(self, recording: str) -> Row | None:
        """The row of a recording."""
        return next((Row(*each) for each in self._ask(f"{FIND} WHERE id = ?", recording)), None)

    def find(self, wanted: Wanted) -> list[Row]:
        """Recordings that match, the newest first."""
        asked = {"line": wanted.line, "on_date": wanted.on, "bucket": wanted.bucket}
        given = {name: value for name, value in asked.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given) or "1"
        query = f"{FIND} WHERE {where} ORDER BY began_ns DESC, id LIMIT ?"
        return [Row(*each) for each in self._ask(query, *given.values(), wanted.limit)]

    def count(self) -> int:
        """How many recordings there are."""
        return int(self._ask("SELECT count(*) FROM recordings")[0][0])

    def count_under(self, key_id: str) -> int:
        """How many recordings are locked to one key."""
        return int(self._ask("SELECT count(*) FROM recordings WHERE key = ?", key_id)[0][0])

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _ask(self, query: str, *values: object) -> list[Any]:
        """Everything a statement gives, in a transaction of its own (rule 2)."""
        try:
            with self._connection:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, f"catalogue: {error}") from error
        except sqlite3.DatabaseError:
            self._path.unlink(missing_ok=True)
            raise


def _prepare(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Rule 3."""
    for pragma in ("journal_mode = DELETE", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _values(row: Row) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in COLUMNS)
