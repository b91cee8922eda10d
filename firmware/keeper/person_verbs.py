"""`help`, `looked`, `persons`: who is asking, what never came to the keeper, and who may ask."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Look, Person
from firmware.keeper.history import History
from firmware.vault.reading import Fields, UnreadableError


@dataclass(frozen=True, slots=True)
class PersonVerbs:
    """The verbs of persons, over one box."""

    box: Box
    history: History

    def known(self) -> Mapping[str, Callable[[Person, Fields], Answer]]:
        """The verbs by their names."""
        return {"help": self._help, "looked": self._looked, "persons": self._persons}

    def _help(self, person: Person, _request: Fields) -> Answer:
        """Who is asking; the keeper's own account has no key and no day."""
        told: dict[str, object] = {"name": person.name, "full": "", "until_ns": None}
        if person.uid != os.geteuid():
            login = self.box.persons.login(person)
            told |= {"full": login.full, "until_ns": login.until_ns}
        return Answer({"ok": True, "purposes": list(self.box.settings.office.purposes), **told})

    def _looked(self, _person: Person, request: Fields) -> Answer:
        """What the shell answered by itself: `of` is the verb, `code` what stood in the way."""
        return Answer({"ok": True}, look=Look(request.text("of"), request.maybe_text("code")))

    def _persons(self, _person: Person, _request: Fields) -> Answer:
        rows = [self._row(name) for name in self.box.persons.files.names()]
        return Answer({"ok": True, "persons": rows})

    def _row(self, name: str) -> dict[str, object]:
        """One person; of a file that counts for nothing, only that it does."""
        told: dict[str, object] = {"name": name, "seen_ns": self.history.seen.get(name)}
        try:
            login = self.box.persons.files.read(name)
        except (OSError, UnreadableError):
            return told | {"counts": False}
        told |= {"full": login.full, "since": login.since, "until_ns": login.until_ns}
        told |= {"counts": not self.box.persons.past(login)}
        return told | {"key": f"{login.key.kind} {login.key.fingerprint}"}
