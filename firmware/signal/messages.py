"""What a caller id message says, or nothing at all: what is not plausible is not told.

1. A message is believed when its checksum is right, its type announces a call and it
   brings a plausible number or says why there is none. An eight-bit checksum alone
   lets one in 256 through, so all three are asked.
2. A number that makes no sense refuses the whole message. A name or a date that makes
   none is left out, and so are parameters of other kinds; the number stands without them.
3. Nothing is guessed: a message that tells neither a number nor why there is none tells nothing.

Types and parameters: ETSI EN 300 659-3 and BT SIN 227; for the single data message Telcordia
GR-30. A caller id that is keyed as DTMF is read by `keyed_id`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from firmware.signal.events import Absent

SINGLE = 0x04
"""Single data message: date and number in one field, without parameters (GR-30)."""
CALL_SETUP = 0x80
"""Multiple data message: call setup."""
WAITING = frozenset({0x06, 0x82})
"""Message waiting, single and multiple: right, and about no call."""
KNOWN = frozenset({SINGLE, CALL_SETUP}) | WAITING

DATE, NUMBER, NO_NUMBER, NAME, CALL_TYPE = 0x01, 0x02, 0x04, 0x07, 0x11
MESSAGE_WAITING_CALL = 0x81
"""The call type that makes a call setup message one about messages that wait (SIN 227)."""

HEADING = 2
"""Octets before the content: type and length. One follows it: the checksum."""
ABSENCES = {b"P": Absent.WITHHELD, b"O": Absent.UNAVAILABLE}

# a number is 20 digits at most (EN 300 659-3), a name 20 characters (SIN 227; EN 300 659-3 would allow 50)
_NUMBER = re.compile(rb"[0-9*]{1,20}|\+[0-9*]{1,19}")
_NAME = re.compile(rb"[\x20-\x7e]{1,20}")
_DATE = re.compile(rb"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Message:
    """What a believed message says of a call: a number, or why there is none."""

    number: str | None = field(default=None, repr=False)
    absent: Absent | None = None
    name: str | None = field(default=None, repr=False)
    datetime: str | None = None


def left(octets: bytes) -> int | None:
    """How many octets of the message are still to come, at least; None where they begin none."""
    if octets and octets[0] not in KNOWN:
        return None
    if len(octets) < HEADING:
        return HEADING + 2 - len(octets)
    return max(0, octets[1] + HEADING + 1 - len(octets)) if octets[1] else None


def read(octets: bytes) -> Message | None:
    """What the message says of a call; None where it is not believed or is about none."""
    if left(octets) != 0 or len(octets) > octets[1] + HEADING + 1 or sum(octets) % 256:
        return None
    content = octets[HEADING:-1]
    if octets[0] == SINGLE:
        return _single(content)
    return _multiple(dict(_parameters(content))) if octets[0] == CALL_SETUP else None


def _single(content: bytes) -> Message | None:
    date, caller = content[:8], content[8:]
    return _told(caller, date, b"") if _DATE.fullmatch(date) else None


def _multiple(parameters: dict[int, bytes]) -> Message | None:
    if parameters.get(CALL_TYPE) == bytes([MESSAGE_WAITING_CALL]):
        return None
    absence = parameters.get(NO_NUMBER, b"")
    caller = parameters.get(NUMBER) or (absence if absence in ABSENCES else b"")
    return _told(caller, parameters.get(DATE, b""), parameters.get(NAME, b""))


def _told(caller: bytes, date: bytes, name: bytes) -> Message | None:
    rest = _text(_NAME, name), _text(_DATE, date)
    if caller in ABSENCES:
        return Message(None, ABSENCES[caller], *rest)
    number = _text(_NUMBER, caller)
    return Message(number, None, *rest) if number else None


def _text(form: re.Pattern[bytes], octets: bytes) -> str | None:
    return octets.decode("ascii").strip() or None if form.fullmatch(octets) else None


def _parameters(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and value of each parameter that lies wholly in the content."""
    at = 0
    while at + 2 <= len(content) and at + 2 + content[at + 1] <= len(content):
        yield content[at], content[at + 2 : at + 2 + content[at + 1]]
        at += 2 + content[at + 1]
