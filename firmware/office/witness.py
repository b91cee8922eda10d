"""`callbox office witness`: the daily run on the controller's PC that keeps, proves and cosigns what each box shows.

1. Boxes are visited at the same time; one that does not answer hinders no other.
2. What a run found of a box stands in the report of the day, synced, before it is remembered as told; then it comes on the
   terminal. Whatever ends a run in between, something is told twice, and nothing is never told.
3. The exit status is 0 where every box was visited, cosigned, and told nothing that is not so; a log that is not what
   it was comes first.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

from firmware.audit.cosigning import Cosigner
from firmware.clock import SECOND, london_date
from firmware.faults import Fault, LogFault, Refused
from firmware.office import witness_days
from firmware.office.asked import parser, understood
from firmware.office.boxes import Office, OfficeBox
from firmware.office.remote import Remote
from firmware.office.witness_folder import FOLDER, Kept, State
from firmware.office.witness_key import FILE, load
from firmware.office.witness_schedule import plan
from firmware.office.witness_story import Part, moment, parts
from firmware.office.witness_told import Teller
from firmware.office.witness_visit import Visit, Visitor, moment_of
from firmware.office.witness_visit import understood as answers
from firmware.showing import counted

AT_ONCE: Final = 8
"""Boxes that are visited together; our choice: an office has a few."""

PATIENCE_S: Final = 180.0
"""Our choice: entries of half a year over a slow line take a minute."""

DAY: Final = timedelta(days=1)
USUAL: Final = "07:30"
"""When the run is scheduled where nobody says; our choice: before the office opens."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run says of one box, and the faults that stood in its way."""

    box: str
    parts: tuple[Part, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the folder, the key, the time as this PC has it, and how long one answer of a box may take."""

    kept: Kept
    cosigner: Cosigner
    clock: Callable[[], int]
    batch: bool
    patience_s: float = PATIENCE_S
    alone: Lock = field(default_factory=Lock, repr=False)

    def outcome(self, box: OfficeBox) -> Outcome:
        """Everything about one box, reached as its settings say."""
        return self.visited(Remote(box, batch=self.batch, patience_s=self.patience_s))

    def visited(self, remote: Remote) -> Outcome:
        """The same; a fault ends what follows from it, never the run."""
        found, told = self._found(remote)
        try:
            self.report(_section(found))
            if told is not None:
                self.kept.keep(found.box, told)
        except Fault as fault:
            return replace(found, faults=(*found.faults, fault))
        return found

    def report(self, lines: Iterable[str]) -> Path:
        """Add lines to the report of the day; durable on return."""
        with self.alone:
            day = _day(self.clock()).isoformat()
            return self.kept.report(day, "".join(f"{line}\n" for line in lines))

    def _found(self, remote: Remote) -> tuple[Outcome, State | None]:
        """What is so, and what is to be remembered once that was told: nothing where a fault kept it from being whole."""
        box, told = remote.box, None
        try:
            visit = Visitor(remote, self.kept, self.cosigner, self.clock).visit()
        except Fault as fault:
            return Outcome(box.name, (), (fault,)), None
        found: list[Part] = [Part("Audit log", tuple(_log(visit, self.clock())))]
        faults = [visit.fault] if visit.fault else []
        try:
            with answers(box.name):
                more, told = self._told(remote, visit)
                found += more
        except Fault as fault:
            faults.append(fault)
        return Outcome(box.name, tuple(found), tuple(faults)), told

    def _told(self, remote: Remote, visit: Visit) -> tuple[list[Part], State]:
        """What happened since it was told last, held against the log, and what is remembered of that."""
        now_s, state = self.clock(), visit.now
        teller = Teller(remote, state.known.checkpoint)
        entries, told, missing = teller.entries(state.told)
        changes = list(teller.changes(state.digests, entries, whole=missing is None))
        story = list(parts(entries)) if state.told is not None and missing is None else []
        found = [Part("NOT TOLD", (missing,))] if missing is not None else []
        today = london_date(now_s * SECOND)
        since = london_date(state.told_s * SECOND) if state.told_s else today - DAY
        days = witness_days.told(remote, since, now_s, today)
        return [*found, *changes, *story, *days], replace(
            state, told=told, told_s=now_s, digests=teller.digests
        )


def main(argv: Sequence[str]) -> int:
    """Visit the boxes that are named, or all; or write the schedule of such a run."""
    made = parser(
        "witness", "Keep, prove and cosign what each box shows of its audit log, and tell what happened."
    )
    made.add_argument("boxes", nargs="*", metavar="BOX", help="which boxes; all where none is named")
    made.add_argument(
        "--schedule", nargs="?", const=USUAL, metavar="HH:MM", help=f"print the job of a daily run ({USUAL})"
    )
    made.add_argument(
        "--install", action="store_true", help="with --schedule: put it in place (Linux with systemd)"
    )
    made.add_argument(
        "--anew", action="store_true", help="set aside what was kept of the one box that is named"
    )
    asked, office = understood(made, argv)
    if asked.schedule is not None:
        return plan(office, asked.schedule, install=asked.install)
    cosigner, kept = load(office.folder / FILE), Kept(office.folder / FOLDER)
    boxes = _boxes(office, [*asked.boxes, *([asked.box] if asked.box else [])])
    with kept.alone():
        if asked.anew:
            _begin_anew(kept, boxes)
        return run(boxes, Run(kept, cosigner, lambda: int(time.time()), not sys.stdin.isatty()))


def run(boxes: Sequence[OfficeBox], one: Run) -> int:
    """The run itself; its exit status (rule 3)."""
    began = f"Witness, {moment(one.clock() * SECOND)} by the clock of this PC"
    faults: list[Fault] = []
    with _noted(faults):
        one.report([began])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(one.outcome, boxes))
    faults += [fault for each in outcomes for fault in each.faults]
    shown = [began, *(line for each in outcomes for line in _section(each)), *_end(outcomes)]
    with _noted(faults):
        shown.append(f"This stands in {one.report([*_end(outcomes), ''])}.")
    with _noted(faults):
        _show(shown)
    worst = [fault.exit_status for fault in faults if isinstance(fault, LogFault)]
    return next(iter([*worst, *(fault.exit_status for fault in faults)]), 0)


@contextmanager
def _noted(faults: list[Fault]) -> Iterator[None]:
    """A disk that refuses is told, and keeps nothing else from being told."""
    try:
        yield
    except Fault as fault:
        print(f"callbox: {fault}", file=sys.stderr)
        faults.append(fault)


def _show(lines: Iterable[str]) -> None:
    """A terminal that lacks a letter shows a question mark for it; a file on a full disk is a fault."""
    encoding = sys.stdout.encoding or "utf-8"
    text = "".join(f"{line}\n" for line in lines)
    try:
        print(text.encode(encoding, "replace").decode(encoding), end="", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        lost = f"what this prints cannot be written where it should go: {error.strerror}"
        raise Refused(
            "refused.file", lost, "it stands in the report of the day, beside office.toml"
        ) from error


def _boxes(office: Office, names: Sequence[str]) -> list[OfficeBox]:
    if not names:
        return list(office.some(None))
    return [office.box(name) for name in dict.fromkeys(names)]


def _begin_anew(kept: Kept, boxes: Sequence[OfficeBox]) -> None:
    """A person decided that a box is another one now; what was kept of it stays as evidence."""
    if len(boxes) != 1:
        raise Refused(
            "refused.arguments", "--anew takes one box", "name it: callbox office witness --anew BOX"
        )
    aside = kept.begin_anew(boxes[0].name, moment_of(int(time.time())))
    if aside is not None:
        print(f"What was kept of {boxes[0].name} lies in {aside} now; this visit counts as the first.")


def _section(of: Outcome) -> Iterator[str]:
    """What a run says of one box."""
    yield from ("", f"== {of.box}")
    for fault in of.faults:
        yield f"  !! {fault.message} [{fault.code}]"
        yield f"     next: {fault.hint}"
    for part in of.parts:
        yield from _part(part)


def _end(found: Sequence[Outcome]) -> Iterator[str]:
    """The last line of a run."""
    bad = [each.box for each in found if each.faults]
    yield ""
    yield (
        f"SOMEBODY IS NEEDED: {', '.join(bad)}."
        if bad
        else f"{counted(len(found), 'box was', 'boxes were')} visited and cosigned."
    )


def _part(part: Part) -> Iterator[str]:
    """Nothing where there is nothing to say."""
    if part.lines:
        yield f"  {part.heading}"
        yield from (f"    {line}" for line in part.lines)


def _log(visit: Visit, now_s: int) -> Iterator[str]:
    """What became of the checkpoint."""
    size, before = visit.now.known.checkpoint.size, visit.before
    if before is None:
        yield f"it was seen for the first time: {size} entries, key {visit.now.known.key.text()}"
        yield "compare that key with the one that the box prints at its console: callbox shell checkpoint --json"
    else:
        more = size - before.known.checkpoint.size
        yield f"it goes on: {size} entries, {more} more than {_since(before)}"
    yield "it was not cosigned" if visit.fault else f"it was cosigned as of {moment(visit.now.at_s * SECOND)}"
    missed = _missed(before, now_s)
    if missed > 0:
        yield f"{counted(missed, 'day was', 'days were')} missed before this run"


def _since(before: State) -> str:
    return f"on {moment(before.at_s * SECOND)}" if before.at_s else "at the first visit"


def _missed(before: State | None, now_s: int) -> int:
    """Whole days between the last run that cosigned and this one."""
    if before is None or not before.at_s:
        return 0
    days: timedelta = _day(now_s) - _day(before.at_s)
    return days.days - 1


def _day(at_s: int) -> date:
    return london_date(at_s * SECOND)
