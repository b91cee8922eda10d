"""A sealed recording as one file of a known length, of which any stretch can be read.

1. A finished one is header and body. A cut one is a tar of its parts, each behind the same header: `ID/0001.age` ...
2. The length follows from the lengths of what is in it: nothing is opened or read for it.
3. The place in the body moves on to the furthest byte that was read, for the keeper shares it and looks at it.
"""

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from firmware.faults import VaultFault

LENGTH: Final = 4
"""Bytes before each part of a cut body: its length, big-endian."""

BLOCK: Final = 512
RECORD: Final = 20 * BLOCK
"""A tar is blocks, two of zeros at its end, filled up to a whole record (POSIX pax, "ustar")."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A recording as the keeper handed it over; `body` is an open descriptor."""

    name: str
    header: bytes
    body: int
    size: int
    began_ns: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many bytes of the body, from an offset on."""

    offset: int
    size: int

    def __len__(self) -> int:
        return self.size


class Image:
    """The whole file, put together of what is given and of stretches of the body."""

    def __init__(self, pieces: Iterable[bytes | Stretch]) -> None:
        self._pieces = list(pieces)
        *self._starts, self.size = accumulate(map(len, self._pieces), initial=0)

    def read(self, body: int, at: int, length: int) -> bytes:
        """What lies from `at` on, at most so many bytes; nothing behind the end."""
        found: list[bytes] = []
        stop = min(at + length, self.size)
        number = bisect_right(self._starts, at) - 1
        while at < stop:
            start, piece = self._starts[number], self._pieces[number]
            taken = _cut(piece, at - start, stop - at)
            found.append(taken if isinstance(taken, bytes) else _read(body, taken))
            at += len(taken)
            number += 1
        return b"".join(found)


def image_of(sealed: Sealed, kind: str) -> Image:
    """The file of a recording: `finished` or `cut`."""
    if kind == "cut":
        return Image(_tar(sealed, part_sizes(sealed.body, sealed.size)))
    return Image([sealed.header, Stretch(0, sealed.size)])


def tar_size(header: int, parts: Sequence[int]) -> int:
    """The length of the tar of a cut recording whose header and parts have these lengths."""
    members = _members_size(header, parts)
    return members + _end(members)


def part_sizes(body: int, size: int) -> list[int]:
    """The length of every part of a cut body."""
    sizes: list[int] = []
    offset = 0
    while offset < size:
        head = os.pread(body, LENGTH, offset)
        if len(head) != LENGTH:
            raise short()
        sizes.append(int.from_bytes(head))
        offset += LENGTH + sizes[-1]
    if offset != size:
        raise short()
    return sizes


def _tar(sealed: Sealed, parts: Sequence[int]) -> Iterator[bytes | Stretch]:
    import tarfile  # noqa: PLC0415  only a cut recording needs it

    width, offset = max(4, len(str(len(parts)))), 0
    for number, size in enumerate(parts, start=1):
        member = tarfile.TarInfo(f"{sealed.name}/{number:0{width}}.age")
        member.size = len(sealed.header) + size
        member.mtime = sealed.began_ns // 1_000_000_000
        yield member.tobuf(tarfile.USTAR_FORMAT)
        yield sealed.header
        yield Stretch(offset + LENGTH, size)
        yield bytes(-member.size % BLOCK)
        offset += LENGTH + size
    yield bytes(_end(_members_size(len(sealed.header), parts)))


def _members_size(header: int, parts: Sequence[int]) -> int:
    return sum(BLOCK + header + part + -(header + part) % BLOCK for part in parts)


def _end(members: int) -> int:
    """The zeros behind the members."""
    return 2 * BLOCK + -(members + 2 * BLOCK) % RECORD


def _cut(piece: bytes | Stretch, skip: int, length: int) -> bytes | Stretch:
    if isinstance(piece, bytes):
        return piece[skip : skip + length]
    return Stretch(piece.offset + skip, min(piece.size - skip, length))


def _read(body: int, stretch: Stretch) -> bytes:
    content = os.pread(body, stretch.size, stretch.offset)
    if len(content) != stretch.size:
        raise short()
    stop = stretch.offset + stretch.size
    if stop > os.lseek(body, 0, os.SEEK_CUR):
        os.lseek(body, stop, os.SEEK_SET)
    return content


def short() -> VaultFault:
    """The disk gave less than was there when the keeper looked; what went out is not whole."""
    ends = "the sealed body ends before its end: what went out is not the whole recording"
    return VaultFault(
        "vault.body-damaged", ends, "callbox shell verify ID says more; dmesg tells of the disk"
    )
