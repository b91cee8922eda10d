"""How the box stands, what is wrong with it, and a person's word that this is known.

Who acknowledges a fault says why and until when; that is entered in the audit log, and shown to all who ask.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from firmware.clock import london_date
from firmware.faults import Refused
from firmware.keeper.alarm import Alarm
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import Known, day_of, text_of
from firmware.keeper.live import generations, recorder_says
from firmware.keeper.owed import overdue
from firmware.keeper.room import room_of
from firmware.keeper.seen import look
from firmware.settings.model import Support
from firmware.vault.reading import Fields

USUAL: Final = timedelta(days=7)
"""For how long an acknowledgement counts where nobody named a day; our choice: who knows of a fault mends it in a week."""

LONGEST: Final = timedelta(days=90)
"""Our choice: what nobody mends for longer is no alarm any more, and is to be taken out of the box or its settings."""

MOST: Final = 500
"""Entries of the history in one answer; our choice."""


@dataclass(frozen=True, slots=True)
class AlarmVerbs:
    """`status`, `ack` and `history`, over one box."""

    box: Box
    history: History

    def known(self) -> Known:
        """The verbs by their names."""
        return {"status": self._status, "ack": self._acknowledge, "history": self._history}

    def _status(self, _person: Person, _request: Fields) -> Answer:
        box, now = self.box, self.box.clock.stamp()
        look(box)
        return Answer(
            {
                "ok": True,
                "alarms": [each.told() for each in box.alarms.open()],
                "recorder": {"spoke_ns": recorder_says(box.places.run)["spoke_ns"]},
                "now_ns": now.wall_ns,
                "clock": str(now.state),
                "recordings": box.catalogue.count(),
                "undated": box.catalogue.count_undated(),
                "holds": sum(1 for each in box.holds.standing() if not each.released),
                "overdue": len(overdue(box)),
                "live": generations(box)[-1],
                "entries": box.log.size,
                "root": box.log.root.hex(),
                "destroying": box.vault.table.method,
                "support": _support(box.settings.support),
                **self._room(),
            }
        )

    def _room(self) -> dict[str, int | None]:
        room = room_of(self.box)
        return {"free_bytes": room.free, "days_left": room.days_left}

    def _acknowledge(self, person: Person, request: Fields) -> Answer:
        look(self.box)
        meant, reason = self._meant(text_of(request, "fault")), text_of(request, "reason")
        until, now = self._until(request), self.box.clock.stamp()
        said = [self.box.alarms.acknowledge(each, (person.name, now), until, reason) for each in meant]
        told: list[dict[str, Any]] = [each.told() for each in said]
        return Answer({"ok": True, "alarms": told})

    def _meant(self, word: str) -> list[Alarm]:
        """The open alarms of a code or a subject, or the one of both: `CODE SUBJECT`."""
        found = [
            each
            for each in self.box.alarms.open()
            if word in {each.seen.code, each.seen.subject, f"{each.seen.code} {each.seen.subject}"}
        ]
        if not found:
            raise Refused(
                "refused.unknown-fault",
                "no fault of that code or subject is open",
                "`callbox shell status` lists those that are",
            )
        return found

    def _until(self, request: Fields) -> date:
        today = london_date(self.box.clock.stamp().wall_ns)
        until = day_of(request, "until") or today + USUAL
        if not today < until <= today + LONGEST:
            far = (
                f"a fault is acknowledged for 1 to {LONGEST.days} days, and the box shows {today.isoformat()}"
            )
            raise Refused("refused.arguments", far, "give --until YYYY-MM-DD, the day on which it comes back")
        return until

    def _history(self, _person: Person, request: Fields) -> Answer:
        limit = request.maybe_whole("limit") if "limit" in request.content else None
        newest = list(self.history.faults)[-min(limit or MOST, MOST) :]
        return Answer({"ok": True, "entries": newest[::-1]})


def _support(support: Support | None) -> dict[str, str] | None:
    return None if support is None else {"until": support.until.isoformat(), "contact": support.contact}
