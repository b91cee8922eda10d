"""What a witness is told besides checkpoints: the entries themselves, the settings of a digest, how the days went.

1. Entries are told as they are hashed, so that whoever has the roots of the log's subtrees from before counts
   them himself and sees whether one is missing, changed or put in.
2. Settings are told without their exempt numbers; the digest of that text stands in every checkpoint and in the
   entry that says that they came into force (`firmware.settings.told`).
3. The days are told in counts, of lines and not of calls; who asked for what stands in the entries.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from firmware.clock import london_date
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import Known
from firmware.keeper.laws import laws_of
from firmware.keeper.shrinking import department_of
from firmware.ledger.totals import DayTotals
from firmware.retention.disposal import FORESEEN_DAYS, Group, foreseen
from firmware.retention.hold import duties
from firmware.settings.told import told_text
from firmware.vault.reading import Fields, base64

MOST_BYTES: Final = 1 << 20
"""Of entries in one answer; our choice: the keeper writes it in a few milliseconds."""

MOST: Final = 1000
"""Entries in one answer, as of `log`."""

MOST_DAYS: Final = 92
"""Days that are told at once; our choice: a quarter."""

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WitnessVerbs:
    """The verbs that a witness asks, over one box."""

    box: Box
    history: History

    def known(self) -> Known:
        """Each by its name."""
        return {
            "entries": self._entries,
            "peaks": self._peaks,
            "settings": self._settings,
            "days": self._days,
        }

    def _entries(self, _person: Person, request: Fields) -> Answer:
        """From an index on, as many as fit into an answer."""
        log, first, last = self.box.log, request.whole("from"), request.whole("to")
        if not log.first <= first <= last <= log.size:
            there = f"there are the entries from {log.first} up to before {log.size}"
            code = "refused.dropped" if first < log.first else "refused.arguments"
            raise Refused(code, there, "ask for those: callbox shell entries FROM TO")
        return Answer({"ok": True, "from": first, "entries": self._fitting(first, min(last, first + MOST))})

    def _fitting(self, first: int, last: int) -> list[str]:
        told: list[str] = []
        room = MOST_BYTES
        for written in self.box.log.written(first, last):
            room -= len(written)
            if told and room < 0:
                break
            told.append(written.decode())
        return told

    def _peaks(self, _person: Person, request: Fields) -> Answer:
        size = request.whole("size")
        try:
            peaks = self.box.log.peaks(size)
        except IndexError as error:
            raise Refused("refused.arguments", str(error), "see `callbox shell checkpoint`") from error
        return Answer({"ok": True, "size": size, "peaks": [base64(each) for each in peaks]})

    def _settings(self, _person: Person, request: Fields) -> Answer:
        digest = request.maybe_text("digest") or self.box.settings.digest
        found = self.box.versions.find(digest)
        if found is None:
            none = "no version of the settings with that digest is kept here"
            raise Refused("refused.arguments", none, "`callbox shell settings` tells those in force")
        return Answer({"ok": True, "digest": digest, "text": told_text(found)})

    def _days(self, _person: Person, request: Fields) -> Answer:
        box, today = self.box, london_date(self.box.clock.stamp().wall_ns)
        first, last = _date(request, "from"), min(_date(request, "to"), today - DAY)
        if last - first > MOST_DAYS * DAY:
            first = last - MOST_DAYS * DAY
        days = [day for day in box.ledger.totals().values() if first <= day.on <= last]
        return Answer(
            {
                "ok": True,
                "from": first.isoformat(),
                "to": last.isoformat(),
                "lines": [self._line(day) for day in sorted(days, key=lambda day: (day.on, day.line))],
                "recordings": box.catalogue.count(),
                "owed": list(self._owed(today)),
                "copies": self._copies(),
                "due": list(self._due(today)),
                "clock": str(box.clock.stamp().state),
                "now_ns": box.clock.stamp().wall_ns,
            }
        )

    def _line(self, day: DayTotals) -> dict[str, object]:
        hook = day.whose is None or day.whose.hook
        return {**day.content(), "department": department_of(self.box.settings, day), "hook": hook}

    def _owed(self, today: date) -> Iterator[dict[str, object]]:
        """What is owed for holds, by opaque names alone; what is overdue is said so."""
        for standing in self.box.holds.standing():
            for duty in duties(standing.hold) if not standing.released else ():
                told = {"hold": standing.hold.id, "what": str(duty.owed), "by": duty.by.isoformat()}
                yield told | {"overdue": duty.overdue(today)}

    def _copies(self) -> dict[str, int]:
        """How many copies are out, and how many of those are of recordings that the box destroyed."""
        out = [recording for recording, copies in self.history.copies.items() for _ in copies]
        gone = [recording for recording in out if self.box.catalogue.get(recording) is None]
        return {"out": len(out), "of_destroyed": len(gone)}

    def _due(self, today: date) -> Iterator[dict[str, object]]:
        """How many recordings fall due on each of the next days, some earlier than they are locked to by a shorter period."""
        box, last = self.box, today + FORESEEN_DAYS * DAY
        found = box.catalogue.groups(date.min.isoformat())
        groups = [Group(name, date.fromisoformat(on), date.fromisoformat(due)) for name, on, due in found]
        early = dict(foreseen(groups, laws_of(box.versions, self.history.settings), today))
        for group in groups:
            day = early.get(group, group.locked)
            if day <= last:
                whose = group.department, group.on.isoformat(), group.locked.isoformat()
                count, held = box.catalogue.count_group(*whose)
                told = {"on": day.isoformat(), "department": group.department, "recordings": count}
                yield told | {"held": held, "earlier": day < group.locked}


def _date(request: Fields, name: str) -> date:
    try:
        return date.fromisoformat(request.text(name))
    except ValueError as error:
        raise Refused("refused.arguments", f"{name} is no date", "write it as 2026-03-02") from error
