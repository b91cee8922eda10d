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

MAC_KEY: Final = "mac_key"
"""The field that holds the key of its MAC (`sealing.mac_key`)."""

TO: Final = "to"
"""The field that names the set of recipients it is sealed to."""

MIXED: Final = "mixed"
"""In the place of a set: several, or one that is not known."""


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


def mac_keys_of(contents: Contents, notes: Iterable[bytes]) -> dict[str, bytes]:
    """By the SHA-256 of each header, the key of its MAC, where one was kept."""
    keys = contents.mac_keys
    found = [(contents.header, keys.header)]
    if contents.details is not None:
        found.append((header_of(contents.details), keys.details))
    sealed = ((note, file) for note in notes if (file := sealed_of(note)) is not None)
    found += [(header_of(file), _data_of(note, MAC_KEY)) for note, file in sealed]
    return {sha256(header): key for header, key in found if key is not None}


def set_of_note(note: bytes) -> str | None:
    """The set of recipients that a note is sealed to, `None` where it holds nothing sealed."""
    fields = read_object(note, "note")
    if SEALED not in fields.content:
        return None
    return fields.text(TO) if TO in fields.content else MIXED


def together(one: str | None, other: str) -> str:
    """The set that both are sealed to; `None` is for none yet."""
    return other if one in {None, other} else MIXED


def noted_to(notes: Iterable[bytes]) -> str | None:
    """The set that all of a recording's notes are sealed to."""
    found: str | None = None
    for to in filter(None, map(set_of_note, notes)):
        found = together(found, to)
    return found


def sealed_of(note: bytes) -> bytes | None:
    """The small age file that a note holds, `None` where it holds none."""
    return _data_of(note, SEALED)


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


def note_anew(note: bytes, resealed: Resealed) -> bytes:
    """A note, its sealed file under the new header; as it was where there is none for it."""
    sealed = sealed_of(note)
    if sealed is None or sha256(header_of(sealed)) not in resealed.headers:
        return note
    fields = dict(read_object(note, "note").content)
    fresh = b64encode(with_new(sealed, resealed.headers)).decode()
    return canonical({**fields, SEALED: fresh, TO: resealed.to})


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
                yield replace(each, content=note_anew(each.content, fresh))
            case _:
                yield each


def _data_of(note: bytes, name: str) -> bytes | None:
    found = read_object(note, "note").content.get(name)
    return b64decode(found) if isinstance(found, str) else None
