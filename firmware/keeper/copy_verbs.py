"""Copies that were handed out, as they are asked about at the door: who has them, and that one is destroyed.

Anybody who may ask may say that a copy is destroyed: who fetched it may have left. The log has who said so.
"""

from dataclasses import dataclass

from firmware.audit.entries import Entry, What
from firmware.clock import london_date
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.copies import listed
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import Known
from firmware.vault.reading import Fields


@dataclass(frozen=True, slots=True)
class CopyVerbs:
    """Everything about copies, over one box."""

    box: Box
    history: History

    def known(self) -> Known:
        """The verbs by their names."""
        return {"copies": self._copies, "copy-destroyed": self._gone}

    def _copies(self, _person: Person, _request: Fields) -> Answer:
        today = london_date(self.box.clock.stamp().wall_ns)
        return Answer({"ok": True, "copies": listed(self.box, self.history, today)})

    def _gone(self, person: Person, request: Fields) -> Answer:
        copy = request.text("copy")
        recording = next((each for each, out in self.history.copies.items() if copy in out), None)
        if recording is None:
            nobody = "no copy of that name is out"
            raise Refused("refused.unknown-copy", nobody, "`callbox shell copies` lists those that are")
        fields = {"copy": copy, "recording": recording, "person": person.name}
        entry = Entry(What.COPY_GONE, self.box.clock.stamp(), fields)
        self.box.log.append(entry)
        self.history.note(entry)
        return Answer({"ok": True, "copy": copy, "recording": recording})
