"""Sealing anew, as it is asked for at the door: headers go out, others come back, and a person says which count.

1. Only headers leave: without the body they open nothing. Who has a body, from a stolen disk, and a key of the office can
   use one, also after its day. So each time is entered, with the recordings, before they leave.
2. What comes back must name every header that was handed out but those of notes, and fit the recipients of the settings as
   far as can be seen without a key (`sealing.fitting`), and the old headers' file keys. The old ones stay as they are.
3. The entry of what comes back is durable first: it begins the round. Then the new headers are put under each lock of the
   recording, last under the one that counts in the catalogue; then the catalogue says so.
4. A round is for one set of recipients, and one at a time. One that was decided is carried out before another begins.
5. What lies in a damaged file stays as it is, is counted, and stops nothing else.
6. It is confirmed by somebody who opened a new header: he says what nobody can say who did not; and who, since the round
   began, gave back a word sealed to one of the recipients, so that a login alone confirms nothing. Each of the others must
   have done so within 180 days.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from firmware.audit.entries import Entry, What
from firmware.catalogue import seals
from firmware.catalogue.row import Row
from firmware.catalogue.seals import Group
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import unknown_recording
from firmware.keeper.locks import locks_of
from firmware.keeper.proof import Proofs
from firmware.keeper.reseal_headers import (
    checked,
    given_of,
    item,
    only_damage,
    refused,
    resealed_of,
    waiting_of,
)
from firmware.keeper.sealed_sets import others, to_reseal, waits_for
from firmware.sealing.facts import stamp_json
from firmware.sealing.fitting import shapes
from firmware.sealing.recipients import parse
from firmware.settings.recipient_set import set_of
from firmware.vault.digest import sha256
from firmware.vault.opaque import fresh, is_opaque
from firmware.vault.reading import Fields, base64
from firmware.vault.resealed import Resealed

MOST: Final = 256
"""Recordings of which headers go out in one answer: our choice, a megabyte."""

LONGEST_KEY: Final = 64
WAIT: Final = "it takes a minute; `callbox shell reseal` says how it stands"


@dataclass(frozen=True, slots=True)
class ResealVerbs:
    """Everything about sealing anew, over one box."""

    box: Box
    history: History
    proofs: Proofs

    def known(self) -> Mapping[str, Callable[[Person, Fields], Answer]]:
        """The verbs by their names."""
        return {
            "reseals": self._standing,
            "headers": self._headers,
            "reseal": self._take,
            "reseal-waiting": self._waiting,
            "reseal-try": self._try,
            "reseal-confirm": self._confirm,
            "reseal-drop": self._drop,
        }

    def _standing(self, _person: Person, _request: Fields) -> Answer:
        found = others(self.box, self.history)
        return Answer(
            {
                "ok": True,
                "to": self._to,
                "recordings": found.count,
                "waiting": found.waiting,
                "leavers": list(found.leavers),
                "newcomers": list(found.newcomers),
                "unknown": found.unknown,
                "rounds": [
                    {"round": name, "to": each.to, "decided": each.decided}
                    for name, each in self.history.rounds.items()
                ],
            }
        )

    def _headers(self, person: Person, request: Fields) -> Answer:
        """Rule 1."""
        self._refuse_while_decided()
        wanted = to_reseal(self.box, self.history)
        rows = self._page(request, wanted)
        items = [item(each) for each in given_of(self.box, rows)]
        told = self._paged(person, rows, items)
        return Answer({"ok": True, "to": self._to, "left": sum(each.count for each in wanted), **told})

    def _waiting(self, person: Person, request: Fields) -> Answer:
        """New headers that wait, for somebody to open them one and all before he confirms."""
        name = self._open_round()
        groups = [each for each in seals.groups(self.box.catalogue) if each.anew_to == self._to]
        rows = self._page(request, groups)
        told = self._paged(person, rows, list(waiting_of(self.box, rows, name)))
        return Answer({"ok": True, "round": name, "to": self._to, **told})

    def _page(self, request: Fields, wanted: Iterable[Group]) -> list[Row]:
        limit = min(request.maybe_whole("limit") or MOST, MOST)
        key, _, name = (request.maybe_text("after") or "").rpartition("/")
        return seals.page(self.box.catalogue, wanted, (key, name), limit)

    def _paged(self, person: Person, rows: list[Row], items: list[dict[str, object]]) -> dict[str, object]:
        """A page as it goes out, entered before; `unread` are those that lie in a damaged file."""
        if items:
            self._enter_headers(person, [str(each["id"]) for each in items])
        last = f"{rows[-1].key}/{rows[-1].id}" if rows else None
        return {"after": last, "unread": len(rows) - len(items), "recordings": items}

    def _take(self, person: Person, request: Fields) -> Answer:
        """Rules 2 and 3."""
        self._refuse_while_decided()
        if request.text("to") != self._to:
            raise refused(
                "the recipients of the settings are others by now", "begin again: callbox office reseal"
            )
        told = {each.text("id"): each for each in request.each("recordings")}
        if not told:
            raise refused("no new headers were given", "`callbox office reseal` makes them")
        wanted = shapes(parse(each.key) for each in self.box.settings.recipients)
        found = list(given_of(self.box, self._lacking(self._rows(told))))
        new = {each.row.id: checked(each, told[each.row.id], wanted) for each in found}
        name = self._round()
        at = {"round": name, "to": self._to, "person": person.name, "at": stamp_json(self.box.clock.stamp())}
        made = {
            each.row.id: resealed_of(self.box, each, new[each.row.id], at, told[each.row.id].text("proof"))
            for each in found
        }
        self._enter_resealed(person, name, made)
        taken = self._put([each.row for each in found], made)
        seals.put_anew(self.box.catalogue, taken, self._to)
        return Answer({"ok": True, "round": name, "taken": sorted(told.keys() - made.keys() | taken)})

    def _lacking(self, rows: Iterable[Row]) -> list[Row]:
        """Those for which nothing waits yet; refuses one that needs nothing: sound headers are not changed for others."""
        fit, waits = seals.fitting(to_reseal(self.box, self.history)), waits_for(self.box, self.history)
        lacking = [row for row in rows if waits is None or row.anew_to != waits]
        sound = [row.id for row in lacking if not fit(row)]
        if sound:
            good = f"{sound[0]} is sealed to the recipients of the settings already"
            raise refused(good, "begin again: callbox office reseal")
        return lacking

    def _try(self, person: Person, request: Fields) -> Answer:
        """A new header that waits, for somebody to open it; who says which recipient he is gets a word to give back."""
        name = self._open_round()
        who = request.maybe_text("with") if "with" in request.content else None
        if who is not None and who not in self.history.shown:
            self.proofs.ask_again(who)
        asked = request.maybe_text("id") if "id" in request.content else None
        row = seals.one_waiting(self.box.catalogue, self._to) if asked is None else self._row(asked)
        waited = self.box.vault.resealed(row.key).get(row.id) if row else None
        if row is None or waited is None or waited.round != name:
            raise refused(
                "no new header of this recording waits to be tried", "`callbox office reseal` makes them"
            )
        (given,) = given_of(self.box, [row])
        self._enter_headers(person, [row.id])
        header = base64(waited.headers[sha256(given.contents.header)])
        told = {"round": name, "to": self._to, "shown": sorted(self.history.shown)}
        return Answer({"ok": True, "id": row.id, "header": header, **told})

    def _confirm(self, person: Person, request: Fields) -> Answer:
        """Rule 6."""
        name, now = self._open_round(), self.box.clock.stamp()
        shy = [each.name for each in self.box.settings.recipients if not self.proofs.good(each.name, now)]
        if shy:
            raise refused(
                f"not every recipient has shown lately that he can open anything: {', '.join(shy)}",
                "callbox office recipient prove, where the key is; then confirm again",
            )
        if request.text("with") not in self.history.shown:
            raise refused(
                f"{request.text('with')} has not given back a word since the new headers were made",
                "callbox office reseal confirm, where that key is",
            )
        row = self._row(request.text("id"))
        waited = self.box.vault.resealed(row.key).get(row.id)
        if waited is None or waited.round != name:
            raise refused(
                "no new header of this recording waits", "`callbox office reseal confirm` tries one that does"
            )
        if not hmac.compare_digest(waited.proof.encode(), request.text("proof").encode()):
            wrong = "what was said is not what opening the new header tells: nothing is confirmed"
            raise refused(
                wrong, "`callbox shell reseal drop` takes the new headers back, and the old ones stay"
            )
        count = seals.waiting(self.box.catalogue, self._to)
        fields = {"opened": row.id, "with": request.text("with"), "recordings": count}
        self._decide(What.RESEAL_CONFIRMED, name, {**fields, "person": person.name})
        return Answer({"ok": True, "round": name, "recordings": count})

    def _drop(self, person: Person, _request: Fields) -> Answer:
        self._refuse_while_decided()
        for name in self.history.rounds:
            self._decide(What.RESEAL_DROPPED, name, {"person": person.name})
            return Answer({"ok": True, "round": name})
        raise refused("no new headers wait", "`callbox shell reseal` says how it stands")

    @property
    def _to(self) -> str:
        return set_of(self.box.settings)

    def _round(self) -> str:
        """The open round for the present recipients, else a new name; one for others is dropped (rule 4)."""
        for name, each in self.history.rounds.items():
            if each.to == self._to:
                return name
            self._decide(What.RESEAL_DROPPED, name, {"person": None})
            gone = "new headers that waited were for recipients who are others by now: they are dropped"
            raise refused(gone, WAIT)
        return fresh()

    def _open_round(self) -> str:
        self._refuse_while_decided()
        for name, each in self.history.rounds.items():
            if each.to == self._to:
                return name
        raise refused(
            "no new headers wait for the recipients of the settings", "callbox office reseal makes them"
        )

    def _decide(self, what: What, name: str, fields: Mapping[str, object]) -> None:
        told = {"round": name, "to": self.history.rounds[name].to, **fields}
        entry = Entry(what, self.box.clock.stamp(), told)
        self.box.log.append(entry)
        self.history.note(entry)

    def _refuse_while_decided(self) -> None:
        """Rule 4."""
        if any(each.decided for each in self.history.rounds.values()):
            raise refused("what was decided about new headers is still being carried out", WAIT)

    def _row(self, recording: str) -> Row:
        row = self.box.catalogue.get(recording) if is_opaque(recording) else None
        if row is None:
            raise unknown_recording(self.box, recording)
        return row

    def _rows(self, told: Iterable[str]) -> list[Row]:
        return [self._row(each) for each in told]

    def _enter_headers(self, person: Person, recordings: list[str]) -> None:
        fields = {"person": person.name, "count": len(recordings), "headers_of": recordings}
        self.box.log.append(Entry(What.HEADERS, self.box.clock.stamp(), fields))

    def _enter_resealed(self, person: Person, name: str, made: Mapping[str, Resealed]) -> None:
        digests = {each: sha256(resealed.amendment.text) for each, resealed in made.items()}
        fields = {
            "round": name,
            "to": self._to,
            "person": person.name,
            "count": len(made),
            "amendments": digests,
        }
        entry = Entry(What.RESEALED, self.box.clock.stamp(), fields)
        self.box.log.append(entry)
        self.history.note(entry)

    def _put(self, rows: list[Row], made: Mapping[str, Resealed]) -> set[str]:
        """Rule 3: under all other locks first. Gives those of which no lock lies in a damaged file: the others wait not."""
        besides: dict[str, dict[str, Resealed]] = {}
        counting: dict[str, dict[str, Resealed]] = {}
        for row in rows:
            for key in locks_of(self.box, row):
                (counting if key == row.key else besides).setdefault(key, {})[row.id] = made[row.id]
        put = set(made)
        for group in (besides, counting):
            for key, found in group.items():
                put -= self._not_put(key, {name: each for name, each in found.items() if name in put})
        return put

    def _not_put(self, key: str, found: Mapping[str, Resealed]) -> set[str]:
        try:
            self.box.vault.reseal(key, found)
        except VaultFault as fault:
            only_damage(fault)
            return set(found)
        return set()
