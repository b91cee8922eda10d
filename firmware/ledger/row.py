"""A row of the coverage ledger: one line over one stretch of time, and what became of it.

The recorder's coverage files are read here, strictly. A row names a call by its opaque id and holds no number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from firmware.clock import LONDON, Stamp, london_date
from firmware.sealing.facts import stamp_json
from firmware.vault.facts import read_stamp
from firmware.vault.reading import Fields, UnreadableError, read_object

LONGEST_NS: Final = 366 * 86_400 * 1_000_000_000
"""No row is longer than a year: our choice, no recorder is away for longer in one boot."""


DAY_NS: Final = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch of time on one line; `duration_ns` in nanoseconds, `reason` in a word or two.

    `instead` is what an earlier row said of the same time, where this one puts it right.
    """

    line: str
    call: str | None
    reason: str
    began: Stamp
    duration_ns: int
    instead: str | None = None

    def content(self) -> dict[str, object]:
        """As it is written."""
        row: dict[str, object] = {
            "line": self.line,
            "call": self.call,
            "reason": self.reason,
            "began": stamp_json(self.began),
            "duration_ns": self.duration_ns,
        }
        return row if self.instead is None else row | {"instead": self.instead}

    def dates(self) -> Iterator[tuple[date, "Row"]]:
        """The row by London dates: as it is, or split at each midnight that lies inside it."""
        began, until = self.began.wall_ns, self.began.wall_ns + self.duration_ns
        on, midnight = _day_of(began)
        if until <= midnight:
            yield on, self
            return
        while (midnight := ends_ns(on)) < until:
            yield on, self._piece(began, midnight)
            began, on = midnight, on + timedelta(days=1)
        yield on, self._piece(began, until)

    def _piece(self, start: int, stop: int) -> "Row":
        shift = start - self.began.wall_ns
        if not shift and stop - start == self.duration_ns:
            return self
        began = replace(self.began, wall_ns=start, boottime_ns=self.began.boottime_ns + shift)
        return replace(self, began=began, duration_ns=stop - start)


def begins_ns(on: date) -> int:
    """The instant at which a London date begins, in wall nanoseconds."""
    return round(datetime(on.year, on.month, on.day, tzinfo=LONDON).timestamp()) * 1_000_000_000


def ends_ns(on: date) -> int:
    """The instant at which a London date ends: where the next begins."""
    return begins_ns(on + timedelta(days=1))


def _day_of(wall_ns: int) -> tuple[date, int]:
    """The London date of an instant, and where it ends."""
    first, midnight, second, end = _day_of_utc(wall_ns // DAY_NS)
    return (first, midnight) if wall_ns < midnight else (second, end)


@lru_cache(maxsize=1024)
def _day_of_utc(number: int) -> tuple[date, int, date, int]:
    """The London date at the start of a day of UTC and where it ends, and the same of the next date.

    Remembered, because a month has thousands of rows on each of its days.
    """
    first = london_date(number * DAY_NS)
    second = first + timedelta(days=1)
    return first, ends_ns(first), second, ends_ns(second)


def read_coverage(content: bytes, where: str) -> tuple[Row, ...]:
    """The rows of a coverage file, format 1; refuses all else as `UnreadableError`."""
    fields = read_object(content, where)
    fields.require_format(1)
    return tuple(map(_row, fields.each("rows")))


def _row(fields: Fields) -> Row:
    duration = fields.whole("duration_ns")
    if duration > LONGEST_NS:
        raise UnreadableError(f"{fields.where}: duration_ns is more than a year")
    return Row(
        fields.text("line"),
        fields.maybe_text("call"),
        fields.text("reason"),
        read_stamp(fields.inner("began")),
        duration,
        fields.text("instead") if "instead" in fields.content else None,
    )
