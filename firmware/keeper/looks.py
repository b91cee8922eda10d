"""Every look leaves a trace: who asked for what, entered before he is answered.

1. What is entered is the account, the verb, and the code of what stood in its way; never what was typed, which may
   hold a number. A verb that the keeper does not know is entered as "?".
2. The shell tells of what never came to the keeper: help, words it did not understand, what it refused itself.
3. Who may not ask at all, or finds no place, is entered too, but at most once in ten minutes an account, with how often he
   tried: a stranger cannot fill the disk.
4. What the mail process asks every five minutes is no look: it learns what it mails, and nothing of a recording. What it
   is refused is entered.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from firmware.audit.entries import Entry, What
from firmware.faults import CODES, Fault
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Copy, Inside, Look, Person
from firmware.keeper.handed import Went
from firmware.keeper.history import History
from firmware.keeper.mail_account import ACCOUNT
from firmware.keeper.verbs import disk_fault
from firmware.vault.reading import Fields

AWAY_NS: Final = 600_000_000_000
"""Ten minutes between two entries of one account that is turned away; our choice: 53,000 a year at most."""

MOST_AWAY: Final = 256
"""Accounts that are counted apart within ten minutes; our choice: all others are counted together."""

OTHERS: Final = Person("others", -1)
UNKNOWN: Final = "?"

TOLD: Final = frozenset({"letter", "recipient", "restrict", "rsync", "scp", "sftp"})
"""Words of the shell that the keeper has no verb for, or another."""


@dataclass(slots=True)
class _Away:
    """An account that is turned away: since when it is counted, and how often it tried since its last entry."""

    person: Person
    code: str
    entered_ns: int
    unsaid: int


class Looks:
    """The entries of who asked, over one box."""

    def __init__(self, box: Box, history: History, verbs: Collection[str]) -> None:
        """`verbs` are those that the keeper knows."""
        self._box = box
        self._history = history
        self._verbs = TOLD.union(verbs)
        self._away: dict[int, _Away] = {}

    def inside(
        self, answer: Callable[[Person, Fields], Answer], sent: Callable[[Copy, Went], None]
    ) -> Inside:
        """What is behind the door, with every look entered."""
        return Inside(self.admit, answer, self.looked, sent, self.turned_away, self._box.persons.files.group)

    def admit(self, person: Person) -> None:
        """Refuse who may not ask, and enter that (rule 3)."""
        try:
            self._box.persons.admit(person)
        except Fault as fault:
            self.turned_away(person, fault.code)
            raise

    def looked(self, person: Person, look: Look) -> None:
        """Durable on return; a disk that refuses is a fault, and nothing may leave then."""
        if person.name == ACCOUNT and look.code is None:
            return
        fields = {"person": person.name, "verb": look.verb if look.verb in self._verbs else UNKNOWN}
        if look.code is not None:
            fields["code"] = look.code if look.code in CODES else UNKNOWN
        entry = Entry(What.LOOKED, self._box.clock.stamp(), fields)
        try:
            self._box.log.append(entry)
        except OSError as error:
            raise disk_fault(error) from error
        self._history.note(entry)

    def turned_away(self, person: Person, code: str) -> None:
        """Enter that somebody was turned away unheard, or count it (rule 3)."""
        counted = person if person.uid in self._away or len(self._away) < MOST_AWAY else OTHERS
        away = self._away.get(counted.uid)
        if away is None:
            away = self._away[counted.uid] = _Away(counted, code, 0, 1)
            self._enter(away, self._box.clock.monotonic_ns())
        else:
            away.code = code
            away.unsaid += 1

    def turn(self) -> None:
        """Enter what was tried since the last entry, once ten minutes have passed; forget who has gone."""
        now = self._box.clock.monotonic_ns()
        for uid, away in [*self._away.items()]:
            if now - away.entered_ns < AWAY_NS:
                continue
            if away.unsaid:
                self._enter(away, now)
            else:
                del self._away[uid]

    def rest(self) -> None:
        """Enter what is not entered yet; the keeper ends, or begins anew without these counts."""
        now = self._box.clock.monotonic_ns()
        for away in self._away.values():
            if away.unsaid:
                self._enter(away, now)

    def _enter(self, away: _Away, now_ns: int) -> None:
        """A disk that refuses is a fault here, too; the account is turned away whether it is entered or not."""
        fields = {"person": away.person.name, "code": away.code, "times": away.unsaid}
        away.entered_ns = now_ns
        try:
            self._box.log.append(Entry(What.REFUSED, self._box.clock.stamp(), fields))
        except OSError as error:
            self._box.board.tell("looks", disk_fault(error))
        else:
            away.unsaid = 0
            self._box.board.settle("looks")
