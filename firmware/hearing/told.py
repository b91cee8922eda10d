"""What is told of a call's numbers: for its sealed details and its bucket, never for a log.

No `repr` shows a digit.
"""

from dataclasses import dataclass, field

from firmware.call.events import Event
from firmware.signal.events import Absent


@dataclass(frozen=True, slots=True)
class CallerIdTold:
    """Who calls: a number, or why there is none. It is told of the call going on, or else of the next one."""

    at: int
    number: str | None = field(default=None, repr=False)
    absent: Absent | None = None


@dataclass(frozen=True, slots=True)
class DialledTold:
    """What was dialled so far, of the call going on: all of it."""

    at: int
    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TransferTold:
    """One digit more was dialled after a recall: where the call goes."""

    at: int
    digits: str = field(repr=False)


Told = Event | CallerIdTold | DialledTold | TransferTold
"""An event for the call machine, or a number."""
