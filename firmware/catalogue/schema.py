"""How the catalogue's tables are made; sqlite-utils is imported here and only when they are.

Importing it costs 327 ms (DESIGN section 3), which no start of the keeper pays twice.
"""

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

FORMAT = 5
"""The database's user_version; another one is rebuilt, never read."""

INDICES = (
    ("began_ns",),
    ("on_date", "began_ns"),
    ("line", "began_ns"),
    ("bucket", "began_ns"),
    ("due", "department", "on_date"),
    ("settings", "sealed_to", "anew_to", "noted_to", "key", "id"),
)
"""Of the recordings: what is found by, what disposal asks for every ten minutes, and what is to be sealed anew."""


def create(connection: sqlite3.Connection) -> None:
    """Make tables and indices of an empty database."""
    tables(connection)
    indices(connection)


def tables(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty database, without the indices: a million rows come in faster so."""
    from sqlite_utils import Database  # noqa: PLC0415  the promise above

    database = Database(connection)
    text, number = str, int
    database.table("recordings").create(
        {
            "id": text,
            "key": text,
            "call": text,
            "line": text,
            "department": text,
            "kind": text,
            "class_": text,
            "direction": text,
            "began_ns": number,
            "clock": text,
            "on_date": text,
            "due": text,
            "rate": number,
            "sides": number,
            "samples": number,
            "withheld": number,
            "gaps": number,
            "ended": text,
            "continues": text,
            "bucket": number,
            "body_size": number,
            "live": number,
            "settings": text,
            "sealed_to": text,
            "anew_to": text,
            "noted_to": text,
        },
        pk="id",
        not_null={"key", "call", "line", "department", "kind", "began_ns"},
        strict=True,
    )
    _mirrors(database)


def indices(connection: sqlite3.Connection) -> None:
    """Make the indices of what is in the tables, and declare the database whole."""
    from sqlite_utils import Database  # noqa: PLC0415  the promise above

    database = Database(connection)
    for columns in INDICES:
        database.table("recordings").create_index(columns)
    for mirror in ("held", "tags"):
        database.table(mirror).create_index(["recording"])
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.commit()


def _mirrors(database: "Database") -> None:
    """What the catalogue mirrors of holds, of references as tags, and of what was destroyed."""
    held = {"hold": str, "recording": str}
    database.table("held").create(held, pk=("hold", "recording"), not_null=set(held), strict=True)
    tag = {"tag": str, "recording": str}
    database.table("tags").create(tag, pk=("tag", "recording"), not_null=set(tag), strict=True)
    tombstone = {"id": str, "certificate": str, "destroyed_ns": int}
    database.table("tombstones").create(tombstone, pk="id", not_null=set(tombstone) - {"id"}, strict=True)
