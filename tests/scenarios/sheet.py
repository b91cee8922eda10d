"""A sheet tells the story of a line in sentences; this reads it, and knows nothing of what plays it.

Rules of a sheet:

1. The first line is its title; `promises:` names the rows of the requirements.
2. `given ...` says how the line and its desks are set up; what is not said is a
   port with a hook sensor, a look-back of 2 seconds and one desk, `front`.
3. `at M:SS ...` says what happens, in order of time; fractions of a second are allowed.
   What *sounds*, *talks*, *rings*, is *keyed* or is *announced* is heard on the line and goes through the sense of
   hearing; all else is told to the machine by hand.
4. `then ...` says what must have come of it, and always what must not be recorded.
5. A sentence that is not in the lists below is refused, with its number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class NotUnderstoodError(ValueError):
    """A sentence that no list knows."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was said: a name for what it means, the words that fill it, and its instant (in seconds) if it has one."""

    means: str
    words: tuple[str, ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole sheet."""

    title: str
    promises: tuple[str, ...]
    given: tuple[Sentence, ...]
    steps: tuple[Sentence, ...]
    then: tuple[Sentence, ...]


TIME = r"(\d+:\d\d(?:\.\d+)?)"

GIVEN = {
    r"the line is an? (port|extension|handset)": "position",
    r"there is no hook sensor": "hookless",
    r"the look-back is (\d+) seconds?": "look-back",
    r"a call that nothing classes is (recorded|withheld)": "unclassified",
    r"an opt-out (stops|discards) the recording": "opt-out",
    r"the notice offers no opt-out": "no opt-out",
    r"the desk has an opt-out button": "own opt-out",
    r"there are two desks, front and back": "two desks",
    r"no recipient is proved yet": "not armed",
    r"the office's extensions are ([0-9x]+)": "extensions",
    r"(\d) leads out of the office": "access",
    r"the area code is (\d+)": "area",
    r"internal calls ring (once|twice) at a time": "internal ring",
    r"the number ([\d ]+) is exempt": "exempt",
    r"keyed digits are blanked": "blank",
}

STEPS = {
    r"the phone is lifted": "lift",
    r"the phone is put down": "replace",
    r"the phone rings": "ring",
    r"the hook is tapped for a recall": "recall",
    rf"somebody speaks until {TIME}": "voice",
    r"the call is told to be (external|internal|exempt)": "class",
    r"a number is dialled": "dial",
    r"the other side answers": "answer",
    r"a (dial|ringing|busy|unobtainable) tone is heard": "tone",
    r"the (front|back) desk (presses|lets go of) (pause|opt-out)": "button",
    r"the cable of the (front|back) desk is (cut|mended)": "cable",
    rf"samples are missing until {TIME}": "missing",
    r"the disk (falls behind|has caught up)": "disk",
    r"a recipient is proved": "arm",
    rf"the line rings (once|twice) at a time until {TIME}": "rings",
    r"the caller is announced as ([\d ]+)": "caller",
    r"the caller is announced as (withheld|unavailable)": "absent",
    rf"an? (dial|ringing|busy|congestion|unobtainable|call waiting) tone sounds until {TIME}": "sounds",
    rf"somebody talks until {TIME}": "talks",
    r"the digits ([\d ]+) are keyed": "keyed",
    r"the line breaks for a moment": "breaks",
    r"the recorder crashes and is back at once": "crash",
}

HEARD = frozenset({"rings", "caller", "absent", "sounds", "talks", "keyed", "breaks"})
"""What such steps mean is heard on the line, where others are told by hand."""

THEN = {
    rf"from {TIME} to {TIME} is recorded": "recorded",
    rf"from {TIME} to {TIME} is not recorded, because (.+)": "withheld",
    r"nothing else is recorded": "nothing else",
    r"nothing is recorded": "nothing",
    r"there (?:is|are) (\d+) recordings?": "count",
    r"the opt-out is refused": "refused",
}


def seconds(text: str) -> float:
    """`1:02.5` is 62.5."""
    minutes, rest = text.split(":")
    return int(minutes) * 60 + float(rest)


def meaning(text: str, known: dict[str, str]) -> Sentence:
    """The one sentence of a list that a text is."""
    for pattern, means in known.items():
        if found := re.fullmatch(pattern, text):
            return Sentence(means, found.groups())
    raise NotUnderstoodError(f"no such sentence: {text!r}")


def _step(text: str) -> Sentence:
    found = re.fullmatch(rf"{TIME}\s+(.+)", text)
    if found is None:
        raise NotUnderstoodError(f"no instant: {text!r}")
    said = meaning(found[2], STEPS)
    return Sentence(said.means, said.words, seconds(found[1]))


KINDS: dict[str, Callable[[str], Sentence]] = {
    "given": lambda text: meaning(text, GIVEN),
    "at": _step,
    "then": lambda text: meaning(text, THEN),
}


def read(text: str) -> Sheet:
    """A sheet from its text; raises NotUnderstoodError with the line's number."""
    title, *lines = text.strip().splitlines()
    said: dict[str, list[Sentence]] = {kind: [] for kind in KINDS}
    promises: tuple[str, ...] = ()
    for number, line in enumerate((each.strip() for each in lines), 2):
        first, _, rest = line.partition(" ")
        if first == "promises:":
            promises = tuple(rest.replace(",", " ").split())
        elif line:
            said[_kind(first, number)].append(_said(first, rest.strip(), number))
    sheet = Sheet(title, promises, tuple(said["given"]), tuple(said["at"]), tuple(said["then"]))
    _refuse_half_a_sheet(sheet)
    return sheet


def _kind(first: str, number: int) -> str:
    if first not in KINDS:
        raise NotUnderstoodError(f"line {number} begins with {first!r}, not with given, at or then")
    return first


def _said(kind: str, text: str, number: int) -> Sentence:
    try:
        return KINDS[kind](text)
    except NotUnderstoodError as error:
        raise NotUnderstoodError(f"line {number}: {error}") from error


def _refuse_half_a_sheet(sheet: Sheet) -> None:
    if not sheet.promises:
        raise NotUnderstoodError("no promises: named")
    if [each.at for each in sheet.steps] != sorted(each.at for each in sheet.steps):
        raise NotUnderstoodError("the steps are not in order of time")
    if not {"nothing", "nothing else"} & {each.means for each in sheet.then}:
        raise NotUnderstoodError("it does not say that nothing (else) is recorded")


def sheets(folder: Path = Path(__file__).parent) -> list[Path]:
    """All sheets of a folder."""
    return sorted(folder.glob("*.txt"))
