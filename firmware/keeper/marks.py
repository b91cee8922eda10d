"""What is to be destroyed was marked at least an hour before, in this boot.

The marks lie in the run directory, which ends with the boot: after a reboot, or where they cannot be read,
everything is marked anew. That costs an hour and destroys nothing.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from firmware.clock import Stamp
from firmware.retention.disposal import ripe
from firmware.vault import durable
from firmware.vault.reading import UnreadableError, canonical, read_object

NAME = "marks"


class Marks:
    """Since when each thing that is to be destroyed is marked, on the boot clock."""

    def __init__(self, run: Path) -> None:
        self._path = run / NAME
        self._boot, self._since = _read(self._path)

    def mark(self, wanted: Iterable[str], now: Stamp) -> list[str]:
        """Mark what is wanted, unmark all else; gives what is newly marked."""
        known = self._since if self._boot == now.boot_id else {}
        since = {name: known.get(name, now.boottime_ns) for name in sorted(wanted)}
        fresh = [name for name in since if name not in known]
        if (since, now.boot_id) != (self._since, self._boot):
            content = {"format": 1, "boot_id": now.boot_id, "marked": since}
            durable.write(self._path, canonical(content))
            self._since, self._boot = since, now.boot_id
        return fresh

    def forget(self, names: Iterable[str]) -> None:
        """What was marked for an earlier reason waits its hour again."""
        gone = set(names)
        self._since = {name: since for name, since in self._since.items() if name not in gone}

    def ripe(self, now: Stamp) -> list[str]:
        """What was marked long enough ago."""
        return [name for name, since in self._since.items() if ripe(since, now.boottime_ns)]


def _read(path: Path) -> tuple[str, Mapping[str, int]]:
    try:
        fields = read_object(path.read_bytes(), NAME)
        marked = fields.inner("marked")
        return fields.text("boot_id"), {name: marked.whole(name) for name in marked.content}
    except (OSError, UnreadableError):
        return "", {}
