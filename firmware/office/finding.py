"""`find`: which recordings are of a telephone number or a subject, of every box side by side; only here can anybody know.

1. What is looked for is typed unseen or comes by standard input. It goes to the boxes by theirs, and is shown nowhere.
2. A box gives candidates, of which about one in 256 is another's; what is sealed of each is opened here with the
   office's key, compared, and forgotten. Nothing is written.
3. A number is the same as it was heard where one of its forms is, as its line was dialled then.
4. A candidate that does not open is counted and said: it may be meant.
"""

import json
import sys
from argparse import SUPPRESS, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from firmware.call.bucket import forms
from firmware.call.numbering import national
from firmware.call.typed import folded, is_number
from firmware.faults import Fault, Refused
from firmware.given import number as given_unseen
from firmware.given import refuse_numbers
from firmware.office.asked import parser, understood
from firmware.office.boxes import Office
from firmware.office.getting import why_arguments, why_of
from firmware.office.identities import Keys, load
from firmware.office.listing import Heard, ask_each, say_absent
from firmware.office.texts import plain
from firmware.showing import counted, length, moment, table
from firmware.vault.reading import Fields, UnreadableError, read_object

DAYS: Final = dict.fromkeys(("from", "to"), "YYYY-MM-DD")
NARROWED: Final = {
    "from": "not before this day, YYYY-MM-DD",
    "to": "not after this day",
    "line": "of one line",
    "department": "of one department",
}
"""Options that the boxes take as they are."""

LONGEST: Final = 200
"""Characters read of a number or a subject, as the box reads them."""

NOWHERE: Final = "looked at with callbox office find; nothing was kept"
"""Where what a box hands out for a search lies."""

TOLD: Final = ("id", "began_ns", "line", "department", "samples", "rate", "due", "holds", "restricted")
"""What is told to a program of a recording that is meant."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One recording that may be meant: what its row says, and what is sealed of it.

    `access` and `area` are how numbers were dialled on its line; `shut` is one of which nothing is handed out.
    """

    box: str
    began_ns: int
    cells: tuple[str, ...]
    sealed: tuple[bytes, ...]
    access: str
    area: str
    shut: bool
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of opening a candidate: how it is meant, `None` where it is not; `closed` where it did not open."""

    candidate: Candidate
    how: str | None
    closed: bool = False


Judge = Callable[[Candidate, Fields], str | None]
"""Says how a candidate is meant, by one thing that was sealed of it."""


def find(argv: Sequence[str]) -> int:
    """`find`."""
    refuse_numbers(argv)
    asked, office = _understood(argv)
    keys = load(office)
    said, judge = _looked_for(asked)
    if sys.stderr.isatty():
        print("Asking; many candidates take some seconds ...", file=sys.stderr)
    words = ["find", *why_of(asked, NOWHERE).words(), *_narrowed(asked)]
    heard = ask_each(
        office.some(asked.box), lambda remote: remote.known(_candidates(remote.box.name), *words, said=said)
    )
    judged = [opened(keys, each, judge) for one in heard for each in one.answer or ()]
    meant = sorted((each for each in judged if each.how), key=lambda each: -each.candidate.began_ns)
    if asked.json:
        print(json.dumps([_told(each) for each in meant], indent=2))
    elif not all(each.fault for each in heard):
        print(_page(meant, judged, heard))
    return say_absent(heard)


def opened(keys: Keys, candidate: Candidate, judge: Judge) -> Judged:
    """Open what is sealed of a candidate and judge it (rules 2 and 4)."""
    closed = False
    for sealed in candidate.sealed:
        try:
            how = judge(candidate, read_object(keys.open(sealed), "what was sealed"))
        except (Fault, UnreadableError):
            closed = True
            continue
        if how is not None:
            return Judged(candidate, how)
    return Judged(candidate, None, closed)


def number_judge(number: str) -> Judge:
    """Whether details are of this number (rule 3)."""

    def judge(candidate: Candidate, details: Fields) -> str | None:
        wanted = forms(number, (candidate.area,))
        caller, dialled = details.maybe_text("caller_id") or "", details.maybe_text("dialled") or ""
        if national(caller) in wanted:
            return "called"
        outside = dialled.removeprefix(candidate.access) or dialled
        return "was called" if national(outside) in wanted else None

    return judge


def subject_judge(subject: str) -> Judge:
    """Whether a note is about this subject."""

    def judge(_candidate: Candidate, note: Fields) -> str | None:
        noted = note.maybe_text("subject")
        return "noted" if noted is not None and folded(noted) == folded(subject) else None

    return judge


def _withheld(_candidate: Candidate, details: Fields) -> str | None:
    """Why a caller had no number to tell."""
    return details.maybe_text("absent")


def _understood(argv: Sequence[str]) -> tuple[Namespace, Office]:
    made = parser(
        "find", "Which recordings are of a number; it is asked for unseen, or comes by standard input."
    )
    why_arguments(made)
    for name, line in NARROWED.items():
        made.add_argument(f"--{name}", dest=f"only_{name}", metavar=DAYS.get(name, name.upper()), help=line)
    kind = made.add_mutually_exclusive_group()
    kind.add_argument("--withheld", action="store_true", help="of callers who had no number to tell")
    kind.add_argument("--subject", action="store_true", help="whom a note is about, instead of a number")
    made.add_argument("--json", action="store_true", help="for a program")
    made.add_argument("words", nargs="*", help=SUPPRESS)
    asked, office = understood(made, argv)
    if asked.words:
        alone = (
            "`find` takes no name or number: what is looked for is typed unseen, or comes by standard input"
        )
        raise Refused("refused.arguments", alone, "callbox office find --purpose P --ref R, then the number")
    return asked, office


def _looked_for(asked: Namespace) -> tuple[bytes, Judge]:
    """What the boxes are told by standard input, and what tells whether a candidate is meant."""
    if asked.withheld:
        return b"", _withheld
    given = given_unseen("Subject" if asked.subject else "Number", LONGEST)
    if asked.subject:
        return given.encode(), subject_judge(given)
    if not is_number(given):
        wrong = "what was given is no telephone number"
        raise Refused("refused.arguments", wrong, "it is written as +44 1632 960123 or 01632 960123")
    return given.encode(), number_judge(given)


def _narrowed(asked: Namespace) -> Iterator[str]:
    """The options that the boxes are asked with besides."""
    for name in NARROWED:
        if value := getattr(asked, f"only_{name}"):
            yield f"--{name}={value}"
    if asked.withheld or asked.subject:
        yield "--withheld" if asked.withheld else "--subject"


def _candidates(box: str) -> Callable[[Fields], list[Candidate]]:
    return lambda answer: [_candidate(box, each) for each in answer.each("candidates")]


def _candidate(box: str, told: Fields) -> Candidate:
    began_ns, rate = told.whole("began_ns"), told.whole("rate") or 1
    noted = "notes" in told.content
    sealed = (
        [told.maybe_data("details")] if not noted else [each.data("sealed") for each in told.each("notes")]
    )
    cells = (
        told.text("id"),
        f"{moment(began_ns)}{'?' if told.text('clock') == 'untrusted' else ''}",
        told.text("line"),
        length(told.whole("samples"), rate),
        told.maybe_text("due") or "none: undated",
        " ".join(told.texts("holds")) or "-",
    )
    return Candidate(
        box=box,
        began_ns=began_ns,
        cells=cells,
        sealed=tuple(filter(None, sealed)),
        access="" if noted else told.text("access"),
        area="" if noted else told.text("area"),
        shut=told.content.get("restricted") is True,
        content={name: told.content[name] for name in TOLD},
    )


def _told(judged: Judged) -> dict[str, object]:
    """A recording that is meant, as a program reads it."""
    return {"box": judged.candidate.box, "how": judged.how, **judged.candidate.content}


def _page(meant: Sequence[Judged], judged: Sequence[Judged], heard: Sequence[Heard]) -> str:
    heads = ("box", "recording", "began", "line", "length", "due", "holds", "how")
    rows = [(each.candidate.box, *each.candidate.cells, str(each.how)) for each in meant]
    parts = [table(heads, rows)] if rows else []
    boxes = sum(each.fault is None for each in heard)
    asked = f"{counted(len(judged), 'candidate')} of {counted(boxes, 'box', 'boxes')}"
    parts.append(
        f"{len(meant)} of {asked} {'is' if len(meant) == 1 else 'are'} meant. Nothing of others was kept."
    )
    shut = sum(each.candidate.shut for each in judged)
    if shut:
        parts.append(f"The use of {shut} is restricted, so that nobody can see here what is meant.")
    closed = sum(each.closed and not each.how for each in judged)
    if closed:
        parts.append(
            f"{counted(closed, 'of them does', 'of them do')} not open with the keys here, and may be meant: ask who has the other key."
        )
    return plain("\n\n".join(parts))
