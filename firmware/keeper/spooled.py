"""What the recorder hands on is read strictly before anything is done with it."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from firmware.vault.facts import Facts, read_facts
from firmware.vault.reading import UnreadableError, read_object

COVERAGE: Final = "coverage-"
CHUNK: Final = 1 << 20
MOST_TOLD: Final = 16 << 20
"""Bytes of a file that tells of something: a cut call of two hours has 2 MB, most of it its parts."""

MOST_BODY: Final = 2 << 30
"""Bytes of a body: two sides of two hours at 48 kHz, not compressed at all, have 1.4 GB."""

MOST_PART: Final = 1 << 20
"""Bytes of a part of a cut body: the recorder's have 33 KiB at most (`sealing.making.MOST`)."""

LENGTH: Final = 4
"""Bytes before each part of a cut body: its length, big-endian."""

HALF: Final = 32
"""Hex digits of a part's digest in the facts."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A recording in the spool: `header` and `details` are still locked to live key `live`."""

    id: str
    kind: str
    facts: Facts
    header: bytes
    details: bytes | None
    body_sha256: str
    body_size: int
    live: int


def read_spooled(path: Path) -> Spooled:
    """The recording that `ID.json` describes; refuses what is not format 1 or 2 as `UnreadableError`."""
    fields = read_object(read_file(path), path.name)
    fields.require_format(1, 2)
    kind, facts, body = fields.text("kind"), read_facts(fields.inner("facts")), fields.inner("body")
    if kind not in {"finished", "cut"} or (kind == "cut") != (facts.parts is not None):
        raise UnreadableError(f"{path.name}: kind is not finished or cut, or its parts do not belong to it")
    if facts.id != path.stem:
        raise UnreadableError(f"{path.name}: the facts belong to another recording")
    return Spooled(
        facts.id,
        kind,
        facts,
        fields.data("header"),
        fields.maybe_data("details"),
        body.text("sha256"),
        body.whole("size"),
        fields.whole("live"),
    )


def open_file(path: Path) -> BinaryIO:
    """A file of the spool, open; never waits. Refuses a link, a FIFO, a folder, and what is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.ENOENT, errno.ENXIO}:
            raise
        raise UnreadableError(f"{path.name} is not there, or is no file") from error
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise UnreadableError(f"{path.name} is no file")


def read_file(path: Path) -> bytes:
    """All of a file that tells of something, refused as `open_file` does, or by its size."""
    with open_file(path) as file:
        content = file.read(MOST_TOLD + 1)
    if len(content) > MOST_TOLD:
        raise UnreadableError(f"{path.name} is larger than {MOST_TOLD} bytes")
    return content


def generation_of(path: Path) -> int | None:
    """The live generation that a spool file names, `None` where it cannot be read."""
    try:
        return read_object(read_file(path), path.name).whole("live")
    except (OSError, UnreadableError):
        return None


def check_body(spooled: Spooled, body: Path) -> None:
    """Refuse a body that is missing, is not byte for byte what the recorder finished, or whose parts are not its parts."""
    with open_file(body) as file:
        if spooled.body_size > MOST_BODY or os.fstat(file.fileno()).st_size != spooled.body_size:
            raise UnreadableError(f"{body.name} has not the size that was told, or that a recording can have")
        digest = hashlib.sha256()
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
        if digest.hexdigest() != spooled.body_sha256 or file.tell() != spooled.body_size:
            raise UnreadableError(f"{body.name} is not what the recorder wrote: its SHA-256 differs")
        if spooled.facts.parts is not None:
            file.seek(0)
            told = [part.sha256 for part in spooled.facts.parts]
            if told != [hashlib.sha256(part).hexdigest()[:HALF] for part in parts_of(file)]:
                raise UnreadableError(f"{body.name} does not hold the parts that its facts name")


def parts_of(file: BinaryIO) -> Iterator[bytes]:
    """Each part of a cut body; refuses a body that ends inside one."""
    while head := file.read(LENGTH):
        size = int.from_bytes(head)
        part = file.read(min(size, MOST_PART))
        if len(head) < LENGTH or len(part) < size:
            raise UnreadableError("a cut body ends inside a part")
        yield part
