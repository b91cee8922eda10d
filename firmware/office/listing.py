"""Several boxes side by side: one table with a column for the box; one that does not answer hinders no other."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore, Thread
from typing import Any, Final

from firmware.clock import SECOND
from firmware.faults import Fault
from firmware.office.asked import parser, understood
from firmware.office.boxes import OfficeBox
from firmware.office.open_faults import fault_of_box
from firmware.office.remote import Remote
from firmware.office.texts import plain
from firmware.showing import length, moment, table
from firmware.vault.reading import Fields

AT_ONCE: Final = 8
"""Boxes that are asked together; our choice: an office has a few."""

PATIENCE_S: Final = 120.0
"""How long one answer may take; our choice: a passphrase is typed meanwhile."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one box answered, or the fault that came instead."""

    box: OfficeBox
    answer: Any
    fault: Fault | None = None


def ask_each(boxes: Sequence[OfficeBox], ask: Callable[[Remote], Any]) -> list[Heard]:
    """Every box asked at the same time, in the order of the settings; Ctrl-C ends it, whoever is waited for."""
    found: dict[int, Heard] = {}
    places = BoundedSemaphore(AT_ONCE)

    def hear(at: int, box: OfficeBox) -> None:
        with places:
            try:
                found[at] = Heard(box, ask(Remote(box, patience_s=PATIENCE_S)))
            except Fault as fault:
                found[at] = Heard(box, None, fault)

    threads = [Thread(target=hear, args=each, daemon=True) for each in enumerate(boxes)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [found[at] for at in range(len(boxes))]


def recordings(argv: Sequence[str]) -> int:
    """`list`."""
    made = parser("list", "The recordings of every box, the newest first.")
    made.add_argument("--line", help="of one line")
    made.add_argument("--on", metavar="YYYY-MM-DD", help="of one day")
    made.add_argument("--limit", help="at most so many a box")
    made.add_argument("--json", action="store_true", help="for a program")
    asked, office = understood(made, argv)
    given = [f"--{name}={value}" for name in ("line", "on", "limit") if (value := getattr(asked, name))]
    heard = ask_each(office.some(asked.box), lambda remote: remote.known(_recordings, "list", *given))
    found = sorted(
        ((each.box.name, row) for each in heard for row in each.answer or ()),
        key=lambda pair: -pair[1].began_ns,
    )
    if asked.json:
        _print_json([{"box": box, **row.content} for box, row in found])
    elif found:
        heads = ("box", "recording", "began", "line", "way", "length", "kind", "due")
        print(plain(table(heads, [(box, *row.cells) for box, row in found])))
    elif not any(each.fault for each in heard):
        print("There is no recording to list.")
    return say_absent(heard)


def status(argv: Sequence[str]) -> int:
    """`status`."""
    made = parser("status", "How every box stands, and its open faults.")
    made.add_argument("--json", action="store_true", help="for a program")
    asked, office = understood(made, argv)
    heard = ask_each(office.some(asked.box), _asked_to_stand)
    answers = [each for each in heard if each.fault is None]
    if asked.json:
        _print_json({each.box.name: each.answer.content for each in answers})
    elif answers:
        heads = ("box", "recordings", "clock", "audit entries", "open faults")
        print(plain(table(heads, [(each.box.name, *each.answer.cells) for each in answers])))
        print(
            plain("".join(f"\n{each.box.name}: {told}\n" for each in answers for told in each.answer.faults))
        )
    return say_absent(heard)


def _asked_to_stand(remote: Remote) -> "_Row":
    return remote.known(lambda answer: _standing(remote.box, answer), "status")


def say_absent(heard: Sequence[Heard]) -> int:
    """Each fault that came instead of an answer, and the exit status of the first."""
    silent = [(each.box, each.fault) for each in heard if each.fault]
    for box, fault in silent:
        print(box.told(fault), file=sys.stderr)
    return silent[0][1].exit_status if silent else 0


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a table, and what it was made of."""

    content: Mapping[str, Any]
    cells: tuple[str, ...]
    began_ns: int = 0
    faults: tuple[str, ...] = ()


def _recordings(answer: Fields) -> list[_Row]:
    return [_recording(each) for each in answer.each("answer")]


def _recording(row: Fields) -> _Row:
    began_ns, rate = row.whole("began_ns"), row.whole("rate") or 1
    began = f"{moment(began_ns)}{'?' if row.text('clock') == 'untrusted' else ''}"
    spoken = length(row.whole("samples"), rate)
    due = row.maybe_text("due") or "none: undated"
    cells = (row.text("id"), began, row.text("line"), row.text("direction"), spoken, row.text("kind"), due)
    return _Row(row.content, cells, began_ns)


def _standing(box: OfficeBox, answer: Fields) -> _Row:
    now_s = answer.whole("now_ns") // SECOND
    faults = tuple(fault_of_box(box, each, now_s) for each in answer.each("alarms"))
    counts = (str(answer.whole("recordings")), answer.text("clock"), str(answer.whole("entries")))
    return _Row(answer.content, (*counts, str(len(faults))), faults=faults)


def _print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=True))
