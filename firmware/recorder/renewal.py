"""New settings are taken up once every line is idle: a call is finished under the settings it began with.

1. Other settings are those whose digest the keeper published, and which lie in the settings file now. A file
   that was edited and not applied, and a digest without its file, change nothing.
2. Idle is: no line off hook or in a call, nothing left to commit, finish or hand on.
3. They are taken up by a clean stop and an exec of the same program: to systemd it is the same process.
"""

import hashlib
import json
from pathlib import Path
from typing import Final

from firmware.recorder.recorder import Recorder

NAME: Final = "settings.json"

LOOK_TICKS: Final = 4
"""Ticks between two looks: a second."""


class Renewal:
    """Looks once a second whether other settings are to be taken up, and can be."""

    def __init__(self, published: Path, config: Path, digest: str) -> None:
        self._told = published / NAME
        self._config = config
        self._digest = digest
        self._asked = 0

    def due(self, recorder: Recorder) -> bool:
        """Whether to begin anew now (rules 1 and 2)."""
        self._asked += 1
        if self._asked % LOOK_TICKS:
            return False
        told = _digest_in(self._told)
        return told not in {None, self._digest} and told == _digest_of(self._config) and idle(recorder)


def idle(recorder: Recorder) -> bool:
    """Rule 2."""
    quiet = all(
        not (line.machine.standing.off_hook or line.machine.standing.in_call or line.makings.ids)
        for line in recorder.lines.values()
    )
    return quiet and recorder.seals.done


def _digest_in(path: Path) -> str | None:
    """The digest that the keeper published; `None` where it published none that can be read."""
    try:
        told = json.loads(path.read_bytes())
        return str(told["digest"]) if told["format"] == 1 else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _digest_of(config: Path) -> str | None:
    try:
        return hashlib.sha256(config.read_bytes()).hexdigest()
    except OSError:
        return None
