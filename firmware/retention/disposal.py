"""What is to be destroyed on a day: decided here and nowhere else.

1. A recording is kept while one of its locks lives. A hold is such a lock, so what is held is never
   destroyed, whatever day it is.
2. A day key is due on its day. What is locked with it too, by a hold, lives on by that lock.
3. What falls due before the day it is locked to is destroyed *early*, unless it is held: it stays until
   its hold is released, and is then judged anew.
4. What has no due day is never due.
5. Nothing is destroyed that was not foretold: on an earlier date, for that date or an earlier one. What a
   person asked for by name needs no foretelling, and waits its hour like all else.
6. Marking and destroying are an hour apart on the boot clock, and what was marked must still be due.

DESIGN section 6.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from firmware.retention.law import Law, counting, falls_due

BETWEEN_NS: Final = 3_600_000_000_000
"""An hour between marking and destroying, so that one wrong step of a clock cannot do both (testbed, section 5)."""

FORESEEN_DAYS: Final = 14
"""How many days ahead a forecast looks."""


class Because(StrEnum):
    """Why something is destroyed, as certificates and audit entries say it."""

    DUE = "its day came"
    SHORTENED = "the period was shortened"
    RELEASED = "its hold was released after its day"
    ASKED = "a person asked for it"


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings that one rule decides: of one department and date, locked to one day."""

    department: str
    on: date
    locked: date


def due_early(groups: Iterable[Group], laws: Iterable[Law], day: date) -> list[Group]:
    """The groups that fall due by a day though they are locked to a later one (rule 3)."""
    counted = counting(laws, day)
    return [
        each
        for each in groups
        if each.locked > day and falls_due(each.on, each.locked, each.department, counted) <= day
    ]


def foreseen(groups: Iterable[Group], laws: Iterable[Law], today: date) -> Iterator[tuple[Group, date]]:
    """What falls due before the day it is locked to, within the days ahead, and when, as the laws stand (rule 5).

    What is locked to a day that is near is named too: its own day may be nearer.
    """
    counted, last = counting(laws, today), today + timedelta(days=FORESEEN_DAYS)
    for each in groups:
        first = max(today, falls_due(each.on, each.locked, each.department, counted))
        if first < each.locked and first <= last:
            yield each, first


@dataclass(frozen=True, slots=True)
class Foretold:
    """What one forecast said: the date it was written, and for each thing named the day it falls due."""

    written: date
    days: Mapping[str, date]


def foretold(name: str, lists: Iterable[Foretold], today: date) -> bool:
    """Whether a list of an earlier date said that this would be due by today (rule 5)."""
    return any(each.written < today and each.days.get(name, date.max) <= today for each in lists)


def ripe(marked_ns: int, now_ns: int) -> bool:
    """Whether a mark is old enough, both on the clock of one boot, in nanoseconds (rule 6)."""
    return now_ns - marked_ns >= BETWEEN_NS
