"""What the mail process keeps between two runs: who was told of what, and how the relay was reached when the keeper last said so.

Addresses stand in it, and nothing of calls. Where it cannot be read everything is news again: rather twice than never.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from firmware.mail.news import Name, Told

NAME: Final = "told.json"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """`answer` is the keeper's last, without its faults; `absent_ns` since when it does not answer, `None` where it does."""

    answer: Mapping[str, Any] | None = None
    absent_ns: int | None = None
    told: Mapping[str, Mapping[Name, Told]] = field(default_factory=dict)


def read(folder: Path) -> Kept:
    """What was kept; nothing where there is nothing that can be read."""
    try:
        content = json.loads((folder / NAME).read_text())
        if content["format"] != FORMAT:
            return Kept()
        told = {address: _told(rows) for address, rows in content["told"].items()}
        return Kept(content["answer"], content["absent_ns"], told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Kept()


def write(folder: Path, kept: Kept) -> None:
    """Replace the file, whole and durable."""
    told = {address: _rows(names) for address, names in kept.told.items()}
    content = {"format": FORMAT, "answer": kept.answer, "absent_ns": kept.absent_ns, "told": told}
    fresh = folder / f"{NAME}.new"
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(descriptor)
    fresh.rename(folder / NAME)


def _told(rows: list[list[Any]]) -> dict[Name, Told]:
    return {(str(code), str(subject)): Told(int(since), int(last)) for code, subject, since, last in rows}


def _rows(told: Mapping[Name, Told]) -> list[list[str | int]]:
    return [[*name, each.since_ns, each.last_ns] for name, each in told.items()]
