"""One file for each key holds everything that is locked with it, record after record.

1. A record is head, nonce, ciphertext, check. The head names the recording and the kind
   of record; key id and head are authenticated with the content.
2. The check (SHA-256 over the rest, first 16 bytes) tells a whole record without a
   key, so that a torn tail is found and dropped before the next record is written.
3. A record counts once `append` has returned. The same lock may stand there twice
   after a crash; the first one counts.
4. A bad record before a whole one is damage: nothing is dropped and the fault is named.
5. When the key is destroyed its file goes with it, in one unlink.
6. A file that is written whole appears by rename: all of its records, or none.
7. What is behind the last append of this process is looked at before the next one, not the whole file: a file of thousands
   of notes costs no more to add to than a small one. One that was touched by anybody else is looked at whole.
"""

import hashlib
import os
import secrets
import struct
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.faults import VaultFault
from firmware.vault import durable

MAGIC: Final = b"cbs1"
HEAD: Final = struct.Struct(">4sB13sI12s")
"""Magic with the format in it, kind, recording, bytes of ciphertext, nonce."""

CHECK: Final = 16
SUFFIX: Final = ".shard"
DAMAGED: Final = "vault.shard-damaged"
"""The code of the fault that one file is damaged in its middle: all others read as before."""


class Kind(IntEnum):
    """What a record is: a recording's lock, a note that ends with it, a hold's terms, or headers that wait (`resealed`).

    The terms of a hold stand under the hold's own name where a recording's would stand.
    """

    LOCK = 1
    NOTE = 2
    TERMS = 3
    RESEAL = 4


KINDS: Final = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Plain:
    """A record that is not locked: in memory only."""

    kind: Kind
    recording: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it lies in the file; `end` is the offset behind it."""

    kind: Kind
    recording: str
    head: bytes
    sealed: bytes
    end: int


@dataclass(frozen=True, slots=True)
class End:
    """A file as an append left it: which it is, how long, and when it was last written and changed (ns)."""

    inode: int
    size: int
    written_ns: int
    changed_ns: int

    @classmethod
    def of(cls, descriptor: int) -> "End":
        """As it is now."""
        found = os.fstat(descriptor)
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Shard:
    """The file of one key."""

    folder: Path
    key_id: str
    key: bytes
    ends: dict[str, "End"] = field(default_factory=dict)
    """Where the last append to each file ended; shared by all that one vault opens (rule 7)."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder / f"{self.key_id}{SUFFIX}"

    def append(self, kind: Kind, recording: str, content: bytes) -> None:
        """Lock content with this key; durable on return."""
        self.extend([Plain(kind, recording, content)])

    def extend(self, records: Iterable[Plain]) -> None:
        """Lock several with this key, in order and with one sync; durable on return, a first few of them after a cut."""
        locked = b"".join(map(self._locked, records))
        fresh = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, durable.OWNER)
        try:
            size = self._whole_size(End.of(descriptor))
            os.ftruncate(descriptor, size)
            durable.append(descriptor, locked, size)
            self.ends[self.key_id] = End.of(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            durable.sync_folder(self.folder)

    def write(self, records: Iterable[Plain]) -> None:
        """Put a whole file of records in place of what was there; durable on return (rule 6)."""
        durable.write(self.path, b"".join(map(self._locked, records)))

    def plain(self, wanted: Container[str] | None = None) -> Iterator[Plain]:
        """Every record, opened; of some recordings only where they are named."""
        found = (each for each in self.records() if wanted is None or each.recording in wanted)
        return (Plain(each.kind, each.recording, self.open(each)) for each in found)

    def records(self) -> Iterator[Record]:
        """Every whole record, still locked; stops at a torn tail and refuses damage before it."""
        try:
            blob = self.path.read_bytes()
        except FileNotFoundError:
            return
        start = 0
        while (record := _record_at(blob, start)) is not None:
            yield record
            start = record.end
        if start < len(blob) and _any_after(blob, start):
            raise self._damaged(start)

    def open(self, record: Record) -> bytes:
        """What a record locks."""
        nonce = record.head[-12:]
        try:
            return ChaCha20Poly1305(self.key).decrypt(
                nonce, record.sealed, self.key_id.encode() + record.head
            )
        except InvalidTag as error:
            raise self._damaged(record.end) from error

    def find(self, kind: Kind, recording: str) -> Iterator[bytes]:
        """What records of one kind lock for one recording, in order."""
        found = (each for each in self.records() if each.kind == kind and each.recording == recording)
        return (self.open(each) for each in found)

    def _locked(self, plain: Plain) -> bytes:
        nonce = secrets.token_bytes(12)
        head = HEAD.pack(MAGIC, plain.kind, plain.recording.encode(), len(plain.content) + 16, nonce)
        record = head + ChaCha20Poly1305(self.key).encrypt(nonce, plain.content, self.key_id.encode() + head)
        return record + _check(record)

    def _whole_size(self, now: "End") -> int:
        if now == self.ends.get(self.key_id):
            return now.size
        end = 0
        for record in self.records():
            end = record.end
        return end

    def _damaged(self, offset: int) -> VaultFault:
        return VaultFault(
            DAMAGED,
            f"{self.path} is damaged at byte {offset}",
            "put the file back from a copy; what comes before that byte still opens (`callbox shell get`)",
        )


def _record_at(blob: bytes, start: int) -> Record | None:
    head = blob[start : start + HEAD.size]
    if len(head) < HEAD.size:
        return None
    magic, kind, recording, length, _ = HEAD.unpack(head)
    body_end = start + HEAD.size + length
    if magic != MAGIC or kind not in KINDS or not recording.isascii():
        return None
    if blob[body_end : body_end + CHECK] != _check(blob[start:body_end]):
        return None
    sealed = blob[start + HEAD.size : body_end]
    return Record(Kind(kind), recording.decode(), head, sealed, body_end + CHECK)


def _any_after(blob: bytes, start: int) -> bool:
    """Whether a whole record stands anywhere behind a bad place."""
    place = blob.find(MAGIC, start + 1)
    while place >= 0:
        if _record_at(blob, place) is not None:
            return True
        place = blob.find(MAGIC, place + 1)
    return False


def _check(record: bytes) -> bytes:
    return hashlib.sha256(record).digest()[:CHECK]
