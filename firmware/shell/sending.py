"""A sealed recording goes out as it is: one age file, its armour, or a tar of small age files.

A finished recording is header and body, which together are one standard age v1 file. A cut
one is its parts, each of them an age file behind the same header: `ID/0001.age` and so on.
"""

import errno
import os
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

LENGTH: Final = 4
"""Bytes before each part of a cut body: its length, big-endian."""

LINE: Final = 48
"""Bytes of a line of armour, 64 characters (age.md, "ASCII armor": RFC 7468, strict)."""

CHUNK: Final = LINE * 4096
BEGIN: Final = b"-----BEGIN AGE ENCRYPTED FILE-----\n"
END: Final = b"-----END AGE ENCRYPTED FILE-----\n"


@dataclass(slots=True)
class Out:
    """Where it goes, and how many bytes of it went."""

    descriptor: int
    count: int = 0

    def write(self, content: bytes) -> int:
        """All of it."""
        rest = memoryview(content)
        while rest:
            gone = os.write(self.descriptor, rest)
            self.count += gone
            rest = rest[gone:]
        return len(content)

    def pour(self, source: int, size: int) -> None:
        """The first `size` bytes of a file, by the kernel alone where it can."""
        offset = 0
        while offset < size:
            gone = self._some(source, offset, size - offset)
            if not gone:
                raise EOFError("the sealed body is shorter than the keeper said")
            offset += gone

    def _some(self, source: int, offset: int, size: int) -> int:
        try:
            gone = os.sendfile(self.descriptor, source, offset, size)
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.ENOSYS}:
                raise
            return self.write(os.pread(source, min(size, CHUNK), offset))
        self.count += gone
        return gone


@dataclass(frozen=True, slots=True)
class Sealed:
    """A recording as the keeper handed it over; `body` is an open descriptor."""

    name: str
    header: bytes
    body: int
    size: int
    began_ns: int


def send_file(sealed: Sealed, out: Out) -> None:
    """One standard age file."""
    out.write(sealed.header)
    out.pour(sealed.body, sealed.size)


def send_armor(sealed: Sealed, out: Out) -> None:
    """One age file in armour, which survives a terminal and a mail."""
    out.write(BEGIN)
    held, offset = sealed.header, 0
    while chunk := os.pread(sealed.body, CHUNK, offset):
        offset += len(chunk)
        held += chunk
        whole = len(held) - len(held) % LINE
        out.write(_armored(held[:whole]))
        held = held[whole:]
    out.write(_armored(held))
    out.write(END)


def armored(content: bytes) -> str:
    """A small age file in armour."""
    return (BEGIN + _armored(content) + END).decode()


def send_tar(sealed: Sealed, out: Out) -> None:
    """A tar of small age files, in order of their names."""
    import tarfile  # noqa: PLC0415  only a cut recording needs it

    places = _places(sealed)
    width = max(4, len(str(len(places))))
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.USTAR_FORMAT) as tar:  # type: ignore[call-overload]
        for number, (offset, size) in enumerate(places, start=1):
            member = tarfile.TarInfo(f"{sealed.name}/{number:0{width}}.age")
            member.size = len(sealed.header) + size
            member.mtime = sealed.began_ns // 1_000_000_000
            tar.addfile(member, _Reading(sealed.header + os.pread(sealed.body, size, offset)))


@dataclass(slots=True)
class _Reading:
    """What tarfile reads a member from."""

    content: bytes

    def read(self, size: int) -> bytes:
        """The next bytes."""
        taken, self.content = self.content[:size], self.content[size:]
        return taken


def _places(sealed: Sealed) -> list[tuple[int, int]]:
    """Offset and size of every part."""
    places: list[tuple[int, int]] = []
    offset = 0
    while head := os.pread(sealed.body, LENGTH, offset):
        size = int.from_bytes(head)
        places.append((offset + LENGTH, size))
        offset += LENGTH + size
    return places


def _armored(content: bytes) -> bytes:
    lines = (content[start : start + LINE] for start in range(0, len(content), LINE))
    return b"".join(b64encode(line) + b"\n" for line in lines)
