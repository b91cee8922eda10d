"""A certificate says what was destroyed, how, and what may still be elsewhere; it verifies alone.

1. It is signed by the box, and carries the audit entry of its run with the proof that the entry is in the
   log: verifying takes this text and the box's public key, not the log and not the data.
2. It names recordings by their opaque names. No number, reference or person is in it.
3. It names the method of the cell, and every copy that was handed out and not confirmed destroyed: what
   it proves ends at the box's door.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmware.audit.tree import leaf_hash, verify_inclusion
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object
from firmware.vault.signing import CERTIFICATE, Signer, verify


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry of the audit log, and that it is the `index`-th of the first `size`: path and root."""

    entry: bytes
    index: int
    size: int
    path: Sequence[bytes]
    root: bytes

    def content(self) -> dict[str, object]:
        """As it stands in a certificate."""
        return {
            "entry": self.entry.decode(),
            "index": self.index,
            "size": self.size,
            "path": [each.hex() for each in self.path],
            "root": self.root.hex(),
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
        return _wrong_proof(content)
    except (UnreadableError, ValueError) as error:
        return f"it cannot be read: {error}"


def content_of(certificate: bytes) -> Fields:
    """What a certificate says; whether it is true is `wrong_with`'s to say."""
    return read_object(read_object(certificate, "certificate").text("certificate").encode(), "certificate")


def _wrong_proof(content: Fields) -> str | None:
    log = content.inner("log")
    entry = log.text("entry").encode()
    if read_object(entry, "entry").text("run") != content.text("run"):
        return "the audit entry in it is of another run"
    path = [bytes.fromhex(each) for each in log.texts("path")]
    root = bytes.fromhex(log.text("root"))
    if not verify_inclusion(leaf_hash(entry), log.whole("index"), log.whole("size"), path, root):
        return "its audit entry is not in the log that it names"
    return None
