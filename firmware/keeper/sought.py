"""What a person looks for, out of a request: a number as its buckets, line, department, and days.

1. A number leaves this module as buckets only, of every form in which a call of it may have been heard.
2. What is refused is told without what was typed.
3. Callers without a number share no bucket. They are looked for within so many days only: each of them would be found.
4. A line or department may be one of earlier settings: recordings of it may still be there.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final

from firmware.call.bucket import bucket_of, forms
from firmware.call.typed import LONGEST, SHORTEST, is_number
from firmware.catalogue.sought import Sought
from firmware.clock import LONDON, SECOND
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.history import History
from firmware.settings import Settings
from firmware.settings.model import Position
from firmware.vault.reading import MOST_WHOLE, Fields

MOST: Final = 20_000
"""Recordings in one search; our choice: five times what a bucket has in a million (docs/finding.md)."""

WITHHELD_DAYS: Final = 31
"""Our choice: somebody knows about when he was called."""

DAY: Final = timedelta(days=1)
YEARS: Final = range(1970, 2200)
"""In which instants fit 63 bits of nanoseconds."""


def sought(box: Box, history: History, request: Fields) -> Sought:
    """What a request looks for; one recording more than a search may have, so that too many are seen."""
    versions = list(_versions(box, history))
    withheld = request.content.get("withheld") is True
    buckets = () if withheld else _buckets(box, versions, request)
    first, last = _day(request, "from"), _day(request, "to")
    if withheld:
        _require_few_days(first, last)
    if first and last and first > last:
        raise _refused("the days end before they begin", "give --from and --to in order of time")
    return Sought(
        buckets=buckets,
        from_ns=_midnight_ns(first) if first else 0,
        to_ns=_midnight_ns(last + DAY) if last else MOST_WHOLE,
        line=_known(request, "line", (line.name for each in versions for line in each.lines)),
        department=_known(request, "department", (one.name for each in versions for one in each.departments)),
        limit=MOST + 1,
    )


def way_out(settings: Settings | None, line: str) -> tuple[str, str]:
    """How numbers were dialled on a line: the access digit before them, and the area code that may be left out."""
    found = next((each for each in settings.lines if each.name == line), None) if settings else None
    if settings is None or found is None:
        return "", ""
    access = settings.numbering.access if found.position is Position.EXTENSION else ""
    return access, settings.numbering.area


def _buckets(box: Box, versions: Iterable[Settings], request: Fields) -> tuple[int, ...]:
    typed = (request.maybe_text("number") if "number" in request.content else None) or ""
    if not typed.strip():
        raise _refused(
            "no number was given", "give it by standard input, or leave standard input to the terminal"
        )
    if not is_number(typed):
        wrong = f"what was given is no telephone number of {SHORTEST} to {LONGEST} digits"
        raise _refused(
            wrong, "digits, blanks, and + ( ) . / - between them are read: +44 1632 960123, 01632 960123"
        )
    key = (box.places.published / "bucket.key").read_bytes()
    areas = sorted({each.numbering.area for each in versions})
    return tuple(
        sorted({found for each in forms(typed, areas) if (found := bucket_of(key, each)) is not None})
    )


def _versions(box: Box, history: History) -> Iterable[Settings]:
    """The settings in force and those before, as far as they are understood."""
    yield box.settings
    yield from filter(None, (box.versions.find(each.digest) for each in history.settings))


def _require_few_days(first: date | None, last: date | None) -> None:
    if first is None or last is None or last - first >= timedelta(days=WITHHELD_DAYS):
        many = "callers who withheld their number are looked for within some days only: each of them would be found"
        raise _refused(many, f"give --from and --to, at most {WITHHELD_DAYS} days apart")


def _known(request: Fields, name: str, known: Iterable[str]) -> str | None:
    asked = request.maybe_text(name) if name in request.content else None
    names = dict.fromkeys(known)
    if asked is not None and asked not in names:
        raise _refused(f"there is no {name} of that name", f"there are: {', '.join(names)}")
    return asked


def _day(request: Fields, name: str) -> date | None:
    text = request.maybe_text(name) if name in request.content else None
    try:
        day = date.fromisoformat(text) if text is not None else None
    except ValueError:
        day = date.min
    if day is not None and day.year not in YEARS:
        raise _refused(f"--{name} is no date of a call", "a date is written YYYY-MM-DD")
    return day


def _midnight_ns(day: date) -> int:
    """The instant at which a London day begins."""
    return round(datetime.combine(day, time(), LONDON).timestamp()) * SECOND


def _refused(message: str, hint: str) -> Refused:
    return Refused("refused.arguments", message, hint)
