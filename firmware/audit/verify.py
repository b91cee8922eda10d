"""The whole log is walked from disk, and the first place where it does not add up is named.

1. A line whose hash does not fit is named by its file and its index in the log.
2. Where every line fits and a checkpoint's root does not, what was changed lies between
   the last checkpoint that fits and the first that does not.
3. A log smaller than a checkpoint was cut. A checkpoint whose signature is not the box's is named.
4. Dropped entries are said to be dropped: they count as their signed stub says.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from firmware.audit.checkpoint import is_signed_by, read_checkpoint
from firmware.audit.checkpoints import Checkpoints
from firmware.audit.log import AuditLog
from firmware.audit.note import Note, read_note
from firmware.audit.segments import Stub, logs, stub_of, walk
from firmware.audit.tree import EMPTY, Frontier
from firmware.vault.journal import DamagedJournalError, leaf_hash


@dataclass(frozen=True, slots=True)
class BadEntry:
    """A line whose hash does not fit: its file, and its index in the log."""

    segment: str
    index: int


@dataclass(frozen=True, slots=True)
class BadRange:
    """Entries of which some were changed, left out or put in: from an index up to before another."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found; `whole` where everything adds up."""

    entries: int
    dropped: int
    checkpoints: int
    entry: BadEntry | None = None
    range: BadRange | None = None
    missing_from: int | None = None
    unsigned: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        wrong = (self.entry, self.range, self.missing_from)
        return all(each is None for each in wrong) and not self.unsigned


@dataclass(slots=True)
class _Walk:
    """How far the walk came: the tree so far, the roots that were asked for on the way, the stub it began from."""

    asked: frozenset[int]
    edge: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=lambda: {0: EMPTY})
    stub: Stub | None = None
    entry: BadEntry | None = None

    @property
    def dropped(self) -> int:
        return self.stub.size if self.stub else 0

    def go(self, folder: Path, alive: Callable[[], object]) -> None:
        """From the stub to the first line that does not fit, or the end."""
        try:
            self.stub = stub_of(folder)
            if self.stub is not None:
                self.edge = Frontier(self.stub.size, self.stub.peaks)
                self.roots[self.edge.size] = self.edge.root()
            for path in logs(folder):
                for written in walk(path):
                    self._add(leaf_hash(written))
                alive()
        except DamagedJournalError as error:
            self.entry = BadEntry(error.name, self.edge.size)

    def _add(self, leaf: bytes) -> None:
        self.edge.add(leaf)
        if self.edge.size in self.asked:
            self.roots[self.edge.size] = self.edge.root()


def verify(log: AuditLog, checkpoints: Checkpoints, alive: Callable[[], object]) -> Verified:
    """Judge the log on disk by its lines, by every kept checkpoint, and by the root that is in memory.

    Says that it is alive once a segment: a year of 450,000 entries takes seconds.
    """
    size, root = log.size, log.root
    notes = [kept.note for kept in checkpoints.kept()]
    said = [read_checkpoint(note.text) for note in notes]
    promised = sorted({(size, root), *((each.size, each.root) for each in said)})
    walked = _Walk(frozenset(each for each, _ in promised))
    walked.go(log.folder, alive)
    if walked.stub is not None:
        notes.append(read_note(walked.stub.checkpoint))
    found = Verified(
        entries=walked.edge.size,
        dropped=walked.dropped,
        checkpoints=len(said),
        entry=walked.entry,
        unsigned=tuple(_size(note) for note in notes if not is_signed_by(note, checkpoints.key)),
    )
    return found if found.entry else _by_roots(found, walked.roots, promised)


def _by_roots(found: Verified, roots: dict[int, bytes], promised: list[tuple[int, bytes]]) -> Verified:
    """Rules 2 and 3; what was promised of dropped entries is not judged any more."""
    short = promised[-1][0] > found.entries
    found = replace(found, missing_from=found.entries if short else None)
    wrong = [size for size, root in promised if roots.get(size, root) != root]
    if not wrong:
        return found
    fitting = (size for size, root in promised if size < wrong[0] and roots.get(size) == root)
    return replace(found, range=BadRange(max(fitting, default=found.dropped), wrong[0]))


def _size(note: Note) -> int:
    return read_checkpoint(note.text).size
