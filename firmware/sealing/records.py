"""What a commit holds: records about recordings in the making, and how they lie in the live log.

1. A call's records come in this order: open, then gaps and parts, then finished.
2. A gap is told no later than the first part that reaches into it.
3. Nothing in a record is clear but lengths, counts, reasons and the facts; the
   header is locked, parts and details are sealed.

The bytes are described in docs/formats.md.
"""

import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from firmware.sealing.facts import Facts, Gap

FRAME: Final = struct.Struct(">c13sQQI")
"""Kind, recording, two numbers whose meaning is the kind's, length of the body in bytes."""

NOBODY: Final = "-" * 13
"""Stands where a record belongs to no recording."""


class Kind(Enum):
    """What a record says; `first` and `second` are its two numbers."""

    SLOT = b"S"
    """A slot begins; body: the recordings open now, the live key's generation in use."""

    OPEN = b"O"
    """A recording begins; body: facts, locked header, sealed details."""

    PART = b"P"
    """Sealed FLAC; first: bytes of stream before it, second: samples in whole frames up to its end."""

    GAP = b"G"
    """Audio was withheld; first, second: from sample, to sample; body: the reason, and how many keys where that is told."""

    USING = b"K"
    """Recordings opened from here on are under the live key of generation `first` or a later one."""

    FINISHED = b"F"
    """The recording is decided: finished, cut and salvaged, empty, or discarded."""


class Record(NamedTuple):
    """One record as it goes into a batch: a plain tuple, since every line makes four a second."""

    kind: Kind
    id: str
    first: int = 0
    second: int = 0
    body: bytes = b""

    def encode(self) -> bytes:
        """Its bytes in a batch."""
        return self.frame() + self.body

    def frame(self) -> bytes:
        """What stands before its body."""
        kind, name, first, second, body = self
        return FRAME.pack(kind.value, name.encode(), first, second, len(body))


def encode(records: Iterable[Record]) -> bytes:
    """The bytes of a run of records."""
    return b"".join(piece for record in records for piece in (record.frame(), record.body))


def decode(batch: bytes) -> Iterator[tuple[Record, int]]:
    """The records of a batch whose digest was proved, each with the offset of its body."""
    at = 0
    while at < len(batch):
        kind, name, first, second, length = FRAME.unpack_from(batch, at)
        at += FRAME.size
        yield Record(Kind(kind), name.decode(), first, second, batch[at : at + length]), at
        at += length


@dataclass(frozen=True, slots=True)
class Opening:
    """What the live log knows of a recording from its first record on.

    `header` and `details` are locked to the live key of generation `live`.
    """

    facts: Facts
    header: bytes
    details: bytes | None
    live: int

    def record(self) -> Record:
        """The record that opens the recording in the live log."""
        told = {
            "facts": self.facts.as_json(),
            "header": text(self.header),
            "details": self.details and text(self.details),
            "live": self.live,
        }
        return Record(Kind.OPEN, self.facts.id, body=json.dumps(told).encode())

    @classmethod
    def read(cls, body: bytes) -> "Opening":
        """The opening in the body of an open record."""
        told = json.loads(body)
        details = told["details"] and b64decode(told["details"])
        return cls(Facts.from_json(told["facts"]), b64decode(told["header"]), details, told["live"])


def gap_record(recording: str, gap: Gap) -> Record:
    """The record of a gap."""
    told = f"{gap.reason}\n{gap.keys}" if gap.keys else gap.reason
    return Record(Kind.GAP, recording, gap.start, gap.stop, told.encode())


def read_gap(record: Record) -> Gap:
    """The gap in the record of one."""
    reason, _, keys = record.body.decode().partition("\n")
    return Gap(record.first, record.second, reason, int(keys or 0))


def using(generation: int) -> Record:
    """The record that no recording is opened under an older live key from here on."""
    return Record(Kind.USING, NOBODY, generation)


def finished(recording: str) -> Record:
    """The record that decides a recording: it is no longer open, whatever became of it."""
    return Record(Kind.FINISHED, recording)


def text(data: bytes) -> str:
    """Bytes as they stand in JSON: base64."""
    return b64encode(data).decode()
