"""Who gets how many rows of a screen that is too small for all: everybody a few, who is looked at the most. Pure."""

from collections.abc import Mapping
from typing import Final

LEAST: Final = 2
"""Rows that every table has: its heading and one more."""


def shares(wanted: Mapping[str, int], rows: int, focused: str) -> dict[str, int]:
    """Rows for each, together exactly `rows` unless that is less than everybody's least.

    Each has its least; then who is focused, and then the others, row by row in turn, have what they want; what nobody
    wants goes to the last, so that nothing moves where all have enough.
    """
    given = dict.fromkeys(wanted, LEAST)
    left = rows - LEAST * len(given)
    more = min(max(wanted[focused] - LEAST, 0), max(left - (len(given) - 1), 0))
    given[focused] += more
    left -= more
    while left > 0:
        short = [name for name, want in wanted.items() if given[name] < want] or [list(wanted)[-1]]
        for name in short[:left]:
            given[name] += 1
        left -= len(short[:left])
    return given
