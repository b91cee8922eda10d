"""`callbox lines`: which card is which socket, how each line sounds now, and whether each phone is where it should be.

For the installer. It opens no card: it reads what the running recorder notes each second, and with
`--walk` writes down, once every phone was lifted, which card is plugged in where.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from firmware.cli import CONFIG
from firmware.clock import Clock, SystemClock
from firmware.faults import DeviceFault
from firmware.settings import read
from firmware.settings.model import Line, Settings
from firmware.shell.client import INSTALLED
from firmware.shell.tables import table

OLD_NS: Final = 5_000_000_000
"""A note is written each second; one older than this is of a recorder that is not there."""

TO_DBM0: Final = 6.15
"""From mean square of full scale to dBm0: a sine at full scale is -3.01 of the one and +3.14 of the other (ITU-T G.711)."""

CLEAR: Final = "\x1b[2J\x1b[H"
"""ECMA-48: erase the screen, go to its first column."""

HEADS: Final = ("line", "card", "now", "floor", "speech", "hum", "phone", "call", "faults")

Notes = Mapping[str, Any]

Look = Callable[[], Notes]
"""Reads the notes of now."""


def main(arguments: Sequence[str]) -> int:
    """Print the lines once, over and over, or walk from phone to phone."""
    given = _given(arguments)
    settings = read(given.config)
    look = partial(notes_of, notes_path(settings.storage.data), SystemClock())
    if given.walk:
        from firmware.cli.walk import walk  # noqa: PLC0415  nothing else asks for it

        return walk(settings, look, partial(time.sleep, 0.25))
    if given.json:
        print(json.dumps(list(rows_of(settings, look())), indent=1))
        return 0
    print(told(settings, look()))
    while given.watch:
        time.sleep(1)
        print(f"{CLEAR}{told(settings, look())}", flush=True)
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="callbox lines", description="How each line is wired and sounds.")
    parser.add_argument("--config", metavar="F", type=Path, default=CONFIG, help=f"settings file ({CONFIG})")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--watch", action="store_true", help="again each second, until Ctrl-C")
    how.add_argument("--walk", action="store_true", help="lift each phone once, and confirm where it is")
    how.add_argument("--json", action="store_true", help="a list of objects, levels in dBm0")
    return parser.parse_args(arguments)


def notes_path(data: Path) -> Path:
    """Where the recorder notes: in `$RUNTIME_DIRECTORY`, beside its data, or as installed."""
    run = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    beside = data / "run"
    return (Path(run) if run else beside if beside.exists() else Path(INSTALLED)) / "lines"


def notes_of(path: Path, clock: Clock) -> Notes:
    """What the recorder notes now; refuses what no running recorder wrote."""
    try:
        notes: Notes = json.loads(path.read_text())
        at, now = notes["at"], clock.stamp()
        fresh = at["boot_id"] == now.boot_id and now.boottime_ns - at["boottime_ns"] < OLD_NS
    except PermissionError:
        raise _silent(f"{path} may not be read by this account", "sudo callbox lines") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise _silent(f"the recorder is not running: it notes nothing at {path}", START) from None
    if not fresh:
        raise _silent(f"the recorder is not running: what it noted at {path} is old", START)
    return notes


START: Final = "sudo systemctl start callbox-recorder, or callbox run; then callbox lines again"


def _silent(what: str, hint: str) -> DeviceFault:
    return DeviceFault("device.recorder-silent", what, hint)


def told(settings: Settings, notes: Notes) -> str:
    """The lines as a table, and under it what is wrong with them."""
    rows = [_cells(row) for row in rows_of(settings, notes)]
    faults = [f"{each['message']} [{each['code']}]\n  hint: {each['hint']}" for each in notes["faults"]]
    return "\n".join([table(HEADS, rows), *([""] if faults else []), *faults])


def rows_of(settings: Settings, notes: Notes) -> Iterator[dict[str, Any]]:
    """Each recorded line: where it is, how it sounds, how it stands."""
    for line in settings.recorded_lines:
        now = notes["lines"].get(line.name, {})
        tap = settings.tap_of(line)
        yield {
            "line": line.name,
            "tap": tap.name,
            "card": tap.card,
            "channels": list(line.channels),
            "level_dbm0": None if "level_db" not in now else round(now["level_db"] + TO_DBM0, 1),
            **{key: now.get(key) for key in ("floor_dbm0", "speech_dbm0", "hum_dbm0")},
            "hook": _hook(line, now),
            "call": now.get("reason"),
            "faults": [each["code"] for each in notes["faults"] if f"line {line.name}" in each["message"]],
        }


def _hook(line: Line, now: Notes) -> str | None:
    """Lifted or on hook; None where no sensor says."""
    if line.hook is None or "off_hook" not in now:
        return None
    return "lifted" if now["off_hook"] else "on hook"


def _cells(row: Mapping[str, Any]) -> list[str]:
    channels = ",".join(str(each) for each in row["channels"])
    levels = [_level(row[f"{key}_dbm0"]) for key in ("level", "floor", "speech", "hum")]
    faults = ", ".join(row["faults"]) or "none"
    return [
        row["line"],
        f"{row['card']}:{channels}",
        *levels,
        row["hook"] or "no sensor",
        row["call"] or "none",
        faults,
    ]


def _level(dbm0: float | None) -> str:
    """A level, or a dash where it was not heard yet."""
    return "-" if dbm0 is None or dbm0 <= -95 else f"{dbm0:.0f}"
