"""The run directory's `lines`: how every line stands, for the keeper, the screen and the next start.

It is replaced whole at each change, each second, and before any lamp changes, so that a restart
finds every promise that a lamp has made (DESIGN section 2, rule). It lies in memory
(tmpfs) and is not synced: a power cut ends every call, and what comes after it
is withheld in doubt.
"""

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firmware.call.desk import Arming
from firmware.call.events import CallClass
from firmware.call.rules import Note
from firmware.sealing.facts import Gap

FORMAT = 1


@dataclass(frozen=True, slots=True)
class LineState:
    """What the last recorder wrote of a line; it was last off hook from `since_ns` to `until_ns` (0: it is).

    `earlier` are stretches off the hook before that one, of which not all is accounted for.
    """

    note: Note
    call: str | None
    reason: str | None
    off_hook: bool
    since_ns: int
    until_ns: int
    accounted_ns: int
    earlier: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """What the last recorder wrote: when (boot clock, ns), in which boot, of which lines.

    `armed` are the desks whose next call begins withheld (boot clock); `tainted` is the newest live
    key under which the live log holds what was left out later, and `left_out` what of each recording
    that was, whether or not it was committed as such; `handing` are the coverage files written last.
    """

    boottime_ns: int
    boot_id: str
    lines: dict[str, LineState]
    armed: dict[str, Arming]
    tainted: int | None
    left_out: dict[str, list[Gap]]
    handing: tuple[str, ...]


def write(path: Path, told: dict[str, Any]) -> None:
    """Replace the file at once and whole; where that fails, leave none: an old promise is no promise."""
    fresh = path.with_suffix(".new")
    data = json.dumps({"format": FORMAT, **told}).encode()
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        try:
            if os.write(fd, data) != len(data):
                raise OSError(errno.ENOSPC, "the write was cut short")
        finally:
            os.close(fd)
        fresh.rename(path)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def note_json(note: Note) -> dict[str, Any]:
    """A note as it stands in the file."""
    return {
        "in_call": note.in_call,
        "call_class": note.call_class,
        "answered": note.answered,
        "paused": note.paused,
        "opted_out": note.opted_out,
        "transferred": note.transferred,
        "doubt": note.doubt,
        "unsure": note.unsure,
        "rings_for": note.rings_for,
    }


def left_out_json(left_out: Mapping[str, list[Gap]]) -> dict[str, Any]:
    """What was left out as it stands in the file."""
    return {name: [[gap.start, gap.stop, gap.reason] for gap in gaps] for name, gaps in left_out.items()}


def read(path: Path) -> Before | None:
    """What the last recorder wrote; None where there is nothing, or nothing that can be relied on."""
    try:
        told = json.loads(path.read_text())
        if told["format"] not in {FORMAT, FORMAT - 1}:
            return None
        lines = {name: _line(each) for name, each in told["lines"].items()}
        armed = {name: Arming(each["at_ns"], each["opt_out"]) for name, each in told["armed"].items()}
        at = told["at"]
        left_out = {name: [Gap(*each) for each in gaps] for name, gaps in told.get("left_out", {}).items()}
        handing = tuple(told.get("handing", ()))
        return Before(
            at["boottime_ns"], at["boot_id"], lines, armed, told["live"]["tainted"], left_out, handing
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _line(told: dict[str, Any]) -> LineState:
    rings_for = told["note"].get("rings_for")
    note = Note(**told["note"])
    note = replace(
        note,
        call_class=CallClass(note.call_class),
        rings_for=None if rings_for is None else CallClass(rings_for),
    )
    hook = told["off_hook"], told["since_ns"], told["until_ns"]
    earlier = tuple((int(since), int(until)) for since, until in told.get("earlier", ()))
    return LineState(note, told["call"], told["reason"], *hook, told["accounted_ns"], earlier)
