"""A number's bucket: eight keyed bits by which recordings are found, and by which nobody is shown to have called.

1. The bucket is the first byte of HMAC-SHA-256 over the national digits under the published bucket key
   (DESIGN section 5): wide enough to narrow a search, too narrow to prove that a number called. Every
   256th other number has the same.
2. The recorder computes it of the number that a call had, the keeper of the number that a person looks for,
   and both here.
3. A number that is looked for may have been heard in another form than it is written in: each of these
   has a bucket of its own (`forms`).

No number is shown by anything here, and none is in what it raises.
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from firmware.call.numbering import national

LOCAL: Final = range(5, 9)
"""Digits of a number without its area code (Ofcom, National Telephone Numbering Plan: 5 to 8)."""

WITHOUT_ZERO: Final = (9, 10)
"""Digits of a national number whose 0 was lost, as a spreadsheet loses it (as LOCAL)."""


def bucket_of(key: bytes, number: str) -> int | None:
    """The bucket of a number in any form that is one; `None` where there is no number or no key."""
    digits = national(number)
    if not digits or not key:
        return None
    return hmac.new(key, digits.encode(), hashlib.sha256).digest()[0]


def forms(typed: str, areas: Iterable[str]) -> frozenset[str]:
    """The national digits under which a call of this number may have been heard.

    As it is; abroad with and without the international prefix; with the 0 that a spreadsheet took; and where a
    line's `area` code is the number's own, the local number that was dialled without it, or the other way round.
    """
    whole = national(typed)
    found = {whole}
    if typed.strip().startswith("+") and not whole.startswith("0"):
        found.add(f"00{whole}")
    elif whole.startswith("00"):
        found.add(whole.removeprefix("00"))
    elif len(whole) in WITHOUT_ZERO and not whole.startswith("0"):
        found.add(f"0{whole}")
    for area in filter(None, areas):
        found |= {other for each in tuple(found) if (other := _elsewhere(each, area))}
    return frozenset(filter(None, found))


def _elsewhere(number: str, area: str) -> str | None:
    """A national number as dialled within its area, or a local one with the code in front."""
    if number.startswith(area) and len(number) - len(area) in LOCAL:
        return number.removeprefix(area)
    return area + number if len(number) in LOCAL and not number.startswith("0") else None
