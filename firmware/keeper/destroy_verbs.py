"""Erasure and certificates, as they are asked for at the door.

1. An erasure is asked for with a purpose-like reason and carried out with the next run, an hour later: until then
   a hold, or the person himself, stops it.
2. Where a hold stands the request is refused with its case and owner: the office answers the person with that.
"""

from dataclasses import dataclass
from typing import Any

from firmware.audit.entries import Commitment, Entry, What
from firmware.clock import ClockState, Stamp
from firmware.faults import Refused
from firmware.keeper import dating, runs
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import Known, text_of, unknown_recording
from firmware.keeper.locks import locks_of
from firmware.retention.disposal import BETWEEN_NS
from firmware.sealing.facts import stamp_json
from firmware.vault.opaque import is_opaque
from firmware.vault.reading import Fields, canonical, read_object


@dataclass(frozen=True, slots=True)
class DestroyVerbs:
    """Everything about destroying on request, over one box."""

    box: Box
    history: History

    def known(self) -> Known:
        """The verbs by their names."""
        return {
            "destroy": self._ask,
            "keep": self._withdraw,
            "certificates": self._certificates,
            "certificate": self._certificate,
            "date": self._date,
        }

    def _ask(self, person: Person, request: Fields) -> Answer:
        recording = request.text("id")
        row = self.box.catalogue.get(recording) if is_opaque(recording) else None
        if row is None:
            raise unknown_recording(self.box, recording)
        holds = self.box.holds.of(recording)
        if holds:
            cases = "; ".join(f"case {each.case}, owner {each.owner}" for each in holds)
            refused = f"the recording is held: {cases}"
            hint = f"tell the person so (callbox shell letter {holds[0].id} --refusal); a release ends a hold"
            raise Refused("refused.held", refused, hint)
        now, committed = self.box.clock.stamp(), Commitment.to(text_of(request, "reason"))
        note = {"what": "erasure asked", "at": stamp_json(now), "person": person.name}
        note |= {"ref": committed.text, "salt": committed.salt.hex()}
        self.box.vault.note(locks_of(self.box, row), recording, canonical(note))
        fields = {"recording": recording, "person": person.name, "text_commitment": committed.digest}
        self._enter(Entry(What.ASKED, now, fields))
        return Answer({"ok": True, "id": recording, "not_before_ns": now.wall_ns + BETWEEN_NS})

    def _withdraw(self, person: Person, request: Fields) -> Answer:
        recording = request.text("id")
        if recording not in self.history.asked or self.box.catalogue.get(recording) is None:
            nobody = "nobody asked for that recording to be destroyed, or it is done"
            raise Refused("refused.unknown-recording", nobody, f"callbox shell show {recording}")
        fields = {"recording": recording, "person": person.name}
        self._enter(Entry(What.WITHDRAWN, self.box.clock.stamp(), fields))
        return Answer({"ok": True, "id": recording})

    def _certificates(self, _person: Person, _request: Fields) -> Answer:
        waiting = [
            {"run": each.run, "waits_for_live_key": each.newest_live} for each in runs.waiting(self.box)
        ]
        listed = [
            {"run": run, "destroyed_ns": self.history.runs[run]}
            for run in self.history.runs
            if run not in self.history.to_certify
        ]
        return Answer({"ok": True, "certificates": listed, "waiting": waiting})

    def _certificate(self, _person: Person, request: Fields) -> Answer:
        run = request.text("run")
        path = self.box.places.certificates / f"{run}{runs.SUFFIX}"
        if not is_opaque(run) or not path.exists():
            none = "there is no certificate of that name, or it still waits"
            raise Refused("refused.unknown-certificate", none, "`callbox shell certificates` lists them")
        content: dict[str, Any] = {
            "ok": True,
            "certificate": dict(read_object(path.read_bytes(), run).content),
        }
        return Answer(content)

    def _date(self, person: Person, request: Fields) -> Answer:
        """A person says when a recording without a day began, and why he knows."""
        recording = request.text("id")
        row = self.box.catalogue.get(recording) if is_opaque(recording) else None
        if row is None:
            raise unknown_recording(self.box, recording)
        if row.due is not None:
            has = f"that recording has its day already: {row.due}"
            raise Refused("refused.arguments", has, "only a recording without a day is given one")
        now, began_ns = self.box.clock.stamp(), request.whole("began_ns")
        if now.state is ClockState.UNTRUSTED or began_ns > now.wall_ns:
            late = "the clock of the box is not to be believed, or that time is still to come"
            raise Refused("refused.arguments", late, "set the clock right first: timedatectl")
        committed = Commitment.to(text_of(request, "reason"))
        note = {"what": "dated", "at": stamp_json(now), "person": person.name, "ref": committed.text}
        note |= {"salt": committed.salt.hex()}
        self.box.vault.note(locks_of(self.box, row), recording, canonical(note))
        began = Stamp(began_ns, 0, "told by a person", ClockState.HELD)
        dated = dating.date_as(self.box, row, began, person.name)
        if dated is None:
            lawless = (
                "no policy gives that recording a day: its settings or its department's policy are not known"
            )
            raise Refused("refused.arguments", lawless, f"callbox shell show {recording} says more")
        dating.settle(self.box)
        return Answer({"ok": True, "id": recording, "due": dated.due})

    def _enter(self, entry: Entry) -> None:
        self.box.log.append(entry)
        self.history.note(entry)
