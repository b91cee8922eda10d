"""The text of an age header: the file key wrapped once for each recipient, and a MAC over it all.

Source: C2SP age.md, sections "Header" and "Recipient stanza". Reading refuses
everything that is not in that one spelling, as `ValueError`.
"""

import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass

VERSION = b"age-encryption.org/v1\n"
COLUMNS = 64
"""A stanza's body is broken into lines of 64; the last one is shorter, if need be empty."""


def b64(data: bytes) -> str:
    """Standard base64 without padding, age's only base64."""
    return b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """The bytes of unpadded base64; refuses padding and any second spelling."""
    data = b64decode(text + "=" * (-len(text) % 4), validate=True)
    if b64(data) != text:
        raise ValueError("base64 in a second spelling")
    return data


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes of HKDF-SHA-256 (RFC 5869, sections 2.2 and 2.3), age's only derivation.

    By the standard library: each part of a live log takes one, and building the other's objects cost more than both HMACs.
    """
    extracted = hmac.digest(salt, key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


@dataclass(frozen=True, slots=True)
class Stanza:
    """A file key wrapped for one recipient: arguments, of which the first is the kind, and a body."""

    args: tuple[str, ...]
    body: bytes

    def encode(self) -> bytes:
        """The stanza as it stands in a header."""
        coded = b64(self.body)
        lines = [coded[i : i + COLUMNS] for i in range(0, len(coded) + 1, COLUMNS)]
        return "\n".join([" ".join(("->", *self.args)), *lines, ""]).encode()


@dataclass(frozen=True, slots=True)
class Header:
    """A header that was read: its stanzas, the bytes the MAC covers, the MAC, and its own length in bytes."""

    stanzas: tuple[Stanza, ...]
    covered: bytes
    mac: bytes
    size: int


def write_header(stanzas: tuple[Stanza, ...], file_key: bytes) -> bytes:
    """The header up to and including the line of its MAC."""
    covered = VERSION + b"".join(stanza.encode() for stanza in stanzas) + b"---"
    return covered + b" " + b64(header_mac(file_key, covered)).encode() + b"\n"


def header_mac(file_key: bytes, covered: bytes) -> bytes:
    """HMAC over the header up to and including its three dashes."""
    return mac_by(mac_key(file_key), covered)


def mac_key(file_key: bytes) -> bytes:
    """The key of that HMAC: it follows from the file key, and not the other way round."""
    return hkdf(file_key, b"", b"header")


def mac_by(key: bytes, covered: bytes) -> bytes:
    """The same HMAC by who has its key alone."""
    return hmac.digest(key, covered, "sha256")


def read_header(sealed: bytes) -> Header:
    """The header at the beginning of an age file; its MAC is not proved yet, that takes the file key."""
    if not sealed.startswith(VERSION):
        raise ValueError("no age file of version 1")
    stanzas: list[Stanza] = []
    at = len(VERSION)
    while sealed[at : at + 3] == b"-> ":
        stanza, at = _read_stanza(sealed, at)
        stanzas.append(stanza)
    line, end = _line(sealed, at)
    if not line.startswith("--- "):
        raise ValueError("the header has no MAC")
    return Header(tuple(stanzas), sealed[: at + 3], unb64(line[4:]), end)


def _read_stanza(sealed: bytes, at: int) -> tuple[Stanza, int]:
    line, at = _line(sealed, at)
    coded = ""
    while True:
        row, at = _line(sealed, at)
        coded += row
        if len(row) > COLUMNS:
            raise ValueError("a line of a stanza is too long")
        if len(row) < COLUMNS:
            return Stanza(tuple(line[3:].split(" ")), unb64(coded)), at


def _line(sealed: bytes, at: int) -> tuple[str, int]:
    end = sealed.index(b"\n", at)
    return sealed[at:end].decode("ascii"), end + 1
