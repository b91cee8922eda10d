"""What the keeper may answer to `watch`, of any size, with names and texts as long and as hostile as they come.

The words are those of `firmware.keeper.watch_verbs`; tests/keeper compares them with what a real keeper answers.
"""

from datetime import datetime
from typing import Any, Final

from firmware.clock import LONDON

NOW: Final = round(datetime(2026, 3, 2, 14, 5, tzinfo=LONDON).timestamp()) * 10**9
WEIRD: Final = (
    "\x1b[2J\x1b]0;owned\x07C12",
    "a\nb\rc\td\x00",
    "\u202ereversed\u2066",
    "事件番号" * 30,
    "e\u0301" * 40,
    "\x9b31m",
    "[red]not markup[/red]",
    "\ud800",
    "x" * 500,
    "\U0001f3f3\ufe0f\u200d\U0001f308",
)
"""Texts that would move a cursor, ring, turn around, or take more room than they have."""

LAMPS: Final = (
    "RECORDING",
    "DARK",
    "PAUSED",
    "OPTED_OUT",
    "FAULT",
    "UNDECIDED",
    "REMIND",
    "REFUSED",
    "ARMED",
)
REASONS: Final = (
    "recorded",
    None,
    "paused",
    "opted out",
    "lost: no samples",
    "internal",
    "paused",
    None,
    "exempt",
)


def told(lines: int, recordings: int, holds: int, faults: int, *, alive: bool = True) -> dict[str, Any]:
    """An answer with so many of each."""
    return {
        "ok": True,
        "office": WEIRD[0],
        "today": "2026-03-02",
        "now_ns": NOW,
        "clock": {"state": "trusted", "doubt": None, "may_destroy": True},
        "recorder": {"alive": alive, "spoke_ns": NOW},
        "lines": [_line(number, alive=alive) for number in range(lines)],
        "desks": [
            {"name": f"desk-{number}", "lines": [_name(number)], "lamp": LAMPS[number % 9] if alive else None}
            for number in range(lines)
        ],
        "faults": [_fault(number) for number in range(faults)],
        "entries": 7,
        "day": {
            "on": "2026-03-02",
            "recordings": [_recording(number) for number in range(recordings)],
            "more": recordings >= 500,
        },
        "recordings": recordings,
        "holds": [_hold(number) for number in range(holds)],
        "recipients": [{"name": "office", "holder": "IT", "proved": True}],
        "disk": {"free": 20 * 10**9, "size": 30 * 10**9, "days_left": None},
        "purposes": ["complaint", "training"],
    }


def _name(number: int) -> str:
    return f"line-{number:02}" if number % 4 else f"line-{number:02} {'with-a-very-long-name' * 2}"


def _line(number: int, *, alive: bool) -> dict[str, Any]:
    lamp, reason = LAMPS[number % 9], REASONS[number % 9]
    off = reason is not None and alive
    return {
        "name": _name(number),
        "department": "repairs",
        "never_record": False,
        "lamp": lamp if alive else None,
        "reason": reason if alive else None,
        "class": "external" if off else None,
        "off_hook": off if alive else None,
        "in_call": off if alive else None,
        "undecided": False if alive else None,
        "level_db": -20 - number if alive else None,
        "floor_dbm0": -61 if alive else None,
        "speech_dbm0": -22 if alive else None,
        "hum_dbm0": -90 if alive else None,
        "off_hook_ns": number * 61 * 10**9 if off else None,
        "paused_ns": 14 * 10**9 if reason == "paused" and alive else None,
    }


def _recording(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:013}",
        "line": _name(number % 8),
        "department": "repairs",
        "kind": "cut" if number % 7 == 3 else "finished",
        "class": "external",
        "direction": ("in", "out", "unknown")[number % 3],
        "began_ns": NOW - number * 60 * 10**9,
        "clock": "untrusted" if number % 11 == 5 else "trusted",
        "due": None if number % 11 == 5 else "2026-04-01",
        "rate": 8000,
        "samples": 8000 * (60 + number),
        "withheld": 8000 * 7,
        "ended": "on hook",
        "strip": None
        if number % 13 == 12
        else [["recorded", 20], ["paused", 4], ["recorded", 23], [WEIRD[2], 1]],
        "holds": ["0000000000abc"] if number % 5 == 0 else [],
        "erasure_asked": number % 9 == 7,
    }


def _hold(number: int) -> dict[str, Any]:
    late = number % 3 == 0
    owed = {
        "what": "tell the person concerned",
        "by": "2026-02-20" if late else "2026-03-09",
        "overdue": late,
    }
    return {
        "id": f"hold{number:09}",
        "case": WEIRD[number % len(WEIRD)],
        "owner": WEIRD[(number + 3) % len(WEIRD)],
        "reason": WEIRD[(number + 5) % len(WEIRD)],
        "made": "2026-02-13",
        "review": "2026-05-14",
        "restricted": number % 2 == 1,
        "released": number % 4 == 3,
        "line": None,
        "recordings": number,
        "owed": []
        if number % 4 == 3
        else [owed, {"what": "confirm a copy", "by": "2026-03-20", "overdue": False}],
    }


def _fault(number: int) -> dict[str, Any]:
    keeper = number % 2 == 0
    return {
        "by": "keeper" if keeper else "recorder",
        "code": "vault.disk-filling" if keeper else "device.line-dead",
        "message": f"{WEIRD[number % len(WEIRD)]} is wrong",
        "hint": "callbox shell status, and more words than fit on one line of a small screen, so that they go on",
        "since_wall_ns": NOW - number * 3600 * 10**9 if keeper else None,
    }
