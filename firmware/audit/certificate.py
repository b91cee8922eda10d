"""A certificate says what was destroyed, how, and what may still be elsewhere; it verifies alone.

1. It is signed by the box, and carries the audit entry of its run with the proof that the entry is under a
   checkpoint of the log, which is there too: verifying takes this text and the box's public key, not the log and not
   the data. A witness that saw that checkpoint can say so.
2. It names recordings by their opaque names. No number, reference or person is in it.
3. It names the method of the cell, and every copy that was handed out and not confirmed destroyed: what
   it proves ends at the box's door.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmware.audit.checkpoint import is_signed_by, key_of_public, read_checkpoint
from firmware.audit.note import read_note
from firmware.audit.tree import leaf_hash, verify_inclusion
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object
from firmware.vault.signing import CERTIFICATE, Signer, verify


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry of the audit log, and that it is the `index`-th of those under a checkpoint (a signed note)."""

    entry: bytes
    index: int
    path: Sequence[bytes]
    checkpoint: str

    def content(self) -> dict[str, object]:
        """As it stands in a certificate."""
        return {
            "entry": self.entry.decode(),
            "index": self.index,
            "path": [each.hex() for each in self.path],
            "checkpoint": self.checkpoint,
        }


def signed(content: dict[str, Any], proof: Proof, signer: Signer) -> bytes:
    """The certificate over this content, as it is kept and handed out."""
    told = canonical({"format": 1, **content, "log": proof.content()})
    return canonical(
        {
            "certificate": told.decode(),
            "signature": b64encode(signer.sign(CERTIFICATE, told)).decode(),
            "signer": signer.name,
            "public": signer.public.hex(),
        }
    )


def wrong_with(certificate: bytes, public: bytes) -> str | None:
    """What is wrong with a certificate for the holder of the box's public key, `None` if nothing is."""
    try:
        outer = read_object(certificate, "certificate")
        told = outer.text("certificate").encode()
        if not verify(public, CERTIFICATE, told, b64decode(outer.text("signature"))):
            return "the signature is not this box's"
        content = read_object(told, "certificate")
        content.require_format(1)
        return _wrong_proof(content, public)
    except (UnreadableError, ValueError) as error:
        return f"it cannot be read: {error}"


def content_of(certificate: bytes) -> Fields:
    """What a certificate says; whether it is true is `wrong_with`'s to say."""
    return read_object(read_object(certificate, "certificate").text("certificate").encode(), "certificate")


def _wrong_proof(content: Fields, public: bytes) -> str | None:
    log = content.inner("log")
    entry = log.text("entry").encode()
    if read_object(entry, "entry").text("run") != content.text("run"):
        return "the audit entry in it is of another run"
    path = [bytes.fromhex(each) for each in log.texts("path")]
    note = read_note(log.text("checkpoint"))
    checkpoint = read_checkpoint(note.text)
    if not is_signed_by(note, key_of_public(public)):
        return "the checkpoint in it is not this box's"
    if not verify_inclusion(leaf_hash(entry), log.whole("index"), checkpoint.size, path, checkpoint.root):
        return "its audit entry is not under the checkpoint that it names"
    return None
