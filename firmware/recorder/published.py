"""What the keeper published for the recorder: the live key, the bucket key, whether lines are armed.

The files are read again when they change. What is absent or unreadable arms nothing,
and takes nothing back: a live key that was read stays in use until a newer one is.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.faults import SealFault
from firmware.sealing.making import Live
from firmware.sealing.recipients import parse


@dataclass(frozen=True, slots=True)
class Notice:
    """One reading of the published folder."""

    live: Live | None
    bucket_key: bytes
    armed: bool


class Published:
    """The published folder, read at most when one of its files was replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = tuple(folder / name for name in ("live.json", "armed.json", "bucket.key"))
        self._seen: tuple[int, ...] | None = None
        self._notice = Notice(None, b"", armed=False)
        self.at_least = 0
        """No recording is opened under an older live key: the keeper may have destroyed it."""

    def read(self) -> Notice:
        """What is published now."""
        seen = tuple(map(version_of, self._files))
        if seen != self._seen:
            self._seen, self._notice = seen, self._load()
        return self._notice

    def _load(self) -> Notice:
        try:
            key = (self._folder / "bucket.key").read_bytes()
        except OSError:
            key = self._notice.bucket_key
        armed = self._json("armed.json")
        proved = bool(armed.get("proved") and armed.get("clock_trusted"))
        told = self._live()
        live = told if told and told.generation >= self.at_least else self._notice.live
        return Notice(live, key, armed=proved and live is not None)

    def _live(self) -> Live | None:
        told = self._json("live.json")
        try:
            return Live(parse(str(told["recipient"])), int(told["generation"]))
        except (KeyError, TypeError, ValueError, SealFault):
            return None

    def _json(self, name: str) -> dict[str, Any]:
        """An object of our format; empty where there is none."""
        try:
            told = json.loads((self._folder / name).read_text())
        except (OSError, ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) and told.get("format") == 1 else {}


def version_of(path: Path) -> int:
    """Another number for each file that was ever put there; 0 for none."""
    try:
        status = path.stat()
    except OSError:
        return 0
    return status.st_mtime_ns ^ status.st_ino
