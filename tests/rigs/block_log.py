"""A disk that writes down what it is asked to keep, so that a power cut can be made anywhere afterwards.

1. A FUSE file system of three files: `disk`, served from an image; `acks`, to which the
   story tells what it was promised; `refuse`, which makes the disk answer EIO.
2. Writes, flushes and acknowledgements go into one log in the order in which the disk saw
   them: what is owed at a cut is every acknowledgement before it.
3. What a cut leaves: every write before the last flush. Of those after it all, none, or any
   subset, of each any 512-byte sectors: that is loss, reordering and tearing in one.
"""

import errno
import os
import random
import stat
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SECTOR: Final = 512
"""Bytes that a disk writes whole or not at all."""

DISK, ACKS, REFUSE = "/disk", "/acks", "/refuse"
WRITE, FLUSH, ACK = b"w", b"f", b"a"
HEAD: Final = struct.Struct(">cQI")
"""Kind, offset, bytes of content."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing the disk saw."""

    kind: bytes
    offset: int
    content: bytes


def events(path: Path) -> list[Event]:
    """The whole log, in order; a half-written last entry does not count."""
    return list(_parsed(path.read_bytes()))


def _parsed(blob: bytes) -> Iterator[Event]:
    place = 0
    while place + HEAD.size <= len(blob):
        kind, offset, size = HEAD.unpack_from(blob, place)
        place += HEAD.size + size
        if place <= len(blob):
            yield Event(kind, offset, blob[place - size : place])


def owed(told: Sequence[Event], cut: int) -> list[bytes]:
    """Every acknowledgement before the cut."""
    return [each.content for each in told[:cut] if each.kind == ACK]


def cuts(told: Sequence[Event], count: int, dice: random.Random) -> list[int]:
    """Where to cut: behind acknowledgements, around flushes, anywhere; each place once, in order."""
    begins = next((at for at, each in enumerate(told) if each.kind == ACK), 0)
    whole = range(begins, len(told) + 1)
    behind = [at + 1 for at in whole[:-1] if told[at].kind == ACK]
    around = [at + dice.choice((0, 0, 1)) for at in whole[:-1] if told[at].kind == FLUSH]
    wanted: set[int] = set()
    while len(wanted) < min(count, len(whole)):
        wanted.add(dice.choice(dice.choice((behind, around, whole))))
    return sorted(wanted)


class Disk:
    """The image as it was before the log, brought forward cut by cut."""

    def __init__(self, before: bytes, told: Sequence[Event]) -> None:
        self._durable = bytearray(before)
        self._told = told
        self._reached = 0

    def at(self, cut: int, dice: random.Random) -> bytearray:
        """What the disk holds after a power cut before event `cut`; cuts are asked for in order."""
        flushed = max((at for at in range(self._reached, cut) if self._told[at].kind == FLUSH), default=0)
        for each in self._told[self._reached : flushed]:
            _put(self._durable, each)
        self._reached = max(self._reached, flushed)
        image = bytearray(self._durable)
        fate = dice.choice(("none", "all", "any", "any", "torn"))
        for each in self._told[self._reached : cut]:
            _lose(image, each, fate, dice)
        return image


def _put(image: bytearray, event: Event) -> None:
    if event.kind == WRITE:
        image[event.offset : event.offset + len(event.content)] = event.content


def _lose(image: bytearray, event: Event, fate: str, dice: random.Random) -> None:
    """One write that nothing made durable."""
    if event.kind != WRITE or fate == "none" or (fate == "any" and dice.random() < 0.5):
        return
    for at in range(0, len(event.content), SECTOR):
        if fate == "all" or (fate == "any" and dice.random() < 0.9) or dice.random() < 0.5:
            image[event.offset + at : event.offset + at + SECTOR] = event.content[at : at + SECTOR]


class _Files:
    """What mfusepy is given; it serves one request at a time, so the log is the order."""

    use_ns = True

    def __init__(self, image: Path, log: Path) -> None:
        self._image = os.open(image, os.O_RDWR)
        self._log = log.open("wb")
        self._refuses = False

    def getattr(self, path: str, _: object = None) -> dict[str, int]:
        """A folder of three files."""
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o700, "st_nlink": 2}
        size = os.fstat(self._image).st_size if path == DISK else 0
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": size}

    def readdir(self, _path: str, _fh: object) -> list[str]:
        """The three names."""
        return [".", "..", DISK[1:], ACKS[1:], REFUSE[1:]]

    def read(self, path: str, size: int, offset: int, _fh: object) -> bytes:
        """What the disk holds."""
        return os.pread(self._image, size, offset) if path == DISK else b""

    def write(self, path: str, content: bytes, offset: int, _fh: object) -> int:
        """Keep, acknowledge, or begin or cease to refuse."""
        if path == REFUSE:
            self._refuses = content.strip() == b"yes"
        elif path == ACKS:
            self._note(ACK, 0, content)
        else:
            self._require_well()
            os.pwrite(self._image, content, offset)
            self._note(WRITE, offset, content)
        return len(content)

    def truncate(self, _path: str, _length: int, _fh: object = None) -> None:
        """A file opened to be written anew; nothing here has a length of its own."""

    def fsync(self, path: str, _datasync: object, _fh: object) -> None:
        """A flush, where it is the disk's."""
        if path == DISK:
            self._require_well()
            self._note(FLUSH, 0, b"")

    def destroy(self, _path: str) -> None:
        """The log is whole once the disk is gone."""
        self._log.close()

    def _require_well(self) -> None:
        if self._refuses:
            raise OSError(errno.EIO, "the disk refuses")

    def _note(self, kind: bytes, offset: int, content: bytes) -> None:
        self._log.write(HEAD.pack(kind, offset, len(content)) + content)
        if kind == ACK:
            self._log.flush()


def main(words: Sequence[str]) -> None:
    """Serve IMAGE at MOUNTPOINT and log to LOG, until it is unmounted."""
    import mfusepy  # noqa: PLC0415  needs libfuse, which only the rig's own process loads

    image, log, mountpoint = words
    operations: Any = type("Operations", (_Files, mfusepy.Operations), {})(Path(image), Path(log))
    mfusepy.FUSE(operations, mountpoint, foreground=True, nothreads=True, fsname="blocklog")


if __name__ == "__main__":
    main(sys.argv[1:])
