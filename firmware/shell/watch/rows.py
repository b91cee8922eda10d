"""How the box stands as rows in four tables, each exactly as wide as asked: lines, recordings, holds, faults."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from firmware.shell import tables
from firmware.shell.watch.cells import fit, safe, width
from firmware.shell.watch.marks import LAMPS, Look, legend, letters, meter

Told = Mapping[str, Any]
"""What the keeper answered, or a part of it."""

REST: Final = 0
"""The width of a column that takes what the others leave."""

WIDE: Final = 110
"""Columns from which there is room for longer names and strips."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a row, safe to print, and how it wants to be seen."""

    text: str
    look: Look = Look.PLAIN


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `key` says of what thing it tells, `None` where of none."""

    key: str | None
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The row without its looks."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Table:
    """A heading and its rows."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A text, in so many cells, and how it wants to be seen."""

    text: str
    cells: int
    look: Look = Look.PLAIN


def row(key: str | None, cells: int, columns: Sequence[Column]) -> Row:
    """Columns with a blank between them, filled or cut to the width of the row."""
    taken = sum(each.cells for each in columns) + len(columns) - 1
    spans = []
    for number, each in enumerate(columns):
        own = each.cells or max(cells - taken, 0)
        blank = " " if number else ""
        spans.append(Span(blank + fit(safe(each.text), own), each.look))
    return Row(key, tuple(spans))


def lines(told: Told, cells: int) -> Table:
    """A row a line: level, lamp, call, how long it is off the hook, its desks."""
    found, wide = told["lines"], cells >= WIDE
    calls = sum(1 for each in found if each["in_call"])
    rows = [
        _line(each, desks_of(told, each["name"]), cells, (22, 20, 30) if wide else (14, 10, 23))
        for each in found
    ]
    return _table(f"LINES {len(found)}, in a call {calls}", rows, "There is no line in the settings.")


def recordings(told: Told, cells: int) -> Table:
    """A row a recording of the day, the newest first, its gaps drawn."""
    day = told["day"]
    found, wide = day["recordings"], cells >= WIDE
    clock = max((len(_began(each)) for each in found), default=0)
    rows = [_recording(each, cells, (clock, 16, 48) if wide else (clock, 10, 24)) for each in found]
    when = date.fromisoformat(day["on"])
    count = f"the newest {len(found)}" if day["more"] else str(len(found))
    signs = legend(each["strip"] for each in found)
    title = f"RECORDINGS of {when:%a %d %b %Y}: {count}"
    return _table(f"{title}  {signs}".rstrip(), rows, "Nothing of that day is kept.")


def holds(told: Told, cells: int) -> Table:
    """A row a hold, what is overdue first."""
    found = sorted(told["holds"], key=lambda each: (each["released"], not overdue(each), each["review"]))
    late = sum(1 for each in found if overdue(each))
    rows = [_hold(each, cells) for each in found]
    return _table(f"HOLDS {len(found)}, overdue {late}", rows, "Nothing is held.")


def faults(told: Told, cells: int) -> Table:
    """A row a fault, with its age."""
    keyed = numbered_faults(told)
    rows = [_fault(key, each, told["now_ns"], cells) for key, each in keyed]
    return _table(f"FAULTS {len(rows)}", rows, "No fault is open.")


TABLES: Final[Mapping[str, Callable[[Told, int], Table]]] = {
    "lines": lines,
    "recordings": recordings,
    "holds": holds,
    "faults": faults,
}


def desks_of(told: Told, line: str) -> str:
    """The desks of a line, and which of them are armed for the next call."""
    own = [each for each in told["desks"] if line in each["lines"]]
    return ", ".join(each["name"] + (" armed" if each["lamp"] == "ARMED" else "") for each in own)


def state(line: Told) -> tuple[str, Look]:
    """What goes on on a line, in words."""
    if line["never_record"]:
        return "never recorded", Look.QUIET
    if line["off_hook"] is None:
        return "not heard of", Look.BAD
    if not (line["off_hook"] or line["in_call"]):
        return "on hook", Look.QUIET
    reason, kind = line["reason"] or "off hook", line["class"]
    look = Look.BAD if reason.startswith("lost") else Look.PLAIN
    if line["paused_ns"] is not None:
        return f"paused for {spell(line['paused_ns'])}", Look.MIND
    return (reason if kind in {None, "undecided", reason} else f"{kind}, {reason}"), look


def overdue(hold: Told) -> bool:
    """Whether any duty of a hold is past its day."""
    return any(each["overdue"] for each in hold["owed"])


def numbered_faults(told: Told) -> list[tuple[str, Told]]:
    """Every fault under a key that stays while its message changes."""
    seen: dict[str, int] = {}
    keyed = []
    for each in told["faults"]:
        name = f"{each['by']} {each['code']}"
        seen[name] = seen.get(name, 0) + 1
        keyed.append((f"{name} {seen[name]}", each))
    return keyed


def spell(passed_ns: int) -> str:
    """A length of time as hours, minutes and seconds."""
    return tables.length(max(passed_ns, 0), 1_000_000_000)


def ago(passed_ns: int) -> str:
    """An age in the largest unit that fits."""
    seconds = max(passed_ns, 0) // 1_000_000_000
    for unit, size in (("days", 172_800), ("h", 7200), ("min", 60)):
        if seconds >= size:
            return f"{seconds // {'days': 86_400, 'h': 3600, 'min': 60}[unit]} {unit}"
    return "< 1 min"


def _table(title: str, rows: Iterable[Row], empty: str) -> Table:
    found = tuple(rows)
    return Table(title, found or (Row(None, (Span(empty, Look.QUIET),)),))


def _line(line: Told, desks: str, cells: int, widths: tuple[int, int, int]) -> Row:
    name, bar, call = widths
    lamp, look = LAMPS.get(line["lamp"], LAMPS[None])
    doing, how = state(line)
    since = spell(line["off_hook_ns"]) if line["off_hook_ns"] is not None else ""
    shown = Column("-" if line["never_record"] else lamp, 9, look)
    columns = (
        Column(line["name"], name),
        Column(meter(line["level_db"], bar), bar),
        shown,
        Column(doing, call, how),
        Column(since.rjust(7), 7),
        Column(desks, REST, Look.QUIET),
    )
    return row(line["name"], cells, columns)


def _recording(each: Told, cells: int, widths: tuple[int, int, int]) -> Row:
    clock, name, bar = widths
    way = {"in": "in", "out": "out"}.get(each["direction"], "?")
    signs = [
        *(["held"] if each["holds"] else []),
        *(["cut"] if each["kind"] == "cut" else []),
        *(["erasure asked"] if each["erasure_asked"] else []),
    ]
    columns = (
        Column(_began(each), clock),
        Column(each["line"], name),
        Column(way, 3),
        Column(tables.length(each["samples"], each["rate"]), 7),
        Column(letters(each["strip"], bar), bar),
        Column(each["due"] or "undated", 10, Look.PLAIN if each["due"] else Look.MIND),
        Column(" ".join(signs), REST),
    )
    return row(each["id"], cells, columns)


def _began(each: Told) -> str:
    """The time of day, with its offset in the hour that comes twice, and in doubt where the clock was."""
    return tables.moment(each["began_ns"])[11:] + ("?" if each["clock"] == "untrusted" else "")


def _hold(each: Told, cells: int) -> Row:
    late = [duty for duty in each["owed"] if duty["overdue"]]
    owed = late or each["owed"]
    says = "OVERDUE since" if late else "owed by"
    more = f" (+{len(each['owed']) - 1})" if len(each["owed"]) > 1 else ""
    duty = f"{says} {owed[0]['by']}{more}: {owed[0]['what']}" if owed else "released"
    restricted = "restricted, " if each["restricted"] else ""
    columns = (
        Column(each["case"], 20 if cells >= WIDE else 14),
        Column(each["owner"], 20 if cells >= WIDE else 10, Look.QUIET),
        Column(f"keeps {each['recordings']}", 8),
        Column(restricted + duty, REST, Look.BAD if late else Look.PLAIN),
    )
    return row(each["id"], cells, columns)


def _fault(key: str, each: Told, now_ns: int, cells: int) -> Row:
    since = each["since_wall_ns"]
    age = ago(now_ns - since) if since is not None else "now"
    known = each.get("acknowledged")
    before = f"acknowledged until {known['until']}: " if known else ""
    said = f"{before}{each['message']} [{each['code']}]"
    look = Look.PLAIN if known else Look.BAD
    return row(key, cells, (Column(age.rjust(7), 7, Look.QUIET), Column(said, REST, look)))


def pieces(parts: Sequence[Span], cells: int, most: int) -> list[Row]:
    """Spans one after another, as many rows as they need, at most so many."""
    made: list[list[Span]] = [[]]
    used = 0
    for each in parts:
        own = width(each.text)
        if made[-1] and used + 3 + own > cells:
            made.append([])
            used = 0
        gap = " | " if made[-1] else ""
        made[-1].append(Span(gap + fit(each.text, min(own, cells)), each.look))
        used += len(gap) + own
    return [Row(None, tuple(spans)) for spans in made[:most]]
