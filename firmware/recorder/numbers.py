"""The telephone numbers of a call: into the sealed details, into eight keyed bits, and nowhere else.

The details hold who called or why that is not told, what was dialled, and where a transfer went.
A caller's *name*, which some exchanges send too, is not kept: no notice speaks of it. Nor is anything that was keyed
once somebody had answered.

What the bucket is stands in `firmware.call.bucket`, where the keeper computes it too.
"""

from dataclasses import dataclass, field
from typing import Final

from firmware.call.bucket import bucket_of
from firmware.hearing.told import CallerIdTold, DialledTold, TransferTold
from firmware.signal.events import Absent

FORMAT: Final = 1
"""The version of the details."""

MOST_DIGITS: Final = 64
"""Digits kept of what is dialled: a number has 15 (ITU-T E.164, section 6.2), the rest is keyed at a menu."""

NumberTold = CallerIdTold | DialledTold | TransferTold


@dataclass(slots=True)
class Numbers:
    """What was told of the numbers of one call. It never shows them."""

    caller_id: str | None = field(default=None, repr=False)
    absent: Absent | None = field(default=None, repr=False)
    dialled: str = field(default="", repr=False)
    transfer: str = field(default="", repr=False)

    def take(self, told: NumberTold) -> None:
        """One thing more that was told of the call."""
        match told:
            case CallerIdTold(_, number, absent):
                self.caller_id, self.absent = number, absent
            case DialledTold(_, digits):  # who dials did not answer the ring before
                self.caller_id, self.absent, self.dialled = None, None, digits[:MOST_DIGITS]
            case TransferTold(_, digits):
                self.transfer = (self.transfer + digits)[:MOST_DIGITS]

    @property
    def direction(self) -> str:
        """`in` where a caller id came, `out` where something was dialled, else `unknown`."""
        if self.caller_id is not None or self.absent is not None:
            return "in"
        return "out" if self.dialled else "unknown"

    def details(self) -> dict[str, object] | None:
        """What is sealed with the recording; None where nothing was told."""
        told: dict[str, object] = {
            "caller_id": self.caller_id,
            "absent": self.absent,
            "dialled": self.dialled or None,
            "transfer": self.transfer or None,
        }
        return {"format": FORMAT, **told} if any(told.values()) else None

    def bucket(self, key: bytes, access: str) -> int | None:
        """The eight bits by which the catalogue finds the number; None where there is none.

        `access` leads out of the office in what is dialled, and is no part of the number.
        """
        outside = self.dialled.removeprefix(access) or self.dialled
        return bucket_of(key, self.caller_id or outside)
