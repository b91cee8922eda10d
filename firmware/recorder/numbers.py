"""The telephone numbers of a call: into the sealed details, into eight keyed bits, and nowhere else.

The bucket is the first byte of HMAC-SHA-256 over the national digits under the
published bucket key (DESIGN section 5): wide enough to narrow a search, too
narrow to prove that a number called.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from firmware.call.numbering import national

MOST_DIGITS = 64
"""Digits kept of what is dialled: a number has 15 (ITU-T E.164, section 6.2), the rest is keyed at a menu."""


@dataclass(slots=True)
class Numbers:
    """What was told of the numbers of one call. It never shows them."""

    caller_id: str | None = field(default=None, repr=False)
    dialled: str = field(default="", repr=False)

    def dial(self, digits: str) -> str:
        """More digits were dialled; all of them so far."""
        self.dialled = (self.dialled + digits)[:MOST_DIGITS]
        return self.dialled

    @property
    def direction(self) -> str:
        """`in` where a caller id came, `out` where something was dialled, else `unknown`."""
        if self.caller_id is not None:
            return "in"
        return "out" if self.dialled else "unknown"

    def details(self) -> dict[str, object] | None:
        """What is sealed with the recording; None where nothing was told."""
        told: dict[str, object] = {"caller_id": self.caller_id, "dialled": self.dialled or None}
        return told if any(told.values()) else None

    def bucket(self, key: bytes) -> int | None:
        """The eight bits by which the catalogue finds the number; None where there is none."""
        digits = national(self.caller_id or self.dialled)
        if not digits or not key:
            return None
        return hmac.new(key, digits.encode(), hashlib.sha256).digest()[0]
