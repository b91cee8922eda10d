"""What is due is marked, and an hour later destroyed: the keeper's hands for `firmware.retention.disposal`.

1. Nothing is marked and nothing destroyed while the clock does not allow it.
2. Each look writes today's forecast first, and the first key of a near day asks for a look. What no earlier list foretold waits, and that is said.
3. One run for each reason, so that a certificate has one. A run takes what is marked, ripe, and still wanted.
4. What is held is never wanted; a day key is, for what is held lives on by its hold's own lock.
5. A hold that could not be locked whole is completed before anything is wanted.
6. What is damaged stops its own day, and no other.
7. Whose period is nothing, or unknown, has no due day and is never wanted (schedule, rule 4).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain, starmap

from firmware.audit.entries import Entry, What
from firmware.catalogue.row import Row
from firmware.clock import Stamp, london_date
from firmware.faults import VaultFault
from firmware.keeper import runs
from firmware.keeper.box import Box
from firmware.keeper.drafting import draft_of
from firmware.keeper.drafts import Draft
from firmware.keeper.forecast import Forecasts
from firmware.keeper.history import History
from firmware.keeper.laws import laws_of
from firmware.keeper.marks import Marks
from firmware.keeper.verbs import disk_fault
from firmware.retention.disposal import FORESEEN_DAYS, Because, Group, due_early, foreseen, foretold
from firmware.retention.law import Law
from firmware.showing import counted
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
        self._damage: VaultFault | None = None

    def look(self) -> bool:
        """Forecast, mark, and destroy what is ripe; whether anything was destroyed."""
        box, how = self._box, self._box.clock.standing()
        if not how.may_destroy:
            return False
        box.holds.complete_all()
        now = how.now
        today = london_date(now.wall_ns)
        self._history.dated(today)
        self._withdraw_held(now)
        laws = laws_of(box.versions, self._history.settings)
        groups = self._groups(today)
        self._forecasts.write(today, self._foreseen(today, groups, laws), now)
        wanted = self._wanted(today, groups, laws)
        self._waiting = wanted.waiting
        self._mark(wanted, now)
        return self._destroy(wanted, now)

    def behind(self) -> bool:
        """Whether a day's key was made since today's list was written: its day may be tomorrow, and not foretold then."""
        today = london_date(self._box.clock.stamp().wall_ns)
        days = {base(each): day for each in self._box.vault.table.ids() if (day := due_of(each)) is not None}
        near = {name for name, day in days.items() if day <= today + timedelta(days=FORESEEN_DAYS)}
        return not near <= self._forecasts.named(today)

    def fault(self) -> VaultFault | None:
        """The fault that stands while something is due that cannot be read, or that no list foretold."""
        damage = self._damage or self._box.holds.fault()
        if damage is not None or not self._waiting:
            return damage
        return VaultFault(
            "vault.not-foretold",
            f"{counted(len(self._waiting), 'day key or recording is', 'day keys or recordings are')} due, and no list of an earlier day foretold them",
            "they go tomorrow, by today's list; if the date of this box is wrong, set it right today (timedatectl)",
            extent=len(self._waiting).bit_length(),
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
        self._marks.forget(self._history.unmarked)
        fresh = self._marks.mark(wanted.all(), now)
        if fresh:
            entry = Entry(What.MARKED, now, {"marked": fresh})
            self._box.log.append(entry)
            self._history.note(entry)

    def _destroy(self, wanted: Wanted, now: Stamp) -> bool:
        ripe = set(self._marks.ripe(now))
        going = {because: sorted(names & ripe) for because, names in wanted.names.items() if names & ripe}
        self._damage = None
        if going:
            self._box.holds.complete_whole()
        done = False
        for draft in chain.from_iterable(starmap(self._drafts, going.items())):
            runs.begin(self._box, draft, self._history)
            runs.carry_out(self._box, draft, self._history)
            done = True
        return done

    def _drafts(self, because: Because, names: Sequence[str]) -> Iterator[Draft]:
        """Drafted one by one: what went before changed what the next one finds. What is damaged stops its own day only."""
        whole = self._draft(because, names)
        drafts = [whole] if whole else (self._draft(because, part) for part in _apart(self._box, names))
        return (each for each in drafts if each is not None and each.keys)

    def _draft(self, because: Because, names: Sequence[str]) -> Draft | None:
        try:
            return draft_of(self._box, because, names)
        except VaultFault as fault:
            self._damage = fault
        except OSError as error:
            self._damage = disk_fault(error)
        return None

    def _withdraw_held(self, now: Stamp) -> None:
        """What was asked to be erased and is held since is asked no more, whatever caught it (`hold_verbs`, rule 3)."""
        for each in sorted(self._history.asked):
            for hold in self._box.holds.of(each)[:1]:
                entry = Entry(What.WITHDRAWN, now, {"recording": each, "hold": hold.id})
                self._box.log.append(entry)
                self._history.note(entry)

    def _may_go(self, recording: str) -> bool:
        """Whether it is there, and no hold keeps it: nor one that was released and whose key still lives."""
        return self._box.catalogue.get(recording) is not None and not self._box.catalogue.holds_of(recording)

    def _groups(self, today: date) -> Sequence[Group]:
        found = self._box.catalogue.groups(today.isoformat())
        return [Group(name, date.fromisoformat(on), date.fromisoformat(due)) for name, on, due in found]

    def _of(self, group: Group) -> list[Row]:
        return self._box.catalogue.of_group(group.department, group.on.isoformat(), group.locked.isoformat())


def _apart(box: Box, names: Iterable[str]) -> Iterable[Sequence[str]]:
    """These names, the recordings of each day together, and all else alone."""
    found: dict[str, list[str]] = {}
    for name in names:
        row = box.catalogue.get(name)
        found.setdefault(base(row.key) if row else name, []).append(name)
    return found.values()


def counts(named: Mapping[str, date]) -> dict[str, int]:
    """How many things fall due on each day of a list."""
    days = [day.isoformat() for day in named.values()]
    return {day: days.count(day) for day in sorted(set(days))}
