"""When the office is open: days of the week and a time of day, `Mon-Fri 09:00-17:00`. Public holidays are not known."""

import re
from dataclasses import dataclass
from datetime import datetime, time

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

GRAMMAR = re.compile(
    rf"(?P<first>{'|'.join(DAYS)})-(?P<last>{'|'.join(DAYS)}) "
    r"(?P<opens>[0-2][0-9]:[0-5][0-9])-(?P<closes>[0-2][0-9]:[0-5][0-9])",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Hours:
    """From one day of the week to another (0 is Monday), both included; from one time of day up to another."""

    first: int
    last: int
    opens: time
    closes: time

    def cover(self, local: datetime) -> bool:
        """Whether an instant of the office's own zone lies within."""
        return self.first <= local.weekday() <= self.last and self.opens <= local.time() < self.closes


def parse_hours(text: str) -> Hours | None:
    """The hours that a text names; None where it is none, or where they end before they begin."""
    match = GRAMMAR.fullmatch(text)
    if match is None:
        return None
    try:
        opens, closes = time.fromisoformat(match["opens"]), time.fromisoformat(match["closes"])
    except ValueError:
        return None
    hours = Hours(DAYS.index(match["first"]), DAYS.index(match["last"]), opens, closes)
    return hours if hours.first <= hours.last and hours.opens < hours.closes else None
