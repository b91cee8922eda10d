r"""How an answer looks to a person, on the box and on the office's PC: tables, times in the office's zone, lengths.

What prints nothing is written as `\u001b`, in JSON's own form: no text moves a cursor or hides another.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from firmware.clock import LONDON

_QUOTED: Final = re.compile(r'(--[a-z]+ )"([^"\']+)"')
"""An option with a text in quotes, as it is typed where a shell takes the quotes off once."""


def quoted_twice(text: str) -> str:
    """A sentence that names a command, as it is typed over SSH; one that is so already stays.

    The person's own shell takes one pair of quotes off, and ssh joins what is left with blanks (ssh(1)).
    """
    return _QUOTED.sub("\\1\"'\\2'\"", text)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, without a trailing blank."""
    rows = [[one_line(cell) for cell in row] for row in rows]
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


def last_day(until_ns: int) -> str:
    """The last day in London that ends at, or holds, an instant which itself counts no more."""
    return moment(until_ns - 1_000_000_000)[:10]


def _local(wall_ns: int, form: str) -> str:
    local = datetime.fromtimestamp(wall_ns / 1e9, UTC).astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:{form}%z}" if twice else f"{local:{form}}"


def length(samples: int, rate: int = 1) -> str:
    """Samples, or seconds where no rate is given, as hours, minutes, seconds."""
    minutes, seconds = divmod((2 * samples + rate) // (2 * rate), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def counted(number: int, one: str, more: str = "") -> str:
    """How many there are, in words; `more` where the plural takes more than an s."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def escaped(text: str) -> str:
    r"""The text; what prints nothing, line breaks aside, as `\uXXXX`."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(each if each == "\n" or each.isprintable() else _code(each) for each in text)


def one_line(text: str) -> str:
    """The text without line breaks of its own."""
    return escaped(text).replace("\n", "\\n")


def _code(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
