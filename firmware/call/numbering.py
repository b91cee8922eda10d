"""Which numbers are never recorded, decided from what was told of a call.

Numbers are compared by their digits alone, so that spaces and a leading
international prefix do not let an exempt number slip through: `+44` and `0044`
are read as the national `0`. No number leaves this module.
"""

from collections.abc import Iterable

from firmware.call.events import CallClass


def national(number: str) -> str:
    """The digits of a number as dialled within the United Kingdom; empty where there are none."""
    digits = "".join(each for each in number if each in "0123456789")
    plus = number.strip().startswith("+")
    if plus and digits.startswith("44"):
        return "0" + digits[2:]
    if digits.startswith("0044"):
        return "0" + digits[4:]
    return digits


def class_of(number: str, exempt: Iterable[str]) -> CallClass | None:
    """EXEMPT for an exempt number, None where the number alone says nothing."""
    digits = national(number)
    if digits and digits in {national(each) for each in exempt}:
        return CallClass.EXEMPT
    return None
