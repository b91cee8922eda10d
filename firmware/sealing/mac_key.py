"""The key of a header's MAC, kept with the header under its locks: by it the box sees whether another header wraps the same file key.

1. It is HKDF-SHA-256 of the file key (C2SP age.md, "Header MAC"). So it opens nothing, and tells nothing of the file key.
2. Who makes a header that fits it knew the file key: he had opened the old one with a private key.
3. It leaves the box with nothing that is handed out.
"""

import hmac
from typing import Final

from firmware.sealing.stanza import VERSION, mac_by, mac_key, read_header

SIZE: Final = 32
"""Bytes of the key: those of one HKDF-SHA-256 output block."""


def with_mac_key(file_key: bytes, sealed: bytes) -> bytes:
    """A header, or a small age file, behind the key of its MAC: as it is locked to the live key."""
    return mac_key(file_key) + sealed


def apart(locked: bytes) -> tuple[bytes, bytes | None]:
    """What lay under the lock, and the key of its MAC; `None` where an earlier version kept none."""
    if locked.startswith(VERSION):
        return locked, None
    return locked[SIZE:], locked[:SIZE]


def of_same_file_key(header: bytes, key: bytes) -> bool:
    """Whether a header was made with the file key that this key follows from; refuses what is none, as `ValueError`."""
    head = read_header(header)
    return hmac.compare_digest(mac_by(key, head.covered), head.mac)
