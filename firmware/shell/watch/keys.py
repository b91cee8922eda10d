"""What the keys of the screen do, and what its letters mean, on one page."""

from collections.abc import Iterator
from typing import Final

from firmware.shell.watch.marks import OTHER, STRIP

FOOT: Final = " Tab table  Up/Down row  Enter details  [ ] day  ? keys  q quit    (reads only)"

KEYS: Final = """\
Tab, Shift-Tab, Right, Left   the next table, the one before
l   r   h   f                 lines, recordings, holds, faults
Up, Down, PgUp, PgDn          another row; Home, End: the first, the last
Enter                         all about the row, and the command to type
[   ]   t                     recordings of the day before, after; today
?                             this page
Esc                           back from a page
q, Ctrl-C                     end

Nothing is changed from here: no fault is acknowledged, no recording
fetched. Levels are shown, never sound: live listening does not exist.

LINES: name, level, lamp, what goes on, for how long off the hook, desks.
  Lamps: RECORDING; PAUSED, and PAUSED! after 90 seconds; opted out; armed;
  undecided; dark; refused; FAULT. ? is not heard of: the recorder or the
  keeper does not speak.
HOLDS: case, owner, how many recordings it keeps, what is owed first.
FAULTS: for how long, what is wrong; Enter says what to do.
RECORDINGS: began, line, way, length, strip, the day it is destroyed; held,
  cut. A strip goes from the first second to the last, a letter for each
  part; what was withheld in it is shown however short it was:"""


def page() -> Iterator[str]:
    """The lines of the page."""
    yield from KEYS.split("\n")
    told: dict[str, list[str]] = {}
    for reason, letter in STRIP.items():
        told.setdefault(letter, []).append(reason)
    for letter, reasons in told.items():
        yield f"   {letter}  {', '.join(reasons)}"
    yield f"   {OTHER}  not known: its lock cannot be read now"
