"""The audit log on disk: one file a London year, and a signed stub for each that was dropped.

1. `entries-YYYY.log` is a journal; only the newest may end in half a line. `entries-0000.log`
   was begun before the clock could be believed.
2. `entries-YYYY.dropped` stands for every entry up to its size: the roots of the whole
   subtrees, from which the tree goes on, and a checkpoint over them. It counts only where the
   log beside it is gone, so a crash between writing one and unlinking the other loses nothing.
3. Dropped is always the beginning: a log older than a dropped one is damage.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from firmware.audit.checkpoint import read_checkpoint
from firmware.audit.note import read_note
from firmware.audit.tree import Frontier
from firmware.vault import durable
from firmware.vault.journal import HEX, DamagedJournalError, is_whole
from firmware.vault.reading import UnreadableError, canonical, read_object

UNKNOWN_YEAR: Final = "0000"
LOG, DROPPED = ".log", ".dropped"
MARK: Final = 256
"""Entries between two known places in a file; our choice."""


@dataclass(frozen=True, slots=True)
class Stub:
    """What is left of dropped entries: how many, the roots of their subtrees, the checkpoint as it was signed."""

    size: int
    peaks: tuple[bytes, ...]
    checkpoint: str

    def content(self) -> bytes:
        """As it is written, format 1."""
        peaks = [peak.hex() for peak in self.peaks]
        return canonical({"format": 1, "size": self.size, "peaks": peaks, "checkpoint": self.checkpoint})


@dataclass(slots=True)
class Segment:
    """One file of entries: the index of its first, how many, the day it was begun, and places in it."""

    path: Path
    first: int
    began: date | None = None
    count: int = 0
    size: int = 0
    marks: list[int] = field(default_factory=list)

    @property
    def year(self) -> str:
        """The year in its name."""
        return year_of(self.path)

    @property
    def end(self) -> int:
        """The index after its last entry."""
        return self.first + self.count

    def add(self, entry: bytes) -> None:
        """Note one more entry."""
        if self.count % MARK == 0:
            self.marks.append(self.size)
        self.count += 1
        self.size += HEX + 1 + len(entry) + 1

    def lines(self, start: int, end: int) -> Iterator[bytes]:
        """Its lines from one index up to before another, those that are there."""
        start, end = max(start, self.first) - self.first, min(end, self.end) - self.first
        if start >= end:
            return
        with self.path.open("rb") as file:
            file.seek(self.marks[start // MARK])
            yield from islice(file, start % MARK, start % MARK + end - start)


def path_of(folder: Path, year: str) -> Path:
    """The file of a year's entries."""
    return folder / f"entries-{year}{LOG}"


def year_of(path: Path) -> str:
    """The year in a file's name."""
    return path.stem.removeprefix("entries-")


def logs(folder: Path) -> list[Path]:
    """The files of entries, the oldest first."""
    return sorted(folder.glob(f"entries-????{LOG}"))


def stub_of(folder: Path) -> Stub | None:
    """The stub from which the tree goes on, `None` where nothing was dropped; refuses a damaged one (rules 2, 3)."""
    present = [year_of(each) for each in logs(folder)]
    gone = [each for each in sorted(folder.glob(f"entries-????{DROPPED}")) if year_of(each) not in present]
    if not gone:
        return None
    if present and present[0] < year_of(gone[-1]):
        raise DamagedJournalError(path_of(folder, present[0]), 1)
    return _read_stub(gone[-1])


def write_stub(segment: Segment, stub: Stub) -> None:
    """Put the stub beside a segment's file; durable on return."""
    durable.write(segment.path.with_suffix(DROPPED), stub.content())


def walk(path: Path) -> Iterator[bytes]:
    """Every entry of a file that no longer grows; refuses any line that is not whole as `DamagedJournalError`."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not is_whole(line):
                raise DamagedJournalError(path, number)
            yield line[HEX + 1 : -1]


def _read_stub(path: Path) -> Stub:
    try:
        told = read_object(path.read_bytes(), path.name)
        told.require_format(1)
        peaks = tuple(bytes.fromhex(each) for each in told.texts("peaks"))
        stub = Stub(told.whole("size"), peaks, told.text("checkpoint"))
        said = read_checkpoint(read_note(stub.checkpoint).text)
        fits = (said.size, said.root) == (stub.size, Frontier(stub.size, peaks).root())
    except (UnreadableError, ValueError) as error:
        raise DamagedJournalError(path, 1) from error
    if not fits:
        raise DamagedJournalError(path, 1)
    return stub
