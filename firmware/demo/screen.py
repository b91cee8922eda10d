"""What the demo shows while the calls go on: lines with levels, lamps, and what is kept and withheld.

On a terminal it is drawn in place; without one, only what happens is printed.
Marks differ by shape, so that nothing depends on colour.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

WIDTH = 60
METER = 16
FLOOR_DB = -60.0

MARKS = {
    "recorded": "█",
    "paused": "░",
    "late cut": "░",
    "opted out": "x",
    "not answered": "·",
    "card entry": "░",
    "keyed digits": "░",
    None: " ",
}
OTHER = "?"

LAMPS = {
    "DARK": "○ dark: idle, nothing is recorded",
    "UNDECIDED": "◌ slow blink: undecided, in memory only",
    "RECORDING": "● steady: recording",
    "PAUSED": "■ square: PAUSED, nothing is recorded",
    "REMIND": "■ square and buzzer: still paused",
    "OPTED_OUT": "▣ double blink: opted out",
    "ARMED": "▤ blink: the next call begins paused",
    "REFUSED": "! refused",
    "FAULT": "! alternating: fault",
}


class Screen:
    """The terminal view; `seconds` is the demo's whole length on its own clock."""

    def __init__(self, lines: Sequence[str], seconds: float, out: TextIO = sys.stdout) -> None:
        self._lines = lines
        self._seconds = seconds
        self._out = out
        self._live = out.isatty()
        self._strips = {name: [" "] * WIDTH for name in lines}
        self._drawn = 0

    def event(self, at: float, words: str) -> None:
        """Something happened: it stays on the screen above the view."""
        self._clear()
        self._out.write(f"  {int(at) // 60}:{int(at) % 60:02d}  {words}\n")
        self._out.flush()

    def draw(self, at: float, notes: dict[str, Any] | None) -> None:
        """How the lines stand at a second of the demo."""
        if notes is None:
            return
        column = min(WIDTH - 1, int(at / self._seconds * WIDTH))
        for name in self._lines:
            self._strips[name][column] = MARKS.get(notes["lines"][name]["reason"], OTHER)
        if self._live:
            self._clear()
            self._put([*self._rows(notes), "", "  █ kept   ░ withheld   · dialling: never kept"])

    def _rows(self, notes: dict[str, Any]) -> list[str]:
        rows = [""]
        for name in self._lines:
            line = notes["lines"][name]
            meter = _meter(line["level_db"])
            rows.append(f"  {name:8} {meter} {LAMPS[line['lamp']]}")
            rows.append(f"           {''.join(self._strips[name])}")
        return rows

    def _put(self, rows: Sequence[str]) -> None:
        self._out.write("\n".join(rows) + "\n")
        self._out.flush()
        self._drawn = len(rows)

    def _clear(self) -> None:
        if self._drawn:
            self._out.write(f"\x1b[{self._drawn}A\x1b[J")
            self._drawn = 0

    def close(self) -> None:
        """Leave the last picture; without a terminal, print what was kept and withheld."""
        if not self._live:
            self._put([f"  {name:8} {''.join(self._strips[name])}" for name in self._lines])
        self._drawn = 0


def _meter(level_db: float) -> str:
    filled = round(min(max((level_db - FLOOR_DB) / -FLOOR_DB, 0.0), 1.0) * METER)
    return f"[{'=' * filled}{' ' * (METER - filled)}]"


def read_notes(path: Path) -> dict[str, Any] | None:
    """The recorder's notes, if there are any yet."""
    try:
        notes: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return notes
