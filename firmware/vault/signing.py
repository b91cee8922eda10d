"""The box signs what it took in, with one Ed25519 key made at `init`.

A signature covers a line that says what is signed, then the bytes, so that a
signature on one kind of thing is none on another.
"""

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from firmware.faults import VaultFault
from firmware.vault import durable

MANIFEST = "callbox manifest 1"
"""What a manifest's signature says it is."""

RESEALED = "callbox resealed 1"
"""What the signature of an amendment says it is: other recipients, the same recording."""

FORECAST = "callbox forecast 1"
"""What a forecast's signature says it is."""

CERTIFICATE = "callbox certificate 1"
"""What a certificate's signature says it is."""


class Signer:
    """The private half; it never shows itself."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()
        self.name = key_name(self.public)

    @classmethod
    def create(cls, path: Path) -> "Signer":
        """A fresh key, kept as PKCS8 with mode 0600."""
        key = Ed25519PrivateKey.generate()
        durable.write(path, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        return cls(key)

    @classmethod
    def load(cls, path: Path) -> "Signer":
        """The key of this box; refuses a file that is no Ed25519 key."""
        try:
            key = load_der_private_key(path.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise _unreadable(path) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _unreadable(path)
        return cls(key)

    @property
    def origin(self) -> str:
        """What the box calls itself in notes: `callbox/` and the name of its key."""
        return origin_of(self.public)

    def sign(self, what: str, content: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(_framed(what, content))

    def sign_note(self, text: bytes) -> bytes:
        """64 bytes over a note's text as it is (C2SP signed-note, "Ed25519 signatures").

        Refuses a text that does not open with this box's origin: so it is never one that `sign` frames.
        """
        if not text.startswith(f"{self.origin}\n".encode()):
            raise ValueError("a note of this box opens with its origin")
        return self._key.sign(text)


def verify(public: bytes, what: str, content: bytes, signature: bytes) -> bool:
    """Whether the holder of this public key signed this content as this kind of thing."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _framed(what, content))
    except (InvalidSignature, ValueError):
        return False
    return True


def key_name(public: bytes) -> str:
    """How a public key is named beside a signature: the first 8 bytes of its SHA-256, in hex."""
    return hashlib.sha256(public).hexdigest()[:16]


def origin_of(public: bytes) -> str:
    """What the box of a public key calls itself in notes."""
    return f"callbox/{key_name(public)}"


def _framed(what: str, content: bytes) -> bytes:
    return what.encode() + b"\n" + content


def _unreadable(path: Path) -> VaultFault:
    return VaultFault(
        "vault.signing-key",
        f"{path} holds no readable Ed25519 key",
        "restore the file from the office's copy; until then nothing can be taken in",
    )
