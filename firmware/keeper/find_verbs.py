"""`find` and what goes with it: candidates for a number, and recordings by reference, as they are asked for at the door.

1. Candidates go out for a purpose of the office's list and with a reference, for their details are personal data.
2. One audit entry a search tells how many candidates there are, and is durable before the first of them leaves. It
   commits to the reference; the salt is the asker's, for there is no recording that the text could end with.
3. The details go out sealed as they are, and only where they are asked for. What a restriction shuts goes out
   without them.
4. No number is kept, entered or answered.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from firmware.audit.entries import Entry, What
from firmware.call.typed import folded
from firmware.catalogue.row import Row
from firmware.catalogue.sought import Sought
from firmware.catalogue.tags import NOTE, subject_tag, tag_key
from firmware.faults import Refused, VaultFault
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import Known, text_of
from firmware.keeper.locks import lock_of
from firmware.keeper.note_verbs import told_of
from firmware.keeper.references import named
from firmware.keeper.searches import Hands, Search, Searches
from firmware.keeper.sought import MOST, sought, way_out
from firmware.keeper.why import why_of
from firmware.vault.contents import read_contents
from firmware.vault.manifest import read_manifest
from firmware.vault.reading import Fields, base64, read_object
from firmware.vault.shards import Kind, Plain

PAGE: Final = 100
"""Candidates in one answer; our choice: about 100 KB."""

LISTED: Final = 1000
"""Recordings of one reference that are told; our choice: who uses one for everything has no reference."""

KEYS: Final = 8
"""Files of the vault read for one answer; our choice: 30 MB in an office of a thousand calls a day."""


@dataclass(frozen=True, slots=True)
class FindVerbs:
    """The verbs of finding, over one box."""

    box: Box
    history: History
    searches: Searches

    def known(self) -> Known:
        """The verbs by their names."""
        return {"find": self._find, "find-more": self._more, "by-ref": self._by_reference}

    def _find(self, person: Person, request: Fields) -> Answer:
        why, tag = why_of(self.box.settings.office, request), self._subject(request)
        wanted = sought(self.box, self.history, request) if tag is None else None
        names = self._names(wanted, tag)
        if len(names) > MOST:
            many = f"more than {MOST} recordings may be meant"
            hint = "look within some days: --from YYYY-MM-DD --to YYYY-MM-DD"
            raise Refused("refused.arguments", many, hint)
        of = "subject" if wanted is None else "number" if wanted.buckets else "withheld"
        hands = _hands(request, of)
        fields = {"person": person.name, "of": of, "candidates": len(names), "handed": str(hands)}
        entry = Entry(What.FOUND, self.box.clock.stamp(), {**fields, **why.committed()})
        told = {"entry": self.box.log.append(entry), "salt": why.salt.hex(), "count": len(names)}
        told |= {"buckets": len(wanted.buckets) if wanted else 1}
        return Answer(
            {"ok": True, **told, **self._page(self.searches.begin(person, names, hands, tag or ""))}
        )

    def _subject(self, request: Fields) -> str | None:
        """The tag of the subject that is looked for, `None` where it is a number."""
        subject = request.maybe_text("subject") if "subject" in request.content else None
        if subject is None:
            return None
        if not folded(subject):
            hint = "give the name by standard input, as it was noted"
            raise Refused("refused.arguments", "no subject was given", hint)
        return subject_tag(tag_key(self.box.vault.table), subject)

    def _names(self, wanted: Sought | None, tag: str | None) -> list[str]:
        if wanted is not None:
            return self.box.catalogue.seek(wanted)
        return [row.id for row in self.box.catalogue.tagged(tag or "", MOST + 1)]

    def _more(self, person: Person, request: Fields) -> Answer:
        return Answer({"ok": True, **self._page(self.searches.get(person, request.text("search")))})

    def _by_reference(self, _person: Person, request: Fields) -> Answer:
        rows = named(self.box, text_of(request, "ref"))
        told = [{**row.told(), **self.box.holds.kept(row.id)} for row in rows[:LISTED]]
        return Answer({"ok": True, "recordings": told, "count": len(rows)})

    def _page(self, search: Search) -> dict[str, object]:
        """The next candidates, and the name of the search where there are more."""
        rows = list(self._next(search))
        if not search.rest:
            self.searches.end(search)
        records = {} if search.hands is Hands.NOTHING else self._records(rows)
        candidates = [self._candidate(row, records.get(row.id, []), search) for row in rows]
        return {"candidates": candidates, "search": search.name if search.rest else None}

    def _next(self, search: Search) -> Iterator[Row]:
        """The rows of one page, of few keys; what was destroyed meanwhile is left out."""
        keys: Counter[str] = Counter()
        while search.rest and keys.total() < PAGE:
            row = self.box.catalogue.get(search.rest[0])
            key = "" if row is None or search.hands is Hands.NOTHING else lock_of(self.box, row)
            if row is not None and key not in keys and len(keys) == KEYS:
                return
            search.rest.popleft()
            if row is not None:
                keys[key] += 1
                yield row

    def _records(self, rows: list[Row]) -> dict[str, list[Plain]]:
        """Lock and notes of each recording; the file of each key is read once."""
        by_key: dict[str, list[str]] = {}
        for row in rows:
            by_key.setdefault(lock_of(self.box, row), []).append(row.id)
        found = (self._of_key(key, names) for key, names in by_key.items())
        return {name: records for each in found for name, records in each.items()}

    def _of_key(self, key: str, names: list[str]) -> dict[str, list[Plain]]:
        """A damaged file stands in the way of its own recordings only: they go out with nothing sealed."""
        try:
            return self.box.vault.several(key, names)
        except VaultFault:
            return {}

    def _candidate(self, row: Row, records: list[Plain], search: Search) -> dict[str, Any]:
        """What is known of a recording, and what its asker opens to see whether it is meant (rule 3)."""
        kept = self.box.holds.kept(row.id)
        told = {**row.told(), **kept}
        open_to = [] if kept["restricted"] else records
        match search.hands:
            case Hands.NOTHING:
                return told
            case Hands.NOTES:
                return {**told, "notes": _notes(open_to, search.tag)}
            case Hands.DETAILS:
                lock = next((each for each in open_to if each.kind is Kind.LOCK), None)
                return {**told, **(self._details(lock) if lock else NOTHING)}

    def _details(self, lock: Plain) -> dict[str, str | None]:
        contents = read_contents(lock.content)
        facts = read_manifest(contents.manifest).facts
        access, area = way_out(self.box.versions.find(facts.settings), facts.line)
        sealed = None if contents.details is None else base64(contents.details)
        return {"details": sealed, "access": access, "area": area}


def _hands(request: Fields, of: str) -> Hands:
    """What goes out: nothing sealed where the asker says that none is wanted."""
    if request.content.get("sealed") is False:
        return Hands.NOTHING
    return Hands.NOTES if of == "subject" else Hands.DETAILS


NOTHING: Final[Mapping[str, str | None]] = {"details": None, "access": "", "area": ""}


def _notes(records: Iterable[Plain], tag: str) -> list[dict[str, object]]:
    """The notes that have this tag, sealed as they are."""
    notes = (read_object(each.content, "note") for each in records if each.kind is Kind.NOTE)
    meant = (each for each in notes if each.text("what") == NOTE and tag in each.texts("tags"))
    return list(map(told_of, meant))
