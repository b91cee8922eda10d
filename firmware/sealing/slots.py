"""The live log's bytes: one file of equal slots, and batches that are whole or not there at all.

1. The file begins with one block that names the format and the size of a slot; the
   slots follow. All of it is really written zeros (unwritten extents would journal).
2. A batch begins at a block boundary and is padded with zeros to the next; its head
   carries the slot's sequence number, the batch's number, and a digest over both and
   all its records.
3. The first record of a slot is its start. A slot ends for the reader at the first
   place where no whole batch of the same sequence number stands.

The bytes are described in docs/formats.md. Research: sealing, sections 2 and 3.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.faults import VaultFault

BLOCK: Final = 4096
"""What a batch is padded to: the page of flash and file systems."""

SLOT: Final = 4 * 1024 * 1024

FILE_MAGIC: Final = b"callbox-live-log"
VERSION: Final = 2
READ: Final = (1, 2)
"""Version 1 differs in one thing: its gaps tell of no keys."""

FILE_HEAD: Final = struct.Struct(">16sII")
"""Magic, version, bytes of a slot."""

BATCH_MAGIC: Final = b"cb-batch"
BATCH_HEAD: Final = struct.Struct(">8sQQI")
"""Magic, slot sequence number, batch number, bytes of records; a SHA-256 follows."""

DIGEST: Final = 32
HEAD: Final = BATCH_HEAD.size + DIGEST


@dataclass(frozen=True, slots=True)
class Geometry:
    """How many slots there are, and how many bytes each has."""

    slots: int
    size: int

    def start(self, slot: int) -> int:
        """Where a slot begins in the file."""
        return BLOCK + slot * self.size


@dataclass(frozen=True, slots=True)
class Stored:
    """One whole batch as it was found: where its records begin in the file, and they themselves."""

    seq: int
    number: int
    at: int
    records: bytes


def file_head(size: int) -> bytes:
    """The first block of a live log."""
    return FILE_HEAD.pack(FILE_MAGIC, VERSION, size).ljust(BLOCK, b"\0")


def write_zeros(path: Path, count: int, size: int) -> None:
    """A new live log of so many slots, all of it really written; durable on return."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(file_head(size))
        for _ in range(count):
            file.write(bytes(size))
        file.flush()
        os.fsync(fd)


def geometry(fd: int) -> Geometry:
    """The slots of an open live log; refuses other files and other versions."""
    head = os.pread(fd, FILE_HEAD.size, 0)
    magic, version, size = FILE_HEAD.unpack(head.ljust(FILE_HEAD.size, b"\0"))
    if magic != FILE_MAGIC or version not in READ or size < BLOCK or size % BLOCK:
        found = f"version {version}" if magic == FILE_MAGIC else "something else"
        raise VaultFault(
            "vault.log-unreadable",
            f"the live log should be of version {VERSION}; found: {found}",
            "restore the firmware that wrote it, or move the file away and run `callbox init` again",
        )
    return Geometry((os.fstat(fd).st_size - BLOCK) // size, size)


def take_up(fd: int) -> Geometry:
    """The slots of a live log that is going to be written; one of the version before becomes one of this."""
    layout = geometry(fd)
    head = FILE_HEAD.pack(FILE_MAGIC, VERSION, layout.size)
    if os.pread(fd, len(head), 0) != head:
        os.pwrite(fd, head, 0)
    return layout


def frame(seq: int, number: int, records: bytes) -> bytes:
    """A batch as it is written: head, digest, records, zeros up to the next block."""
    head = BATCH_HEAD.pack(BATCH_MAGIC, seq, number, len(records))
    digest = hashlib.sha256(head)
    digest.update(records)
    return b"".join((head, digest.digest(), records, bytes(-(HEAD + len(records)) % BLOCK)))


def framed(size: int) -> int:
    """Bytes that a batch with so many bytes of records takes up."""
    return -(-(HEAD + size) // BLOCK) * BLOCK


def first_batch(fd: int, layout: Geometry, slot: int) -> Stored | None:
    """The batch a slot begins with, where it is whole."""
    return _read(fd, layout.start(slot), layout.size)


def batches(fd: int, layout: Geometry, slot: int) -> Iterator[Stored]:
    """The whole batches of a slot's present life, in order."""
    at, end = layout.start(slot), layout.start(slot + 1)
    seq = None
    while at < end:
        stored = _read(fd, at, end - at)
        if stored is None or stored.seq != (stored.seq if seq is None else seq):
            return
        yield stored
        seq = stored.seq
        at += framed(len(stored.records))


def _read(fd: int, at: int, room: int) -> Stored | None:
    head = os.pread(fd, HEAD, at)
    if len(head) < HEAD or not head.startswith(BATCH_MAGIC):
        return None
    _, seq, number, length = BATCH_HEAD.unpack_from(head)
    if length > room - HEAD:
        return None
    records = os.pread(fd, length, at + HEAD)
    digest = hashlib.sha256(head[: BATCH_HEAD.size])
    digest.update(records)
    return Stored(seq, number, at + HEAD, records) if digest.digest() == head[BATCH_HEAD.size :] else None
