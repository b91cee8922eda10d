"""Mistakes are collected, not thrown one by one, and no mistake shows a secret.

Rules of this module:

1. A mistake names its place (`line[2].department (reception)`, counted from
   one), the value seen, what is allowed, and where it can the word that was meant.
2. What looks like the private half of a key is never shown, nor is a value
   whose key is marked hidden (telephone numbers).
3. Mistakes are told in the order of the file's tables, not in the order found.
"""

import difflib
from collections.abc import Iterable

from firmware.faults import SettingsFault

PRIVATE_MARKS = ("AGE-SECRET-KEY-", "AGE-PLUGIN-", "-----BEGIN")
"""How an age identity (age.md, version 1), a plugin's and a private SSH key (PEM, RFC 7468) begin."""

PRIVATE_HALF = "this looks like the private half of a key, which must never be on the box; take it out and treat that key as known to others"

SHOWN = 60
"""Characters of a value that are shown; our choice: enough to find it again."""


def looks_private(text: str) -> bool:
    """Whether a text holds what looks like the private half of a key."""
    upper = text.upper()
    return any(mark in upper for mark in PRIVATE_MARKS)


def shown(value: object) -> str:
    """A value as a mistake may show it: short, printable on any terminal, never a private half."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            whole = "something not shown" if looks_private(value) else quoted(value)
        case int() if value.bit_length() > 64:
            whole = "a very large number"
        case int() | float():
            whole = str(value)
        case dict():
            whole = "a table"
        case list():
            whole = _shown_list(value)
        case _:
            whole = str(value)
    return whole


def _shown_list(values: list[object]) -> str:
    each = "" if any(isinstance(value, dict | list) for value in values) else ", ".join(map(shown, values))
    if not values:
        return "an empty list"
    return f"[{each}]" if 0 < len(each) <= SHOWN else f"a list of {len(values)}"


def quoted(text: str) -> str:
    """A text in quotes, at most `SHOWN` characters of it, everything unprintable escaped."""
    cut = text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
    return f'"{cut}"' if cut.isprintable() else repr(cut)


def meant(word: object, known: Iterable[str]) -> str:
    """`; did you mean "repairs"?` where a known word comes near, or nothing."""
    if not isinstance(word, str):
        return ""
    near = difflib.get_close_matches(word[:SHOWN].lower(), sorted(set(known)), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


class Problems:
    """All the mistakes of one settings file."""

    def __init__(self) -> None:
        self._found: list[tuple[tuple[int, int], str]] = []

    def add(self, rank: tuple[int, int], place: str, sentence: str) -> None:
        """Note one mistake; `rank` is the place of its table in the schema and of its entry in the file."""
        self._found.append((rank, f"{place}: {sentence}" if place else sentence))

    def __len__(self) -> int:
        return len(self._found)

    def lines(self) -> list[str]:
        """Every mistake, a line each, in the order of the file's tables; the same one only once."""
        ordered = (line for _, line in sorted(self._found, key=lambda found: found[0]))
        return list(dict.fromkeys(ordered))

    def refuse(self, where: str) -> None:
        """Raise one fault that lists them all; nothing happens where there are none."""
        lines = self.lines()
        if not lines:
            return
        count = "one mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
        message = f"{where} contains {count}:\n" + "\n".join(f"  {line}" for line in lines)
        hint = (
            f"edit {where} (every key is explained in docs/settings.md), then: callbox check --config {where}"
        )
        raise SettingsFault("settings.invalid", message, hint)
