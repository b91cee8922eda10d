"""No second twice: the rows of one line become stretches of time that do not overlap. Pure.

1. Rows are compared on the boot clock of their own boot; a wall clock that was set in between changes nothing.
2. Where rows overlap (a crash can leave up to a tick twice), the one that began first has the time; of
   two that began together, the one entered first.
3. A row with `instead` is laid over these, in the order of entry. It changes time of which was said what it
   puts right, and fills time of which nothing was said; what was said otherwise stands.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from firmware.ledger.row import Row

TOUCHING_NS: Final = 1_000_000
"""Stretches less than this apart follow one another: the recorder's own measure (`recorder.coverage`)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time of one line from `start` to `stop` (boot clock, ns); `ahead` is the wall clock's lead over it."""

    boot: str
    start: int
    stop: int
    ahead: int
    call: str | None
    reason: str

    @property
    def began_ns(self) -> int:
        """Where it begins on the wall clock."""
        return self.start + self.ahead

    @property
    def until_ns(self) -> int:
        """Where it ends on the wall clock."""
        return self.stop + self.ahead

    @property
    def length_ns(self) -> int:
        """How long it is."""
        return self.stop - self.start


def account(rows: Iterable[Row]) -> list[Stretch]:
    """Disjoint stretches of the rows of one line, given in the order of entry; boot by boot, each in order of time."""
    boots: dict[str, list[Row]] = {}
    for row in rows:
        boots.setdefault(row.began.boot_id, []).append(row)
    return [stretch for each in boots.values() for stretch in _one_boot(each)]


def joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Stretches as a person reads them: what follows the like is one with it."""
    before: Stretch | None = None
    for each in stretches:
        if before is not None and _goes_on(before, each):
            before = replace(before, stop=each.stop)
            continue
        if before is not None:
            yield before
        before = each
    if before is not None:
        yield before


def _goes_on(before: Stretch, after: Stretch) -> bool:
    same = (before.boot, before.call, before.reason) == (after.boot, after.call, after.reason)
    apart = abs(after.start - before.stop), abs(after.began_ns - before.until_ns)
    return same and max(apart) < TOUCHING_NS


def _one_boot(rows: list[Row]) -> list[Stretch]:
    plain = sorted((row for row in rows if row.instead is None), key=lambda row: row.began.boottime_ns)
    stretches: list[Stretch] = []
    at = 0
    for row in plain:
        whole = _stretch(row)
        if whole.stop > max(at, whole.start):
            stretches.append(replace(whole, start=max(at, whole.start)))
            at = whole.stop
    for row in rows:
        if row.instead is not None:
            _lay(stretches, _stretch(row), row.instead)
    return stretches


def _lay(stretches: list[Stretch], over: Stretch, instead: str) -> None:
    """Rule 3, for one correction."""
    first = max(bisect_right(stretches, over.start, key=lambda each: each.start) - 1, 0)
    last = first
    while last < len(stretches) and stretches[last].start < over.stop:
        last += 1
    stretches[first:last] = [each for each in _laid(stretches[first:last], over, instead) if each.length_ns]


def _laid(under: list[Stretch], over: Stretch, instead: str) -> Iterator[Stretch]:
    at = over.start
    for each in under:
        start = min(max(each.start, over.start), each.stop)
        stop = max(min(each.stop, over.stop), start)
        if start > at:
            yield replace(over, start=at, stop=min(start, over.stop))
        yield replace(each, stop=start)
        reason = over.reason if each.reason == instead else each.reason
        yield replace(each, start=start, stop=stop, reason=reason)
        yield replace(each, start=stop)
        at = max(at, each.stop)
    if over.stop > at:
        yield replace(over, start=at)


def _stretch(row: Row) -> Stretch:
    began = row.began
    start = began.boottime_ns
    return Stretch(began.boot_id, start, start + row.duration_ns, began.wall_ns - start, row.call, row.reason)
