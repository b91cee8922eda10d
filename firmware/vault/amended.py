"""What a recording is sealed by now follows from its manifest and the signed times it was sealed anew since.

Each amendment must be signed by the same box, be of the same recording, and begin where the one before ended; a chain
that does not is refused. So the manifest's own signature counts for the header of today.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from firmware.clock import Stamp
from firmware.vault.contents import Amendment
from firmware.vault.facts import read_stamp
from firmware.vault.manifest import Manifest, Sealed
from firmware.vault.reading import UnreadableError, read_object
from firmware.vault.signing import RESEALED, verify


@dataclass(frozen=True, slots=True)
class Anew:
    """One time that a recording was sealed anew: when, for whom, and by what it was sealed from then on."""

    at: Stamp
    recipients: tuple[str, ...]
    sealed: Sealed


def chain(manifest: Manifest, amendments: Iterable[Amendment], public: bytes) -> Iterator[Anew]:
    """Every time it was sealed anew, the oldest first; refuses a broken chain as `UnreadableError`."""
    sealed = manifest.sealed
    for each in amendments:
        if not verify(public, RESEALED, each.text, each.signature):
            raise UnreadableError("the box did not sign that it was sealed anew")
        found = _anew(each, manifest.facts.id, sealed)
        sealed = found.sealed
        yield found


def sealed_now(manifest: Manifest, amendments: Iterable[Amendment], public: bytes) -> Sealed:
    """What it is sealed by now."""
    times = list(chain(manifest, amendments, public))
    return times[-1].sealed if times else manifest.sealed


def _anew(amendment: Amendment, recording: str, before: Sealed) -> Anew:
    fields = read_object(amendment.text, "amendment")
    fields.require_format(1)
    header = fields.inner("header")
    details = fields.inner("details") if fields.content.get("details") is not None else None
    was = (fields.text("recording"), header.text("was"), details.text("was") if details else None)
    if was != (recording, before.header_sha256, before.details_sha256):
        raise UnreadableError("it was sealed anew from something else than it was before")
    names = tuple(each.text("name") for each in fields.each("recipients"))
    told = details.text("is") if details else None
    sealed = replace(before, header_sha256=header.text("is"), details_sha256=told)
    return Anew(read_stamp(fields.inner("at")), names, sealed)
