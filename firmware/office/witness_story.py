"""What entries of an audit log say, in sentences: who fetched and looked, what was done, in the order of their weight.

1. What happens all day is counted; what a person did, or what changed the box, is told with its time.
2. An entry of a kind that is not known here is told by its own words, never left out.
3. What a box says is shown, never obeyed: a text of its is one short line.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from firmware.audit.entries import What
from firmware.clock import ClockState
from firmware.office.look_words import LOOKS
from firmware.office.texts import plain
from firmware.showing import counted, minute
from firmware.vault.reading import MOST_WHOLE, Fields

LONGEST: Final = 80
"""Characters of one word of a box; our choice: an account, a purpose, a name."""

DIGEST: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
"""A digest is told by its beginning."""

MOST_LINES: Final = 60
"""Lines of one part; our choice: more is read in the log itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and what is said under it."""

    heading: str
    lines: tuple[str, ...]


QUIET: Final = frozenset(
    {What.MADE, What.SENT, What.LIVE_MADE, What.WILL_DESTROY, What.DESTROYED, What.MARKED, What.CERTIFIED}
    | {What.WILL_RUN, What.SETTINGS, What.RECIPIENTS}
)
"""What is done without a person, or follows from something else that is told: a change of settings says whose keys."""

COUNTED: Final = {
    What.STARTED: ("the keeper was started once", "the keeper was started {} times"),
    What.TAKEN_IN: ("1 recording was taken in", "{} recordings were taken in"),
    What.CARD_ENTRY: ("a card was entered on a telephone once", "cards were entered on telephones {} times"),
    What.SET_ASIDE: (
        "1 FILE WAS SET ASIDE: it did not add up",
        "{} FILES WERE SET ASIDE: they did not add up",
    ),
}
"""What is told by its number, of one and of more."""

ACTS: Final[Mapping[str, str]] = {
    What.ACCEPTED: "{person} applied new settings",
    What.RUN: "run {run} destroyed {recordings recording}",
    What.WILL_MEND: "{person} asked for a cell to be mended",
    What.MENDED: "cell {cell} was mended",
    What.COPY_GONE: "{person} confirmed that copy {copy} is destroyed",
    What.HELD: "{person} placed hold {hold}",
    What.TOLD: "{person} entered that the person concerned was told of hold {hold}",
    What.COPIED: "{person} entered that a copy for hold {hold} is safe",
    What.REVIEWED: "{person} reviewed hold {hold}",
    What.RELEASED: "{person} released hold {hold}",
    What.ASKED: "{person} asked for recording {recording} to be destroyed before its day",
    What.WITHDRAWN: "the request to destroy recording {recording} was withdrawn",
    What.DATED: "recording {recording} was given its day, {due}, by {by}",
    What.PROVED: "recipient {recipient} proved that recordings can be opened ({person})",
    What.NOTED: "{person} noted something sealed about recording {recording}",
    What.NOTES: "{person} was handed {notes sealed note} about recording {recording} for {purpose}",
    What.HEADERS: "{person} was handed the headers of {count recording}, which only a recipient's key opens",
    What.RESEALED: "{person} brought new headers of {count recording}, for the recipients {to}",
    What.RESEAL_CONFIRMED: "{person} CONFIRMED NEW HEADERS of {recordings recording}: old ones are destroyed",
    What.RESEAL_DROPPED: "new headers were dropped, the old ones stay ({person})",
    What.RESEAL_DONE: "what was decided about new headers is carried out",
    What.FAULT_OPENED: "fault {code} began ({subject})",
    What.FAULT_CLOSED: "fault {code} ended ({subject})",
    What.ACKNOWLEDGED: "{person} acknowledged fault {code} ({subject}) until {until}",
    What.TORN: "a half-written entry was dropped at a start",
    What.PERSON_ADDED: "PERSON {person} may ask from now on, until {until}, with the key {key}",
    What.PERSON_CHANGED: "PERSON {person} has another key file: until {until}, key {key}",
    What.PERSON_REMOVED: "PERSON {person} may not ask any more",
}
"""What is told with its time; in braces stand fields of the entry, with what they count behind them."""


def parts(entries: Sequence[Fields]) -> Iterator[Part]:
    """Everything that these entries say."""
    yield Part("Counted", tuple(_counts(entries)))
    yield Part("Who fetched recordings, and for what", tuple(_fetched(entries)))
    yield Part("Who looked, and at what", tuple(_looked(entries)))
    yield Part("What was refused", tuple(_refused(entries)))
    yield Part("What was done", _shortened([line for each in entries if (line := _act(each))]))


def word(fields: Fields, name: str) -> str:
    """A field of an entry as one short line."""
    value = fields.content.get(name)
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(each) for each in value)
    text = DIGEST.sub(r"\1...", " ".join(plain("-" if value is None else str(value)).split()))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def when(entry: Fields) -> str:
    """Its time in London, with a mark where the box did not believe its clock."""
    at = entry.inner("at")
    doubt = "?" if at.text("state") == ClockState.UNTRUSTED else ""
    return moment(at.whole("wall_ns")) + doubt


def moment(wall_ns: int) -> str:
    """An instant in London, to the minute."""
    if not 0 <= wall_ns <= MOST_WHOLE:
        return "at no time"
    return minute(wall_ns)


def _kind(entry: Fields) -> str:
    return entry.text("what")


def _is_look(entry: Fields) -> bool:
    """Whether somebody asked the box for something that is entered by its verb alone."""
    return "verb" in entry.content and "person" in entry.content


def _counts(entries: Sequence[Fields]) -> Iterator[str]:
    found = Counter(_kind(each) for each in entries)
    for what, (one, more) in COUNTED.items():
        if count := found[what]:
            yield one if count == 1 else more.format(count)


def _fetched(entries: Sequence[Fields]) -> Iterator[str]:
    """By person, purpose and what of a recording was handed out; a search by how many it came upon."""
    gets = [each for each in entries if _kind(each) == What.GET]
    found = Counter((word(each, "person"), word(each, "purpose"), _handed(each)) for each in gets)
    for (person, purpose, what), count in sorted(found.items()):
        yield f"{person} fetched {what}{counted(count, 'recording')} for {purpose}"
    for each in entries:
        if _kind(each) == What.FOUND:
            asked = f"{word(each, 'person')} searched by {word(each, 'of')} for {word(each, 'purpose')}"
            yield f"{asked}: {counted(each.whole('candidates'), 'recording')} may be meant"
    if not gets:
        yield "nobody fetched a recording"


def _handed(entry: Fields) -> str:
    """What was handed out where it was not the recording itself."""
    return f"the {word(entry, 'of')} of " if "of" in entry.content else ""


def _looked(entries: Sequence[Fields]) -> Iterator[str]:
    found: dict[str, Counter[str]] = {}
    for each in entries:
        if _is_look(each):
            verb = word(each, "verb")
            found.setdefault(word(each, "person"), Counter())[LOOKS.get(verb, verb)] += 1
    for person, looks in sorted(found.items()):
        yield f"{person}: {', '.join(f'{look} ({count})' for look, count in sorted(looks.items()))}"


def _refused(entries: Sequence[Fields]) -> Iterator[str]:
    """By person and code. Who may not ask at all is entered once for many times; a recording that was refused is
    entered by its own, beside the look that it was.
    """
    refused, looked = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in entries:
        if each.content.get("code") is not None and (_kind(each) == What.REFUSED or _is_look(each)):
            times = each.whole("times") if "times" in each.content else 1
            found = refused if _kind(each) == What.REFUSED else looked
            found[word(each, "person"), word(each, "code")] += times
    for (person, code), count in sorted((refused | looked).items()):
        yield f"{person} was refused {counted(count, 'time')}: {code}"


def _act(entry: Fields) -> str | None:
    """One entry with its time; `None` where it is told elsewhere."""
    kind = _kind(entry)
    if kind in QUIET or kind in COUNTED or kind in {What.GET, What.REFUSED, What.FOUND} or _is_look(entry):
        return None
    return f"{when(entry)}  {_said(kind, entry)}"


def _said(kind: str, entry: Fields) -> str:
    if kind == What.CLOCK:
        return _clock(entry)
    known = ACTS.get(kind)
    if known is None:
        return f"{word(entry, 'what')}: {_all(entry)}"
    return known.format_map(_Words(entry))


def _clock(entry: Fields) -> str:
    who = f"witness {word(entry, 'witness')}" if "witness" in entry.content else word(entry, "person")
    return f"{who} told the box the time"


def _all(entry: Fields) -> str:
    """Every field of an entry of an unknown kind (rule 2), but for commitments, which say nothing."""
    own = {"format", "what", "at"}
    names = [name for name in entry.content if name not in own and not name.endswith("_commitment")]
    return ", ".join(f"{word(Fields('', {'': name}), '')} {word(entry, name)}" for name in names)


class _Words(dict[str, str]):
    """What `str.format_map` looks fields up in: each is one short line, and one that is missing is a dash."""

    def __init__(self, entry: Fields) -> None:
        super().__init__()
        self._entry = entry

    def __missing__(self, name: str) -> str:
        field, _, one = name.partition(" ")
        told = word(self._entry, field)
        return f"{told} {one}{'' if told == '1' else 's'}" if one else told


def _shortened(lines: Sequence[str]) -> tuple[str, ...]:
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    return (*lines[:MOST_LINES], f"... and {len(lines) - MOST_LINES} more: at the box, callbox shell log")
