"""What the keys of the screen do, and what its letters mean, on one page."""

from collections.abc import Iterator
from typing import Final

from firmware.shell.watch.marks import OTHER, STRIP

FOOT: Final = " Tab table   Up/Down row   Enter details   [ ] day   ? keys   q quit   (reads only)"

KEYS: Final = """\
Tab, Shift-Tab, Left, Right   the next table, the one before
l  r  h  f                    lines, recordings, holds, faults
Up, Down, PgUp, PgDn, Home, End   another row
Enter                         everything about the row, and the command to type
[  ]                          recordings of the day before, of the day after; t: today
?                             this page
Esc, Backspace                back from a page
q, Ctrl-C                     end

Nothing is changed from here: no fault is acknowledged, no recording fetched. Levels are shown, never sound:
live listening does not exist in this box.

A lamp is a word: RECORDING, PAUSED (PAUSED! after 90 seconds), opted out, armed, undecided, dark, refused, FAULT.
A line with ? was not heard of: its recorder or the keeper does not speak.

A recording is drawn from its first second to its last, a letter for a part of it; what was withheld in it is
shown however short it was:"""


def page() -> Iterator[str]:
    """The lines of the page."""
    yield from KEYS.split("\n")
    told: dict[str, list[str]] = {}
    for reason, letter in STRIP.items():
        told.setdefault(letter, []).append(reason)
    for letter, reasons in told.items():
        yield f"   {letter}  {', '.join(reasons)}"
    yield f"   {OTHER}  not known: its lock cannot be read now"
