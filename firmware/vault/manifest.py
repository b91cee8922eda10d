"""The manifest says what a recording is and why it may be kept; it is signed, and ends with it.

It holds no telephone number: numbers lie in the sealed details beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from firmware.clock import Stamp
from firmware.sealing.facts import stamp_json
from firmware.vault.facts import Facts, read_facts, read_stamp
from firmware.vault.reading import canonical, read_object

FORMAT: Final = 2
"""Format 1 tells of no keys."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the store holds of a recording: lengths in bytes, SHA-256 in hex.

    `live` is the generation of the live key that it came under: until that one is destroyed, old
    blocks of a disk could still hold what opens it.
    """

    kind: str
    header_sha256: str
    details_sha256: str | None
    body_sha256: str
    body_size: int
    live: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts, what is sealed, the law that counts for it, and when the keeper took it in.

    `on` is its London date and `due` its due day; both are null where the clock
    was not to be believed at its first sample. `undated` then says why. `corrected` is when its
    first sample really was, where that was found out later; the facts keep what the clock said.
    """

    facts: Facts
    sealed: Sealed
    on: date | None
    due: date | None
    undated: str | None
    policy: Mapping[str, object] | None
    lawful_basis: Mapping[str, str]
    taken_in: Stamp
    corrected: Stamp | None = None

    def canonical(self) -> bytes:
        """The bytes that are signed."""
        return canonical(
            {
                "format": FORMAT,
                "facts": self.facts.content(),
                "kind": self.sealed.kind,
                "header_sha256": self.sealed.header_sha256,
                "details_sha256": self.sealed.details_sha256,
                "body": {"sha256": self.sealed.body_sha256, "size": self.sealed.body_size},
                "live": self.sealed.live,
                "on": _written(self.on),
                "due": _written(self.due),
                "undated": self.undated,
                "policy": self.policy,
                "lawful_basis": dict(self.lawful_basis),
                "taken_in": stamp_json(self.taken_in),
                "corrected": stamp_json(self.corrected) if self.corrected else None,
            }
        )


def read_manifest(content: bytes) -> Manifest:
    """The manifest in these bytes; refuses all else as `UnreadableError`."""
    fields = read_object(content, "manifest")
    fields.require_format(FORMAT - 1, FORMAT)
    body = fields.inner("body")
    sealed = Sealed(
        fields.text("kind"),
        fields.text("header_sha256"),
        fields.maybe_text("details_sha256"),
        body.text("sha256"),
        body.whole("size"),
        fields.whole("live"),
    )
    basis = fields.inner("lawful_basis")
    return Manifest(
        facts=read_facts(fields.inner("facts")),
        sealed=sealed,
        on=_read_date(fields.maybe_text("on")),
        due=_read_date(fields.maybe_text("due")),
        undated=fields.maybe_text("undated"),
        policy=fields.inner("policy").content if fields.content.get("policy") else None,
        lawful_basis={name: basis.text(name) for name in basis.content},
        taken_in=read_stamp(fields.inner("taken_in")),
        corrected=read_stamp(fields.inner("corrected")) if fields.content.get("corrected") else None,
    )


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
