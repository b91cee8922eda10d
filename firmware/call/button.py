"""From raw levels of a button's contacts to what a finger did: pressed, released, lost, found.

Rules of this module:

1. The first sight of *pressed* is the press: it is never later than the finger.
2. A release counts once the contacts stayed released for 20 ms (hardware note,
   section 3: contacts bounce for up to 100 ms, but a changeover contact cannot
   show released while it is pressed).
3. A changeover contact tells four things apart (normally open, normally closed;
   high is open, inputs are pulled up): released, pressed, cut, short. Every
   press passes through *cut* for a moment, so a button is lost only after 200 ms
   in which it was neither pressed nor surely released, however it flickers.
4. A single contact is pressed when low; it cannot be seen to be lost.

Instants are nanoseconds of the clock that stamped the edges.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

RELEASE_NS = 20_000_000
LOST_NS = 200_000_000


class Contact(StrEnum):
    """What the contacts show."""

    RELEASED = "released"
    PRESSED = "pressed"
    CUT = "cut"
    SHORT = "short"


_CHANGEOVER = {
    (True, False): Contact.RELEASED,
    (False, True): Contact.PRESSED,
    (True, True): Contact.CUT,
    (False, False): Contact.SHORT,
}
"""(normally open, normally closed) to what it means (hardware note, finding 6)."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """The finger came down."""

    at: int


@dataclass(frozen=True, slots=True)
class Released:
    """The finger went up."""

    at: int


@dataclass(frozen=True, slots=True)
class Lost:
    """The button cannot be read any more: its cable is cut, unplugged or short."""

    at: int
    contact: Contact


@dataclass(frozen=True, slots=True)
class Found:
    """The button can be read again."""

    at: int


Finger = Pressed | Released | Lost | Found


class Button:
    """One button with two contacts (normally open, normally closed) or one."""

    def __init__(self, inputs: tuple[str, ...]) -> None:
        self._levels = dict(zip(inputs, (True, False), strict=False))
        self._inputs = inputs
        self._contact = Contact.RELEASED
        self._since = -RELEASE_NS
        self._unread = 0
        self._down = False
        self._gone = False

    def _read(self) -> Contact:
        levels = tuple(self._levels[name] for name in self._inputs)
        if len(levels) == 1:
            return Contact.RELEASED if levels[0] else Contact.PRESSED
        return _CHANGEOVER[(levels[0], levels[1])]

    def levels(self, levels: Mapping[str, bool], at: int) -> list[Finger]:
        """One or more inputs have these levels now; what the finger did, in order."""
        known = {name: high for name, high in levels.items() if name in self._levels}
        said = self.settle(at)
        self._levels.update(known)
        contact = self._read()
        if contact is not self._contact:
            if self._sure(at):
                self._unread = at
            self._contact, self._since = contact, at
            said += self._came(contact, at)
        return said

    def _sure(self, now: int) -> bool:
        """Whether what the contacts showed until now was no flicker."""
        match self._contact:
            case Contact.RELEASED:
                return now - self._since >= RELEASE_NS
            case contact:
                return contact is Contact.PRESSED

    def _came(self, contact: Contact, at: int) -> list[Finger]:
        if contact is not Contact.PRESSED or self._down:
            return []
        said: list[Finger] = [Found(at)] if self._gone else []
        self._gone, self._down = False, True
        return [*said, Pressed(at)]

    def settle(self, now: int) -> list[Finger]:
        """What has become certain because time went by."""
        match self._contact:
            case Contact.RELEASED if self._sure(now):
                return self._let_go()
            case (Contact.CUT | Contact.SHORT) as contact if now - self._unread >= LOST_NS and not self._gone:
                self._gone, self._down = True, False
                return [Lost(self._unread, contact)]
            case _:
                return []

    def _let_go(self) -> list[Finger]:
        said: list[Finger] = []
        if self._gone:
            said.append(Found(self._since))
        if self._down:
            said.append(Released(self._since))
        self._gone = self._down = False
        return said
