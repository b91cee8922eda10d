"""A signed note: a text, an empty line, and signature lines, byte for byte as C2SP signed-note says ("Format").

1. What is not such a note is refused as `UnreadableError`; a text counts only once a signature on it was verified.
2. Signatures of unknown keys are passed over. One that names a known key and does not
   verify spoils the whole note ("Signatures").
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.settings.verifier_key import VerifierKey
from firmware.vault.reading import UnreadableError

DASH = "\N{EM DASH} "
HASH = 4
"""Bytes of the key's hash before a signature (signed-note, "Signatures")."""

MOST_SIGNATURES = 64
"""Our choice; signed-note, "Format", asks for 16 at least."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: whose it says it is, the hash of the key, what that key gave."""

    name: str
    hash: bytes
    content: bytes

    def line(self) -> str:
        """As it stands in a note, line break included."""
        return f"{DASH}{self.name} {b64encode(self.hash + self.content).decode()}\n"

    def by(self, key: VerifierKey) -> bool:
        """Whether it says that it is this key's."""
        return (self.name, self.hash) == (key.name, key.hash)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures, none of them verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def whole(self) -> str:
        """As it is sent and kept."""
        return "\n".join((self.text, "".join(each.line() for each in self.signatures)))

    def of(self, key: VerifierKey) -> tuple[Signature, ...]:
        """The signatures that say they are this key's."""
        return tuple(each for each in self.signatures if each.by(key))

    def also(self, signatures: Iterable[Signature]) -> "Note":
        """The same with more signatures."""
        return Note(self.text, (*self.signatures, *signatures))


CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
"""No control character but the line break stands in a note (C2SP signed-note, "Format")."""


def read_note(content: str) -> Note:
    """The note that this is; refuses all else."""
    text, empty, lines = content.rpartition("\n\n")
    if not empty or not lines.endswith("\n") or CONTROL.search(content):
        raise UnreadableError("this is no signed note: a text, an empty line, and signature lines")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MOST_SIGNATURES:
        raise UnreadableError(f"a note with more than {MOST_SIGNATURES} signatures is not read")
    return Note(text + "\n", signatures)


def is_signed(key: VerifierKey, message: bytes, signature: bytes) -> bool:
    """Whether the holder of this Ed25519 key signed these bytes as they are."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signature(line: str) -> Signature:
    name, blank, told = line.removeprefix(DASH).partition(" ")
    try:
        content = b64decode(told, validate=True)
    except ValueError:
        content = b""
    wrong = not line.startswith(DASH) or not blank or not name or "+" in name or len(name.split()) != 1
    if wrong or len(content) <= HASH or b64encode(content).decode() != told:
        raise UnreadableError("a signature line of the note is not dash, name and base64")
    return Signature(name, content[:HASH], content[HASH:])
