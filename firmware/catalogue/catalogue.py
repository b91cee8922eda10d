"""The catalogue: an index over the vault, and never the only place where anything is known.

1. Every row follows from a manifest, a hold or a certificate, so the whole of it can be rebuilt.
2. A file that cannot be read, of another format, or older than vault and log, is rebuilt and put in its place.
   Damage that is met later ends the process, and the file is gone by then.
3. The keeper is its only user: a rollback journal, synced at every commit, and
   deleted rows overwritten.
4. A tombstone says that a recording was destroyed, by which certificate, and nothing else of it.
"""

import errno
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.catalogue import statements as sql
from firmware.catalogue.known import Known, Tombstone
from firmware.catalogue.row import COLUMNS, Row
from firmware.catalogue.schema import FORMAT, indices, tables
from firmware.catalogue.sought import Sought
from firmware.vault import durable

MOST = 10_000
"""Rows in one answer: our choice, a screenful many times over."""

LONGEST_NS = 86_400_000_000_000
"""No recording is longer: one is 2 h at most (DESIGN section 4), with room to spare."""

BUILDING_KIB = 65_536
"""Memory for pages while a catalogue is rebuilt, our choice: a million names arrive in no order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: any field that is not `None` must match. `on` is a London date, ISO 8601."""

    line: str | None = None
    on: str | None = None
    bucket: int | None = None
    department: str | None = None
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
            connection.execute(f"{sql.FIND} LIMIT 1").fetchall()
        except sqlite3.DatabaseError:
            version = None
        if version == FORMAT:
            return cls(path, connection)
        connection.close()
        return None

    @classmethod
    def rebuild(cls, path: Path, known: Known) -> "Catalogue":
        """A fresh catalogue of what is known, put in place of what was there."""
        building = path.with_name(path.name + durable.TEMPORARY)
        building.unlink(missing_ok=True)
        building.touch(mode=durable.OWNER)
        with closing(_prepare(sqlite3.connect(building))) as connection:
            _fill(connection, known)
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        durable.move(building, path)
        return cls(path, _prepare(sqlite3.connect(path)))

    def put(self, row: Row) -> None:
        """Enter or replace a recording; durable on return. A disk that refuses is an `OSError`."""
        self._ask(sql.PUT, *_values(row))

    def get(self, recording: str) -> Row | None:
        """The row of a recording."""
        return next((Row(*each) for each in self._ask(f"{sql.FIND} WHERE id = ?", recording)), None)

    def find(self, wanted: Wanted) -> list[Row]:
        """Recordings that match, the newest first.

        The index of the first field is used, which the fewest share; the plus keeps SQLite from that of another
        (sqlite.org/optoverview.html, section 9): a line has a hundred times more than a day.
        """
        asked = {"on_date": wanted.on, "bucket": wanted.bucket, "line": wanted.line}
        asked |= {"department": wanted.department}
        given = {name: value for name, value in asked.items() if value is not None}
        where = " AND +".join(f"{name} = ?" for name in given) or "1"
        query = f"{sql.FIND} WHERE {where} ORDER BY began_ns DESC, id LIMIT ?"
        return [Row(*each) for each in self._ask(query, *given.values(), wanted.limit)]

    def seek(self, sought: Sought) -> list[str]:
        """The names of recordings that match, the newest first."""
        query, values = sought.statement()
        return [each for (each,) in self._ask(query, *values)]

    def tag(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Enter pairs of tag and recording; durable on return, all of them or none."""
        with self._asking() as connection:
            connection.executemany(sql.TAG, pairs)

    def tagged(self, tag: str, limit: int = MOST) -> list[Row]:
        """The recordings that have a tag, the newest first."""
        return [Row(*each) for each in self._ask(sql.TAGGED, tag, limit)]

    def newest_tag(self) -> tuple[str, str] | None:
        """Tag and recording of what was entered last."""
        return next(iter(self._ask(sql.NEWEST_TAG)), None)

    def untag(self, tag: str, recording: str) -> None:
        """Take back one that was entered; durable on return."""
        self._ask("DELETE FROM tags WHERE tag = ? AND recording = ?", tag, recording)

    def heard(self, line: str, start_ns: int, stop_ns: int) -> list[Row]:
        """Recordings of a line that were heard between two instants of the wall clock, at least in part."""
        query = (
            f"{sql.FIND} WHERE line = ? AND began_ns >= ? AND began_ns < ? "
            "AND began_ns + samples * 1000000000 / rate > ? ORDER BY began_ns"
        )
        near = self._ask(query, line, start_ns - LONGEST_NS, stop_ns, start_ns)
        return [Row(*each) for each in near]

    def groups(self, after: str) -> list[tuple[str, str, str]]:
        """Department, date and due day of all that falls due after a day, each once.

        The index is leapt through from group to group, never read row by row: it is asked every ten minutes.
        """
        return self._ask(sql.GROUPS, after)

    def of_group(self, department: str, on: str, due: str) -> list[Row]:
        """The recordings of one group that no hold keeps."""
        query = f"{sql.FIND} WHERE due = ? AND department = ? AND on_date = ? AND {sql.FREE}"
        return [Row(*each) for each in self._ask(query, due, department, on)]

    def count_group(self, department: str, on: str, due: str) -> tuple[int, int]:
        """How many recordings a group has, and how many of them a hold keeps."""
        held = "EXISTS (SELECT 1 FROM held WHERE held.recording = recordings.id)"
        query = (
            f"SELECT count(*), total({held}) FROM recordings WHERE due = ? AND department = ? AND on_date = ?"  # noqa: S608  constants
        )
        count, kept = self._ask(query, due, department, on)[0]
        return int(count), int(kept)

    def undated(self) -> list[Row]:
        """The recordings that have no due day."""
        return [Row(*each) for each in self._ask(f"{sql.FIND} WHERE due IS NULL ORDER BY began_ns")]

    def fits(self, newest: str | None, keys: Iterable[str]) -> bool:
        """Whether it knows the recording that was taken in last, and no key but these: an older copy does not."""
        if newest is not None and self.get(newest) is None and self.tombstone(newest) is None:
            return False
        return {key for (key,) in self._ask("SELECT DISTINCT key FROM recordings")} <= set(keys)

    def count(self) -> int:
        """How many recordings there are."""
        return int(self._ask("SELECT count(*) FROM recordings")[0][0])

    def oldest_ns(self) -> int | None:
        """The wall time at which the oldest recording was begun, `None` where there is none."""
        found = self._ask("SELECT min(began_ns) FROM recordings")[0][0]
        return None if found is None else int(found)

    def count_undated(self) -> int:
        """How many recordings have no due day."""
        return int(self._ask("SELECT count(*) FROM recordings WHERE due IS NULL")[0][0])

    def bytes_since(self, began_ns: int) -> int:
        """Bytes of the bodies of what began after an instant."""
        return int(
            self._ask("SELECT coalesce(sum(body_size), 0) FROM recordings WHERE began_ns > ?", began_ns)[0][0]
        )

    def bytes_due(self, first: str, last: str) -> list[tuple[str, int]]:
        """For each due day from one to another, the bytes of the bodies that no hold keeps beyond it."""
        query = f"SELECT due, sum(body_size) FROM recordings WHERE due BETWEEN ? AND ? AND {sql.FREE} GROUP BY due"  # noqa: S608  our own words
        return self._ask(query, first, last)

    def holds_of(self, recording: str) -> list[str]:
        """The holds that keep a recording alive."""
        found = self._ask("SELECT hold FROM held WHERE recording = ? ORDER BY hold", recording)
        return [hold for (hold,) in found]

    def held_by(self, hold: str) -> list[str]:
        """The recordings that a hold keeps alive."""
        return [each for (each,) in self._ask("SELECT recording FROM held WHERE hold = ? ORDER BY 1", hold)]

    def hold(self, hold: str, recordings: Iterable[str]) -> None:
        """Mirror the locks that a hold added; durable on return, all of them or none."""
        self.change(sql.HELD, ((hold, each) for each in recordings))

    def release(self, hold: str) -> None:
        """Forget a hold whose key is destroyed; durable on return."""
        self._ask("DELETE FROM held WHERE hold = ?", hold)

    def bury(self, tombstones: Iterable[Tombstone]) -> None:
        """Put tombstones in the place of recordings; durable on return, all of them or none."""
        buried = list(tombstones)
        with self._asking() as connection:
            connection.executemany(
                sql.BURY, ((each.id, each.certificate, each.destroyed_ns) for each in buried)
            )
            for statement in sql.FORGET:
                connection.executemany(statement, ((each.id,) for each in buried))

    def tombstone(self, recording: str) -> Tombstone | None:
        """The tombstone of a recording that was destroyed."""
        query = "SELECT id, certificate, destroyed_ns FROM tombstones WHERE id = ?"
        return next((Tombstone(*each) for each in self._ask(query, recording)), None)

    def move_keys(self, moved: Iterable[tuple[str, str]]) -> None:
        """Note the key with which each recording is locked now: pairs of key id and recording."""
        self.change("UPDATE recordings SET key = ? WHERE id = ?", moved)

    def known(self) -> tuple[Sequence[object], ...]:
        """All of it, in order: equal for two catalogues that know the same."""
        return tuple(self._ask(query) for query in sql.ALL)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def change(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        """A statement of this package for each of these values; durable on return, all of them or none."""
        with self._asking() as connection:
            connection.executemany(statement, values)

    def _ask(self, query: str, *values: object) -> list[Any]:
        """Everything a statement gives, in a transaction of its own (rule 2)."""
        with self._asking() as connection:
            return connection.execute(query, values).fetchall()

    asked = _ask  # for the other modules of this package

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        """One transaction (rule 2)."""
        try:
            with self._connection:
                yield self._connection
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, f"catalogue: {error}") from error
        except sqlite3.DatabaseError:
            self._path.unlink(missing_ok=True)
            raise


def _fill(connection: sqlite3.Connection, known: Known) -> None:
    connection.execute(f"PRAGMA cache_size = -{BUILDING_KIB}")
    tables(connection)
    connection.executemany(sql.PUT, (_values(row) for row in known.rows))
    connection.executemany(sql.HELD, known.held)
    connection.executemany(sql.TAG, known.tags)
    connection.execute(sql.STRAY_TAGS)
    connection.executemany(sql.ANEW, ((to, *under) for under, to in known.anew.items()))
    connection.executemany(sql.NOTED, ((to, *under) for under, to in known.noted.items()))
    buried = ((each.id, each.certificate, each.destroyed_ns) for each in known.tombstones)
    connection.executemany(sql.BURY, buried)
    indices(connection)
    connection.commit()


def _prepare(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Rule 3."""
    for pragma in ("journal_mode = DELETE", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _values(row: Row) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in COLUMNS)
