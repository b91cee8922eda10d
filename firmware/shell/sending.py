"""A sealed recording goes out as it is: one age file, its armour, or a tar of small age files.

A finished recording is header and body, which together are one standard age v1 file. A cut
one is its parts, each of them an age file behind the same header: `ID/0001.age` and so on.

The body is read from where its descriptor stands, never beside it: the keeper shares that place in the file, and
so knows how much was read even of a copy whose sender was killed.
"""

import errno
import os
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from firmware.faults import VaultFault

LENGTH: Final = 4
"""Bytes before each part of a cut body: its length, big-endian."""

LINE: Final = 48
"""Bytes of a line of armour, 64 characters (age.md, "ASCII armor": RFC 7468, strict)."""

COLUMNS: Final = 64
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
        """The next `size` bytes of a file, by the kernel alone where it can."""
        left = size
        while left:
            gone = self._some(source, left)
            if not gone:
                raise _short()
            left -= gone

    def _some(self, source: int, size: int) -> int:
        try:
            gone = os.sendfile(self.descriptor, source, None, size)
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.ENOSYS}:
                raise
            return self.write(os.read(source, min(size, CHUNK)))
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
    held, left = sealed.header, sealed.size
    while left:
        chunk = os.read(sealed.body, min(left, CHUNK))
        if not chunk:
            raise _short()
        left -= len(chunk)
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

    sizes = _sizes(sealed)
    width = max(4, len(str(len(sizes))))
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.USTAR_FORMAT) as tar:  # type: ignore[call-overload]
        for number, size in enumerate(sizes, start=1):
            member = tarfile.TarInfo(f"{sealed.name}/{number:0{width}}.age")
            member.size = len(sealed.header) + size
            member.mtime = sealed.began_ns // 1_000_000_000
            tar.addfile(member, _Reading(sealed.header + _next_part(sealed, size)))


@dataclass(slots=True)
class _Reading:
    """What tarfile reads a member from."""

    content: bytes

    def read(self, size: int) -> bytes:
        """The next bytes."""
        taken, self.content = self.content[:size], self.content[size:]
        return taken


def _sizes(sealed: Sealed) -> list[int]:
    """The size of every part; looked up beside the place in the file."""
    sizes: list[int] = []
    offset = 0
    while offset < sealed.size:
        sizes.append(int.from_bytes(os.pread(sealed.body, LENGTH, offset)))
        offset += LENGTH + sizes[-1]
    if offset != sealed.size:
        raise _short()
    return sizes


def _next_part(sealed: Sealed, size: int) -> bytes:
    part = os.read(sealed.body, LENGTH + size)
    if len(part) != LENGTH + size:
        raise _short()
    return part[LENGTH:]


def _short() -> VaultFault:
    """The disk gave less than was there when the keeper looked; what went out is not whole."""
    short = "the sealed body ends before its end: what went out is not the whole recording"
    return VaultFault(
        "vault.body-damaged", short, "callbox shell verify ID says more; dmesg tells of the disk"
    )


def _armored(content: bytes) -> bytes:
    """Lines of 64 characters; a last one may be shorter."""
    text = b64encode(content)
    return b"".join([text[start : start + COLUMNS] + b"\n" for start in range(0, len(text), COLUMNS)])
