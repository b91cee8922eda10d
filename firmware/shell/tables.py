"""Answers as a person reads them: a table, times in the office's zone with the offset when ambiguous."""

from collections.abc import Mapping
from typing import Any

from firmware.showing import counted, last_day, length, minute, moment, table

__all__ = ["age", "last_day", "length", "minute", "moment", "standing", "table"]


def standing(content: Mapping[str, Any]) -> str:
    """How the box stands, and until when it is supported."""
    spoke = content["recorder"]["spoke_ns"]
    return (
        f"recordings {content['recordings']}, live key {content['live']}, audit entries {content['entries']}, "
        f"clock {content['clock']}, recorder {f'last spoke {moment(spoke)}' if spoke else 'not heard of'}\n"
        f"{_support(content['support'])}"
    )


def _support(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return "nobody states until when security updates come, nor whom to tell of a weakness"
    return f"security updates until {told['until']}; tell {told['contact']} of a weakness"


def age(passed_ns: int) -> str:
    """How long ago: minutes, hours or days, rounded down."""
    minutes = max(passed_ns, 0) // 60_000_000_000
    if minutes < 120:
        return counted(minutes, "minute")
    return f"{minutes // 1440} days" if minutes >= 2880 else f"{minutes // 60} hours"
