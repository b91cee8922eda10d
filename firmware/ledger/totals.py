"""The totals of one line and London date: all that is left of its rows after their day, and all that statistics see.

1. Seconds are whole and calls are counted: no call, no instant and no exact length can be read from them.
2. A call counts on every date on which it has time, and for every reason that it has time of.
3. They are the same whether they are made of the rows or were put in their place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from firmware.ledger.account import account
from firmware.ledger.row import Row


@dataclass(frozen=True, slots=True)
class Whose:
    """What a line was when its rows came in: its department, and whether a sensor saw its hook."""

    department: str
    hook: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """Seconds, and how many calls had them."""

    seconds: int = 0
    calls: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        """Both together."""
        return Sum(self.seconds + other.seconds, self.calls + other.calls)


@dataclass(frozen=True, slots=True)
class DayTotals:
    """One line on one London date; `whose` is `None` where it was not written down."""

    line: str
    on: date
    whose: Whose | None
    calls: int
    reasons: Mapping[str, Sum]

    def content(self) -> dict[str, object]:
        """As it is written."""
        reasons = {name: [each.seconds, each.calls] for name, each in sorted(self.reasons.items())}
        told: dict[str, object] = {"line": self.line, "on": self.on.isoformat(), "calls": self.calls}
        return told | {"reasons": reasons, "whose": whose_json(self.whose)}

    def plus(self, other: "DayTotals") -> "DayTotals":
        """Both together; what the line was is said by the later one, where it says."""
        reasons = dict(self.reasons)
        for name, each in other.reasons.items():
            reasons[name] = reasons.get(name, Sum()) + each
        return replace(self, whose=other.whose or self.whose, calls=self.calls + other.calls, reasons=reasons)


def whose_json(whose: Whose | None) -> list[object] | None:
    """As it is written: department, hook."""
    return None if whose is None else [whose.department, whose.hook]


def read_whose(told: Any) -> Whose | None:  # noqa: ANN401  JSON of our own, already checked
    """What `whose_json` wrote."""
    return None if told is None else Whose(*told)


def read_totals(told: Mapping[str, Any]) -> DayTotals:
    """What `content` wrote."""
    reasons = {name: Sum(*each) for name, each in told["reasons"].items()}
    on = date.fromisoformat(told["on"])
    return DayTotals(told["line"], on, read_whose(told["whose"]), told["calls"], reasons)


def totals_of(line: str, on: date, whose: Whose | None, rows: Iterable[Row]) -> DayTotals:
    """The totals of the rows of one line on one date, no second twice."""
    lengths: dict[str, int] = {}
    calls: dict[str, set[str]] = {}
    for each in account(rows):
        lengths[each.reason] = lengths.get(each.reason, 0) + each.length_ns
        calls.setdefault(each.reason, set()).update([each.call] if each.call else [])
    reasons = {name: Sum(round(length / 1e9), len(calls[name])) for name, length in lengths.items()}
    return DayTotals(line, on, whose, len(set().union(*calls.values())), reasons)
