"""Text in cells of a terminal: whatever others wrote comes out harmless and exactly as wide as its column.

1. Nothing that a terminal would act upon is printed: every character that is not printable is spelled out.
2. A text that is too long ends in `~`; one that is short is filled with blanks.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from firmware.showing import one_line

CUT: Final = "~"


def safe(text: object) -> str:
    """The text on one line without control characters, escapes, marks that turn its direction or choose another glyph."""
    line = one_line(str(text))
    return line if line.isascii() else "".join(map(_spelled, line))


def width(text: str) -> int:
    """How many cells a text takes; wide characters take two, and those that go onto another take none."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def fit(text: str, cells: int) -> str:
    """The text in exactly so many cells (rule 2)."""
    if width(text) > cells:
        text = _first(text, cells - len(CUT)) + CUT if cells > 0 else ""
    return text + " " * (cells - width(text))


def wrapped(text: str, cells: int) -> Iterator[str]:
    """The text in lines of at most so many cells, broken at blanks, in the middle of a word only where it must be.

    Lines that go on are set in as far as the first.
    """
    words = text.lstrip(" ")
    margin = " " * min(len(text) - len(words), cells // 2)
    room = max(cells - len(margin), 2)
    line = ""
    for word in words.split(" "):
        if line and width(line) + 1 + width(word) > room:
            yield margin + line
            line = ""
        line = f"{line} {word}" if line else word
        while width(line) > room:
            head = _first(line, room)
            yield margin + head
            line = line[len(head) :]
    yield margin + line if line else ""


def _first(text: str, cells: int) -> str:
    """As much of the beginning as goes into so many cells."""
    used = 0
    for at, each in enumerate(text):
        used += _cells(each)
        if used > cells:
            return text[:at]
    return text


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _spelled(character: str) -> str:
    """A variation selector (Unicode, section 23.4), which makes its neighbour wider on some terminals, in digits."""
    if not ("\ufe00" <= character <= "\ufe0f" or character >= "\U000e0000"):
        return character
    return f"\\u{ord(character):04x}"
