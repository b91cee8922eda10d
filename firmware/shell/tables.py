"""Answers as a person reads them: a table, times in the office's zone with the offset when ambiguous."""

from collections.abc import Mapping, Sequence
from typing import Any

from firmware import showing
from firmware.shell.calling import as_called
from firmware.shell.plain import one_line
from firmware.showing import length, minute, moment

__all__ = ["faults", "last_day", "length", "minute", "moment", "standing", "table"]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; a cell is one line, whatever stands in it."""
    return showing.table(heads, [[one_line(cell) for cell in row] for row in rows])


def faults(content: Mapping[str, Any]) -> str:
    """Every open fault of keeper and recorder with its code and next step, and its age where that is known."""
    told = [*content["faults"], *content["recorder"]["faults"]]
    return "\n".join(_fault(each, content["now_ns"]) for each in told) or "No fault is open."


def standing(content: Mapping[str, Any]) -> str:
    """How the box stands, in one line."""
    spoke = content["recorder"]["spoke_ns"]
    return (
        f"recordings {content['recordings']}, live key {content['live']}, audit entries {content['entries']}, "
        f"clock {content['clock']}, recorder {f'last spoke {moment(spoke)}' if spoke else 'not heard of'}"
    )


def last_day(until_ns: int) -> str:
    """The last day in London that ends at, or holds, an instant which itself counts no more."""
    return moment(until_ns - 1_000_000_000)[:10]


def _fault(told: Mapping[str, Any], now_ns: int) -> str:
    since = told.get("since_wall_ns")
    age = f"\n  since {moment(since)} ({_age(now_ns - since)})" if since else ""
    return f"{told['message']} [{told['code']}]{age}\n  next: {as_called(told['hint'])}"


def _age(passed_ns: int) -> str:
    minutes = max(passed_ns, 0) // 60_000_000_000
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 1440} days" if minutes >= 2880 else f"{minutes // 60} hours"
