"""Which numbers are never recorded, decided from what was told of a call.

Numbers are compared by their digits alone, so that spaces, an international
prefix or a code dialled in front do not let an exempt number slip through:
`+44`, `0044` and a caller id's bare `44` are read as the national `0`, and what
withholds or shows the caller's own number is left off. No number leaves this module.
"""

from collections.abc import Iterable

from firmware.call.events import CallClass

_IN_FRONT = ("1470", "141")
"""United Kingdom: 141 before a number withholds the caller's own number, 1470 shows it."""

_ABROAD = 11
"""A national number without its 0 has 9 or 10 digits (Ofcom, National Telephone Numbering Plan), so 11 with a 44."""


def national(number: str) -> str:
    """The digits of a number as dialled within the United Kingdom; empty where there are none."""
    digits = "".join(each for each in number if each in "0123456789")
    for code in _IN_FRONT:
        if digits.startswith(code):
            digits = digits.removeprefix(code) or digits
            break
    digits = digits.removeprefix("00") if digits.startswith("0044") else digits
    plus = number.strip().startswith("+")
    if digits.startswith("44") and (plus or len(digits) >= _ABROAD):
        return "0" + digits[2:].lstrip("0")
    return digits


def class_of(number: str, exempt: Iterable[str]) -> CallClass | None:
    """EXEMPT for an exempt number, None where the number alone says nothing."""
    digits = national(number)
    if digits and digits in {national(each) for each in exempt}:
        return CallClass.EXEMPT
    return None
