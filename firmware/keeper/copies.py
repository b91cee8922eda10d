"""What was handed out is asked back: how much of a copy went is entered, and what nobody confirmed destroyed is a fault.

1. Each copy has an entry that says how many bytes went, or that nobody said so: also where the keeper or the
   person's shell ended in the middle.
2. A copy is asked back from the day on which its recording falls due and no hold keeps it, or once it is destroyed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from firmware.audit.entries import Entry, What
from firmware.clock import london_date
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.keeper.door import Copy
from firmware.keeper.handed import Went
from firmware.keeper.history import HandedOut, History
from firmware.showing import counted

NAMED: Final = 3
"""Copies that the fault names; our choice: `copies` lists all."""


def enter_sent(box: Box, history: History, copy: Copy, went: Went) -> None:
    """What went of a copy: as it was said, and what was read of the body, as the kernel counted."""
    fields: dict[str, object] = {"recording": copy.recording, "copy": copy.name, "person": copy.person.name}
    entry = Entry(What.SENT, box.clock.stamp(), {**fields, "bytes": went.said, "read": went.read})
    box.log.append(entry)
    history.note(entry)


def enter_unsent(box: Box, history: History) -> None:
    """What an earlier keeper handed out and had no time to say more of (rule 1)."""
    for name, (recording, person) in sorted(history.unsent.items()):
        fields = {"recording": recording, "copy": name, "person": person, "bytes": None, "read": None}
        entry = Entry(What.SENT, box.clock.stamp(), fields)
        box.log.append(entry)
        history.note(entry)


class AskedBack:
    """The fault of copies that are asked back, judged anew once something changed that it rests on."""

    def __init__(self, box: Box, history: History) -> None:
        self._box = box
        self._history = history
        self._judged: object = None
        self._fault: VaultFault | None = None

    def fault(self) -> VaultFault | None:
        """The fault that stands while a copy is asked back and nobody confirmed it destroyed."""
        box, history = self._box, self._history
        today = london_date(box.clock.stamp().wall_ns)
        holds = [(each.hold.id, each.released) for each in box.holds.standing()]
        seen = (today, len(history.runs), history.handed, holds)
        if seen != self._judged:
            self._fault = _fault([each for each in listed(box, history, today) if each["asked_back"]])
            self._judged = seen
        return self._fault


def listed(box: Box, history: History, today: date) -> list[dict[str, Any]]:
    """Every copy that nobody confirmed destroyed, the oldest first."""
    copies = [
        _told(box, (recording, copy, out), today)
        for recording, handed in history.copies.items()
        for copy, out in handed.items()
    ]
    return sorted(copies, key=lambda each: (each["handed_ns"], each["copy"]))


def _told(box: Box, handed: tuple[str, str, HandedOut], today: date) -> dict[str, Any]:
    recording, copy, out = handed
    row = box.catalogue.get(recording)
    over = row is None or (row.due is not None and row.due <= today.isoformat())
    return {
        "copy": copy,
        "recording": recording,
        "of": out.of,
        "person": out.person,
        "purpose": out.purpose,
        "handed_ns": out.handed_ns,
        "due": row.due if row else None,
        "destroyed": row is None,
        "asked_back": over and not (row and box.holds.of(recording)),
    }


def _fault(asked: list[dict[str, Any]]) -> VaultFault | None:
    if not asked:
        return None
    named = ", ".join(_named(each) for each in asked[:NAMED])
    rest = f" and {len(asked) - NAMED} more" if len(asked) > NAMED else ""
    return VaultFault(
        "vault.copies-out",
        f"{counted(len(asked), 'copy is', 'copies are')} asked back, for the day of the recording has come: {named}{rest}",
        "destroy each where it lies, then: callbox shell copies destroyed COPY; `callbox shell copies --due` lists them",
    )


def _named(copy: Mapping[str, Any]) -> str:
    return f"{copy['copy']} ({copy['person']})"
