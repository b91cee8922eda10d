"""The thief: he has the whole disk, cell included, and tries every root key he sees on every table he sees.

1. A cell in a file is a block with at most 128 bytes in it; wherever on the disk such a block
   lies, used or free, each 32 bytes of it are a root key to him.
2. A key table is wherever its magic is, in files, journal and free blocks alike.
3. Whatever opens is his. A check with him needs a control: he opens what nobody destroyed.

Source: research: sealing, section 7.
"""

import json
from base64 import b64decode
from collections.abc import Iterator
from itertools import chain

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from drivers.cell.contract import KEY, SLOT, SLOTS
from firmware.vault.table import HEAD, MAGIC, NONCE

BLOCK = 4096
"""Bytes: the blocks of the disks that the tests make."""

CELL = SLOTS * SLOT
ASCII = 127
"""A key of 32 random bytes has one above this, but for one in four thousand million."""


def used(image: bytes) -> bytes:
    """The image without blocks of zeros: what lies side by side stays side by side."""
    blocks = np.frombuffer(image, np.uint8)[: len(image) // BLOCK * BLOCK].reshape(-1, BLOCK)
    return blocks[blocks.any(axis=1)].tobytes()


def stolen(image: bytes) -> dict[str, set[bytes]]:
    """Every key that can be had from the image, by its id."""
    found: dict[str, set[bytes]] = {}
    tables = set(_tables(image))
    for root in map(ChaCha20Poly1305, set(_roots(image))):
        for key_id, key in chain.from_iterable(_opened(root, *table) for table in tables):
            found.setdefault(key_id, set()).add(b64decode(key))
    return found


def _roots(image: bytes) -> Iterator[bytes]:
    """Every page that may be a root key: text is none, nor are zeros."""
    blocks = np.frombuffer(image, np.uint8)[: len(image) // BLOCK * BLOCK].reshape(-1, BLOCK)
    small = blocks[:, :CELL].any(axis=1) & ~blocks[:, CELL:].any(axis=1)
    pages = blocks[small][:, :CELL].reshape(-1, KEY)
    return (page.tobytes() for page in pages[pages.max(axis=1) > ASCII])


def _tables(image: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Head, nonce and ciphertext of every table."""
    place = image.find(MAGIC)
    while place >= 0:
        head = image[place : place + HEAD.size]
        if len(head) == HEAD.size:
            begin = place + HEAD.size + NONCE
            yield head, image[begin - NONCE : begin], image[begin : begin + HEAD.unpack(head)[2]]
        place = image.find(MAGIC, place + 1)


def _opened(root: ChaCha20Poly1305, head: bytes, nonce: bytes, sealed: bytes) -> list[tuple[str, str]]:
    try:
        return list(json.loads(root.decrypt(nonce, sealed, head)).items())
    except InvalidTag:
        return []
