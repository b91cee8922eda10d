"""`note` and `notes`: what the office writes about a recording, and reads again with its own key.

The box seals a note to the office's recipients and cannot read it afterwards. What is opened here is printed, and kept nowhere.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from firmware.audit.entries import Commitment
from firmware.faults import Refused
from firmware.given import refuse_numbers, text
from firmware.office.asked import parser, understood
from firmware.office.getting import why_arguments, why_of
from firmware.office.identities import load
from firmware.office.recordings import Named, named
from firmware.office.texts import plain
from firmware.showing import moment
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object

LONGEST = 4200
"""Characters read of a note, as the box reads them."""

NOWHERE = "read with callbox office notes; nothing was kept"
"""Where a note lies that was read here."""

SAID = ("ref", "subject", "text")
"""What a person said in a note; the audit log commits to it (`firmware.keeper.note_verbs`, rule 3)."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note, opened: what it says, and the commitment that the audit log of its box should have."""

    person: str
    at_ns: int
    said: dict[str, str | None]
    commitment: str

    def told(self) -> dict[str, object]:
        """As a program reads it."""
        return {"person": self.person, "at_ns": self.at_ns, **self.said, "text_commitment": self.commitment}


def note(argv: Sequence[str]) -> int:
    """`note`."""
    refuse_numbers(argv)
    made = parser(
        "note", "Note something about a recording: the text is asked for, or comes by standard input."
    )
    made.add_argument("id", metavar="ID", help="a recording, or BOX/ID where there are several boxes")
    made.add_argument("--ref", help="the case that it belongs to, by which it is found again")
    made.add_argument("--subject", action="store_true", help="the first line says whom it is about")
    asked, office = understood(made, argv)
    if asked.ref is None and not asked.subject:
        lost = "a note needs --ref CASE or --subject, by which it is found again"
        raise Refused("refused.arguments", lost, "callbox office note --help")
    recording = named(office, asked.id, asked.box)
    wanted = "Whom it is about, on the first line, then the note" if asked.subject else "Note"
    words = [*([f"--ref={asked.ref}"] if asked.ref else []), *(["--subject"] if asked.subject else [])]
    said = text(wanted, LONGEST).encode()
    print(recording.remote.text("note", recording.id, *words, said=said), end="")
    return 0


def notes(argv: Sequence[str]) -> int:
    """`notes`."""
    refuse_numbers(argv)
    made = parser("notes", "Read what was noted about a recording.")
    made.add_argument("id", metavar="ID", help="a recording, or BOX/ID where there are several boxes")
    why_arguments(made)
    made.add_argument("--json", action="store_true", help="for a program")
    asked, office = understood(made, argv)
    recording, keys = named(office, asked.id, asked.box), load(office)
    sealed = recording.remote.known(_sealed, "notes", recording.id, *why_of(asked, NOWHERE).words())
    found = [_opened(recording, keys.open(each)) for each in sealed]
    if asked.json:
        print(json.dumps([each.told() for each in found], indent=2))
    else:
        print(plain("\n\n".join(map(_page, found))))
    return 0


def _sealed(answer: Fields) -> list[bytes]:
    return [each.data("sealed") for each in answer.each("answer")]


def _opened(recording: Named, content: bytes) -> Note:
    """What an opened note says; one that is of another recording, or not as a box seals it, is a fault."""
    try:
        return _read(read_object(content, "note"), recording.id)
    except ValueError as error:
        raise recording.remote.nonsense(str(error)) from error


def _read(fields: Fields, recording: str) -> Note:
    fields.require_format(1)
    if fields.text("recording") != recording:
        raise UnreadableError("note: it is of another recording")
    said = {name: fields.maybe_text(name) for name in SAID}
    commitment = Commitment(canonical(said).decode(), bytes.fromhex(fields.text("salt"))).digest
    return Note(fields.text("by"), fields.whole("at_ns"), said, commitment)


def _page(note: Note) -> str:
    head = [moment(note.at_ns), note.person, f"case {note.said['ref']}" if note.said["ref"] else ""]
    about = f"about {note.said['subject']}\n" if note.said["subject"] else ""
    return f"{', '.join(filter(None, head))}:\n{about}{note.said['text'] or ''}".rstrip()
