"""What is due is marked, and an hour later destroyed: the keeper's hands for `firmware.retention.disposal`.

1. Nothing is marked and nothing destroyed while the clock does not allow it.
2. Each look writes today's forecast first. What no earlier list foretold waits, and that is said.
3. One run for each reason, so that a certificate has one. A run takes what is marked, ripe, and still wanted.
4. What is held is never wanted; a day key is, for what is held lives on by its hold's own lock.
5. A hold that could not be locked whole is completed before anything is wanted.
6. Whose period is nothing, or unknown, has no due day and is never wanted (schedule, rule 4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from firmware.audit.entries import Entry, What
from firmware.catalogue.row import Row
from firmware.clock import Stamp, london_date
from firmware.faults import VaultFault
from firmware.keeper import runs
from firmware.keeper.box import Box
from firmware.keeper.drafting import draft_of
from firmware.keeper.forecast import Forecasts
from firmware.keeper.history import History
from firmware.keeper.laws import laws_of
from firmware.keeper.marks import Marks
from firmware.retention.disposal import Because, Group, due_early, foreseen, foretold
from firmware.retention.law import Law
from firmware.vault.keys import base, due_of, hold_key


@dataclass(slots=True)
class Wanted:
    """What is to go, by reason: day keys by base, recordings by id, holds by their keys."""

    names: dict[Because, set[str]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    """Due, but not foretold."""

    def all(self) -> set[str]:
        """Everything that may be marked."""
        return set().union(*self.names.values())


class Disposal:
    """One box's marking and destroying."""

    def __init__(self, box: Box, history: History) -> None:
        self._box = box
        self._history = history
        self._marks = Marks(box.places.run)
        self._forecasts = Forecasts(box.places.forecast, box.signer)
        self._waiting: set[str] = set()

    def look(self) -> bool:
        """Forecast, mark, and destroy what is ripe; whether anything was destroyed."""
        box, how = self._box, self._box.clock.standing()
        if not how.may_destroy:
            return False
        box.holds.complete_all()
        now = how.now
        today = london_date(now.wall_ns)
        self._history.dated(today)
        laws = laws_of(box.versions, self._history.settings)
        groups = self._groups(today)
        self._forecasts.write(today, self._foreseen(today, groups, laws), now)
        wanted = self._wanted(today, groups, laws)
        self._waiting = wanted.waiting
        self._mark(wanted, now)
        return self._destroy(wanted, now)

    def fault(self) -> VaultFault | None:
        """The fault that stands while something is due and no list foretold it."""
        if not self._waiting:
            return None
        return VaultFault(
            "vault.not-foretold",
            f"{len(self._waiting)} day keys or recordings are due, and no list of an earlier day foretold them",
            "they go tomorrow, by today's list; if the date of this box is wrong, set it right today (timedatectl)",
        )

    def _foreseen(self, today: date, groups: Sequence[Group], laws: Sequence[Law]) -> dict[str, date]:
        """Every day key by its day, and what falls due early by its own, for the days ahead."""
        named = {base(each): day for each in self._box.vault.table.ids() if (day := due_of(each)) is not None}
        for group, first in foreseen(groups, laws, today):
            named |= dict.fromkeys((row.id for row in self._of(group)), first)
        return named

    def _wanted(self, today: date, groups: Sequence[Group], laws: Sequence[Law]) -> Wanted:
        days = {base(each) for each in self._box.vault.table.ids() if (due_of(each) or date.max) <= today}
        early = {row.id for group in due_early(groups, laws, today) for row in self._of(group)}
        lists = list(self._forecasts.lists())
        said = {name for name in days | early if foretold(name, lists, today)}
        released = {hold_key(each.hold.id) for each in self._box.holds.standing() if each.released}
        names = {
            Because.DUE: days & said,
            Because.SHORTENED: early & said,
            Because.RELEASED: released,
            Because.ASKED: {each for each in self._history.asked if self._may_go(each)},
        }
        return Wanted(names, (days | early) - said)

    def _mark(self, wanted: Wanted, now: Stamp) -> None:
        fresh = self._marks.mark(wanted.all(), now)
        if fresh:
            self._box.log.append(Entry(What.MARKED, now, {"marked": fresh}))

    def _destroy(self, wanted: Wanted, now: Stamp) -> bool:
        ripe = set(self._marks.ripe(now))
        going = {because: sorted(names & ripe) for because, names in wanted.names.items() if names & ripe}
        for because, names in going.items():
            self._run(because, names)
        return bool(going)

    def _run(self, because: Because, names: Sequence[str]) -> None:
        """Drafted only now: what went before changed what this one finds."""
        draft = draft_of(self._box, because, names)
        if draft.keys:
            runs.begin(self._box, draft, self._history)
            runs.carry_out(self._box, draft, self._history)

    def _may_go(self, recording: str) -> bool:
        """Whether it is there, and no hold keeps it: nor one that was released and whose key still lives."""
        return self._box.catalogue.get(recording) is not None and not self._box.catalogue.holds_of(recording)

    def _groups(self, today: date) -> Sequence[Group]:
        found = self._box.catalogue.groups(today.isoformat())
        return [Group(name, date.fromisoformat(on), date.fromisoformat(due)) for name, on, due in found]

    def _of(self, group: Group) -> list[Row]:
        return self._box.catalogue.of_group(group.department, group.on.isoformat(), group.locked.isoformat())


def counts(named: Mapping[str, date]) -> dict[str, int]:
    """How many things fall due on each day of a list."""
    days = [day.isoformat() for day in named.values()]
    return {day: days.count(day) for day in sorted(set(days))}
