"""A desk whose lines are all idle shows what is gravely wrong: with the box, or with something of that desk.

1. The keeper says in `faults` of the run directory which of its own faults a lamp shows, and which of the
   recorder's a person acknowledged. The file is read when it was replaced, looked at once a second.
2. What cannot be read says nothing new: what was read last goes on. Where there never was a file nothing is known.
3. A fault of the recorder's own that a lamp shows is shown by the desks that it is about, unless it was acknowledged.
4. How a line stands comes first: nothing here changes a lamp while a line of the desk records, pauses or waits.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware.alarms import may_be_silenced, on_lamp
from firmware.faults import Fault
from firmware.recorder.desks import DeskWork
from firmware.recorder.published import version_of

NAME: Final = "faults"
FORMATS: Final = (1, 2)
"""Format 1 says nothing of lamps: the keeper that wrote it is older, and will be replaced together with the recorder."""

RECORDER: Final = "recorder"
"""What the keeper says a fault is about that names nothing."""


@dataclass(frozen=True, slots=True)
class Keepers:
    """What the keeper says: whether a lamp shows a fault of its own, and what was acknowledged of the recorder's."""

    grave: bool = False
    silenced: frozenset[tuple[str, str]] = frozenset()


class Grave:
    """What desks are to show of open faults."""

    def __init__(self, run: Path, desks: Sequence[DeskWork]) -> None:
        self._path = run / NAME
        self._desks = desks
        self._version = 0
        self._keepers = Keepers()

    def look(self, faults: Iterable[Fault]) -> None:
        """Let every desk know; `faults` are the recorder's own."""
        keepers = self._read()
        own = [each.about for each in faults if _shown(each, keepers)]
        for desk in self._desks:
            desk.grave = keepers.grave or any(map(desk.has, own))

    def _read(self) -> Keepers:
        version = version_of(self._path)
        if version != self._version:
            self._version = version
            self._keepers = _told(self._path) or self._keepers
        return self._keepers


def _shown(fault: Fault, keepers: Keepers) -> bool:
    silenced = (fault.code, fault.about or RECORDER) in keepers.silenced and may_be_silenced(fault.code)
    return on_lamp(fault.code) and not silenced


def _told(path: Path) -> Keepers | None:
    """What the file says, `None` where it cannot be read."""
    try:
        told: dict[str, Any] = json.loads(path.read_text())
        if told["format"] not in FORMATS:
            return None
        grave = any(each.get("lamp") is True for each in told["faults"])
        silenced = frozenset((each["code"], each["subject"]) for each in told.get("silenced", ()))
        return Keepers(grave, silenced)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
