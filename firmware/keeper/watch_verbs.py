"""`watch`: how the whole box stands, in one answer; it changes nothing, and no sound is in it.

1. What is told of a line is what its lamp shows, and a level (`firmware.keeper.stands`). Live listening does not
   exist: the keeper has no sound, and an answer has no place for it.
2. Nothing told here identifies a caller: no number, no digit, not the bucket of one.
3. `now` alone is told twice a second; the rest is asked for when something was entered. What is dear to count is counted
   once a minute.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from firmware.catalogue.catalogue import Wanted
from firmware.clock import SECOND, Stamp, london_date
from firmware.faults import Refused
from firmware.keeper import stands
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import hold_told
from firmware.keeper.holds import Standing
from firmware.keeper.live import recorder_says
from firmware.keeper.proof import Proofs
from firmware.keeper.room import Room, room_of
from firmware.keeper.strips import Strips
from firmware.vault.reading import Fields

MOST: Final = 500
"""Recordings of a day that are told, the newest; our choice: what nobody scrolls through is what `list` is for."""

COUNTED_NS: Final = 60 * SECOND
"""How long what was counted on the disk is good for; our choice."""

TOLD_OF: Final = (
    *("id", "line", "department", "kind", "class_", "direction", "began_ns", "clock"),
    *("due", "rate", "samples", "withheld", "ended"),
)
"""What is told of a recording; of the rest nothing is for a screen, and the bucket is a number's."""


@dataclass(slots=True)
class Counted:
    """What was counted last and is not counted at each look."""

    strips: Strips = field(default_factory=Strips)
    room: Room | None = None
    room_ns: int = 0


@dataclass(frozen=True, slots=True)
class WatchVerbs:
    """`watch`, over one box."""

    box: Box
    history: History
    proofs: Proofs
    counted: Counted

    def known(self) -> Mapping[str, Callable[[Person, Fields], Answer]]:
        """The verb by its name."""
        return {"watch": self._watch}

    def _watch(self, _person: Person, request: Fields) -> Answer:
        now = self.box.clock.stamp()
        today = london_date(now.wall_ns)
        content = {"ok": True, "today": today.isoformat(), **self._now(now)}
        if request.content.get("part") != "now":
            content |= self._rest(_day(request) or today, now)
        return Answer(content)

    def _now(self, now: Stamp) -> dict[str, object]:
        box, how = self.box, self.box.clock.standing()
        note, age = stands.last_word(box.places.run, now)
        fresh = age is not None and age < stands.STALE_NS
        heard = note if fresh else stands.UNKNOWN
        said = recorder_says(box.places.run)
        return {
            "office": box.settings.office.name,
            "now_ns": now.wall_ns,
            "clock": {
                "state": str(how.now.state),
                "doubt": str(how.doubt) if how.doubt else None,
                "may_destroy": how.may_destroy,
            },
            "recorder": {"alive": fresh, "spoke_ns": said["spoke_ns"]},
            "lines": stands.lines(heard, box.settings, now),
            "desks": stands.desks(heard, box.settings),
            "faults": [each.told() for each in box.alarms.open()],
            "entries": box.log.size,
        }

    def _rest(self, on: date, now: Stamp) -> dict[str, object]:
        box, today = self.box, london_date(now.wall_ns)
        holds = [(each, set(box.catalogue.held_by(each.hold.id))) for each in box.holds.standing()]
        return {
            "day": self._of_day(on, holds),
            "recordings": box.catalogue.count(),
            "holds": [_hold(each, len(kept), today) for each, kept in holds],
            "recipients": self._recipients(),
            "disk": self._disk(now),
            "purposes": list(box.settings.office.purposes),
        }

    def _of_day(self, on: date, holds: Sequence[tuple[Standing, set[str]]]) -> dict[str, object]:
        rows = self.box.catalogue.find(Wanted(on=on.isoformat(), limit=MOST + 1))
        rows += [row for row in self.box.catalogue.undated() if london_date(row.began_ns) == on]
        shown = sorted(rows, key=lambda row: row.began_ns, reverse=True)[:MOST]
        strips = self.counted.strips.of(self.box.vault, shown)
        recordings = [
            {
                **{name.rstrip("_"): getattr(row, name) for name in TOLD_OF},
                "strip": strips.get(row.id),
                "erasure_asked": row.id in self.history.asked,
                "holds": [each.hold.id for each, kept in holds if row.id in kept and not each.released],
            }
            for row in shown
        ]
        return {"on": on.isoformat(), "recordings": recordings, "more": len(rows) > len(shown)}

    def _recipients(self) -> list[dict[str, object]]:
        proved = set(self.proofs.proved)
        return [
            {"name": each.name, "holder": each.holder, "proved": each.name in proved}
            for each in self.box.settings.recipients
        ]

    def _disk(self, now: Stamp) -> dict[str, object]:
        counted = self.counted
        if counted.room is None or not 0 <= now.boottime_ns - counted.room_ns < COUNTED_NS:
            counted.room, counted.room_ns = room_of(self.box), now.boottime_ns
        size = shutil.disk_usage(self.box.places.data).total
        return {"free": counted.room.free, "size": size, "days_left": counted.room.days_left}


def _hold(standing: Standing, kept: int, today: date) -> dict[str, object]:
    window = standing.hold.window
    return {**hold_told(standing, today), "line": window.line if window else None, "recordings": kept}


def _day(request: Fields) -> date | None:
    text = request.maybe_text("on") if "on" in request.content else None
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refused("refused.arguments", "that is no date", "write it as 2026-03-02") from error
