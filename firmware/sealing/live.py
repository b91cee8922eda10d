"""The live log: what was committed of every recording in the making, safe from power cuts.

1. One write and one sync for all recordings together; `commit` returns when it is
   durable. Never two batches in flight: only one thread commits (the scribe).
2. No block is written twice in one life of a slot. Opening a log begins a fresh slot;
   so does a write that failed, and the batch is repeated there. A second failure is a
   fault, and the batch may be given again.
3. A slot is free when no open recording has records in it; a recording stays open
   until its finished record is durable.
4. One free slot is kept back for what frees others, so that a full log can always be
   emptied.
5. Only ciphertext, lengths, facts and reasons pass here; no key opens anything here.

The main thread packs, the scribe commits, the finisher reads: the index is guarded by
one lock, never held during input or output. Research: sealing, sections 2 and 3.
"""

import errno
import fcntl
import json
import os
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.faults import VaultFault
from firmware.sealing import slots
from firmware.sealing.records import FRAME, NOBODY, Kind, Opening, Record, encode
from firmware.sealing.recovery import NOTHING, LeftOut, Place, Recovered, Scan, Trace, scan

APART: Final = 16
"""How far sequence and batch numbers jump at opening, so that none that was torn occurs again."""

START_ROOM: Final = 2 * slots.BLOCK
"""Bytes kept free in a slot for its start record: 200 open recordings."""

SPARE: Final = 2
"""Slots that no new recording may bring the log down to."""

LEAST: Final = 4
"""Slots without which no recording could ever be admitted."""

MIB: Final = 1 << 20

DISK: Final = "look at the disk: dmesg, smartctl -a"
HINTS: Final = {
    errno.ENOENT: "is the disk with the box's data mounted? A box without one was not made: callbox init",
    errno.EACCES: "give it to the recorder: systemd-tmpfiles --create callbox.conf",
    errno.EAGAIN: "stop that one first: systemctl stop callbox-recorder, or end its callbox run",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be committed; only a very large batch has more than one run, each synced by itself."""

    runs: tuple[tuple[Record, ...], ...]

    @property
    def decided(self) -> tuple[str, ...]:
        """The recordings that are decided once this batch is committed."""
        return tuple(record.id for run in self.runs for record in run if record.kind is Kind.FINISHED)


def create(path: Path, mib: int, slot: int = slots.SLOT) -> None:
    """Make a live log of so many MiB and at least four slots, all really written zeros; refuses to overwrite one."""
    fresh = path.with_suffix(".new")
    if path.exists():
        raise VaultFault(
            "vault.log-unwritable", f"the live log {path} exists already", "keep it, or move it away first"
        )
    try:
        slots.write_zeros(fresh, max(LEAST, mib * MIB // slot), slot)
        fresh.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise VaultFault(
            "vault.log-unwritable", f"the live log cannot be made: {error.strerror}", "df -h"
        ) from error


def sync_directory(path: Path) -> None:
    """Make names in a directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class LiveLog:
    """The open live log. Made by `open`, never by its class."""

    @classmethod
    def open(cls, path: Path, left_out: LeftOut = NOTHING) -> tuple["LiveLog", Recovered]:
        """The log, ready for a fresh slot, and what it held but for what was left out; refuses a log in use."""
        fd = _opened(path)
        try:
            layout = slots.take_up(fd)
            found = scan(fd, layout)
        except OSError as error:
            os.close(fd)
            raise _fault("log-unreadable", "the live log cannot be read", error) from error
        except VaultFault:
            os.close(fd)
            raise
        return cls(fd, layout, found), found.recovered(left_out)

    def __init__(self, fd: int, layout: slots.Geometry, found: Scan) -> None:
        self._fd = fd
        self._layout = layout
        self._guard = threading.Lock()
        self._open = found.open
        self._using = found.using
        self._seq = found.seq + APART
        self._number = found.number + APART
        self._slot = layout.slots - 1 if found.newest is None else found.newest
        self._at = layout.size
        self._failed: set[int] = set()
        if not self._free():
            self._grow()

    @property
    def fill(self) -> float:
        """From 0 to 1, the share of slots that cannot be reused yet."""
        with self._guard:
            return 1 - len(self._free()) / self._layout.slots

    @property
    def spent(self) -> bool:
        """Whether only what frees others may still come: what was heard already fills the rest (rule 4)."""
        with self._guard:
            return len(self._free()) <= SPARE

    @property
    def oldest(self) -> int | None:
        """The oldest generation of the live key under which a recording is still open here."""
        with self._guard:
            return min((trace.opening.live for trace in self._open.values()), default=None)

    def admit(self) -> None:
        """Refuse, as `VaultFault`, another recording when there is hardly room for those that are open."""
        with self._guard:
            free = len(self._free())
        if free <= max(SPARE, self._layout.slots // 20):
            full = f"the live log is full: {free} of {self._layout.slots} slots are free"
            raise VaultFault("vault.log-full", full, "raise [storage] live_log_mib; calls in progress go on")

    def pack(self, records: Iterable[Record]) -> Batch:
        """Records in the order in which they are to be committed, as one batch."""
        runs: list[list[Record]] = [[]]
        size = 0
        for record in records:
            size += FRAME.size + len(record.body)
            if size > self._layout.size - START_ROOM and runs[-1]:
                runs.append([])
                size = FRAME.size + len(record.body)
            runs[-1].append(record)
        return Batch(tuple(tuple(run) for run in runs if run))

    def commit(self, batch: Batch) -> None:
        """Make a batch durable. After a fault the same batch may be given again."""
        for run in batch.runs:
            frees = not any(record.kind in {Kind.OPEN, Kind.PART} for record in run)
            base = self._written(encode(run), 0 if frees else 1)
            self._number += 1
            self._index(run, base)

    def make_room(self, batch: Batch) -> None:
        """Grow where a burst brings more than the free slots take: what was shown as recording is committed."""
        size = sum(FRAME.size + len(record.body) for run in batch.runs for record in run)
        if self._at + slots.framed(size) <= self._layout.size:
            return
        with self._guard:
            missing = len(batch.runs) + 1 - len(self._free())
        for _ in range(missing):
            self._grow()

    def places(self, recording: str) -> list[Place]:
        """Where an open recording's parts lie, in order."""
        with self._guard:
            return list(self._open[recording].places)

    def read(self, place: Place) -> bytes:
        """A part as it was committed; refuses one that does not come back whole."""
        try:
            return _exactly(self._fd, place)
        except OSError as error:
            raise _fault("read-back", "a committed part cannot be read back", error) from error

    def close(self) -> None:
        """Let the file go; nothing is written."""
        os.close(self._fd)

    def _written(self, records: bytes, spare: int) -> int:
        """Where the records begin in the file, once they are durable; one failed slot is forgiven."""
        try:
            return self._write(records, spare)
        except OSError:
            self._abandon()
        try:
            return self._write(records, spare)
        except OSError as error:
            self._abandon()
            raise _fault("log-unwritable", "the disk refused the live log twice", error) from error

    def _write(self, records: bytes, spare: int) -> int:
        start = b""
        if self._at + slots.framed(len(records)) > self._layout.size:
            start = self._turn(spare).encode()
        data = slots.frame(self._seq, self._number, start + records)
        where = self._layout.start(self._slot) + self._at
        if os.pwrite(self._fd, data, where) != len(data):
            raise OSError(errno.EIO, "the write was cut short")
        os.fdatasync(self._fd)
        self._at += len(data)
        return where + slots.HEAD + len(start)

    def _turn(self, spare: int) -> Record:
        """Go to the next free slot, leaving so many; the record that starts it."""
        free = self._free()
        if len(free) <= spare:
            full = f"the live log is full: none of {self._layout.slots} slots can be reused"
            raise VaultFault("vault.log-full", full, "raise [storage] live_log_mib")
        self._slot = next((slot for slot in free if slot > self._slot), free[0])
        self._seq += 1
        self._at = 0
        opened = {name: trace.first_seq for name, trace in self._open.items()}
        return Record(Kind.SLOT, NOBODY, body=json.dumps({"open": opened, "using": self._using}).encode())

    def _abandon(self) -> None:
        """Never write to this slot again: after a failed sync nobody knows what it holds."""
        self._failed.add(self._slot)
        self._at = self._layout.size

    def _index(self, run: Sequence[Record], at: int) -> None:
        with self._guard:
            for record in run:
                self._note(record, at + FRAME.size)
                at += FRAME.size + len(record.body)

    def _note(self, record: Record, offset: int) -> None:
        trace = self._open.get(record.id)
        match record.kind:
            case Kind.PART | Kind.GAP if trace:
                trace.take(record, offset)
                trace.slots.add(self._slot)
            case Kind.FINISHED:
                self._open.pop(record.id, None)
            case Kind.USING:
                self._using = record.first
            case Kind.OPEN if not trace:
                self._open[record.id] = Trace(Opening.read(record.body), self._seq, {self._slot})
            case _:
                pass

    def _free(self) -> list[int]:
        """The slots that may be reused, in order. The current one is not: its start is the newest."""
        taken = {self._slot, *self._failed}.union(*(trace.slots for trace in self._open.values()))
        return [slot for slot in range(self._layout.slots) if slot not in taken]

    def _grow(self) -> None:
        """One slot more at the end: a log that is full can still be emptied."""
        grown = slots.Geometry(self._layout.slots + 1, self._layout.size)
        try:
            os.pwrite(self._fd, bytes(grown.size), grown.start(self._layout.slots))
            os.fsync(self._fd)
        except OSError as error:
            raise _fault("log-full", "the live log is full and cannot grow", error) from error
        with self._guard:
            self._layout = grown


def _opened(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise _fault("log-missing", f"the live log {path} cannot be opened", error) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        raise _fault("log-missing", f"the live log {path} is in use by another recorder", error) from error
    return fd


def _exactly(fd: int, place: Place) -> bytes:
    sealed = os.pread(fd, place.length, place.offset)
    if len(sealed) != place.length:
        raise OSError(errno.EIO, "the live log was cut short")
    return sealed


def _fault(code: str, message: str, error: OSError) -> VaultFault:
    return VaultFault(f"vault.{code}", f"{message}: {error.strerror}", HINTS.get(error.errno or 0, DISK))
