"""A recording, or its details, goes out: to a person with a purpose and a reference, and never before the log has it.

1. What is refused, and what is not there whole, leaves no copy.
2. The texts are under the recording's locks first, then the audit entry is synced, then header and body leave.
3. Nothing here opens a recording: header, body and details leave as they are sealed.
4. Who was handed a body by a keeper that ended meanwhile may tell the next one how much went.
"""

import os
from dataclasses import dataclass

from firmware.audit.entries import Entry, What
from firmware.catalogue.row import Row
from firmware.faults import Refused, VaultFault
from firmware.keeper.box import Box
from firmware.keeper.copies import enter_sent
from firmware.keeper.door import Answer, Copy, Person
from firmware.keeper.found import found, refuse_restricted
from firmware.keeper.handed import Went
from firmware.keeper.history import DETAILS, RECORDING, History
from firmware.keeper.hold_verbs import Known
from firmware.keeper.references import keep_note
from firmware.keeper.why import Why, why_of
from firmware.sealing.facts import stamp_json
from firmware.vault.opaque import fresh
from firmware.vault.reading import Fields, base64


@dataclass(frozen=True, slots=True)
class GetVerbs:
    """What hands something out, over one box."""

    box: Box
    history: History

    def known(self) -> Known:
        """The verbs by their names."""
        return {"get": self._get, "details": self._details, "sent": self._sent}

    def _get(self, person: Person, request: Fields) -> Answer:
        why = why_of(self.box.settings.office, request)
        row, contents = found(self.box, request.text("id"))
        refuse_restricted(self.box, row)
        _refuse_armor_of_cut(row, request)
        body = open_body(self.box, row)
        try:
            copy = self._enter(person, row, why, RECORDING)
        except OSError:
            os.close(body)
            raise
        content = {
            "ok": True,
            "id": row.id,
            "kind": row.kind,
            "size": row.body_size,
            "began_ns": row.began_ns,
            "copy": copy.name,
            "header": base64(contents.header),
        }
        return Answer(content, body, copy)

    def _details(self, person: Person, request: Fields) -> Answer:
        why = why_of(self.box.settings.office, request)
        row, contents = found(self.box, request.text("id"))
        refuse_restricted(self.box, row)
        if contents.details is None:
            none = "that recording has no details: no number was heard or dialled"
            raise Refused("refused.no-details", none, f"callbox shell show {row.id} has what is known")
        copy = self._enter(person, row, why, DETAILS)
        content = {"ok": True, "id": row.id, "copy": copy.name, "details": base64(contents.details)}
        return Answer(content, None, copy)

    def _enter(self, person: Person, row: Row, why: Why, of: str) -> Copy:
        """The note under the recording's locks first: an entry never commits to a text that was lost (rule 2)."""
        now, copy = self.box.clock.stamp(), Copy(row.id, person, fresh())
        told = {"person": person.name, "copy": copy.name}
        told |= {} if of == RECORDING else {"of": of}
        note = {"what": "get", "at": stamp_json(now), **told, **why.kept()}
        keep_note(self.box, row, note)
        entry = Entry(What.GET, now, {"recording": row.id, **told, **why.committed()})
        self.box.log.append(entry)
        self.history.note(entry)
        return copy

    def _sent(self, person: Person, request: Fields) -> Answer:
        """Rule 4; once, and only by whom the copy was handed to."""
        name, count = request.text("copy"), request.whole("bytes")
        recording, whose = self.history.unsaid.get(name, ("", ""))
        if whose != person.name:
            nobody = "no copy of that name waits to be told of"
            raise Refused("refused.unknown-copy", nobody, "`callbox shell copies` lists those that are out")
        enter_sent(self.box, self.history, Copy(recording, person, name), Went(said=count))
        return Answer({"ok": True, "copy": name})


def _refuse_armor_of_cut(row: Row, request: Fields) -> None:
    """Before anything is handed out (rule 1)."""
    if row.kind == "cut" and request.content.get("armor") is True:
        cut = "that recording was cut by a loss of power: it is a tar of small age files, which has no armour"
        hint = 'leave --armor out; where PowerShell spoils bytes: cmd /c "ssh YOU@BOX get ID ... > ID.tar", or use sftp'
        raise Refused("refused.armor-of-cut", cut, hint)


def open_body(box: Box, row: Row) -> int:
    """The descriptor of a sealed body, which has the length that its manifest says."""
    body = box.places.store / f"{row.id}.body"
    hint = "put the file back from a copy of the store"
    try:
        descriptor = os.open(body, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        gone = f"the sealed body {body.name} is not in the store"
        raise VaultFault("vault.body-missing", gone, hint) from error
    size = os.fstat(descriptor).st_size
    if size != row.body_size:
        os.close(descriptor)
        other = f"the sealed body {body.name} has {size} bytes, and its manifest says {row.body_size}"
        raise VaultFault("vault.body-damaged", other, hint)
    return descriptor
