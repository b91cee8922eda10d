"""What a telephone number says of a call: exempt, internal, external, or nothing.

Rules of this module:

1. Numbers are compared by their digits alone, so that spaces, an international prefix or
   a code dialled in front do not let an exempt number slip through: `+44`, `0044` and a caller
   id's bare `44` are read as the national `0`; what withholds or shows the caller's own number
   is left off, and so is the digit that leads out of the office; with `area` a local number is
   the same as its national one; and what ends with an exempt number, its 0 included, is exempt, whatever code comes before.
2. An exempt number is exempt at every position. Everything else is told at an `extension`
   only: elsewhere every call is external.
3. Internal is what matches an extension's pattern. External is what begins with the access
   digit, an emergency call, and what has five digits or more. What is shorter is internal; but where
   no access digit leads out, it may be a service of the public network, and nobody can tell.
4. An access digit is never the first of an extension that is dialled.
5. Who withholds his number, or has none that could be told, calls from outside: an exchange
   of the office's own knows its extensions.
6. Where a cadence is the ring of internal calls, the other one is that of external ones. A number
   that was told says more than a ring, a ring more than a number that was not told.

No number leaves this module.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from firmware.call.events import CallClass
from firmware.settings.model import Cadence, Position

_IN_FRONT = ("1470", "141")
"""United Kingdom: 141 before a number withholds the caller's own number, 1470 shows it."""

_ABROAD = 11
"""A national number without its 0 has 9 or 10 digits (Ofcom, National Telephone Numbering Plan), so 11 with a 44."""

_OUTSIDE = 5
"""Digits of the shortest number that is no extension's (research: signalling, section 1; offices with longer
extensions give their pattern)."""

_TELLING = 8
"""Digits, the 0 of its area or service first, by which the end of a number tells that it is another one behind a code."""

_EMERGENCY = ("999", "112")
_SERVICES = "1"
"""What begins with it is a service of the public network (Ofcom, National Telephone Numbering Plan, part A), or an
extension of an office that does not say: nobody can tell."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """How one line's numbers are read. `extensions` are patterns of digits in which `x` is any digit."""

    position: Position
    access: str = ""
    extensions: tuple[str, ...] = ()
    area: str = ""
    internal_ring: Cadence = Cadence.NONE
    exempt: tuple[str, ...] = field(default=(), repr=False)

    def of_caller(self, number: str | None) -> CallClass | None:
        """What a caller id says; None is a number that was withheld or is unavailable."""
        if number is None:
            return self._at_extension(CallClass.EXTERNAL)
        digits = _digits(number)
        if not digits:
            return None
        if self._is_exempt((digits,)):
            return CallClass.EXEMPT
        inside = self._is_extension(digits) or len(digits) < _OUTSIDE
        return self._at_extension(CallClass.INTERNAL if inside else CallClass.EXTERNAL)

    def of_dialled(self, digits: str) -> CallClass | None:
        """What a number that was dialled to its end says."""
        led_out = self._led_out(digits)
        if self._is_exempt((digits,) if led_out is None else (digits, led_out)):
            return CallClass.EXEMPT
        if not digits.isdigit() or led_out == "":
            return None
        if led_out or digits in _EMERGENCY:
            return self._at_extension(CallClass.EXTERNAL)
        if self._is_extension(digits):
            return self._at_extension(CallClass.INTERNAL)
        if len(digits) >= _OUTSIDE:
            return self._at_extension(CallClass.EXTERNAL)
        tells = self.access or not digits.startswith(_SERVICES)
        return self._at_extension(CallClass.INTERNAL) if tells else None

    def of_dialling(self, digits: str) -> CallClass | None:
        """What is certain already of a number that may not be whole: only that it is exempt as far as it is."""
        told = self.of_dialled(digits)
        return told if told is CallClass.EXEMPT else None

    def of_ring(self, cadence: Cadence) -> CallClass | None:
        """What the cadence of a ring says."""
        if Cadence.NONE in (cadence, self.internal_ring):
            return None
        inside = cadence is self.internal_ring
        return self._at_extension(CallClass.INTERNAL if inside else CallClass.EXTERNAL)

    def _led_out(self, digits: str) -> str | None:
        """The number behind the access digit; None where it was not dialled."""
        if not self.access or not digits.startswith(self.access):
            return None
        return digits.removeprefix(self.access)

    def _is_extension(self, digits: str) -> bool:
        return any(
            len(pattern) == len(digits)
            and all(wanted in ("x", seen) for wanted, seen in zip(pattern, digits, strict=True))
            for pattern in self.extensions
        )

    def _is_exempt(self, numbers: Iterable[str]) -> bool:
        exempt = {whole for each in self.exempt for whole in self._forms(each)}
        ends = tuple(each for each in exempt if each.startswith("0") and len(each) >= _TELLING)
        return any(whole in exempt or whole.endswith(ends) for each in numbers for whole in self._forms(each))

    def _forms(self, number: str) -> set[str]:
        """A number as dialled within the country; a local one also with its area code in front."""
        whole = national(number)
        if not whole:
            return set()
        local = self.area and not whole.startswith("0") and len(whole) >= _OUTSIDE
        return {whole, self.area + whole} if local else {whole}

    def _at_extension(self, told: CallClass) -> CallClass | None:
        return told if self.position is Position.EXTENSION else None


def national(number: str) -> str:
    """The digits of a number as dialled within the United Kingdom; empty where there are none."""
    digits = _digits(number)
    for code in _IN_FRONT:
        if digits.startswith(code):
            digits = digits.removeprefix(code) or digits
            break
    digits = digits.removeprefix("00") if digits.startswith("0044") else digits
    plus = number.strip().startswith("+")
    if digits.startswith("44") and (plus or len(digits) >= _ABROAD):
        return "0" + digits[2:].lstrip("0")
    return digits


def _digits(number: str) -> str:
    return "".join(each for each in number if each in "0123456789")
