"""The audit log: every entry is durable before what it speaks of happens, and none can be changed unseen.

1. An entry counts once `append` has returned; a half-written last one is dropped at start and reported.
2. Entries are the leaves of a Merkle tree; `root` commits to all of them.
3. Damage before the last entry is a `LogFault` and nothing is written after it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from firmware.audit.entries import Entry
from firmware.audit.tree import Frontier, leaf_hash
from firmware.faults import LogFault
from firmware.vault.journal import DamagedJournalError, Journal
from firmware.vault.reading import canonical

NAME = "entries.log"


class AuditLog:
    """The open log of one box; `dropped` bytes of a half-written entry were cut off when it was opened."""

    def __init__(self, folder: Path, visit: Callable[[Mapping[str, Any]], object] | None = None) -> None:
        """Open or begin the log and show every entry in order; refuses a damaged one as `LogFault`."""
        self._edge = Frontier()
        self._visit = visit
        try:
            self._journal = Journal(folder / NAME, self._read)
        except DamagedJournalError as error:
            raise LogFault(
                "log.damaged",
                f"the audit log is damaged at entry {error.line}",
                "call the controller: somebody or the disk changed it; keep the file as it is",
            ) from error
        self.dropped = self._journal.dropped

    @property
    def size(self) -> int:
        """How many entries count."""
        return self._edge.size

    @property
    def root(self) -> bytes:
        """The Merkle root over all of them."""
        return self._edge.root()

    def append(self, entry: Entry) -> int:
        """Add an entry; durable on return. Gives its index, from 0."""
        written = canonical(entry.content())
        self._journal.append(written)
        self._edge.add(leaf_hash(written))
        return self._edge.size - 1

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry, in order."""
        return (json.loads(each) for each in self._journal)

    def leaves(self) -> list[bytes]:
        """Every leaf hash, for inclusion proofs."""
        return [leaf_hash(each) for each in self._journal]

    def close(self) -> None:
        """Give the file back."""
        self._journal.close()

    def _read(self, written: bytes) -> None:
        self._edge.add(leaf_hash(written))
        if self._visit is not None:
            self._visit(json.loads(written))
