"""References and subjects as keyed digests: by them a recording is found again, and nobody reads them there.

1. The key is one of the vault's own, made when it is first needed. It is never published.
2. A reference has a tag of 16 bytes, which is its alone. A subject, who may be a person, has one of 8 bits that
   others share, as a number has a bucket; who opens the sealed note confirms it.
3. Small and large letters, and blanks, make no difference.
4. Every tag follows from a note in the vault. It is entered before its note, so that no note is ever missed;
   one whose note a crash kept from being written is taken back at the next start.
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from firmware.call.typed import folded
from firmware.vault.reading import read_object
from firmware.vault.table import KeyTable

KEY: Final = "references"
"""The key's id; no file is locked with it."""

REFERENCE: Final = 16
SUBJECT: Final = 1
"""Bytes of a tag (rule 2)."""

NOTE: Final = "note"
"""What a person's own note is called in the vault; it holds its tags, for its text is sealed."""

HANDED: Final = "notes"
"""What is noted of notes that were handed out."""

BY_REFERENCE: Final = ("get", HANDED)
"""The notes of the vault that hold a reference in words: what was handed out for it."""


def tag_key(table: KeyTable) -> bytes:
    """The key of every tag, made now where there is none; durable on return."""
    return table.key(KEY) if KEY in table else table.add(KEY)


def reference_tag(key: bytes, reference: str) -> str:
    """A reference's tag, in hex."""
    return _digest(key, b"reference", reference)[:REFERENCE].hex()


def subject_tag(key: bytes, subject: str) -> str:
    """A subject's tag, in hex."""
    return _digest(key, b"subject", subject)[:SUBJECT].hex()


def tags_of(key: bytes, note: bytes) -> Iterable[str]:
    """The tags that follow from a note of the vault; none from one that is of no reference."""
    content = read_object(note, "note")
    what = content.text("what")
    if what == NOTE:
        return content.texts("tags")
    return (reference_tag(key, content.text("ref")),) if what in BY_REFERENCE else ()


def _digest(key: bytes, what: bytes, text: str) -> bytes:
    return hmac.new(key, what + b"\n" + folded(text).encode(), hashlib.sha256).digest()
