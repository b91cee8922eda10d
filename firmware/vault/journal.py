"""An append-only file of lines, each with its own check: hash, space, JSON, line break.

1. The hash, in hex, is SHA-256 over a zero byte and the JSON: the leaf hash of RFC 9162, section
   2.1.1 (as in RFC 6962), so that the line's check is also its leaf in a Merkle tree.
2. An entry counts once `append` has returned.
3. A last line that is not whole was never acknowledged: it is dropped at start and
   reported. A bad line before a good one is damage, and nothing is dropped.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware.vault import durable

HEX = 64


class DamagedJournalError(Exception):
    """A line that was once whole no longer is; `line` counts from 1 in the file `name`."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path.name}, line {line}")
        self.line = line
        self.name = path.name


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 over a zero byte and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


class Journal:
    """One open file of checked lines; `dropped` is how many bytes of a half-written line were cut off."""

    def __init__(self, path: Path, visit: Callable[[bytes], object]) -> None:
        """Open or make the file and visit every entry in order; refuses damage as `DamagedJournalError`."""
        self.path = path
        fresh = not path.exists()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, durable.OWNER)
        if fresh:
            durable.sync_folder(path.parent)
        self._size = self._recover(visit)
        self.dropped = os.fstat(self._descriptor).st_size - self._size
        if self.dropped:
            os.ftruncate(self._descriptor, self._size)
            os.fsync(self._descriptor)

    def append(self, entry: bytes) -> None:
        """Add an entry without a line break in it; durable on return."""
        if b"\n" in entry:
            raise ValueError("an entry of a journal is one line")
        line = leaf_hash(entry).hex().encode() + b" " + entry + b"\n"
        self._size = durable.append(self._descriptor, line, self._size)

    def __iter__(self) -> Iterator[bytes]:
        """Every entry, in order."""
        with self.path.open("rb") as file:
            for line in file:
                yield line[HEX + 1 : -1]

    def seal(self) -> None:
        """Give the file back for good: it ends with its last entry, also where a refused one left half a line."""
        os.ftruncate(self._descriptor, self._size)
        os.fsync(self._descriptor)
        self.close()

    def close(self) -> None:
        """Give the file back."""
        os.close(self._descriptor)

    def _recover(self, visit: Callable[[bytes], object]) -> int:
        size, bad = 0, 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not is_whole(line):
                    bad = bad or number
                elif bad:
                    raise DamagedJournalError(self.path, bad)
                else:
                    visit(line[HEX + 1 : -1])
                    size += len(line)
        return size


def is_whole(line: bytes) -> bool:
    """Whether a line is hash, blank, entry and line break, and the hash fits."""
    entry = line[HEX + 1 : -1]
    return line[-1:] == b"\n" and line[: HEX + 1] == leaf_hash(entry).hex().encode() + b" "
