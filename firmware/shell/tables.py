"""Answers as a person reads them: a table, times in the office's zone with the offset when ambiguous."""

from collections.abc import Mapping, Sequence
from typing import Any

from firmware.showing import length, moment, table

__all__ = ["faults", "length", "moment", "recordings", "standing", "table"]


def recordings(found: Sequence[Mapping[str, Any]]) -> str:
    """One line a recording, the newest first."""
    heads = ("recording", "began", "line", "way", "length", "withheld", "kind", "due")
    rows = [_recording(each) for each in found]
    return table(heads, rows) if rows else "There is no recording to list."


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


def _recording(row: Mapping[str, Any]) -> tuple[str, ...]:
    began = moment(row["began_ns"])
    return (
        row["id"],
        f"{began}?" if row["clock"] == "untrusted" else began,
        row["line"],
        row["direction"],
        length(row["samples"], row["rate"]),
        length(row["withheld"], row["rate"]) if row["withheld"] else "-",
        row["kind"],
        row["due"] or "none: undated",
    )


def _fault(told: Mapping[str, Any], now_ns: int) -> str:
    since = told.get("since_wall_ns")
    age = f"\n  since {moment(since)} ({_age(now_ns - since)})" if since else ""
    return f"{told['message']} [{told['code']}]{age}\n  next: {told['hint']}"


def _age(passed_ns: int) -> str:
    minutes = max(passed_ns, 0) // 60_000_000_000
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 1440} days" if minutes >= 2880 else f"{minutes // 60} hours"
