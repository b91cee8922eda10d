"""An entry of the audit log in a sentence, for whoever reads the life of a recording."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from firmware.shell import tables
from firmware.showing import counted

OWN: Final = frozenset({"index", "at", "format", "what", "recording"})
"""What every entry has, or is said by where it stands."""


def entry_words(entry: Mapping[str, Any], texts: Mapping[str, Mapping[str, Any]]) -> str:
    """One entry; `texts` are what lies under the recording's lock, by copy. An unknown kind shows all that it has."""
    what = str(entry["what"])
    if what == "get":
        return _fetched(entry, texts.get(entry.get("copy", ""), {}))
    if what in WORDS:
        return WORDS[what](entry)
    fields = ", ".join(f"{name} {value}" for name, value in entry.items() if name not in OWN)
    return f"{what}: {fields}" if fields else what


def _due(day: str | None) -> str:
    return f"due on {day}" if day else "without a due day"


def _fetched(entry: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    of = "its details were fetched" if entry.get("of") == "details" else "fetched"
    head = f"{of} by {entry['person']} for {entry['purpose']}"
    said = [head, f"reference {told['ref']}" if "ref" in told else "reference no longer known"]
    said += [f"because {told['because']}"] if "because" in told else []
    said += [f"place: {told['where']}"] if "where" in told else []
    said += [f"copy {entry['copy']}"] if "copy" in entry else []
    return "; ".join(said)


def _sent(entry: Mapping[str, Any]) -> str:
    copy = f"copy {entry['copy']}" if "copy" in entry else "a copy"
    said, read = entry["bytes"], entry.get("read")
    more = read is not None and (said is None or read > said)
    known = f"; {read:,} bytes of the body were read" if more else ""
    if said is not None:
        return f"{said:,} bytes of {copy} went out{known}"
    return f"nobody said how much of {copy} went out{known}"


def _held(entry: Mapping[str, Any]) -> str:
    kind = "restricted" if entry["restricted"] == "true" else "held"
    return f"{kind} by {entry['person']}, hold {entry['hold']}, to be reviewed on {entry['review']}"


def _keyed(entry: Mapping[str, Any]) -> str:
    place = f"at {entry['from_s']} to {entry['to_s']} s"
    return f"a card was keyed {place}, {entry['keys']} keys, and withheld"


WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "taken in": lambda entry: f"taken in from the recorder, {_due(entry['due'])}",
    "card entry": _keyed,
    "sent": _sent,
    "copy destroyed": lambda entry: f"{entry['person']} says that copy {entry['copy']} is destroyed",
    "refused": lambda entry: f"refused to {entry['person']} [{entry['code']}]",
    "held": _held,
    "erasure asked": lambda entry: f"{entry['person']} asked for its erasure",
    "erasure withdrawn": lambda entry: (
        f"its erasure is no longer asked for: {entry.get('person') or 'a hold'}"
    ),
    "noted": lambda entry: f"{entry['person']} noted something about it, sealed to the office",
    "notes handed out": lambda entry: (
        f"what was noted about it went to {entry['person']} for {entry['purpose']}: {counted(entry['notes'], 'note')}"
    ),
    "handed headers": lambda entry: f"its headers went to {entry['person']}, to be sealed anew",
    "resealed": lambda entry: (
        f"sealed anew by {entry['person']}; the old headers stay until somebody confirms"
    ),
    "marked": lambda _: "marked to be destroyed with the next run, an hour later",
    "dated": lambda entry: (
        f"dated by {entry['by']}: began {tables.moment(entry['is_ns'])}, {_due(entry['due'])}"
    ),
}
"""What is said of each kind of entry that names a recording, `get` aside."""
