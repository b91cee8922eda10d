"""What every cell promises: two slots, each blank, holding a key with its serial, or torn.

1. A slot is two pages of 32 bytes: the key, then its serial and a check over both.
   32 bytes is the write page of the AT24C32 (research: codec-crypto, section 4).
2. A write that was torn, however, reads as torn and never as another key.
3. `write` and `blank` return once the bytes are where a power cut leaves them, and
   say nothing about what they read back: the caller reads back.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Protocol

KEY = 32
"""Bytes of a key, and of a page."""

SLOTS = 2
SLOT = 2 * KEY
"""Bytes of a slot: the key's page, then the page with serial and check."""

SERIAL = 8
MARK = b"callbox cell 1"
"""The check covers this, so that a slot of another layout reads as torn."""


@dataclass(frozen=True, slots=True)
class Held:
    """A slot that holds a key; the highest serial is the newest."""

    key: bytes = field(repr=False)
    serial: int


@dataclass(frozen=True, slots=True)
class Blank:
    """A slot of zeros."""


@dataclass(frozen=True, slots=True)
class Torn:
    """A slot that is neither blank nor whole."""


BLANK = Blank()
TORN = Torn()


class Cell(Protocol):
    """Two slots, numbered 0 and 1. Every failure of the device is a `DriverError`."""

    @property
    def method(self) -> str:
        """How a key is destroyed here, as a certificate names it."""
        ...

    def read(self, slot: int) -> Held | Blank | Torn:
        """What the device holds now, not what was written to it."""
        ...

    def write(self, slot: int, held: Held) -> None:
        """Overwrite a slot with a key and its serial."""
        ...

    def blank(self, slot: int) -> None:
        """Overwrite a slot with zeros."""
        ...


def pack(held: Held) -> bytes:
    """The two pages of a slot, 64 bytes; refuses a key that is not 32 bytes or all zeros."""
    if len(held.key) != KEY or not any(held.key):
        raise ValueError("a cell holds keys of 32 bytes that are not all zeros")
    serial = held.serial.to_bytes(SERIAL)
    return held.key + serial + _check(held.key, serial)


def unpack(pages: bytes) -> Held | Blank | Torn:
    """What 64 bytes of a slot hold."""
    if not any(pages):
        return BLANK
    key, serial, check = pages[:KEY], pages[KEY : KEY + SERIAL], pages[KEY + SERIAL : SLOT]
    if len(pages) != SLOT or not hmac.compare_digest(_check(key, serial), check):
        return TORN
    return Held(key, int.from_bytes(serial))


def _check(key: bytes, serial: bytes) -> bytes:
    return hashlib.sha256(MARK + key + serial).digest()[: KEY - SERIAL]
