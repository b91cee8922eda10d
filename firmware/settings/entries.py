"""What was written, table by table: every key of the file looked up in the schema, every mistake noted.

An entry keeps only values that are right, so that the rules between keys can
look at what is there and stay silent about what was already refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from firmware.settings.kinds import NAME_GRAMMAR, Unfit
from firmware.settings.problems import Problems, looks_private, meant, shown
from firmware.settings.schema import SCHEMA, Key, Must, Table, Value


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of the file: where it stands, what was written, and those values that are right."""

    table: Table[Any]
    rank: tuple[int, int]
    path: str
    label: str
    written: Mapping[str, object]
    problems: Problems
    values: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:  # noqa: ANN401  the schema's kinds made the value; rules know which
        """The value of a key, or `None` where it is missing or was refused."""
        return self.values.get(key)

    def say(self, key: str, sentence: str) -> None:
        """Note a mistake at a key, or at the whole entry where `key` is empty."""
        dotted = f"{self.path}.{key}" if key else self.path
        self.problems.add(self.rank, dotted + self.label, sentence)

    def refuse(self, key: str, sentence: str) -> None:
        """Note that the value of a key is refused, and show it."""
        self.say(key, f"seen {shown(self.written.get(key))}; {sentence}")

    def fields(self) -> dict[str, Any]:
        """What the table's value is made of; whole only where there is no mistake."""
        return {key.fills: self.values[key.name] for key in self.table.keys if key.name in self.values}


class Entries:
    """All entries of one file, by table."""

    def __init__(self, tree: Mapping[str, object], problems: Problems) -> None:
        """Look up every key of the tree; mistakes go into `problems`."""
        self.problems = problems
        _unknown_tables(tree, problems)
        self._entries = {table.name: _entries(table, tree, problems) for table in SCHEMA}

    def of(self, table: str) -> list[Entry]:
        """The entries of one table, in the order of the file."""
        return self._entries[table]

    def made(self, table: Table[Value]) -> tuple[Value, ...]:
        """The values of one table; only to be asked for where there is no mistake."""
        return tuple(table.make(**entry.fields()) for entry in self.of(table.name))

    def names(self, table: str) -> set[str]:
        """Every name given in one table."""
        return {entry.get("name") for entry in self.of(table)} - {None}


def _unknown_tables(tree: Mapping[str, object], problems: Problems) -> None:
    known = [table.name for table in SCHEMA]
    for name in tree:
        if name not in known:
            sentence = f"no such table{meant(name, known) or '; the tables are ' + ', '.join(known)}"
            problems.add((len(known), 0), _bare(name), sentence)


def _entries(table: Table[Any], tree: Mapping[str, object], problems: Problems) -> list[Entry]:
    rank = (SCHEMA.index(table), 0)
    empty: object = {} if table.single and not (table.needed or table.optional) else []
    written = tree.get(table.name, empty)
    if isinstance(written, dict) and table.single:
        return [_entry(table, rank, table.name, written, problems)]
    if not isinstance(written, list) or (table.single and written):
        problems.add(rank, table.name, f"seen {shown(written)}; it stands under the heading {table.heading}")
        return []
    if table.needed and not written:
        problems.add(rank, table.name, f"missing; at least one {table.heading} is needed")
    return _numbered(table, written, problems)


def _numbered(table: Table[Any], written: list[object], problems: Problems) -> list[Entry]:
    entries = []
    for count, each in enumerate(written, start=1):
        rank, path = (SCHEMA.index(table), count), f"{table.name}[{count}]"
        if isinstance(each, dict):
            entries.append(_entry(table, rank, path, each, problems))
        else:
            problems.add(rank, path, f"seen {shown(each)}; it stands under the heading {table.heading}")
    return entries


def _entry(
    table: Table[Any], rank: tuple[int, int], path: str, written: Mapping[str, object], problems: Problems
) -> Entry:
    name = "" if table.single else written.get("name")
    plain = isinstance(name, str) and NAME_GRAMMAR.fullmatch(name) and not looks_private(name)
    entry = Entry(table, rank, path, f" ({name})" if plain else "", written, problems)
    _take_keys(entry)
    return entry


def _take_keys(entry: Entry) -> None:
    known = [key.name for key in entry.table.keys]
    for name in entry.written:
        if name not in known:
            entry.say(_bare(name), f"no such key{meant(name, known) or '; the keys are ' + ', '.join(known)}")
    for key in entry.table.keys:
        if key.name in entry.written:
            _take_written(entry, key)
        elif key.default is Must.ALWAYS:
            entry.say(key.name, f"missing; it is {_allowed(key)}")
        elif not isinstance(key.default, Must):
            entry.values[key.name] = key.default


def _take_written(entry: Entry, key: Key) -> None:
    value = entry.written[key.name]
    if isinstance(key.kind, Table):
        _take_table(entry, key.kind, value)
        return
    try:
        entry.values[key.name] = key.kind.take(value)
    except Unfit as unfit:
        seen = "what was seen is not shown" if key.hidden else f"seen {shown(value)}"
        reason = f"; {unfit}" if str(unfit) else ""
        near = meant(value, key.kind.words)
        entry.say(key.name, f"{seen}{reason}; allowed is {key.kind.allowed}{near}")


def _take_table(entry: Entry, table: Table[Any], value: object) -> None:
    if not isinstance(value, dict):
        entry.refuse(table.name, f"allowed is {_keys(table)}")
        return
    before = len(entry.problems)
    inner = replace(entry, table=table, path=f"{entry.path}.{table.name}", written=value, values={})
    _take_keys(inner)
    if len(entry.problems) == before:
        entry.values[table.name] = table.make(**inner.fields())


def _allowed(key: Key) -> str:
    return _keys(key.kind) if isinstance(key.kind, Table) else key.kind.allowed


def _keys(table: Table[Any]) -> str:
    return f"a table of {', '.join(key.name for key in table.keys)}"


def _bare(name: str) -> str:
    """A key as the file may have written it; one that looks private is not shown."""
    plain = name.replace("-", "").replace("_", "").isalnum() and name.isascii()
    return name if plain and len(name) <= 40 and not looks_private(name) else shown(name)
