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

from firmware.shell.image import Sealed, image_of, short

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
                raise short()
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
            raise short()
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
    whole = image_of(sealed, "cut")
    for at in range(0, whole.size, CHUNK):
        out.write(whole.read(sealed.body, at, CHUNK))


def _armored(content: bytes) -> bytes:
    """Lines of 64 characters; a last one may be shorter."""
    text = b64encode(content)
    return b"".join([text[start : start + COLUMNS] + b"\n" for start in range(0, len(text), COLUMNS)])
