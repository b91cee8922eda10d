"""What the box says of itself while its clock is hurried, read where it writes it: audit log and forecasts.

Asking the keeper would do too, but it begins anew after each night, and a hurried night is over in half a second.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from firmware.clock import london_date
from firmware.demo.box import Paths


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the audit log."""

    on: date
    what: str
    fields: Mapping[str, Any]


class Log:
    """The audit log of the demo's box, read on from where it was read last."""

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.data / "audit"
        self._read = 0

    def news(self) -> list[Entry]:
        """What was entered since; a last line that is half written waits."""
        lines = [
            line
            for path in sorted(self._folder.glob("entries-*.log"))
            for line in _whole_lines(path.read_bytes())
        ]
        fresh, self._read = lines[self._read :], len(lines)
        return [_entry(line) for line in fresh]


def foretold(paths: Paths, name: str) -> tuple[date, date] | None:
    """When a signed forecast first named a key, and for which day; `None` while none does."""
    for path in sorted((paths.data / "forecast").glob("*.json")):
        told = json.loads(json.loads(path.read_bytes())["forecast"])
        if name in told["due"]:
            return date.fromisoformat(told["on"]), date.fromisoformat(told["due"][name])
    return None


def _whole_lines(content: bytes) -> Iterator[bytes]:
    return (line for line in content.splitlines(keepends=True) if line.endswith(b"\n"))


def _entry(line: bytes) -> Entry:
    told = json.loads(line.partition(b" ")[2])
    return Entry(london_date(told["at"]["wall_ns"]), told["what"], told)
