"""What the audit log may say, as entries without personal data.

1. A recording is named by its opaque id, a person by the account the kernel named.
2. References and free text enter as salted commitments; the text and its salt lie
   under the recording's lock and end with it (research: design-review, A11).
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firmware.clock import Stamp

SALT = 16


class What(StrEnum):
    """The kinds of entry."""

    MADE = "box made"
    STARTED = "keeper started"
    SETTINGS = "settings in force"
    ACCEPTED = "settings accepted"
    TAKEN_IN = "taken in"
    CARD_ENTRY = "card entry"
    SET_ASIDE = "set aside"
    LIVE_MADE = "live key made"
    WILL_DESTROY = "will destroy key"
    DESTROYED = "destroyed key"
    WILL_MEND = "will mend cell"
    MENDED = "cell mended"
    GET = "get"
    SENT = "sent"
    FOUND = "found"
    NOTED = "noted"
    NOTES = "notes handed out"
    COPY_GONE = "copy destroyed"
    HELD = "held"
    TOLD = "hold: person told"
    COPIED = "hold: copy safe"
    REVIEWED = "hold: reviewed"
    RELEASED = "released"
    ASKED = "erasure asked"
    WITHDRAWN = "erasure withdrawn"
    MARKED = "marked"
    WILL_RUN = "will destroy"
    RUN = "destroyed"
    CERTIFIED = "certified"
    DATED = "dated"
    PROVED = "recipient proved"
    RECIPIENTS = "recipients changed"
    HEADERS = "handed headers"
    RESEALED = "resealed"
    RESEAL_CONFIRMED = "reseal confirmed"
    RESEAL_DROPPED = "reseal dropped"
    RESEAL_DONE = "reseal carried out"
    REFUSED = "refused"
    FAULT_OPENED = "fault opened"
    FAULT_CLOSED = "fault closed"
    ACKNOWLEDGED = "fault acknowledged"
    LOOKED = "looked"
    PERSON_ADDED = "person added"
    PERSON_CHANGED = "person changed"
    PERSON_REMOVED = "person removed"
    CLOCK = "clock confirmed"
    TORN = "half-written entry dropped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what, when, and the fields that belong to it."""

    what: What
    at: Stamp
    fields: Mapping[str, object] = field(default_factory=dict)

    def content(self) -> dict[str, object]:
        """As it is written, format 1."""
        at = {"wall_ns": self.at.wall_ns, "state": str(self.at.state)}
        return {"format": 1, "what": str(self.what), "at": at, **self.fields}


@dataclass(frozen=True, slots=True)
class Commitment:
    """A text that the log commits to without telling it."""

    text: str
    salt: bytes

    @classmethod
    def to(cls, text: str) -> "Commitment":
        """A commitment with a fresh salt of 16 bytes."""
        return cls(text, secrets.token_bytes(SALT))

    @property
    def digest(self) -> str:
        """What the entry holds: SHA-256 over salt and text, in hex."""
        return hashlib.sha256(self.salt + self.text.encode()).hexdigest()
