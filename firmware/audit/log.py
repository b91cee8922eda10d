"""The audit log: every entry is durable before what it speaks of happens, and none can be changed unseen.

1. An entry counts once `append` has returned; a half-written last one is dropped at start and reported.
2. Entries are the leaves of one Merkle tree that goes on over all segments; `root` commits to all of them.
3. Damage before the last entry is a `LogFault` and nothing is written after it.
4. A segment is begun with the first entry of a later London year under a clock that can be
   believed. The year never goes back.
5. Whole segments may be dropped, the oldest first. Nothing is proved of what was dropped; all
   that came after is proved as before.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from firmware.audit.entries import Entry
from firmware.audit.segments import UNKNOWN_YEAR, Segment, Stub, logs, path_of, stub_of, walk, write_stub
from firmware.audit.tiles import GoneError, Tiles
from firmware.audit.tree import EMPTY, consistency_of, inclusion_of, leaf_hash, peak_ranges
from firmware.clock import ClockState, Stamp, london_date
from firmware.faults import LogFault, Refused
from firmware.vault import durable
from firmware.vault.journal import HEX, DamagedJournalError, Journal
from firmware.vault.reading import canonical

Visit = Callable[[Mapping[str, Any]], object]
Signing = Callable[[int, bytes], str]
"""A checkpoint over so many entries with this root, signed, as a note."""


class AuditLog:
    """The open log of one box; `dropped` bytes of a half-written entry were cut off when it was opened."""

    def __init__(self, folder: Path, visit: Visit | None = None) -> None:
        """Open or begin the log and show every entry in order; refuses a damaged one as `LogFault`."""
        self.folder = folder
        self._visit = visit
        self._segments: list[Segment] = []
        self._journal: Journal | None = None
        self.dropped = 0
        try:
            self._open()
        except DamagedJournalError as error:
            raise LogFault(
                "log.damaged",
                f"the audit log is damaged at entry {error.line} of {error.name}",
                "call the controller: somebody or the disk changed it; keep the file as it is",
            ) from error

    @property
    def size(self) -> int:
        """How many entries there are, dropped ones too."""
        return self._tiles.size

    @property
    def first(self) -> int:
        """The index of the first entry that was not dropped."""
        return self._tiles.dropped

    @property
    def root(self) -> bytes:
        """The Merkle root over all of them."""
        return self._tiles.root()

    def append(self, entry: Entry) -> int:
        """Add an entry; durable on return. Gives its index, from 0."""
        written = canonical(entry.content())
        self._in_year_of(entry.at).append(written)
        self._add(written)
        return self.size - 1

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry that was not dropped, in order."""
        return self.between(self.first, self.size)

    def between(self, start: int, end: int) -> Iterator[dict[str, Any]]:
        """The entries from one index up to before another, those that are there."""
        return (json.loads(line[HEX + 1 : -1]) for line in self._lines(start, end))

    def written(self, start: int, end: int) -> Iterator[bytes]:
        """The same as they are hashed: each is the content of a leaf."""
        return (line[HEX + 1 : -1] for line in self._lines(start, end))

    def naming(self, word: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every entry with a field of this value, or several with it among them, with its index."""
        sought = word.encode()
        for index, line in enumerate(self._lines(self.first, self.size), self.first):
            if sought in line:
                entry = json.loads(line[HEX + 1 : -1])
                several = (each for each in entry.values() if isinstance(each, list | dict))
                if word in entry.values() or any(word in each for each in several):
                    yield index, entry

    def leaves(self) -> list[bytes]:
        """Every leaf hash that was not dropped."""
        return self._hashes(self.first, self.size)

    def leaf(self, index: int) -> bytes:
        """One leaf hash; refuses a dropped one."""
        with _dropped_refused():
            return self._tiles.roots(index, index + 1)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The path from an entry to the root over the first `size` entries, all by default; refuses a dropped one."""
        with _dropped_refused():
            path = inclusion_of(self._tiles.roots, index, self.size if size is None else size)
        self.leaf(index)
        return path

    def consistency(self, first: int, second: int) -> list[bytes]:
        """The path that proves the log of `first` entries to be the beginning of that of `second`."""
        if second > self.size:
            raise IndexError(f"the log has {self.size} entries, not {second}")
        with _dropped_refused():
            return consistency_of(self._tiles.roots, first, second)

    def root_at(self, size: int) -> bytes:
        """The root when there were so many entries; refuses one that dropped entries are needed for."""
        with _dropped_refused():
            return self._tiles.roots(0, size) if size else EMPTY

    def peaks(self, size: int) -> list[bytes]:
        """The roots of the whole subtrees when there were so many entries, the largest first (`Frontier`)."""
        if size > self.size:
            raise IndexError(f"the log has {self.size} entries, not {size}")
        with _dropped_refused():
            return [self._tiles.roots(start, end) for start, end in peak_ranges(size)]

    def begun(self) -> list[date | None]:
        """The day each segment was begun, the oldest first; `None` where no clock could be believed."""
        return [each.began for each in self._segments]

    def drop_before(self, day: date, sign: Signing) -> int:
        """Drop each segment whose successor was begun by this day; gives how many. Their stubs are signed."""
        ended = [after.began for after in self._segments[1:]]
        count = sum(1 for began in ended if began is not None and began <= day)
        for segment in self._segments[:count]:
            self._drop(segment, sign)
        return count

    def close(self) -> None:
        """Give the file back."""
        if self._journal is not None:
            self._journal.close()

    def _open(self) -> None:
        stub = stub_of(self.folder) or Stub(0, (), "")
        self._tiles = Tiles(self._hashes, stub.size, stub.peaks)
        found = logs(self.folder)
        for path in found[:-1]:
            self._segments.append(Segment(path, self.size))
            for written in walk(path):
                self._read(written)
        for path in found[-1:]:
            self._segments.append(Segment(path, self.size))
            self._journal = Journal(path, self._read)
            self.dropped = self._journal.dropped

    def _in_year_of(self, at: Stamp) -> Journal:
        """The journal that an entry of this time belongs to (rule 4)."""
        believed = at.state is not ClockState.UNTRUSTED
        year = f"{london_date(at.wall_ns).year:04}" if believed else UNKNOWN_YEAR
        if self._journal is None or year > self._segments[-1].year:
            if self._journal is not None:
                self._journal.seal()
            self._journal = Journal(path_of(self.folder, year), self._read)
            self._segments.append(Segment(self._journal.path, self.size))
        return self._journal

    def _read(self, written: bytes) -> None:
        self._add(written)
        if self._visit is not None:
            self._visit(json.loads(written))

    def _add(self, written: bytes) -> None:
        segment = self._segments[-1]
        if not segment.count and segment.year != UNKNOWN_YEAR:
            segment.began = london_date(json.loads(written)["at"]["wall_ns"])
        segment.add(written)
        self._tiles.add(leaf_hash(written))

    def _drop(self, segment: Segment, sign: Signing) -> None:
        """The stub first: what is unlinked is always already stood for."""
        peaks = tuple(self._tiles.roots(start, end) for start, end in peak_ranges(segment.end))
        write_stub(segment, Stub(segment.end, peaks, sign(segment.end, self.root_at(segment.end))))
        durable.remove(segment.path)
        self._segments.remove(segment)
        self._tiles.forget(segment.end, peaks)

    def _lines(self, start: int, end: int) -> Iterator[bytes]:
        for segment in self._segments:
            yield from segment.lines(start, end)

    def _hashes(self, start: int, end: int) -> list[bytes]:
        return [bytes.fromhex(line[:HEX].decode()) for line in self._lines(start, end)]


@contextmanager
def _dropped_refused() -> Iterator[None]:
    try:
        yield
    except GoneError as gone:
        raise Refused(
            "refused.dropped",
            f"entries of the audit log before {gone.first} are dropped, so nothing is proved of them",
            "ask for later ones; the office's witness keeps what it saw",
        ) from gone
