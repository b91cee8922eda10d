"""`note` and `notes`: what a person writes about a recording, sealed to the office, and hands out again.

1. A note has a reference, a subject, or both: by these its recording is found again (`firmware.keeper.references`).
2. It is sealed to the recipients of the settings as soon as it is here. Afterwards the box cannot read it: it keeps the
   sealed file and its tags under the recording's locks, and they end with the recording.
3. The audit entry commits to the text; the salt is in the sealed file, for whoever opens it to compare.
4. Notes go out as a recording does: for a purpose, with a reference, entered before the first byte leaves, and not under a
   restriction.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from firmware.audit.entries import SALT, Commitment, Entry, What
from firmware.call.typed import look_like_numbers
from firmware.catalogue.seals import put_noted
from firmware.catalogue.tags import HANDED, NOTE, reference_tag, subject_tag, tag_key
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.found import found, refuse_restricted, row_of
from firmware.keeper.hold_verbs import Known
from firmware.keeper.locks import lock_of
from firmware.keeper.references import keep_note
from firmware.keeper.why import LONGEST_REFERENCE, why_of
from firmware.sealing.age import fresh_file_key, sealed_with
from firmware.sealing.facts import stamp_json
from firmware.sealing.recipients import parse
from firmware.sealing.stanza import mac_key
from firmware.settings.recipient_set import set_of
from firmware.vault.reading import Fields, base64, canonical, read_object
from firmware.vault.resealed import MAC_KEY, SEALED, TO, together

LONGEST: Final = 4000
"""Characters of a note; our choice: a page."""

LONGEST_SUBJECT: Final = 200
"""Characters; our choice: a name and an address on one line."""


@dataclass(frozen=True, slots=True)
class NoteVerbs:
    """Both verbs, over one box."""

    box: Box

    def known(self) -> Known:
        """The verbs by their names."""
        return {"note": self._note, "notes": self._notes}

    def _note(self, person: Person, request: Fields) -> Answer:
        row, said = row_of(self.box, request.text("id")), _said(request)
        now, salt = self.box.clock.stamp(), secrets.token_bytes(SALT)
        committed = Commitment(canonical(said).decode(), salt).digest
        about = {"recording": row.id, "by": person.name, "at_ns": now.wall_ns, "salt": salt.hex()}
        to = [parse(each.key) for each in self.box.settings.recipients]
        key, to_set = fresh_file_key(), set_of(self.box.settings)
        sealed = sealed_with(key, canonical({"format": 1, **said, **about}), to)
        note = {"what": NOTE, "at": stamp_json(now), "person": person.name, "tags": list(self._tags(said))}
        under = {SEALED: base64(sealed), MAC_KEY: base64(mac_key(key)), TO: to_set}
        put_noted(self.box.catalogue, [(row.id, together(row.noted_to, to_set))])
        keep_note(self.box, row, {**note, **under})
        fields = {"recording": row.id, "person": person.name, "text_commitment": committed}
        self.box.log.append(Entry(What.NOTED, now, fields))
        return Answer(
            {"ok": True, "id": row.id, "sealed_to": [each.name for each in self.box.settings.recipients]}
        )

    def _tags(self, said: Mapping[str, str | None]) -> Iterator[str]:
        key = tag_key(self.box.vault.table)
        if said["ref"] is not None:
            yield reference_tag(key, said["ref"])
        if said["subject"] is not None:
            yield subject_tag(key, said["subject"])

    def _notes(self, person: Person, request: Fields) -> Answer:
        why = why_of(self.box.settings.office, request)
        row, _ = found(self.box, request.text("id"))
        refuse_restricted(self.box, row)
        notes = sealed_notes(self.box.vault.notes(lock_of(self.box, row), row.id))
        if not notes:
            none = "nobody noted anything about that recording"
            hint = f"callbox shell note {row.id} --ref R, with the text by standard input"
            raise Refused("refused.unknown-note", none, hint)
        now = self.box.clock.stamp()
        keep_note(self.box, row, {"what": HANDED, "at": stamp_json(now), "person": person.name, **why.kept()})
        fields = {"recording": row.id, "person": person.name, "notes": len(notes), **why.committed()}
        self.box.log.append(Entry(What.NOTES, now, fields))
        return Answer({"ok": True, "id": row.id, "notes": notes})


def sealed_notes(notes: Iterable[bytes]) -> list[dict[str, object]]:
    """What persons noted, out of all that the vault has noted of a recording."""
    fields = (read_object(each, "note") for each in notes)
    return [told_of(each) for each in fields if each.text("what") == NOTE]


def told_notes(notes: Iterable[bytes]) -> list[Mapping[str, object]]:
    """All else that the vault has noted of a recording, in words: whom it was handed to, and why."""
    contents = (read_object(each, "note").content for each in notes)
    return [each for each in contents if each["what"] != NOTE]


def told_of(note: Fields) -> dict[str, object]:
    """One note as it goes out: who, when, and the sealed file in base64."""
    at_ns = note.inner("at").whole("wall_ns")
    return {"person": note.text("person"), "at_ns": at_ns, "sealed": note.text(SEALED)}


def _said(request: Fields) -> dict[str, str | None]:
    """What a person noted; refuses what could not be found again, and what is no note."""
    said = {name: _given(request, name) for name in ("ref", "subject", "text")}
    if said["ref"] is None and said["subject"] is None:
        lost = "a note needs a reference or a subject, by which it is found again"
        raise _refused(lost, "give --ref CASE, or --subject with the subject by standard input")
    for name, longest in (("ref", LONGEST_REFERENCE), ("subject", LONGEST_SUBJECT)):
        line = said[name]
        if line is not None and not (len(line) <= longest and line.isprintable()):
            raise _refused(f"a {WORDS[name]} has at most {longest} characters on one line", HELP)
    if said["ref"] is not None and look_like_numbers([said["ref"]]):
        number = "a reference that looks like a telephone number is not taken: what is on a command line is not secret"
        raise _refused(number, "give the case it is for, and the number in the text by standard input")
    if len(said["text"] or "") > LONGEST:
        raise _refused(
            f"a note has at most {LONGEST} characters", "a letter belongs into the office's own files"
        )
    return said


WORDS: Final = {"ref": "reference", "subject": "subject"}
HELP: Final = "see `callbox shell help`"


def _given(request: Fields, name: str) -> str | None:
    """A text without blanks around it, `None` where nothing is said."""
    text = request.maybe_text(name) if name in request.content else None
    return (text or "").strip() or None


def _refused(message: str, hint: str) -> Refused:
    return Refused("refused.arguments", message, hint)
