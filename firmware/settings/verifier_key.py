"""A verifier key is one text: name, hash and public key, as C2SP signed-note, "Verifier keys" writes it.

`NAME+HASH+KEY`: the hash is eight hex digits, the first 4 bytes of SHA-256 over the name, a line
break, the type and the key; the last part is type and key in base64. Only text and hashing here.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from firmware.settings.kinds import Kind, Unfit, a_text

SIGNATURE = 0x01
"""An Ed25519 signature over a note's text (signed-note, "Signature types")."""

COSIGNATURE = 0x04
"""An Ed25519 cosignature of a witness, with its time (signed-note, "Signature types")."""

GRAMMAR = re.compile(r"([^\s+]{1,100})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
ED25519 = 32
"""Bytes of a public key (RFC 8032, section 5.1.5)."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Who signs notes: a name, the type of its signatures, its Ed25519 public key."""

    name: str
    kind: int
    public: bytes

    @property
    def hash(self) -> bytes:
        """The 4 bytes that stand before each of its signatures (signed-note, "Signatures")."""
        told = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(told).digest()[:4]

    def text(self) -> str:
        """As it is written."""
        return f"{self.name}+{self.hash.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"


def parse_verifier_key(text: str) -> VerifierKey | None:
    """The Ed25519 verifier key that a text is, `None` where it is none or its hash is another's."""
    match = GRAMMAR.fullmatch(text)
    if match is None:
        return None
    try:
        told = b64decode(match[3], validate=True)
    except ValueError:
        return None
    if len(told) != 1 + ED25519:
        return None
    key = VerifierKey(match[1], told[0], told[1:])
    return key if key.text() == text else None


def a_witness_key(value: object) -> str:
    """The verifier key of a witness."""
    text = a_text(value)
    key = parse_verifier_key(text)
    if key is None:
        raise Unfit("this is no Ed25519 verifier key, or its hash does not fit its name and key")
    if key.kind != COSIGNATURE:
        raise Unfit(f"its type is {key.kind}, and a witness signs with type {COSIGNATURE} (cosignature/v1)")
    return text


WITNESS_KEY = Kind("a verifier key of a witness: name+hash+key", a_witness_key)
