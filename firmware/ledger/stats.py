"""Statistics that tell of nobody: made of day totals alone, and of never fewer than five calls at once.

1. A *series* is one figure of one department: its calls, or the time of one reason and the calls that had it.
   Lines with and without a hook sensor are departments of their own here.
2. Day after day from the ledger's first, a series is gathered into *groups*: a group is closed by the day on
   which it has five calls. Days with fewer count with the days after them, in the period in which it closes.
3. Everything told is a sum of whole groups. So whatever is asked, by day, week or month, from and to any day,
   and whatever is subtracted from what: it is the sum of whole groups of five calls or more, and a day with
   fewer cannot be computed. There are no totals over reasons, from which one could be.
4. Only days that are over are told, so that asking twice does not show the call in between.
5. What is told depends on counts and seconds alone: no id, number, or digest of one comes in here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from firmware.call.events import Reason
from firmware.ledger.totals import DayTotals, Sum

FEWEST: Final = 5
"""Calls; fewer are a small cell (requirements HTS.19: our choice)."""

CALLS: Final = "calls"
LOST: Final = "lost:"
UNKNOWN: Final = "not known"

PERIODS: Final[Mapping[str, Callable[[date], str]]] = {
    "day": lambda on: on.isoformat(),
    "week": lambda on: f"{on:%G}-W{on:%V}",
    "month": lambda on: f"{on:%Y-%m}",
}
"""How a date's period is named: ISO 8601."""


@dataclass(frozen=True, slots=True)
class Series:
    """A figure of a department: `calls`, or a reason; `hook` is whether its lines have a sensor."""

    department: str
    hook: bool
    what: str


@dataclass(frozen=True, slots=True)
class Group:
    """Days of a series, from `since` to `until`, with five calls or more together."""

    since: date
    until: date
    sum: Sum


@dataclass(frozen=True, slots=True)
class Told:
    """One figure: a series in a period; `since` is the first day that counts in it."""

    period: str
    series: Series
    since: date
    sum: Sum


@dataclass(frozen=True, slots=True)
class Completeness:
    """Parts of the time off the hook, lines without a sensor apart: hundredths of a percent, rounded down.

    `accounted` counts everything, for it tells of the box; `recorded` is of the groups that are told.
    """

    accounted: int | None
    recorded: int | None


def told(
    days: Iterable[DayTotals], first: date, last: date, by: str, department: Callable[[DayTotals], str]
) -> list[Told]:
    """Every figure of the periods that may be told; `department` names that of a day which says none."""
    found: dict[tuple[str, Series], Told] = {}
    for series, group in _closed(days, department):
        if first <= group.until <= last:
            key = PERIODS[by](group.until), series
            before = found.get(key, Told(*key, group.since, Sum()))
            found[key] = Told(*key, before.since, before.sum + group.sum)
    return [found[key] for key in sorted(found, key=_order)]


def completeness(days: Iterable[DayTotals], figures: Iterable[Told]) -> Completeness:
    """How much of the time of these days was accounted for, and how much of what is told was recorded."""
    hooked = [day for day in days if day.whose is None or day.whose.hook]
    sums = [(name, each.seconds) for day in hooked for name, each in day.reasons.items()]
    whole = sum(seconds for _, seconds in sums)
    lost = sum(seconds for name, seconds in sums if name.startswith(LOST))
    enough = sum(day.calls for day in hooked) >= FEWEST
    shown = [each for each in figures if each.series.hook and each.series.what != CALLS]
    recorded = sum(each.sum.seconds for each in shown if each.series.what == Reason.RECORDED)
    return Completeness(
        _part(whole - lost, whole) if enough else None,
        _part(recorded, sum(each.sum.seconds for each in shown)),
    )


def _part(some: int, whole: int) -> int | None:
    return some * 10_000 // whole if whole else None


def _closed(
    days: Iterable[DayTotals], department: Callable[[DayTotals], str]
) -> Iterator[tuple[Series, Group]]:
    """The closed groups of every series (rule 2)."""
    series: dict[Series, dict[date, Sum]] = {}
    for day in days:
        hook = day.whose is None or day.whose.hook
        for what, each in _figures(day):
            dated = series.setdefault(Series(department(day), hook, what), {})
            dated[day.on] = dated.get(day.on, Sum()) + each
    for name, dated in series.items():
        for group in _groups(dated):
            yield name, group


def _figures(day: DayTotals) -> Iterator[tuple[str, Sum]]:
    yield CALLS, Sum(0, day.calls)
    yield from day.reasons.items()


def _groups(dated: Mapping[date, Sum]) -> Iterator[Group]:
    since: date | None = None
    gathered = Sum()
    for on in sorted(dated):
        since, gathered = since or on, gathered + dated[on]
        if gathered.calls >= FEWEST:
            yield Group(since, on, gathered)
            since, gathered = None, Sum()


def _order(key: tuple[str, Series]) -> tuple[str, str, bool, str]:
    period, series = key
    rank = {CALLS: "0", str(Reason.RECORDED): "1"}.get(series.what, f"2{series.what}")
    return period, series.department, not series.hook, rank
