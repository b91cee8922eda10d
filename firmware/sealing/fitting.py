"""Whether a header that somebody else made fits the recipients that it should be for, as far as no key tells.

1. It is one whole age header of one spelling, and nothing behind it.
2. It has one stanza for each recipient, and no other: of the recipient's kind and size. A stanza for an SSH key names it by
   four bytes of its fingerprint; one for a native age key is anonymous, so that *whose* it is cannot be seen here.
3. Whether it opens, and to the right file key, is known to who has a key alone.
"""

import hmac
from collections.abc import Iterable
from typing import Final

from firmware.sealing.recipients import X25519, Recipient
from firmware.sealing.stanza import Header, Stanza, b64, read_header, unb64

MOST: Final = 16 * 1024
"""Bytes of a header; our choice: some twenty recipients with long RSA keys."""

MAC: Final = 32
SHARE: Final = 32
"""Bytes of an ephemeral X25519 key, the last argument of a native stanza and of an ssh-ed25519 one (age.md)."""

Shape = tuple[str, str, int, int]
"""Kind, the four bytes that name an SSH key, how many shares, bytes of the body."""


def shapes(recipients: Iterable[Recipient]) -> list[Shape]:
    """How the stanzas for these recipients look, in order: seen of a key that is all zeros."""
    return sorted(_shape(each.wrap(bytes(16))) for each in recipients)


def unfit(header: bytes, wanted: list[Shape]) -> str | None:
    """Why a header does not fit these shapes, `None` where it does (rules 1 and 2)."""
    if len(header) > MOST:
        return f"it has {len(header)} bytes, and {MOST} is the most"
    try:
        found = read_header(header)
        seen = sorted(map(_shape, found.stanzas))
    except ValueError as error:
        return f"it is no header of an age file: {error}"
    if _written(found) != header or len(found.mac) != MAC:
        return "it is more than one header, or written in a second spelling"
    if seen != wanted:
        return f"it is for {_told(seen)}, and the settings name {_told(wanted)}"
    return None


def proof_of(file_key: bytes, recording: str, header: bytes) -> str:
    """What only somebody can say who opens this header of this recording; it tells nothing of the file key."""
    said = b"callbox opened 1\n" + recording.encode() + b"\n" + header
    return hmac.digest(file_key, said, "sha256").hex()


def _shape(stanza: Stanza) -> Shape:
    kind, *rest = stanza.args
    tag = "" if kind == X25519 else "".join(rest[:1])
    shares = rest if kind == X25519 else rest[1:]
    if any(len(unb64(each)) != SHARE for each in shares):
        raise ValueError("a stanza has a share of another size")
    return kind, tag, len(shares), len(stanza.body)


def _written(header: Header) -> bytes:
    return header.covered + b" " + b64(header.mac).encode() + b"\n"


def _told(found: list[Shape]) -> str:
    kinds = [kind for kind, *_ in found]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds))) or "nobody"
