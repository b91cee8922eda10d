"""`list`: the recordings there are, the newest first, as wide as the terminal and no wider.

1. Where nothing is found a sentence says so, and where to ask why.
2. A column that finds no room is left out, and it is said which; the name, the begin and the length never are.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from firmware.shell import tables
from firmware.shell.calling import as_called
from firmware.shell.client import Client
from firmware.shell.words import Words, refused
from firmware.showing import counted

SHOWN: Final = 100
"""Rows for a person who does not ask for a number; our choice: some screens, and not a year."""

COLUMNS: Final = ("recording", "began", "length", "line", "marks", "due", "withheld", "way", "department")
"""The most wanted first: what finds no room is left out from the end."""

NEVER_LEFT_OUT: Final = 3


def list_recordings(client: Client, words: Words) -> None:
    """`list`."""
    if "ref" in words.options:
        from firmware.shell.finding import by_reference  # noqa: PLC0415  rarely asked

        words.allow("ref", "json")
        by_reference(client, words, words.options["ref"])
        return
    words.allow("line", "department", "on", "limit", "json")
    limit = words.options.get("limit")
    if len(words.names) != 1 or (limit is not None and (not limit.isdecimal() or int(limit) == 0)):
        raise refused("`list` takes --limit with a number from 1 on, and no name")
    asked = {name: words.options.get(name) for name in ("line", "department", "on")}
    if "json" in words.flags:
        content = client.ask("list", limit=int(limit) if limit else None, **asked).content
        print(json.dumps(content["recordings"], indent=2, ensure_ascii=False))
        return
    shown = int(limit) if limit else SHOWN
    content = client.ask("list", limit=shown + 1, **asked).content
    print(_told(content, words, shown))


def _told(content: Mapping[str, Any], words: Words, shown: int) -> str:
    found = content["recordings"]
    if not found:
        return _nothing(words, content["on"])
    table, left_out = fitted(found[:shown], width())
    more = (
        f"These are the newest {shown}; --on DAY, --line L or --limit N show others."
        if len(found) > shown
        else ""
    )
    narrow = f"No room for: {', '.join(left_out)}; a wider window or --json has all." if left_out else ""
    notes = " ".join(filter(None, (more, narrow)))
    return f"{table}\n\n{notes}" if notes else table


def _nothing(words: Words, on: str | None) -> str:
    """Rule 1: why there is none is known for every second of every line, but not here."""
    line = words.options.get("line")
    which = "".join(
        f" {word} {name}"
        for word, name in (("of line", line), ("of", words.options.get("department")), ("from", on))
        if name
    )
    day = f" --on {on}" if on else ""
    why = as_called(f"callbox shell ledger {line or 'LINE'}{day}")
    return f"No recording{which} is kept. Why there is none: {why}"


def width() -> int | None:
    """Columns of the terminal, `None` where there is none: a pipe takes any width."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None


def recordings(found: Sequence[Mapping[str, Any]]) -> str:
    """The table of these, as wide as the terminal."""
    return fitted(found, width())[0]


def fitted(found: Sequence[Mapping[str, Any]], room: int | None) -> tuple[str, Sequence[str]]:
    """The table that finds room, and the columns that do not (rule 2)."""
    rows = [_row(each) for each in found]
    for count in range(len(COLUMNS), NEVER_LEFT_OUT - 1, -1):
        table = tables.table(COLUMNS[:count], [row[:count] for row in rows])
        if room is None or count == NEVER_LEFT_OUT or max(map(len, table.splitlines())) <= room:
            return table, COLUMNS[count:]
    return "", COLUMNS


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    began = tables.minute(row["began_ns"])
    return (
        row["id"],
        f"{began}?" if row["clock"] == "untrusted" else began,
        tables.length(row["samples"], row["rate"]),
        row["line"],
        _marks(row) or "-",
        row["due"] or "undated",
        tables.length(row["withheld"], row["rate"]) if row["withheld"] else "-",
        row["direction"],
        row["department"],
    )


def _marks(row: Mapping[str, Any]) -> str:
    """What is not as usual with it."""
    gaps = counted(row["gaps"], "gap") if row["gaps"] else ""
    held = "restricted" if row["restricted"] else "held" if row["holds"] else ""
    erasure = "erasure asked" if row.get("erasure_asked") else ""
    return ", ".join(filter(None, ("cut" if row["kind"] == "cut" else "", gaps, held, erasure)))
