"""How the days went at one box, in sentences: the lines, what is owed, what will be destroyed, open faults, the clock.

It is what the box says of itself today: unlike its log, nobody signed it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from firmware.call.events import Reason
from firmware.clock import SECOND
from firmware.office.boxes import OfficeBox
from firmware.office.open_faults import fault_of_box
from firmware.office.remote import Remote
from firmware.office.witness_story import Part, moment, word
from firmware.office.witness_visit import objects
from firmware.showing import counted, length
from firmware.vault.reading import Fields, UnreadableError

DAY: Final = timedelta(days=1)

APART_S: Final = 300
"""How far two clocks may differ before one of them is wrong: as long as the box itself allows a witness."""

LOST: Final = "lost"

MOST_FAULTS: Final = 40
"""Our choice: more is one fault with many faces."""


def told(remote: Remote, since: date, now_s: int, today: date) -> Iterator[Part]:
    """Everything that the box says of its days from one on up to yesterday, and of itself now."""
    name = remote.box.name
    asked = ("--from", since.isoformat(), "--to", (today - DAY).isoformat())
    days = Fields(name, objects(remote.json("days", *asked)))
    yield from _lines(days)
    yield Part("Owed for holds", tuple(map(_owed, days.each("owed"))))
    yield Part("Copies handed out", tuple(_copies(days.inner("copies"))))
    yield Part("Will be destroyed within 14 days", tuple(_due(days.each("due"))))
    status = Fields(name, objects(remote.json("status")))
    yield Part("Open faults", tuple(_faults(remote.box, status, now_s)) or ("no fault is open",))
    if clock := tuple(_clock(days, now_s)):
        yield Part("CLOCKS DIFFER", clock)


def _lines(days: Fields) -> Iterator[Part]:
    first, last = word(days, "from"), word(days, "to")
    if first > last:
        yield Part("Lines", ("no day has ended since the last run",))
        return
    heading = f"Lines on {last}" if first == last else f"Lines from {first} to {last}"
    found = sorted({(each.text("line"), each.text("department")) for each in days.each("lines")})
    told = [_line(days.each("lines"), *each) for each in found] or ["no time off the hook was entered"]
    yield Part(heading, (*told, *_accounted(days.each("lines"))))


def _accounted(days: Sequence[Fields]) -> Iterator[str]:
    """What part of the time off the hook is not lost, rounded down; lines without a sensor cannot tell it."""
    sums = [_sums([each]) for each in days if each.content.get("hook") is True]
    whole = sum(sum(each.values()) for each in sums)
    lost = sum(seconds for each in sums for reason, seconds in each.items() if reason.startswith(LOST))
    if whole:
        part = (whole - lost) * 10_000 // whole
        yield f"accounted for: {part // 100}.{part % 100:02} % of the {length(whole)} off the hook, {length(lost)} lost"


def _sums(days: Sequence[Fields]) -> dict[str, int]:
    """Seconds by reason."""
    sums: dict[str, int] = {}
    for each in days:
        reasons = each.inner("reasons")
        for reason in reasons.content:
            sums[reason] = sums.get(reason, 0) + _seconds(reasons, reason)
    return sums


def _line(days: Sequence[Fields], line: str, department: str) -> str:
    """The days of one line together: calls, recorded, withheld, lost, and each reason."""
    mine = [each for each in days if (each.text("line"), each.text("department")) == (line, department)]
    sums, calls = _sums(mine), sum(each.whole("calls") for each in mine)
    recorded = sums.pop(Reason.RECORDED, 0)
    lost = sum(count for reason, count in sums.items() if reason.startswith(LOST))
    withheld = sum(sums.values()) - lost
    why = ", ".join(f"{_word(each)} {length(sums[each])}" for each in sorted(sums))
    hook = "" if all(each.content.get("hook") is True for each in mine) else " (detected: no hook sensor)"
    parts = (
        f"recorded {length(recorded)}",
        f"withheld {length(withheld)}",
        f"LOST {length(lost)}" if lost else "",
    )
    said = ", ".join(each for each in parts if each)
    named = f"{_word(line)} ({_word(department)})"
    return f"{named}: {calls} calls{hook}, {said}{f': {why}' if why else ''}"


def _seconds(reasons: Fields, reason: str) -> int:
    """The first of the two numbers that stand for a reason."""
    pair = reasons.content[reason]
    if not isinstance(pair, list) or not pair:
        raise UnreadableError("the totals of a line are no numbers")
    return Fields("totals", {"seconds": pair[0]}).whole("seconds")


def _owed(duty: Fields) -> str:
    late = "OVERDUE: " if duty.content.get("overdue") is True else ""
    return f"{late}hold {word(duty, 'hold')}: {word(duty, 'what')} by {word(duty, 'by')}"


def _copies(copies: Fields) -> Iterator[str]:
    out, gone = copies.whole("out"), copies.whole("of_destroyed")
    if out:
        rest = f"; {gone} of them of recordings that the box destroyed" if gone else ""
        yield f"{counted(out, 'copy is', 'copies are')} not confirmed destroyed{rest}"


def _due(groups: Sequence[Fields]) -> Iterator[str]:
    for each in sorted(groups, key=lambda each: (each.text("on"), each.text("department"))):
        held = each.whole("held")
        count = each.whole("recordings") - held
        early = (
            ", earlier than their day: the period was shortened"
            if each.content.get("earlier") is True
            else ""
        )
        kept = f"; {counted(held, 'held stays', 'held stay')}" if held else ""
        named = f"{word(each, 'department')}: {counted(count, 'recording')}"
        yield f"{word(each, 'on')}  {named}{early}{kept}"


def _faults(box: OfficeBox, status: Fields, now_s: int) -> Iterator[str]:
    """Those of the box; what somebody acknowledged is said to be."""
    for each in status.each("alarms")[:MOST_FAULTS]:
        yield fault_of_box(box, each, now_s)


def _clock(days: Fields, now_s: int) -> Iterator[str]:
    """Whether box and PC show the same time; a cosignature carries that of the PC."""
    box_s = days.whole("now_ns") // SECOND
    if abs(box_s - now_s) > APART_S:
        yield f"the box shows {moment(box_s * SECOND)}, this PC {moment(now_s * SECOND)}: one of them is wrong"
        yield "until they agree the box may believe no clock, and destroys nothing then"


def _word(text: str) -> str:
    return word(Fields("", {"": text}), "")
