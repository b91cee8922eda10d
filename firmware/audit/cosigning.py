"""A witness has a key of its own, and says with it that a checkpoint was the largest it knew of: C2SP tlog-cosignature v1.

The key signs nothing else. It opens no recording and is no key of a box.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from firmware.audit.checkpoint import LATEST, TIME
from firmware.audit.note import Note, Signature
from firmware.settings.verifier_key import COSIGNATURE, VerifierKey

FIRST: Final = "callbox witness key 1: "
"""How the first line of the file begins; the name of the key follows."""


class Cosigner:
    """The private half, and the name under which it signs."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = VerifierKey(name, COSIGNATURE, private.public_key().public_bytes_raw())

    @classmethod
    def create(cls, name: str) -> "Cosigner":
        """A fresh key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, content: str) -> "Cosigner":
        """The key that a file holds; refuses all else as `ValueError`, and tells nothing of what it read."""
        first, _, rest = content.partition("\n")
        try:
            private = load_pem_private_key(rest.encode(), None)
        except (ValueError, TypeError):  # TypeError: it wants a password
            private = None
        if not first.startswith(FIRST) or not isinstance(private, Ed25519PrivateKey):
            raise ValueError("this is no key of a witness")
        return cls(first.removeprefix(FIRST).strip(), private)

    def content(self) -> str:
        """What the file holds."""
        pem = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return f"{FIRST}{self.key.name}\n{pem.decode()}"

    def cosign(self, note: Note, at_s: int) -> Note:
        """The note with this witness's line alone; `at_s` is POSIX time by the witness's own clock."""
        if not 0 <= at_s <= LATEST:
            raise ValueError("a cosignature's time is a POSIX time of 63 bits")
        said = self._private.sign(f"cosignature/v1\ntime {at_s}\n{note.text}".encode())
        signature = Signature(self.key.name, self.key.hash, at_s.to_bytes(TIME) + said)
        return Note(note.text, (signature,))
