"""How the catalogue's tables are made; sqlite-utils is imported here and only when they are.

Importing it costs 327 ms (DESIGN section 3), which no start of the keeper pays twice.
"""

import sqlite3

FORMAT = 1
"""The database's user_version; another one is rebuilt, never read."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty database."""
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
        },
        pk="id",
        not_null={"key", "call", "line", "department", "kind", "began_ns"},
        strict=True,
    )
    for columns in (["began_ns"], ["on_date"], ["line", "began_ns"], ["bucket", "began_ns"], ["key"]):
        database.table("recordings").create_index(columns)
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.commit()
