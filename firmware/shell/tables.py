"""Answers as a person reads them: a table, times in the office's zone with the offset when ambiguous."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from firmware.clock import LONDON
from firmware.shell.plain import one_line


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, without a trailing blank."""
    rows = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (heads, *rows)
    )
    return "\n".join(line.rstrip() for line in lines)


def recordings(found: Sequence[Mapping[str, Any]]) -> str:
    """One line a recording, the newest first."""
    heads = ("recording", "began", "line", "way", "length", "withheld", "kind", "due")
    rows = [_recording(each) for each in found]
    return table(heads, rows) if rows else "There is no recording to list."


def standing(content: Mapping[str, Any]) -> str:
    """How the box stands, in one line."""
    spoke = content["recorder"]["spoke_ns"]
    return (
        f"recordings {content['recordings']}, live key {content['live']}, audit entries {content['entries']}, "
        f"clock {content['clock']}, recorder {f'last spoke {moment(spoke)}' if spoke else 'not heard of'}"
    )


def moment(wall_ns: int) -> str:
    """An instant in London to the second; with its offset in the hour that comes twice."""
    local = datetime.fromtimestamp(wall_ns / 1e9, UTC).astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%Y-%m-%d %H:%M:%S%z}" if twice else f"{local:%Y-%m-%d %H:%M:%S}"


def last_day(until_ns: int) -> str:
    """The last day in London that ends at, or holds, an instant which itself counts no more."""
    return moment(until_ns - 1_000_000_000)[:10]


def length(samples: int, rate: int) -> str:
    """Samples as hours, minutes, seconds."""
    minutes, seconds = divmod(round(samples / rate), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


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


def age(passed_ns: int) -> str:
    """How long ago: minutes, hours or days, rounded down."""
    minutes = max(passed_ns, 0) // 60_000_000_000
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 1440} days" if minutes >= 2880 else f"{minutes // 60} hours"
