"""The peer of destroying a day: one key for all, so that each header is locked again under a fresh one.

As compact as it can be: nonce and ciphertext, one after another in one file.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NONCE: Final = 12
TAG: Final = 16
BLOCK: Final = 4096
"""Records read and written at a time."""

OLD, NEW = bytes(32), bytes([1]) * 32


def write_all(path: Path, count: int, size: int) -> None:
    """So many locked headers of so many bytes; the size of a record stands first."""
    key, header = ChaCha20Poly1305(OLD), os.urandom(size)
    with path.open("wb") as file:
        file.write((NONCE + size + TAG).to_bytes(4))
        for number in range(count):
            nonce = number.to_bytes(NONCE)
            file.write(nonce + key.encrypt(nonce, header, None))
        file.flush()
        os.fsync(file.fileno())


def lock_all_again(path: Path) -> int:
    """Every header opened and locked with another key, in a new file that takes the old one's place; how many."""
    opening, locking = ChaCha20Poly1305(OLD), ChaCha20Poly1305(NEW)
    fresh, done = path.with_name("flat.new"), 0
    with path.open("rb") as old, fresh.open("wb") as new:
        size = int.from_bytes(old.read(4))
        new.write(size.to_bytes(4))
        while block := old.read(size * BLOCK):
            for at in range(0, len(block), size):
                nonce = block[at : at + NONCE]
                new.write(
                    nonce
                    + locking.encrypt(
                        nonce, opening.decrypt(nonce, block[at + NONCE : at + size], None), None
                    )
                )
                done += 1
        new.flush()
        os.fsync(new.fileno())
    fresh.rename(path)
    return done
