"""What stands above the tables: whose box, what time it is there, and whether all that should be alive is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from firmware.shell import tables
from firmware.shell.watch.cells import fit, safe
from firmware.shell.watch.marks import Look
from firmware.shell.watch.rows import Row, Span, pieces
from firmware.showing import counted

ROWS: Final = 3
"""What does not go into them is the least that there is to say: it comes last."""


def heading(told: Mapping[str, Any], cells: int, trouble: Sequence[str] = ()) -> list[Row]:
    """The rows above the tables, always as many; `trouble` is why nothing new is heard."""
    clock = told["clock"]
    believed = Look.PLAIN if clock["may_destroy"] else Look.BAD
    doubt = f": {clock['doubt']}" if clock["doubt"] else "" if clock["may_destroy"] else ": settling"
    first = [
        Span(fit(f"Callbox, {safe(told['office'])}", cells // 2).rstrip()),
        Span(tables.moment(told["now_ns"])),
        Span(f"clock {clock['state']}{doubt}", believed),
    ]
    second = [Span(safe(each), Look.BAD) for each in trouble] or _standing(told)
    rows = pieces([*first, *second], cells, ROWS)
    return [*rows, *[Row(None, ())] * (ROWS - len(rows))]


def _standing(told: Mapping[str, Any]) -> list[Span]:
    alive = told["recorder"]["alive"]
    recorder = Span("recorder alive") if alive else Span("NO WORD FROM THE RECORDER", Look.BAD)
    return [
        Span("keeper answers"),
        recorder,
        *_disk(told["disk"]),
        _proved(told["recipients"]),
        Span(f"{counted(told['recordings'], 'recording')}, {told['entries']} audit entries"),
    ]


def _disk(disk: Mapping[str, Any]) -> list[Span]:
    left = disk["days_left"]
    free = f"disk {disk['free'] / 1e9:.1f} of {disk['size'] / 1e9:.1f} GB free"
    if left is None:
        return [Span(f"{free}, enough for a month")]
    lasts = f"{counted(left, 'day')} left" if left else "FULL"
    return [Span(f"{free}, {lasts}", Look.BAD)]


def _proved(recipients: list[Mapping[str, Any]]) -> Span:
    missing = [safe(each["name"]) for each in recipients if not each["proved"]]
    if not missing:
        return Span("recipients proved")
    return Span(f"NOT PROVED: {', '.join(missing)}", Look.MIND)
