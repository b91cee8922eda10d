"""A period is years, then months, then days, and is never nothing: ISO 8601 `P30D`, `P3M`, `P2Y130D`.

Only the text and the words; the calendar arithmetic is `firmware.retention`.
"""

import re
from dataclasses import dataclass

GRAMMAR = re.compile(r"P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,5})D)?", re.ASCII)
"""ISO 8601-1:2019, 5.5.2.2, without weeks and times: a notice speaks of days, months and years."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long: years first, then months, then days (requirements HAR.10)."""

    years: int
    months: int
    days: int

    def words(self) -> str:
        """As a notice says it: `2 years and 130 days`."""
        counts = ((self.years, "year"), (self.months, "month"), (self.days, "day"))
        parts = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in counts if count]
        return joined(parts)


def parse_period(text: str) -> Period | None:
    """The period that a text names, `None` where it is none; `P0D` is a period of nothing, for the caller to refuse."""
    match = GRAMMAR.fullmatch(text)
    if match is None or text == "P":
        return None
    years, months, days = (int(count or 0) for count in match.groups())
    return Period(years, months, days)


def joined(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
