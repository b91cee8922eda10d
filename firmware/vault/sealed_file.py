"""A small file that opens with a key of the vault's own table: what persons wrote lies nowhere in clear."""

import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.vault import durable
from firmware.vault.reading import UnreadableError
from firmware.vault.table import KeyTable

NONCE: Final = 12
"""Bytes (RFC 8439, section 2.8), random each time: 2^48 writings under one key are safe, and one is made in minutes."""


def write(path: Path, table: KeyTable, content: bytes) -> None:
    """Put a whole file in place of what was there, under the key of its name, made where there is none; durable on return."""
    key_id = path.stem
    key = table.key(key_id) if key_id in table else table.add(key_id)
    nonce = secrets.token_bytes(NONCE)
    durable.write(path, nonce + ChaCha20Poly1305(key).encrypt(nonce, content, path.name.encode()))


def read(path: Path, table: KeyTable) -> bytes:
    """What was written; an `UnreadableError` where it does not open, a `FileNotFoundError` where there is none."""
    sealed = path.read_bytes()
    if path.stem not in table:
        raise UnreadableError(f"{path.name} is locked with a key that is not there")
    try:
        return ChaCha20Poly1305(table.key(path.stem)).decrypt(
            sealed[:NONCE], sealed[NONCE:], path.name.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise UnreadableError(f"{path.name} was changed, or is not whole") from error
