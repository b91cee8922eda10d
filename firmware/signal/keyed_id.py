"""A caller id that the exchange keys as DTMF: from the digits of an idle line to a number, or nothing.

1. Two forms are known. Ended by C (ETSI EN 300 659-3): A before the caller's number, D before one that
   diverted the call, B before a code where the number is missing (00 not available, 10 withheld).
   Ended by #: A before the number, or D before one digit (1 withheld, 2 from abroad, 3 not available).
2. An exchange keys without a breath, 70 ms on and off: a longer pause begins anew. So nobody's fingers
   make one; a form without a leading letter is not read, for it is what people dial.
3. It is sent before the answer only. Who asks has seen to that.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from firmware.signal.events import Absent, CallerId, Digit, Standard

LONGEST_PAUSE = 0.3
"""Seconds between two digits: EN 300 659-1 allows 0.1 at most, the rest is for slow exchanges (our choice)."""

_NUMBER = re.compile(r"A(?P<number>[0-9]{1,20})(?:#|(?:D[0-9]{0,20})?(?:B[0-9]{0,2})?C)")
_WITHHELD = re.compile(r"D1#|(?:D[0-9]{0,20})?B10C")
_UNAVAILABLE = re.compile(r"D[23]#|(?:D[0-9]{0,20})?B00C")


def keyed_caller_id(digits: Sequence[Digit], rate: int) -> CallerId | None:
    """The caller id that the last digits of a row are; `digits` are its last ones, in order."""
    keyed = _together(digits, rate)
    if not keyed:
        return None
    told = _told("".join(each.digit for each in keyed))
    return CallerId(keyed[0].at, keyed[-1].until, Standard.DTMF, *told) if told else None


def _told(keys: str) -> tuple[str | None, Absent | None] | None:
    if number := _NUMBER.fullmatch(keys):
        return number["number"], None
    if _WITHHELD.fullmatch(keys):
        return None, Absent.WITHHELD
    return (None, Absent.UNAVAILABLE) if _UNAVAILABLE.fullmatch(keys) else None


def _together(digits: Sequence[Digit], rate: int) -> Sequence[Digit]:
    """The digits since the last pause."""
    pauses = [later.at - earlier.until > LONGEST_PAUSE * rate for earlier, later in pairwise(digits)]
    last = max((place + 1 for place, pause in enumerate(pauses) if pause), default=0)
    return digits[last:]
