"""What came from a box is compared, byte for byte, with what its manifest promises; nothing is opened before.

A finished recording is one age file; a cut one a tar of small age files, each behind the same header. In both
the header has one digest and the body another (docs/formats.md).
"""

import hashlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from firmware.faults import SealFault
from firmware.vault.manifest import Sealed

CHUNK: Final = 1 << 20
MOST_HEADER: Final = 64 << 10
"""Bytes of an age header; our choice: ten RSA recipients have 6,000."""

MOST_PART: Final = 256 << 10
"""Bytes of one part with its header; a part has at most 64 KiB (docs/formats.md)."""

LAST_LINE: Final = b"\n--- "
"""How the last line of an age header begins (C2SP age.md, "Header")."""


@dataclass(frozen=True, slots=True)
class Part:
    """One small age file of a cut recording."""

    number: int
    content: bytes


def check(file: IO[bytes], sealed: Sealed) -> None:
    """Refuse a file that is not what the manifest says, from its beginning to its end."""
    file.seek(0)
    header, body = _of_cut(file) if sealed.kind == "cut" else _of_finished(file)
    for what, seen, wanted in (("header", header, sealed.header_sha256), ("body", body, sealed.body_sha256)):
        if seen != wanted:
            raise damaged(f"the {what} that came is not the one that the box signed")


def parts(file: IO[bytes]) -> Iterator[Part]:
    """The small age files of a tar, in order of their names; refuses what is no such tar."""
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            yield from (_part(tar, member) for member in tar)
    except (tarfile.TarError, EOFError) as error:
        raise damaged("it is no tar, or was cut short") from error


def _part(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Part:
    content = tar.extractfile(member) if member.isreg() and member.size <= MOST_PART else None
    number = member.name.rpartition("/")[2].removesuffix(".age")
    if content is None or not number.isdecimal() or not number.isascii():
        raise damaged("it holds something else than small age files, numbered")
    return Part(int(number[:9]), content.read())


def _of_finished(file: IO[bytes]) -> tuple[str, str]:
    begun = file.read(MOST_HEADER)
    end = _header_end(begun)
    body = hashlib.sha256(begun[end:])
    while chunk := file.read(CHUNK):
        body.update(chunk)
    return hashlib.sha256(begun[:end]).hexdigest(), body.hexdigest()


def _of_cut(file: IO[bytes]) -> tuple[str, str]:
    body, header = hashlib.sha256(), b""
    for number, part in enumerate(parts(file), 1):
        header = header or part.content[: _header_end(part.content)]
        if part.number != number or not part.content.startswith(header):
            raise damaged(f"part {number} is missing or has another header than the first")
        rest = part.content[len(header) :]
        body.update(len(rest).to_bytes(4) + rest)
    return hashlib.sha256(header).hexdigest(), body.hexdigest()


def _header_end(content: bytes) -> int:
    last = content.find(LAST_LINE)
    end = content.find(b"\n", last + len(LAST_LINE))
    if last < 0 or end < 0:
        raise damaged("it does not begin as a sealed recording does")
    return end + 1


def header_of(content: bytes) -> bytes | None:
    """The header of a small age file, `None` where it has none."""
    try:
        return content[: _header_end(content)]
    except SealFault:
        return None


def damaged(why: str) -> SealFault:
    """What came is not what was sealed."""
    return SealFault(
        "seal.damaged", why, "fetch it again; if it stays so, look at the box's disk: callbox office status"
    )
