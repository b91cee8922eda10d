"""A change of the settings: what it would destroy is told first, and it is taken up once a person applied it.

1. The keeper reads the text itself. What has a mistake, or changes what `init` made, changes nothing.
2. What would fall due earlier is asked of the law that destroys: its laws with the new one added, the present
   one replaced today. So the seven days are in it, and held recordings are counted apart.
3. Applying keeps the version and enters digest and person. The keeper writes no settings file, which may belong to
   root: whoever applies puts it in place, and the keeper begins anew once the file has that digest.
4. A change that nobody puts in place never comes into force. The log then says "accepted", and not "in force".
5. The digest in force is published; the recorder takes it up once its lines are idle.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Final

from firmware.audit.digests import settings_fields
from firmware.audit.entries import Entry, What
from firmware.clock import london_date
from firmware.faults import SettingsFault
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.laws import law_of, laws_of
from firmware.retention.law import Law, counting, falls_due
from firmware.retention.schedule import due
from firmware.settings import Settings, parse
from firmware.settings.changes import changes
from firmware.settings.recipient_set import changed
from firmware.vault import durable
from firmware.vault.reading import Fields, canonical

PUBLISHED: Final = "settings.json"


@dataclass(frozen=True, slots=True)
class Earlier:
    """Recordings of one department that would fall due on an earlier day than now; `held` of them stay."""

    department: str
    now: date
    then: date
    recordings: int
    held: int

    def content(self) -> dict[str, object]:
        """As it is answered."""
        days = {"now": self.now.isoformat(), "then": self.then.isoformat()}
        return {"department": self.department, **days, "recordings": self.recordings, "held": self.held}


@dataclass(frozen=True, slots=True)
class ApplyVerbs:
    """`preview` and `apply`, over one box."""

    box: Box
    history: History

    def known(self) -> Mapping[str, Callable[[Person, Fields], Answer]]:
        """The verbs by their names."""
        return {"preview": self._preview, "apply": self._apply}

    def _preview(self, _person: Person, request: Fields) -> Answer:
        new, today = self._read(request), london_date(self.box.clock.stamp().wall_ns)
        old = self.box.settings
        return Answer(
            {
                "ok": True,
                "digest": new.digest,
                "in_force": old.digest,
                "config": str(self.box.versions.config.absolute()),
                "earlier": [each.content() for each in self._earlier(new, today)],
                "later": list(later(old, new, today)),
                "changes": [asdict(each) for each in changes(old, new)],
            }
        )

    def _apply(self, person: Person, request: Fields) -> Answer:
        new, now = self._read(request), self.box.clock.stamp()
        if new.digest != (self.history.accepted or self.box.settings.digest):
            self.box.versions.keep(new)
            told = {**settings_fields(new), "person": person.name}
            others = changed(self.box.settings, new)
            entry = Entry(What.ACCEPTED, now, told | ({"changed": others} if others else {}))
            self.box.log.append(entry)
            self.history.note(entry)
        return Answer({"ok": True, "digest": new.digest, "config": str(self.box.versions.config.absolute())})

    def _read(self, request: Fields) -> Settings:
        """Rule 1."""
        new, old = parse(request.text("text"), "the new file"), self.box.settings
        fixed = [name for name in ("storage", "cells") if getattr(new, name) != getattr(old, name)]
        if fixed:
            named = " and ".join({"storage": "[storage]", "cells": "[[cell]]"}[name] for name in fixed)
            raise SettingsFault(
                "settings.fixed",
                f"the new settings change {named}, which `callbox init` made the box by",
                "leave it as it is; a cell is changed as docs/security.md says",
            )
        return new

    def _earlier(self, new: Settings, today: date) -> list[Earlier]:
        """Rule 2; one for each department, present day and new day, the first new day first."""
        laws = laws_of(self.box.versions, self.history.settings)
        before, after = counting(laws, today), counting(with_new(laws, law_of(new), today), today)
        found, held = Counter[tuple[date, str, date]](), Counter[tuple[date, str, date]]()
        for department, on, locked in self.box.catalogue.groups(today.isoformat()):
            days = [
                falls_due(date.fromisoformat(on), date.fromisoformat(locked), department, each)
                for each in (before, after)
            ]
            if days[1] < days[0]:
                count, kept = self.box.catalogue.count_group(department, on, locked)
                found[days[1], department, days[0]] += count
                held[days[1], department, days[0]] += kept
        return [Earlier(each[1], each[2], each[0], found[each], held[each]) for each in sorted(found)]


def with_new(laws: Sequence[Law], new: Law, today: date) -> list[Law]:
    """The laws as they are once new settings are in force from today: the present ones are replaced today."""
    return [*(replace(law, until=law.until or today) for law in laws), new]


def later(old: Settings, new: Settings, today: date) -> Iterator[str]:
    """A sentence for each department whose recordings are kept longer from now on."""
    names = {each.name: each.policy for each in old.departments}
    for department in new.departments:
        if department.name in names:
            before = due(old.policies, names[department.name], today)
            after = due(new.policies, department.policy, today)
            if before and after and after.on > before.on:
                yield (
                    f"What {department.name} records from now on is kept longer, today's until {after.on.isoformat()} instead of "
                    f"{before.on.isoformat()}; what was recorded before keeps its day."
                )


def publish(box: Box) -> None:
    """Say which settings are in force (rule 5); durable on return."""
    path = box.places.published / PUBLISHED
    content = canonical({"format": 1, "digest": box.settings.digest})
    if not path.exists() or path.read_bytes() != content:
        durable.write(path, content)


def waits_to_begin(box: Box, history: History) -> bool:
    """Whether accepted settings lie in the file, and the keeper works by others (rule 3)."""
    accepted = history.accepted
    return accepted not in {None, box.settings.digest} and box.versions.lies_in_file(accepted or "")
