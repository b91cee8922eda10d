"""What may be asked at the door, and what is answered.

1. A recording goes out only for a purpose of the office's list and with a reference.
2. The audit entry is durable before the descriptor leaves. It commits to the reference;
   the text of it lies under the recording's lock and ends with it.
3. Nothing here opens a recording: header and body leave as they are sealed.
"""

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware.audit.entries import Commitment, Entry, What
from firmware.catalogue.catalogue import MOST, Wanted
from firmware.catalogue.row import Row
from firmware.faults import Refused, VaultFault
from firmware.keeper import cells
from firmware.keeper.applying import ApplyVerbs
from firmware.keeper.box import Box
from firmware.keeper.clock_verbs import ClockVerbs
from firmware.keeper.destroy_verbs import DestroyVerbs
from firmware.keeper.door import Answer, Copy, Person
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import HoldVerbs, unknown_recording
from firmware.keeper.ledger_verbs import LedgerVerbs
from firmware.keeper.live import generations, recorder_says
from firmware.keeper.locks import locks_of
from firmware.keeper.log_verbs import LogVerbs
from firmware.keeper.proof import Proofs
from firmware.keeper.reseal_verbs import ResealVerbs
from firmware.keeper.witnessing import Witnessing
from firmware.sealing.facts import stamp_json
from firmware.settings.recipient_set import set_of
from firmware.vault.contents import Contents
from firmware.vault.opaque import fresh, is_opaque
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object

LONGEST_REFERENCE = 200
"""Characters; our choice: a reference is a case number, not a letter."""


@dataclass(frozen=True, slots=True)
class Verbs:
    """Everything that is answered, over one box."""

    box: Box
    proofs: Proofs
    history: History
    witnessing: Witnessing

    def answer(self, person: Person, request: Fields) -> Answer:
        """The answer to one request; refuses what it does not know and what the rules refuse."""
        try:
            return self._answered(person, request)
        except UnreadableError as error:
            raise Refused("refused.arguments", str(error), "see `callbox shell help`") from error
        except OSError as error:
            raise disk_fault(error) from error

    def _answered(self, person: Person, request: Fields) -> Answer:
        try:
            return self._answer(person, request)
        except Refused as refusal:
            self._enter_refused(person, request, refusal)
            raise

    def _answer(self, person: Person, request: Fields) -> Answer:
        known = {
            "list": self._list,
            "show": self._show,
            "get": self._get,
            "status": self._status,
            "recipients": self._recipients,
            "ask": self._ask,
            "prove": self._prove,
            **HoldVerbs(self.box, self.history).known(),
            **DestroyVerbs(self.box, self.history).known(),
            "clock": ClockVerbs(self.box).clock,
            "clock-confirm": ClockVerbs(self.box).confirm,
            "mend-cell": self._mend_cell,
            **LedgerVerbs(self.box).verbs(),
            **LogVerbs(self.box, self.witnessing).known(),
            **ApplyVerbs(self.box, self.history).known(),
            **ResealVerbs(self.box, self.history, self.proofs).known(),
        }
        verb = known.get(request.text("verb"))
        if verb is None:
            raise Refused(
                "refused.verb", "the keeper does not know what is asked for", "see `callbox shell help`"
            )
        return verb(person, request)

    def _enter_refused(self, person: Person, request: Fields, refusal: Refused) -> None:
        """Who was refused a recording stands in the log too."""
        if request.text("verb") in {"get", "destroy"}:
            fields = {"person": person.name, "code": refusal.code}
            self.box.log.append(Entry(What.REFUSED, self.box.clock.stamp(), fields))

    def _list(self, _person: Person, request: Fields) -> Answer:
        limit = min(request.maybe_whole("limit") or MOST, MOST)
        wanted = Wanted(line=request.maybe_text("line"), on=request.maybe_text("on"), limit=limit)
        rows = [row.told() for row in self.box.catalogue.find(wanted)]
        return Answer({"ok": True, "recordings": rows})

    def _show(self, _person: Person, request: Fields) -> Answer:
        recording = request.text("id")
        row, contents = self._find(recording)
        notes = [read_object(each, "note").content for each in self.box.vault.notes(row.key, recording)]
        return Answer(
            {
                "ok": True,
                "manifest": read_object(contents.manifest, "manifest").content,
                "signature": _base64(contents.signature),
                "signer": contents.signer,
                "public": self.box.signer.public.hex(),
                "resealed": [each.content() for each in contents.amended],
                "handed": notes,
                "locked_with": locks_of(self.box, row),
                "holds": [each.id for each in self.box.holds.of(recording)],
                "erasure_asked": recording in self.history.asked,
            }
        )

    def _get(self, person: Person, request: Fields) -> Answer:
        purpose, reference = self._allowed(request)
        row, contents = self._find(request.text("id"))
        self._refuse_restricted(row)
        descriptor, copy = self._open_body(row), fresh()
        try:
            self._enter_get(person, row, (purpose, reference), copy)
        except OSError:
            os.close(descriptor)
            raise
        content = {
            "ok": True,
            "id": row.id,
            "kind": row.kind,
            "size": row.body_size,
            "began_ns": row.began_ns,
            "copy": copy,
            "header": _base64(contents.header),
        }
        return Answer(content, descriptor, Copy(row.id, person))

    def _allowed(self, request: Fields) -> tuple[str, str]:
        purposes = ", ".join(self.box.settings.office.purposes)
        purpose, reference = request.maybe_text("purpose"), request.maybe_text("ref")
        if purpose not in self.box.settings.office.purposes:
            unknown = f"{purpose!r} is not a purpose of this office" if purpose else "no purpose was given"
            raise Refused("refused.purpose", unknown, f"give --purpose with one of: {purposes}")
        if not reference or not reference.strip() or len(reference) > LONGEST_REFERENCE:
            needed = f"a recording is fetched with a reference of 1 to {LONGEST_REFERENCE} characters"
            raise Refused("refused.reference", needed, "give the case it is for: --ref C12")
        return purpose, reference.strip()

    def _find(self, recording: str) -> tuple[Row, Contents]:
        row = self.box.catalogue.get(recording) if is_opaque(recording) else None
        contents = self.box.vault.contents(row.key, recording) if row else None
        if row is None or contents is None:
            raise unknown_recording(self.box, recording)
        return row, contents

    def _refuse_restricted(self, row: Row) -> None:
        """Rule 4 of `retention.hold`."""
        for hold in self.box.holds.of(row.id):
            if hold.restricted:
                shut = f"its use is restricted: case {hold.case}, owner {hold.owner}"
                hint = f"ask the owner; callbox shell release {hold.id} --reason R ends the restriction"
                raise Refused("refused.restricted", shut, hint)

    def _open_body(self, row: Row) -> int:
        body = self.box.places.store / f"{row.id}.body"
        try:
            return os.open(body, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            gone = f"the sealed body {body.name} is not in the store"
            raise VaultFault(
                "vault.body-missing", gone, "put the file back from a copy of the store"
            ) from error

    def _enter_get(self, person: Person, row: Row, why: tuple[str, str], copy: str) -> None:
        """The note under the recording's locks first: an entry never commits to a text that was lost.

        `why` is purpose and reference.
        """
        now, committed = self.box.clock.stamp(), Commitment.to(why[1])
        told = {"person": person.name, "purpose": why[0], "copy": copy}
        note = {"what": "get", "at": stamp_json(now), "ref": why[1], "salt": committed.salt.hex(), **told}
        self.box.vault.note(locks_of(self.box, row), row.id, canonical(note))
        entry = Entry(What.GET, now, {"recording": row.id, "ref_commitment": committed.digest, **told})
        self.box.log.append(entry)
        self.history.note(entry)

    def _status(self, _person: Person, _request: Fields) -> Answer:
        box, now = self.box, self.box.clock.stamp()
        return Answer(
            {
                "ok": True,
                "faults": [told.content() for told in box.board.faults()],
                "recorder": recorder_says(box.places.run),
                "now_ns": now.wall_ns,
                "clock": str(now.state),
                "recordings": box.catalogue.count(),
                "live": generations(box)[-1],
                "entries": box.log.size,
                "root": box.log.root.hex(),
                "destroying": box.vault.table.method,
            }
        )

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
        return Answer({"ok": True, "sealed": _base64(self.proofs.sealed_word(request.text("name")))})

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


def enter_sent(box: Box, copy: Copy, count: int | None) -> None:
    """What was really sent of a copy, in bytes; `None` where the connection ended without a word."""
    fields: Mapping[str, Any] = {"recording": copy.recording, "person": copy.person.name, "bytes": count}
    box.log.append(Entry(What.SENT, box.clock.stamp(), fields))


def disk_fault(error: OSError) -> VaultFault:
    """The disk refused something; what is missing is named without a path in the store."""
    return VaultFault(
        "vault.disk",
        f"the disk refuses what the keeper has to write or read: {error.strerror}",
        "look at room and health of the disk: df -h, dmesg; the keeper goes on by itself",
    )


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
