"""How each line stands by the recorder's last word: what a lamp beside the telephone could show, and a level.

1. Of the recorder's note only what is named here goes on, each as a word of a fixed list, a whole number or a
   yes or no: nothing in it can carry sound, a telephone number or a digit, whatever the recorder writes.
2. A level is one number of whole decibels, as old as the note: it moves a meter and tells no word.
3. A word that is too old, or of another boot, says nothing of now: then nothing is told of the lines.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from firmware.call.events import CallClass, Reason
from firmware.call.lamp import Lamp
from firmware.clock import Stamp
from firmware.keeper.live import LINES
from firmware.keeper.spooled import read_file
from firmware.settings.model import Line, Settings
from firmware.vault.reading import MOST_WHOLE, Fields, UnreadableError, read_object

STALE_NS: Final = 5_000_000_000
"""The recorder writes each second; after five its word is old. Our choice."""

QUIETEST, LOUDEST = -90, 6
"""Decibels that a level is held between: beyond them a meter shows no more."""

UNKNOWN: Final[Fields] = Fields("lines", {})
LEVELS: Final = ("level_db", "floor_dbm0", "speech_dbm0", "hum_dbm0")
YES_OR_NO: Final = ("off_hook", "in_call", "undecided")


def last_word(run: Path, now: Stamp) -> tuple[Fields, int | None]:
    """The recorder's note and how old it is (ns); an empty one, and `None`, where there is none of this boot."""
    try:
        note = read_object(read_file(run / LINES), LINES)
        at = note.inner("at")
        if at.text("boot_id") != now.boot_id:
            return UNKNOWN, None
        return note, max(now.boottime_ns - at.whole("boottime_ns"), 0)
    except UnreadableError:
        return UNKNOWN, None


def lines(note: Fields, settings: Settings, now: Stamp) -> list[dict[str, object]]:
    """Every line of the settings, in their order."""
    told = _object(note.content.get("lines"))
    return [_line(each, _object(told.get(each.name)), now) for each in settings.lines]


def desks(note: Fields, settings: Settings) -> list[dict[str, object]]:
    """Every desk of the settings, and what its lamp shows: the loudest of its lines' lamps."""
    told = _object(note.content.get("desks"))
    return [
        {"name": each.name, "lines": list(each.lines), "lamp": _loudest(told.get(each.name))}
        for each in settings.desks
    ]


def _line(line: Line, told: Mapping[str, object], now: Stamp) -> dict[str, object]:
    return {
        "name": line.name,
        "department": line.department,
        "never_record": line.never_record,
        "lamp": _among(told.get("lamp"), Lamp.__members__),
        "reason": _among(told.get("reason"), {str(each): each for each in Reason}),
        "class": _among(told.get("class"), {str(each): each for each in CallClass}),
        **{name: told.get(name) is True if told else None for name in YES_OR_NO},
        **{name: _level(told.get(name)) for name in LEVELS},
        "off_hook_ns": _since(told, now) if told.get("off_hook") is True else None,
        "paused_ns": _whole(told.get("paused_ns")),
    }


def _since(told: Mapping[str, object], now: Stamp) -> int | None:
    since = _whole(told.get("since_ns"))
    return None if since is None else max(now.boottime_ns - since, 0)


def _loudest(lamps: object) -> str | None:
    shown = [each for each in lamps if isinstance(each, str)] if isinstance(lamps, list) else []
    known = [Lamp[each] for each in shown if each in Lamp.__members__]
    return max(known).name if known else None


def _among(value: object, words: Mapping[str, object]) -> str | None:
    return value if isinstance(value, str) and value in words else None


def _level(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(min(max(value, QUIETEST), LOUDEST))


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_WHOLE else None


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
