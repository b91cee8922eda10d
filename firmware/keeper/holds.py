"""The holds of one box: their terms lie in the vault under their own keys, and end with them.

1. A hold is told to its asker only once every recording that it catches has its lock. One that a crash or the
   disk interrupted is completed at the next start or look.
2. What is taken in later is caught before its spool file goes.
3. The audit log names hold and recordings, and commits to the case, owner and reason; those texts and their
   salt lie under the hold's key.
4. A released hold catches nothing more; its key goes with the next run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from firmware.audit.entries import Commitment, Entry, What
from firmware.audit.log import AuditLog
from firmware.catalogue.catalogue import Catalogue
from firmware.catalogue.row import Row
from firmware.clock import Stamp
from firmware.faults import VaultFault
from firmware.retention.hold import Heard, Hold, Window
from firmware.sealing.facts import stamp_json
from firmware.showing import counted
from firmware.vault.reading import Fields, canonical, read_object
from firmware.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Standing:
    """A hold as it stands, and whether it was released."""

    hold: Hold
    released: bool = False


class Holds:
    """Every hold whose key lives."""

    def __init__(self, vault: Vault, catalogue: Catalogue, log: AuditLog) -> None:
        self._vault = vault
        self._catalogue = catalogue
        self._log = log
        self._missing: dict[str, set[str]] = {}
        self._damage: VaultFault | None = None
        found = {name: self._terms(name) for name in vault.holds()}
        self._standing = {name: _read(name, terms) for name, terms in found.items() if terms}

    def kept(self, recording: str) -> dict[str, object]:
        """The holds that keep a recording, and whether one of them shuts it; nothing is looked up where no hold stands."""
        holds = self.of(recording) if self.standing() else []
        return {"holds": [each.id for each in holds], "restricted": any(each.restricted for each in holds)}

    def standing(self) -> list[Standing]:
        """Every hold, the oldest first."""
        return sorted(self._standing.values(), key=lambda each: (each.hold.made, each.hold.id))

    def get(self, hold: str) -> Standing | None:
        """One hold."""
        return self._standing.get(hold)

    def of(self, recording: str) -> list[Hold]:
        """The holds that keep a recording, those that were released left out."""
        held = [self._standing.get(name) for name in self._catalogue.holds_of(recording)]
        return [each.hold for each in held if each is not None and not each.released]

    def place(self, hold: Hold, person: str, at: Stamp) -> list[str]:
        """Enter a hold and lock all that it catches now; gives those recordings."""
        committed = Commitment.to(f"{hold.case}\n{hold.owner}\n{hold.reason}")
        fields: dict[str, object] = {"hold": hold.id, "person": person, "review": hold.review.isoformat()}
        fields |= {"restricted": str(hold.restricted).lower(), **_meant(hold)}
        self._log.append(Entry(What.HELD, at, {**fields, "text_commitment": committed.digest}))
        terms = {"term": "hold", "salt": committed.salt.hex(), **_content(hold)}
        self._vault.terms(hold.id, _written(terms, at))
        self._standing[hold.id] = Standing(hold)
        return self.complete(hold)

    def complete(self, hold: Hold) -> list[str]:
        """Lock everything that a hold catches and that has not its lock yet; gives all that it keeps."""
        known = set(self._catalogue.held_by(hold.id))
        caught = {row.id: row.key for row in self._caught(hold) if row.id not in known}
        self._lock(hold.id, caught)
        return self._catalogue.held_by(hold.id)

    def complete_whole(self) -> None:
        """Lock what a hold's own file lacks, whatever the catalogue says of it: an older file may have been put back."""
        for each in self._open():
            known = filter(None, map(self._catalogue.get, self._catalogue.held_by(each.hold.id)))
            keys = {row.id: row.key for row in (*known, *self._caught(each.hold))}
            self._lock(each.hold.id, keys)

    def complete_all(self) -> None:
        """Lock what a crash or a refusing disk left unlocked, for every hold that was not released (rule 1)."""
        for each in self._open():
            self.complete(each.hold)

    def catch(self, row: Row) -> list[str]:
        """Lock one recording, just taken in, for every hold that catches it; gives those holds."""
        caught = [each.hold.id for each in self._open() if each.hold.catches(heard(row))]
        for hold in caught:
            self._lock(hold, {row.id: row.key})
        return caught

    def fault(self) -> VaultFault | None:
        """The fault that stands while a hold's file is damaged, or something that is to be held has no lock left."""
        missing = set[str]().union(*self._missing.values())
        if self._damage is not None or not missing:
            return self._damage
        return VaultFault(
            "vault.shard-damaged",
            f"{counted(len(missing), 'recording that is to be held has', 'recordings that are to be held have')} no lock in the file of their day: an older one is there",
            "put the newer file back from a copy; all else that is held is locked",
        )

    def _terms(self, hold: str) -> list[bytes]:
        """Its terms; a damaged file tells none, and keeps everything from being destroyed (`drafting`)."""
        try:
            return self._vault.terms_of(hold)
        except VaultFault as fault:
            self._damage = fault
            return []

    def _lock(self, hold: str, keys: Mapping[str, str]) -> None:
        """Lock these recordings, and mirror those that have the lock."""
        locked = self._vault.catch(hold, keys) if keys else set[str]()
        self._catalogue.hold(hold, locked)
        self._missing[hold] = keys.keys() - locked

    def amend(self, hold: Hold, term: Mapping[str, object], what: What, by: tuple[str, Stamp]) -> Hold:
        """Enter what was done for a hold; gives the hold as it stands then."""
        (person, at), text = by, str(term.get("said", ""))
        committed = Commitment.to(text)
        fields = {"hold": hold.id, "person": person, "text_commitment": committed.digest}
        self._log.append(Entry(what, at, fields))
        written = {**term, "salt": committed.salt.hex()}
        self._vault.terms(hold.id, _written(written, at))
        amended = _amended(self._standing[hold.id], Fields("term", dict(written)))
        self._standing[hold.id] = amended
        return amended.hold

    def forget(self, hold: str) -> None:
        """A hold's key was destroyed."""
        self._standing.pop(hold, None)
        self._missing.pop(hold, None)
        self._catalogue.release(hold)

    def _open(self) -> Iterable[Standing]:
        return [each for each in self._standing.values() if not each.released]

    def _caught(self, hold: Hold) -> list[Row]:
        if hold.window is None:
            row = self._catalogue.get(hold.recording or "")
            return [row] if row else []
        return self._catalogue.heard(hold.window.line, hold.window.start_ns, hold.window.stop_ns)


def heard(row: Row) -> Heard:
    """What a hold looks at of a recording."""
    return Heard(row.id, row.line, row.began_ns, row.ended_ns)


def _meant(hold: Hold) -> dict[str, object]:
    if hold.window is None:
        return {"recording": hold.recording}
    return {"line": hold.window.line, "from_ns": hold.window.start_ns, "to_ns": hold.window.stop_ns}


def _content(hold: Hold) -> dict[str, Any]:
    window = hold.window
    return {
        "case": hold.case,
        "owner": hold.owner,
        "reason": hold.reason,
        "made": hold.made.isoformat(),
        "review": hold.review.isoformat(),
        "restricted": hold.restricted,
        "recording": hold.recording,
        "window": None if window is None else [window.line, window.start_ns, window.stop_ns],
    }


def _written(term: Mapping[str, object], at: Stamp) -> bytes:
    return canonical({"format": 1, **term, "at": stamp_json(at)})


def _read(name: str, terms: list[bytes]) -> Standing:
    first, *later = [read_object(each, f"hold {name}") for each in terms]
    first.require_format(1)
    standing = Standing(_hold(name, first))
    for term in later:
        standing = _amended(standing, term)
    return standing


def _hold(name: str, fields: Fields) -> Hold:
    window = fields.content.get("window")
    return Hold(
        id=name,
        case=fields.text("case"),
        owner=fields.text("owner"),
        reason=fields.text("reason"),
        made=date.fromisoformat(fields.text("made")),
        review=date.fromisoformat(fields.text("review")),
        restricted=fields.content.get("restricted") is True,
        recording=fields.maybe_text("recording"),
        window=Window(*window) if isinstance(window, list) else None,
    )


def _amended(standing: Standing, term: Fields) -> Standing:
    hold = standing.hold
    match term.text("term"):
        case "told":
            return replace(standing, hold=replace(hold, told=term.text("said")))
        case "copy":
            return replace(standing, hold=replace(hold, copy=term.text("said")))
        case "review":
            return replace(standing, hold=replace(hold, review=date.fromisoformat(term.text("on"))))
        case "released":
            return replace(standing, released=True)
        case other:
            raise ValueError(f"hold {hold.id}: no such term: {other}")
