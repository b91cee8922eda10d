"""Sealing is writing standard age v1 files; opening is only ever of locks and of a call's own parts.

1. Every payload begins with a fresh random 16-byte nonce, so that no payload key
   and no key-and-nonce pair ever occurs twice.
2. The final chunk is never empty unless the payload is, and only it carries the
   last flag (C2SP age.md, "Payload").
3. A *lock* is a tiny age file with one X25519 recipient. The one kind of private
   key that is read here is the X25519 identity.

Judged in the tests by the `age` command and by pyrage.
"""

import hmac
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.faults import SealFault
from firmware.sealing import bech32
from firmware.sealing.recipients import INFO, X25519, ZERO_NONCE, AgeRecipient, Recipient
from firmware.sealing.stanza import Header, Stanza, header_mac, hkdf, read_header, unb64, write_header

CHUNK: Final = 64 * 1024
"""Bytes of plaintext in every chunk but the last (age.md, "Payload")."""

NONCE: Final = 16
TAG: Final = 16
FILE_KEY: Final = 16
LAST: Final = bytes(11) + b"\x01"
"""The nonce of chunk 0 where it is also the last one."""

IDENTITY_PREFIX: Final = "age-secret-key-"
DAMAGED_HINT: Final = "the bytes were changed or cut; take the copy of the last backup, and look at the disk: dmesg, smartctl -a"


def fresh_file_key() -> bytes:
    """16 random bytes, for one recording and no other."""
    return os.urandom(FILE_KEY)


def header(file_key: bytes, recipients: Iterable[Recipient]) -> bytes:
    """The header that wraps the file key for every recipient; refuses to wrap it for nobody."""
    stanzas = tuple(recipient.wrap(file_key) for recipient in recipients)
    if not stanzas:
        raise SealFault(
            "seal.no-recipient", "there is nobody to seal to", "name two [[recipient]] in the settings"
        )
    return write_header(stanzas, file_key)


def part(file_key: bytes, plain: bytes) -> bytes:
    """A whole payload of one chunk, at most 64 KiB: nonce and ciphertext."""
    if len(plain) > CHUNK:
        raise ValueError(f"a part of {len(plain)} bytes does not fit in one chunk")
    nonce = os.urandom(NONCE)
    return nonce + ChaCha20Poly1305(hkdf(file_key, nonce, b"payload")).encrypt(LAST, plain, None)


def open_part(file_key: bytes, sealed: bytes) -> bytes:
    """The plaintext of a part; refuses, as `SealFault`, one that is not exactly as it was sealed."""
    cipher = ChaCha20Poly1305(hkdf(file_key, sealed[:NONCE], b"payload"))
    try:
        return cipher.decrypt(LAST, sealed[NONCE:], None)
    except InvalidTag as error:
        raise _damaged("a part of a recording does not open") from error


class Payload:
    """The payload of an age file, written as it comes: nonce at once, then chunks, the last one at `close`."""

    def __init__(self, file_key: bytes, write: Callable[[bytes], object]) -> None:
        nonce = os.urandom(NONCE)
        self._cipher = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
        self._write = write
        self._held = bytearray()
        self._chunk = 0
        write(nonce)

    def write(self, plain: bytes) -> None:
        """Take plaintext of any length; what may still be the last chunk is held back."""
        self._held += plain
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), b"\x00")
            del self._held[:CHUNK]

    def close(self) -> None:
        """Write the last chunk. Nothing may be written after it."""
        self._seal(bytes(self._held), b"\x01")
        self._held.clear()

    def _seal(self, plain: bytes, flag: bytes) -> None:
        nonce = self._chunk.to_bytes(11) + flag
        self._chunk += 1
        self._write(self._cipher.encrypt(nonce, plain, None))


def seal_bytes(plain: bytes, recipients: Sequence[Recipient]) -> bytes:
    """A whole small age file in memory, under a fresh file key."""
    return sealed_with(fresh_file_key(), plain, recipients)


def sealed_with(file_key: bytes, plain: bytes, recipients: Sequence[Recipient]) -> bytes:
    """The same under a file key that seals nothing else."""
    pieces = [header(file_key, recipients)]
    payload = Payload(file_key, pieces.append)
    payload.write(plain)
    payload.close()
    return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Identity:
    """An X25519 private key of 32 bytes, such as the live key. It never shows itself."""

    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "Identity":
        """A fresh one."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "Identity":
        """The identity of `AGE-SECRET-KEY-1...`; refuses other text without showing it."""
        try:
            prefix, secret = bech32.decode(text.strip())
        except ValueError as error:
            raise SealFault(
                "seal.malformed-key", f"the private key cannot be read: {error}", "copy it again"
            ) from error
        if prefix != IDENTITY_PREFIX or len(secret) != 32:
            wrong = "the text is no private key of age"
            raise SealFault("seal.malformed-key", wrong, "it begins with AGE-SECRET-KEY-1")
        return cls(secret)

    def text(self) -> str:
        """`AGE-SECRET-KEY-1...`"""
        return bech32.encode(IDENTITY_PREFIX, self.secret).upper()

    def recipient(self) -> AgeRecipient:
        """Its public half."""
        private = X25519PrivateKey.from_private_bytes(self.secret)
        return AgeRecipient(private.public_key().public_bytes_raw())

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key of a stanza that was made for this identity, else None."""
        if stanza.args[0] != X25519 or len(stanza.args) != 2 or len(stanza.body) != FILE_KEY + TAG:
            return None
        share = unb64(stanza.args[1])
        private = X25519PrivateKey.from_private_bytes(self.secret)
        secret = private.exchange(X25519PublicKey.from_public_bytes(share))
        key = hkdf(secret, share + private.public_key().public_bytes_raw(), INFO + b"X25519")
        try:
            return ChaCha20Poly1305(key).decrypt(ZERO_NONCE, stanza.body, None)
        except InvalidTag:
            return None


def open_bytes(sealed: bytes, identity: Identity) -> bytes:
    """The plaintext of a small age file that was sealed to this identity; refuses all else as `SealFault`."""
    try:
        head = read_header(sealed)
        file_key = next(filter(None, map(identity.unwrap, head.stanzas)), None)
    except ValueError as error:
        raise _damaged("a sealed file has no readable header") from error
    if file_key is None:
        message = "a sealed file does not open with this key: it was sealed to another"
        raise SealFault(
            "seal.wrong-key", message, "look whether the key belongs to this file, this day or this box"
        )
    _prove(head, file_key)
    return _open_payload(file_key, sealed[head.size :])


class Unwraps(Protocol):
    """A private key that may open a stanza."""

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key of a stanza that was made for this key, else None."""
        ...


def file_key_of(sealed: bytes, identities: Iterable[Unwraps]) -> bytes | None:
    """The file key that one of these opens the header with, `None` where none does; refuses a changed header."""
    try:
        head = read_header(sealed)
        tried = (each.unwrap(stanza) for each in identities for stanza in head.stanzas)
        file_key = next((found for found in tried if found is not None), None)
    except ValueError as error:
        raise _damaged("a sealed file has no readable header") from error
    if file_key is not None:
        _prove(head, file_key)
    return file_key


def lock(secret: bytes, recipient: Recipient) -> bytes:
    """The secret bytes as one tiny age file for one recipient."""
    return seal_bytes(secret, [recipient])


def unlock(locked: bytes, identity: Identity) -> bytes:
    """The bytes in a lock."""
    return open_bytes(locked, identity)


def _prove(head: Header, file_key: bytes) -> None:
    if not hmac.compare_digest(header_mac(file_key, head.covered), head.mac):
        raise _damaged("the header of a sealed file was changed")


def _open_payload(file_key: bytes, payload: bytes) -> bytes:
    cipher = ChaCha20Poly1305(hkdf(file_key, payload[:NONCE], b"payload"))
    step = CHUNK + TAG
    starts = range(NONCE, max(len(payload), NONCE + 1), step)
    pieces: list[bytes] = []
    try:
        for number, start in enumerate(starts):
            nonce = number.to_bytes(11) + (b"\x01" if start + step >= len(payload) else b"\x00")
            pieces.append(cipher.decrypt(nonce, payload[start : start + step], None))
    except InvalidTag as error:
        raise _damaged("a sealed file was changed or cut short") from error
    if len(pieces) > 1 and not pieces[-1]:
        raise _damaged("a sealed file ends in an empty chunk")
    return b"".join(pieces)


def _damaged(message: str) -> SealFault:
    return SealFault("seal.damaged", message, DAMAGED_HINT)
