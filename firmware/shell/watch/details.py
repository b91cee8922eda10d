"""Everything about the one thing that is chosen, in words, with the command to type next.

1. Nothing is done from here: a command is shown, a person types it.
2. A recording is fetched with a purpose and a case, so its command asks for both.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from firmware.shell import tables
from firmware.shell.calling import as_called
from firmware.shell.watch.marks import legend, letters
from firmware.shell.watch.rows import ago, desks_of, numbered_faults, spell, state
from firmware.showing import counted

Told = Mapping[str, Any]

QUIETEST: Final[Mapping[int, str]] = {-90: " or less"}
"""Where levels end (`firmware.keeper.stands`)."""

WHOLE: Final = 48
"""Letters of a strip as it came."""

LAMPS: Final[Mapping[str | None, str]] = {
    "DARK": "dark: nothing is recorded",
    "UNDECIDED": "slow blink: undecided, in memory only",
    "RECORDING": "round lamp steady: recording",
    "ARMED": "long blink: the next call begins paused",
    "OPTED_OUT": "double blink: the caller opted out",
    "PAUSED": "square lamp steady: paused, nothing is recorded",
    "REMIND": "square lamp steady and buzzer: still paused",
    "REFUSED": "refused: the press did nothing",
    "FAULT": "both alternating: fault, look below",
    None: "not known",
}
"""Every lamp there is, as a desk sees it (`firmware.call.lamp`); a test compares."""


def details(told: Told, table: str, key: str) -> list[str]:
    """Lines of text about a row of a table; one line where it is gone."""
    found = list(DETAILS[table](told, key))
    return found or ["It is not there any more."]


def said(*words: str) -> str:
    """A command as it is typed from where this runs."""
    return as_called(f"    callbox shell {' '.join(words)}")


def _line(told: Told, key: str) -> Iterator[str]:
    for each in told["lines"]:
        if each["name"] == key:
            yield from _about_line(told, each)


def _about_line(told: Told, line: Told) -> Iterator[str]:
    name = line["name"]
    yield f"Line {name}, department {line['department']}"
    yield ""
    yield f"now: {state(line)[0]}"
    if line["off_hook_ns"] is not None:
        yield f"off the hook for {spell(line['off_hook_ns'])}"
    yield f"its lamp: {LAMPS.get(line['lamp'], LAMPS[None])}"
    for each in told["desks"]:
        if name in each["lines"]:
            yield f"desk {each['name']}: {LAMPS.get(each['lamp'], LAMPS[None])}"
    if not desks_of(told, name):
        yield "no desk has this line: nobody can pause it"
    yield f"level {_level(line['level_db'], 'dB')}; {_heard(line)}"
    yield ""
    yield "What became of its time today, and why something is not recorded:"
    yield said("ledger", shlex.quote(name))
    yield "Keep what is heard on it between two times, also what goes on now:"
    when = '--from "YYYY-MM-DD HH:MM" --to "YYYY-MM-DD HH:MM"'
    yield said("hold", "--line", shlex.quote(name), when, "--case C --owner O --reason R")


def _heard(line: Told) -> str:
    return ", ".join(
        f"{what} {_level(line[name], 'dBm0')}"
        for what, name in (("its floor", "floor_dbm0"), ("speech", "speech_dbm0"), ("hum", "hum_dbm0"))
    )


def _level(level: int | None, unit: str) -> str:
    if level is None:
        return "not known"
    return f"{level} {unit}{QUIETEST.get(level, '')}"


def _recording(told: Told, key: str) -> Iterator[str]:
    for each in told["day"]["recordings"]:
        if each["id"] == key:
            yield from _about_recording(told, each)


def _about_recording(told: Told, each: Told) -> Iterator[str]:
    name, rate = each["id"], each["rate"]
    yield f"Recording {name}, line {each['line']}, department {each['department']}"
    yield ""
    doubt = " by a clock that was not to be believed" if each["clock"] == "untrusted" else ""
    yield f"began {tables.moment(each['began_ns'])}{doubt}, way {each['direction']}, {each['class']}"
    withheld = f"{tables.length(each['withheld'], rate)} withheld" if each["withheld"] else "nothing withheld"
    yield f"length {tables.length(each['samples'], rate)}, {withheld}; ended: {each['ended']}"
    if each["strip"]:
        yield letters(each["strip"], WHOLE)
        yield legend([each["strip"]])
    else:
        yield "its lock cannot be read now: its gaps are not drawn"
    yield f"due {each['due']}" if each["due"] else "no due day: it is kept until it gets one"
    if each["holds"]:
        yield f"kept beyond it by hold {', '.join(each['holds'])}"
    if each["erasure_asked"]:
        yield "its erasure was asked for, and comes within hours; this or a hold stops it until then:"
        yield said("keep", name)
    yield ""
    ending = "tar" if each["kind"] == "cut" else "age"
    yield f"Fetch it; the purposes of this office are: {', '.join(told['purposes'])}"
    yield said("get", name, "--purpose", "P", "--ref", "CASE", ">", f"{name}.{ending}")
    yield "Everything that is known about it:"
    yield said("show", name)
    yield "Keep it beyond its day:"
    yield said("hold", name, "--case C --owner O --reason R")


def _hold(told: Told, key: str) -> Iterator[str]:
    for each in told["holds"]:
        if each["id"] == key:
            yield from _about_hold(each)


def _about_hold(each: Told) -> Iterator[str]:
    name = each["id"]
    yield f"Hold {name}: case {each['case']}"
    yield ""
    yield f"owner {each['owner']}; reason: {each['reason']}"
    where = f" heard on line {each['line']}" if each["line"] else ""
    yield f"keeps {counted(each['recordings'], 'recording')}{where}; made {each['made']}, review {each['review']}"
    if each["restricted"]:
        yield "restricted: what it keeps is not handed out"
    if each["released"]:
        yield "released: what is past its day goes with the next run"
    for duty in each["owed"]:
        late = "OVERDUE" if duty["overdue"] else "owed"
        yield f"{late}: {duty['what']} by {duty['by']}"
        yield said(*DUTIES.get(duty["what"], ("holds",))).replace("HOLD", name)
    if not each["released"]:
        yield "When it is needed no more:"
        yield said("release", name, "--reason R")


DUTIES: Final[Mapping[str, tuple[str, ...]]] = {
    "tell the person concerned": ("told", "HOLD", "--how T"),
    "confirm a copy": ("copied", "HOLD", "--where P"),
    "review the hold": ("review", "HOLD", "--on YYYY-MM-DD --reason R"),
}
"""What is typed for each duty (`firmware.retention.hold`); a test compares."""


def _fault(told: Told, key: str) -> Iterator[str]:
    for name, each in numbered_faults(told):
        if name == key:
            since = each["since_wall_ns"]
            yield f"{each['message']} [{each['code']}]"
            yield ""
            if since is not None:
                yield f"since {tables.moment(since)}, {ago(told['now_ns'] - since)} ago"
            yield f"told by the {each['by']}"
            if known := each.get("acknowledged"):
                yield f"acknowledged by {known['person']} until {known['until']}: {known['reason']}"
            yield ""
            yield f"next: {as_called(each['hint'])}"


DETAILS: Final[Mapping[str, Callable[[Told, str], Iterator[str]]]] = {
    "lines": _line,
    "recordings": _recording,
    "holds": _hold,
    "faults": _fault,
}
