"""A recording sealed anew has other headers and the same file keys; until a person says so, it is kept as it was.

1. What is sealed anew is each age header that lives with a recording: of its body (one for all parts of a cut one), of
   its details, and of its sealed notes. A header is named by its SHA-256; nothing behind a header is touched.
2. What waits lies under each lock of the recording, beside the old headers. It belongs to a *round*.
3. When the round is decided, everything is locked with fresh keys, and the old keys are destroyed: of a confirmed
   round with the new headers and without the old ones, of a dropped one the other way round.
4. An amendment, signed by the box, leads from the old digests to the new ones.
"""

from base64 import b64decode, b64encode
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from firmware.sealing.stanza import read_header
from firmware.vault.contents import Amendment, Contents, read_amendment, read_contents
from firmware.vault.digest import sha256
from firmware.vault.reading import UnreadableError, canonical, read_object
from firmware.vault.shards import Kind, Plain

SEALED: Final = "sealed"
"""The field of a note that holds a small age file, where it has one."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """The new headers of one recording by the SHA-256 of the old ones, and the set of recipients they are for.

    `proof` is what only somebody can say who opens the new header of the body (`sealing.fitting`).
    """

    round: str
    to: str
    headers: Mapping[str, bytes]
    proof: str
    amendment: Amendment

    def written(self) -> bytes:
        """As it lies under the lock, format 1."""
        headers = {old: b64encode(new).decode() for old, new in self.headers.items()}
        told = {"round": self.round, "to": self.to, "headers": headers, "proof": self.proof}
        return canonical({"format": 1, **told, "amendment": self.amendment.content()})


def read_resealed(written: bytes) -> Resealed:
    """What the bytes of a record say."""
    fields = read_object(written, "resealed")
    fields.require_format(1)
    headers = fields.inner("headers")
    return Resealed(
        fields.text("round"),
        fields.text("to"),
        {old: headers.data(old) for old in headers.content},
        fields.text("proof"),
        read_amendment(fields.inner("amendment")),
    )


def header_of(sealed: bytes) -> bytes:
    """The header of a small age file; refuses all else as `UnreadableError`."""
    try:
        return sealed[: read_header(sealed).size]
    except ValueError as error:
        raise UnreadableError("a sealed file has no readable header") from error


def headers_of(contents: Contents, notes: Iterable[bytes]) -> dict[str, bytes]:
    """Every header that lives with a recording, by its SHA-256, that of the body first."""
    details = () if contents.details is None else (header_of(contents.details),)
    sealed = (found for note in notes if (found := sealed_of(note)) is not None)
    return {sha256(each): each for each in (contents.header, *details, *map(header_of, sealed))}


def sealed_of(note: bytes) -> bytes | None:
    """The small age file that a note holds, `None` where it holds none."""
    found = read_object(note, "note").content.get(SEALED)
    return b64decode(found) if isinstance(found, str) else None


def with_new(sealed: bytes, headers: Mapping[str, bytes]) -> bytes:
    """A small age file under its new header, where there is one."""
    old = header_of(sealed)
    return headers.get(sha256(old), old) + sealed[len(old) :]


def anew(contents: Contents, resealed: Resealed) -> Contents:
    """The contents of a lock with its new headers; as they were where they are of another header."""
    fresh = resealed.headers.get(sha256(contents.header))
    if fresh is None:
        return contents
    details = None if contents.details is None else with_new(contents.details, resealed.headers)
    return replace(contents, header=fresh, details=details, amended=(*contents.amended, resealed.amendment))


def note_anew(note: bytes, headers: Mapping[str, bytes]) -> bytes:
    """A note, its sealed file under the new header."""
    sealed = sealed_of(note)
    if sealed is None:
        return note
    fields = dict(read_object(note, "note").content)
    return canonical({**fields, SEALED: b64encode(with_new(sealed, headers)).decode()})


def merging(
    records: Iterable[Plain], rounds: Container[str], good: Mapping[str, Resealed]
) -> Iterator[Plain]:
    """The records of a shard once these rounds are decided; `good` is what takes the old one's place (rule 3)."""
    for each in records:
        fresh = good.get(each.recording)
        match each.kind:
            case Kind.RESEAL if read_resealed(each.content).round in rounds:
                continue
            case Kind.LOCK if fresh is not None:
                yield replace(each, content=anew(read_contents(each.content), fresh).written())
            case Kind.NOTE if fresh is not None:
                yield replace(each, content=note_anew(each.content, fresh.headers))
            case _:
                yield each
