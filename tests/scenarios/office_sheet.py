"""A sheet of an office tells days, months and years of it in dated sentences; this reads it, and knows nothing of what plays it.

Rules of a sheet:

1. The first line is its title; `office:` names the example of config/ that it is played on, and `promises:`
   the rows of the requirements that it shows.
2. `on 2026-01-30 at 10:00 ...` says what happens, or what is so at that moment, in order of time, in London.
   Without a time it is noon.
3. `then by 2026-06-04 ...` says what is so at the end of that day; `then ...` what is so at that same moment.
4. `that recording` is the one of the last call; a call may give its recording a letter, as in `(recording A)`.
5. A sentence that is not in the lists below is refused, with its number.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from firmware.clock import LONDON
from tests.scenarios.sheet import NotUnderstoodError, Sentence, meaning

FOLDER = Path(__file__).parent / "office"

LENGTH = r"(\d+:\d\d)"
LINE = r"([a-z0-9-]+)"
RECORDING = r"(that recording|recording [A-Z])"
NAMED = r"(?: \(recording ([A-Z])\))?"
CASE = r"([A-Za-z0-9-]+)"
CLOCK = r"(\d\d:\d\d(?::\d\d)?)"
DAY = r"(\d{4}-\d\d-\d\d)"
MOMENT = rf"{DAY} at {CLOCK}"

STEPS = {
    rf"a caller rings {LINE} and talks for {LENGTH}{NAMED}": "call",
    rf"(\d+) (?:more )?callers ring {LINE}": "callers",
    rf"a caller rings {LINE}, objects after {LENGTH} and talks on until {LENGTH}{NAMED}": "objects",
    rf"a caller rings {LINE}, gives card details from {LENGTH} to {LENGTH} and talks until {LENGTH}{NAMED}": "pays",
    rf"a caller rings {LINE} and goes on talking": "begins",
    rf"the caller rings off{NAMED}": "ends",
    rf"IT fetches {RECORDING} for (.+), reference {CASE}": "fetch",
    rf"IT fetches {RECORDING} for (.+), reference {CASE}, because (.+)": "fetch because",
    r"IT confirms that its copy is destroyed": "copy gone",
    rf"IT notes that {RECORDING} is about (.+), case {CASE}": "note",
    r"IT looks at the screen and the list": "look",
    r"the holder of the office's key leaves, and another comes": "leaver",
    r"IT seals anew what was recorded": "anew",
    rf"IT holds {RECORDING} for case {CASE}, owner (.+), review {DAY}": "hold",
    rf"IT restricts {RECORDING} for case {CASE}, owner (.+), review {DAY}": "restrict",
    rf"IT holds what is said on {LINE} from {CLOCK} to {CLOCK} for case {CASE}, owner (.+), review {DAY}": "window",
    r"the caller is told of the hold (.+)": "told",
    r"nobody is told of the hold, because (.+)": "told",
    r"a copy for the hold is (.+)": "copied",
    rf"the hold is still needed and is looked at again on {DAY}": "review",
    r"the hold is released, because (.+)": "release",
    rf"IT is asked to erase {RECORDING}, by (.+)": "erase",
    rf"the request to erase {RECORDING} is taken back": "keep",
    r"the period of (.+) is changed from (P\w+) to (P\w+)": "period",
    r"the clock is (no longer )?to be believed": "clock",
    r"the box is switched off and on again": "restart",
}
"""What can happen."""

CHECKS = {
    rf"{RECORDING} falls due on {DAY}": "due",
    rf"{RECORDING} has no due day": "undated",
    rf"{RECORDING} is there": "there",
    rf"{RECORDING} can be opened, and is {LENGTH} long": "opens",
    rf"{RECORDING} says that it may be kept, for callers by (.+) and for staff by (.+)": "basis",
    rf"{RECORDING} has nothing from {LENGTH} to {LENGTH}, because (.+)": "gap",
    rf"{RECORDING} is kept under the version of {DAY}": "version",
    r"nothing has been destroyed": "nothing destroyed",
    rf"{RECORDING} is destroyed": "destroyed",
    rf"nothing on the disk opens {RECORDING}": "nothing opens",
    rf"the list does not show {RECORDING}": "not listed",
    rf"nothing but a name is left of {RECORDING}": "nothing left",
    rf"the certificate of {RECORDING} verifies": "certificate",
    rf"the certificate of {RECORDING} says why: (.+)": "because",
    rf"the certificate of {RECORDING} names what destroyed it: (.+)": "method",
    rf"the certificate of {RECORDING} names (\d+) cop(?:y|ies) that nobody confirmed destroyed": "copies",
    r"the hold still owes: (.+)": "owes",
    r"the hold owes nothing": "owes nothing",
    r"the hold is overdue": "overdue",
    rf"the hold has {RECORDING}": "caught",
    r"the hold does not have that recording": "not caught",
    r"the letter about the hold names (.+)": "letter",
    rf"IT may not fetch {RECORDING}: (.+)": "not fetched",
    rf"IT may not erase {RECORDING}: (.+)": "not erased",
    rf"IT may not fetch {RECORDING} for (.+), with reference {CASE}: (.+)": "not for",
    rf"IT may not fetch {RECORDING} for (.+) without a reference": "no reference",
    rf"the life of {RECORDING} tells: (.+)": "life",
    r"the controller is told: (.+)": "audited",
    rf"a search for case {CASE} finds {RECORDING}": "by case",
    rf"a search for the name (.+) finds {RECORDING}": "by name",
    r"nothing on the disk tells the words: (.+)": "no words",
    r"the screen has a level of the call, and no sound": "no sound",
    rf"the leaver's key opens {RECORDING}": "leaver opens",
    rf"the leaver's key does not open {RECORDING}": "leaver opens not",
    rf"the newcomer's key opens {RECORDING}": "newcomer opens",
    r"there (?:is|are) (\d+) recordings?": "count",
    rf"asked why nothing of {LINE} was recorded on {MOMENT}, the box says: (.+)": "why",
    rf"every second that {LINE} was off the hook is accounted for": "accounted",
    rf"the statistics of {DAY} tell of (\d+) calls of {LINE}": "counted",
    rf"the statistics of {DAY} tell nothing of {LINE}": "not counted",
    r"the statistics name nobody": "nobody",
    r"nothing on the disk tells what was said, or by whom": "sealed",
    r"the office's settings keep it in ([A-Z]{2})": "country",
    r"the box is at fault: (.+)": "fault",
    r"the box is not at fault: (.+)": "no fault",
}
"""What can be so."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of a sheet: its number, what it means, and its moment, `None` where it is that of the one before."""

    number: int
    sentence: Sentence
    at: datetime | None


@dataclass(frozen=True, slots=True)
class OfficeSheet:
    """A whole sheet."""

    title: str
    office: str
    promises: tuple[str, ...]
    said: tuple[Said, ...]


ON = re.compile(rf"on {DAY}(?: at {CLOCK})? (.+)")
THEN = re.compile(rf"then (?:by {DAY} )?(.+)")
NOON, NIGHT = time(12, 0), time(23, 45)
"""The moment of a sentence without a time, and of one that says `by` a day."""


def moment(day: str, clock: str) -> datetime:
    """The instant of a date and a time in London; the first of the two where the clocks go back."""
    try:
        return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=LONDON)
    except ValueError as error:
        raise NotUnderstoodError(f"no such moment: {day} {clock}") from error


def seconds(length: str) -> int:
    """`1:20` is 80."""
    minutes, rest = length.split(":")
    return int(minutes) * 60 + int(rest)


def read(text: str) -> OfficeSheet:
    """A sheet from its text; raises NotUnderstoodError with the line's number."""
    title, *lines = text.strip().splitlines()
    heads: dict[str, str] = {}
    said: list[Said] = []
    for number, line in enumerate((each.strip() for each in lines), 2):
        if head := re.fullmatch(r"(office|promises): (.+)", line):
            heads[head[1]] = head[2]
        elif line:
            said.append(_said(number, line))
    _refuse_half_a_sheet(heads, said)
    return OfficeSheet(
        title, heads["office"], tuple(heads["promises"].replace(",", " ").split()), tuple(said)
    )


def _said(number: int, line: str) -> Said:
    try:
        return _understood(number, line)
    except NotUnderstoodError as error:
        raise NotUnderstoodError(f"line {number}: {error}") from error


def _understood(number: int, line: str) -> Said:
    if on := ON.fullmatch(line):
        at = moment(on[1], on[2] or NOON.isoformat("minutes"))
        return Said(number, meaning(on[3], STEPS | CHECKS), at)
    if then := THEN.fullmatch(line):
        at = moment(then[1], NIGHT.isoformat("minutes")) if then[1] else None
        return Said(number, meaning(then[2], CHECKS), at)
    raise NotUnderstoodError(f"it begins neither with a date nor with then: {line!r}")


def _refuse_half_a_sheet(heads: dict[str, str], said: list[Said]) -> None:
    for head in ("office", "promises"):
        if head not in heads:
            raise NotUnderstoodError(f"no {head}: named")
    if not said or said[0].at is None:
        raise NotUnderstoodError("it does not begin with a date")
    if not any(each.sentence.means in CHECKS.values() for each in said):
        raise NotUnderstoodError("it says nothing that must be so")
    _refuse_time_backwards(said)


def _refuse_time_backwards(said: Iterable[Said]) -> None:
    before: datetime | None = None
    for each in (each for each in said if each.at):
        if before and each.at and each.at.timestamp() < before.timestamp():
            raise NotUnderstoodError(f"line {each.number}: it lies before the sentence above")
        before = each.at


def office_sheets(folder: Path = FOLDER) -> list[Path]:
    """All sheets of the offices."""
    return sorted(folder.glob("*.txt"))
