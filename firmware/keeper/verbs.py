"""What may be asked at the door, and who answers it.

Who was refused a recording stands in the audit log too.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.audit.entries import Entry, What
from firmware.faults import Refused, VaultFault
from firmware.keeper import cells
from firmware.keeper.alarm_verbs import AlarmVerbs
from firmware.keeper.applying import ApplyVerbs
from firmware.keeper.box import Box
from firmware.keeper.clock_verbs import ClockVerbs
from firmware.keeper.copy_verbs import CopyVerbs
from firmware.keeper.destroy_verbs import DestroyVerbs
from firmware.keeper.door import Answer, Person
from firmware.keeper.file_verbs import FileVerbs
from firmware.keeper.find_verbs import FindVerbs
from firmware.keeper.get_verbs import GetVerbs
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import HoldVerbs
from firmware.keeper.ledger_verbs import LedgerVerbs
from firmware.keeper.log_verbs import LogVerbs
from firmware.keeper.mail_account import refuse_others
from firmware.keeper.note_verbs import NoteVerbs
from firmware.keeper.outbox import Outbox
from firmware.keeper.person_verbs import PersonVerbs
from firmware.keeper.proof import Proofs
from firmware.keeper.reseal_verbs import ResealVerbs
from firmware.keeper.searches import Searches
from firmware.keeper.show_verbs import ShowVerbs
from firmware.keeper.watch_verbs import Counted, WatchVerbs
from firmware.keeper.witness_verbs import WitnessVerbs
from firmware.keeper.witnessing import Witnessing
from firmware.settings.recipient_set import set_of
from firmware.vault.opaque import is_opaque
from firmware.vault.reading import Fields, UnreadableError, base64

HANDING = frozenset({"get", "details", "destroy", "find", "notes"})
"""What a refusal of is entered."""


@dataclass(frozen=True, slots=True)
class Verbs:
    """Everything that is answered, over one box."""

    box: Box
    proofs: Proofs
    history: History
    witnessing: Witnessing
    outbox: Outbox
    searches: Searches = field(default_factory=Searches)
    counted: Counted = field(default_factory=Counted)

    def answer(self, person: Person, request: Fields) -> Answer:
        """The answer to one request; refuses what it does not know and what the rules refuse."""
        try:
            return self._answered(person, request)
        except UnreadableError as error:
            raise Refused("refused.arguments", str(error), "see `callbox shell help`") from error
        except OSError as error:
            raise disk_fault(error) from error

    @property
    def names(self) -> frozenset[str]:
        """Every verb that is answered."""
        return frozenset(self._known())

    def _answered(self, person: Person, request: Fields) -> Answer:
        try:
            return self._answer(person, request)
        except Refused as refusal:
            self._enter_refused(person, request, refusal)
            raise

    def _answer(self, person: Person, request: Fields) -> Answer:
        refuse_others(person.name, request.text("verb"))
        verb = self._known().get(request.text("verb"))
        if verb is None:
            raise Refused(
                "refused.verb", "the keeper does not know what is asked for", "see `callbox shell help`"
            )
        return verb(person, request)

    def _known(self) -> dict[str, Callable[[Person, Fields], Answer]]:
        return {
            "recipients": self._recipients,
            "ask": self._ask,
            "prove": self._prove,
            **ShowVerbs(self.box, self.history, self.witnessing.alive).known(),
            **GetVerbs(self.box, self.history).known(),
            **FileVerbs(self.box).known(),
            **CopyVerbs(self.box, self.history).known(),
            **FindVerbs(self.box, self.history, self.searches).known(),
            **NoteVerbs(self.box).known(),
            **AlarmVerbs(self.box, self.history).known(),
            "mail": self.outbox.mail,
            "mailed": self.outbox.mailed,
            **HoldVerbs(self.box, self.history).known(),
            **DestroyVerbs(self.box, self.history).known(),
            "clock": ClockVerbs(self.box).clock,
            "clock-confirm": ClockVerbs(self.box).confirm,
            "mend-cell": self._mend_cell,
            **LedgerVerbs(self.box).verbs(),
            **LogVerbs(self.box, self.witnessing).known(),
            **ApplyVerbs(self.box, self.history).known(),
            **ResealVerbs(self.box, self.history, self.proofs).known(),
            **PersonVerbs(self.box, self.history).known(),
            **WatchVerbs(self.box, self.history, self.proofs, self.counted).known(),
            **WitnessVerbs(self.box, self.history).known(),
        }

    def _enter_refused(self, person: Person, request: Fields, refusal: Refused) -> None:
        """Who was refused a recording stands in the log too, and which, where there is one of that name."""
        if request.text("verb") not in HANDING:
            return
        named = request.content.get("id")
        known = isinstance(named, str) and is_opaque(named) and self.box.catalogue.get(named) is not None
        fields = {"person": person.name, "code": refusal.code, **({"recording": named} if known else {})}
        self.box.log.append(Entry(What.REFUSED, self.box.clock.stamp(), fields))

    def _recipients(self, _person: Person, _request: Fields) -> Answer:
        proved = set(self.proofs.proved)
        listed = [
            {
                "name": each.name,
                "holder": each.holder,
                "key": each.key,
                "proved": each.name in proved,
                "asked": self.proofs.asked(each.name),
                "proved_ns": self.proofs.proved_ns(each.name),
            }
            for each in self.box.settings.recipients
        ]
        return Answer({"ok": True, "recipients": listed, "to": set_of(self.box.settings)})

    def _ask(self, _person: Person, request: Fields) -> Answer:
        return Answer({"ok": True, "sealed": base64(self.proofs.sealed_word(request.text("name")))})

    def _prove(self, person: Person, request: Fields) -> Answer:
        name = request.text("name")
        now = self.box.clock.stamp()
        self.proofs.prove(name, request.text("word"), now)
        entry = Entry(What.PROVED, now, {"recipient": name, "person": person.name})
        self.box.log.append(entry)
        self.history.note(entry)
        return Answer({"ok": True, "proved": self.proofs.proved})

    def _mend_cell(self, person: Person, _request: Fields) -> Answer:
        box = self.box
        box.log.append(Entry(What.WILL_MEND, box.clock.stamp(), {"person": person.name}))
        name = cells.mend(box.vault.table, box.settings)
        box.log.append(Entry(What.MENDED, box.clock.stamp(), {"cell": name, "person": person.name}))
        return Answer({"ok": True, "mended": name})


def disk_fault(error: OSError | sqlite3.Error) -> VaultFault:
    """The disk refused something; what is missing is named without a path in the store."""
    why = error.strerror if isinstance(error, OSError) else str(error)
    return VaultFault(
        "vault.disk",
        f"the disk refuses what the keeper has to write or read: {why}",
        "look at room and health of the disk: df -h, dmesg; the keeper goes on by itself",
    )
