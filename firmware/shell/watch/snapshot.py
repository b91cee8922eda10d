"""One look as text: all that the screen shows, whole, for a pipe, a log or a terminal that has no screen."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from firmware.shell.calling import as_called
from firmware.shell.watch.cells import safe
from firmware.shell.watch.heading import ROWS, heading
from firmware.shell.watch.rows import TABLES

PIPE: Final = 120
"""Columns where there is no terminal; our choice."""

LEAST: Final = 80
"""Columns below which nothing is laid out; a narrower terminal wraps."""

AGE: Final = 9
"""Columns of a fault's age, with the margin."""

LIVE: Final = "Levels, never sound: live listening does not exist."


def snapshot(told: Mapping[str, Any], columns: int) -> str:
    """The whole of it, row by row; each fault with its next step."""
    cells = max(columns, LEAST)
    parts = [row.text.rstrip() for row in heading(told, cells)]
    for name, table in TABLES.items():
        made = table(told, cells - 2)
        rows = [f"  {row.text}".rstrip() for row in made.rows]
        parts += ["", safe(made.title), *(_with_hints(rows, told["faults"]) if name == "faults" else rows)]
    return "\n".join([*[part for part in parts[:ROWS] if part], *parts[ROWS:], "", LIVE])


def _with_hints(rows: list[str], faults: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each fault whole, with its next step under it."""
    if not faults:
        return rows
    return [
        line
        for row, each in zip(rows, faults, strict=True)
        for line in (
            f"{row[:AGE]} {safe(each['message'])} [{each['code']}]",
            f"{' ' * AGE} next: {safe(as_called(each['hint']))}",
        )
    ]
