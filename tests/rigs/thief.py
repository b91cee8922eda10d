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
from itertools import product

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from drivers.cell.contract import KEY, SLOT, SLOTS
from firmware.vault.table import HEAD, MAGIC, NONCE

BLOCK = 4096
"""Bytes: the blocks of the disks that the tests make."""

CELL = SLOTS * SLOT


def stolen(image: bytes) -> dict[str, set[bytes]]:
    """Every key that can be had from the image, by its id."""
    found: dict[str, set[bytes]] = {}
    for root, table in product(set(_roots(image)), set(_tables(image))):
        for key_id, key in _opened(root, *table).items():
            found.setdefault(key_id, set()).add(b64decode(key))
    return found


def _roots(image: bytes) -> Iterator[bytes]:
    blocks = np.frombuffer(image, np.uint8)[: len(image) // BLOCK * BLOCK].reshape(-1, BLOCK)
    small = blocks[:, :CELL].any(axis=1) & ~blocks[:, CELL:].any(axis=1)
    for page in blocks[small][:, :CELL].reshape(-1, KEY):
        if page.any():
            yield page.tobytes()


def _tables(image: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Head, nonce and ciphertext of every table."""
    place = image.find(MAGIC)
    while place >= 0:
        head = image[place : place + HEAD.size]
        if len(head) == HEAD.size:
            begin = place + HEAD.size + NONCE
            yield head, image[begin - NONCE : begin], image[begin : begin + HEAD.unpack(head)[2]]
        place = image.find(MAGIC, place + 1)


def _opened(root: bytes, head: bytes, nonce: bytes, sealed: bytes) -> dict[str, str]:
    try:
        keys: dict[str, str] = json.loads(ChaCha20Poly1305(root).decrypt(nonce, sealed, head))
    except InvalidTag:
        return {}
    return keys
