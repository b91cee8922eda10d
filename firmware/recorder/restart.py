"""A restart forgets nothing it promised: notes are taken up, and the time in between is accounted for.

A note is relied on when it is from this boot and no older than 10 s: in a longer
absence a phone may have been hung up and lifted again. A line found off hook
without such a note is withheld in doubt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from firmware.call.desk import Arming
from firmware.call.events import Reason
from firmware.call.rules import Note
from firmware.clock import Stamp
from firmware.recorder.coverage import Row
from firmware.recorder.desks import DeskWork
from firmware.recorder.notes import Before, LineState
from firmware.recorder.pool import POOL_SECONDS, Pool, Stretch
from firmware.sealing.recovery import Cut

RELIED_ON_NS = 10_000_000_000


def note_of(before: Before | None, line: str, now: Stamp, *, exempt: bool = False) -> Note | None:
    """The note that may be relied on, if there is one; `exempt` where some numbers are.

    A number of which a beginning was dialled before cannot be known any more: it may be an exempt one.
    """
    if before is None or before.boot_id != now.boot_id:
        return None
    if not 0 <= now.boottime_ns - before.boottime_ns <= RELIED_ON_NS:
        return None
    state = before.lines.get(line)
    if state is None or not (exempt and state.note.unsure):
        return state.note if state else None
    return replace(state.note, doubt=True)


def rearm(desks: Sequence[DeskWork], before: Before, now: Stamp, monotonic_ns: int) -> None:
    """What a desk was armed for stands as long as it would have."""
    for desk in desks:
        arming = before.armed.get(desk.name)
        if arming and before.boot_id == now.boot_id:
            desk.rearm(Arming(arming.at - now.boottime_ns + monotonic_ns, arming.opt_out))


def absence(before: Before, line: str, cuts: Sequence[Cut], now: Stamp) -> Iterator[Row]:
    """What became of a line's time off the hook from its last row in the spool until now.

    What the live log still held was recorded; what was withheld was withheld up
    to the last note; the rest is lost, and why is said. Earlier stretches off the hook that
    were not all accounted for come first. What was keyed is pooled, as it is without a restart.
    """
    pool = Pool(POOL_SECONDS * 1_000_000_000)
    stretches = [
        Stretch(row.began.boottime_ns, row.ends_ns, row.call, row.reason)
        for row in _absence(before, line, cuts, now)
    ]
    for each in [*(row for stretch in stretches for row in pool.take(stretch)), *pool.end()]:
        began = _stamp(each.at, now)
        yield Row(line, each.call, each.reason, began, each.until - each.at)


def _absence(before: Before, line: str, cuts: Sequence[Cut], now: Stamp) -> Iterator[Row]:
    state = before.lines.get(line)
    if state is None or before.boot_id != now.boot_id:
        return
    rows = list(_recorded(line, cuts))
    at = state.accounted_ns
    for since, until in state.earlier:
        found = _stretch(state, [row for row in rows if row.began.boottime_ns < until], max(at, since), now)
        yield from found
        at = max(at, since, *(row.ends_ns for row in found))
        yield from _lost(state, line, at, until, now)
        at = max(at, until)
    found = _stretch(state, [row for row in rows if row.ends_ns > at], max(at, state.since_ns), now)
    yield from found
    at = max(at, state.since_ns, *(row.ends_ns for row in found))
    if state.reason not in {None, Reason.RECORDED} and before.boottime_ns > at:
        yield _row(state, line, str(state.reason), at, before.boottime_ns, now)
        at = before.boottime_ns
    yield from _lost(state, line, at, now.boottime_ns if state.off_hook else state.until_ns, now)


def _stretch(state: LineState, rows: Sequence[Row], at: int, now: Stamp) -> list[Row]:
    """The recorded rows from an instant on, and what is lost between them."""
    found: list[Row] = []
    for row in rows:
        found += _lost(state, row.line, at, row.began.boottime_ns, now)
        if row.ends_ns > at:
            found.append(_from(row, at, now))
        at = max(at, row.ends_ns)
    return found


def _lost(state: LineState, line: str, start: int, stop: int, now: Stamp) -> list[Row]:
    return [_row(state, line, str(Reason.LOST_RESTARTED), start, stop, now)] if stop > start else []


def _recorded(line: str, cuts: Sequence[Cut]) -> Iterator[Row]:
    """The rows of what the live log held of a line, gaps apart."""
    for cut in sorted(cuts, key=lambda each: each.opening.facts.began.boottime_ns):
        facts = cut.opening.facts
        if facts.line != line:
            continue
        edges = [(gap.start, gap.stop, gap.reason) for gap in cut.gaps]
        at = 0
        for start, stop, reason in [*edges, (cut.samples, cut.samples, "")]:
            if start > at:
                yield _piece(cut, at, start, str(Reason.RECORDED))
            if stop > start:
                yield _piece(cut, start, stop, reason)
            at = max(at, stop)


def _piece(cut: Cut, start: int, stop: int, reason: str) -> Row:
    facts = cut.opening.facts
    shift = start * 1_000_000_000 // facts.rate
    began = facts.began
    stamp = Stamp(began.wall_ns + shift, began.boottime_ns + shift, began.boot_id, began.state)
    return Row(facts.line, facts.call, reason, stamp, (stop - start) * 1_000_000_000 // facts.rate)


def _from(row: Row, at: int, now: Stamp) -> Row:
    """The row as far as it lies after an instant of the boot clock."""
    start = max(row.began.boottime_ns, at)
    return Row(row.line, row.call, row.reason, _stamp(start, now), row.ends_ns - start)


def _row(state: LineState, line: str, reason: str, start: int, stop: int, now: Stamp) -> Row:
    return Row(line, state.call, reason, _stamp(start, now), stop - start)


def _stamp(boottime_ns: int, now: Stamp) -> Stamp:
    return Stamp(now.wall_ns - now.boottime_ns + boottime_ns, boottime_ns, now.boot_id, now.state)
