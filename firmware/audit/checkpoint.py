"""A checkpoint says how large the log is and what its root is, signed: C2SP tlog-checkpoint, to the byte.

1. Origin, size, root in base64, each on a line; then extension lines, which say what the
   box ran on ("Note text"). The origin is also the name of the key ("Signatures").
2. A cosignature is a witness's own signature, with the time of its clock, over the same
   text (C2SP tlog-cosignature, "Ed25519 signed message").
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from firmware.audit.note import Note, Signature, is_signed
from firmware.settings.verifier_key import SIGNATURE, VerifierKey
from firmware.vault.reading import UnreadableError
from firmware.vault.signing import Signer, origin_of

SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
"""ASCII decimal without leading zeros (tlog-checkpoint, "Note text")."""

ROOT = 32
"""Bytes of SHA-256 (RFC 6962, section 2.1)."""

TIME = 8
"""Bytes of a cosignature's time, big-endian (tlog-cosignature, "Format")."""

LATEST = (1 << 63) - 1
"""No time is larger (tlog-cosignature, "Format")."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The text of one checkpoint, taken apart."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """As it is signed."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """What one witness said of a checkpoint, verified: by its own clock it was the largest at this time (POSIX)."""

    at_s: int
    signature: Signature


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text is; refuses all else."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines) or not SIZE.fullmatch(lines[1]):
        raise UnreadableError("the note is no checkpoint: origin, size, root, each on a line")
    origin, size, root, *extensions = lines
    found = Checkpoint(origin, int(size), _root(root), tuple(extensions))
    if found.text() != text:
        raise UnreadableError("the root of the checkpoint is not 32 bytes in base64")
    return found


def key_of(signer: Signer) -> VerifierKey:
    """The verifier key of a box's checkpoints."""
    return key_of_public(signer.public)


def key_of_public(public: bytes) -> VerifierKey:
    """The same, from the box's public key alone."""
    return VerifierKey(origin_of(public), SIGNATURE, public)


def signed(checkpoint: Checkpoint, signer: Signer) -> Note:
    """The checkpoint as a note with the box's signature."""
    key, text = key_of(signer), checkpoint.text()
    return Note(text, (Signature(key.name, key.hash, signer.sign_note(text.encode())),))


def is_signed_by(note: Note, key: VerifierKey) -> bool:
    """Whether every signature that says it is this key's verifies, and there is one."""
    mine = note.of(key)
    return bool(mine) and all(is_signed(key, note.text.encode(), each.content) for each in mine)


def cosigned(note: Note, key: VerifierKey) -> Cosignature | None:
    """The newest cosignature of this witness, `None` without one; one that does not verify spoils the note."""
    found = [_cosignature(note.text, each, key) for each in note.of(key)]
    return max(found, key=lambda each: each.at_s, default=None)


def _root(text: str) -> bytes:
    try:
        root = b64decode(text, validate=True)
    except ValueError:
        return b""
    return root if len(root) == ROOT else b""


def _cosignature(text: str, signature: Signature, key: VerifierKey) -> Cosignature:
    at_s = int.from_bytes(signature.content[:TIME])
    message = f"cosignature/v1\ntime {at_s}\n{text}".encode()
    if at_s > LATEST or not is_signed(key, message, signature.content[TIME:]):
        raise UnreadableError(f"the cosignature of {key.name} does not verify over this checkpoint")
    return Cosignature(at_s, signature)
