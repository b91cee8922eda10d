"""How an answer looks to a person, on the box and on the office's PC: tables, times in the office's zone, lengths."""

from collections.abc import Sequence
from datetime import UTC, datetime

from firmware.clock import LONDON


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, without a trailing blank."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (heads, *rows)
    )
    return "\n".join(line.rstrip() for line in lines)


def moment(wall_ns: int) -> str:
    """An instant in London to the second; with its offset in the hour that comes twice."""
    return _local(wall_ns, "%Y-%m-%d %H:%M:%S")


def minute(wall_ns: int) -> str:
    """The minute in London in which an instant lies; with its offset in the hour that comes twice."""
    return _local(wall_ns, "%Y-%m-%d %H:%M")


def _local(wall_ns: int, form: str) -> str:
    local = datetime.fromtimestamp(wall_ns / 1e9, UTC).astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:{form}%z}" if twice else f"{local:{form}}"


def length(samples: int, rate: int) -> str:
    """Samples as hours, minutes, seconds."""
    minutes, seconds = divmod(round(samples / rate), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
