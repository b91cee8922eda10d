"""What the keeper believes of the time: pure; one memory, one instant after another.

1. An instant is disbelieved where its clock is not synchronised, where it lies before the
   build date or behind the high-water mark, where the wall clock moved more than a day
   against the boot clock, or where a witness gave another time.
2. What a wall clock gains on the time that the box was seen running is counted: steps
   within a boot, and what went by between two boots (switched off, or forged).
3. More than a day gained and nothing may be destroyed until the box ran another day; more
   than fourteen days and the clock is disbelieved until a person or a witness says that it
   is right. Until then the mark stays, so that the right time can come back by itself.
4. A person or a witness ends every doubt but the build date; in this boot the clock is
   HELD from there also where nothing synchronises it.

Source: DESIGN section 6; research: testbed, section 5.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from firmware.clock import BUILT_NS, DAY, DRIFT_NS, SECOND, ClockState, Stamp, goes_on, offset

BEHIND_NS: Final = 300 * SECOND
"""A correction of less is no step back behind the mark; our choice, as long as a witness may differ."""

STEP_NS: Final = DAY
"""A synchronised clock is never set by more within a boot; our choice."""

SETTLING_NS: Final = DAY
"""How long a box runs after a leap before it destroys again: one working day in which somebody sees the lamp; our choice."""

LEAP_NS: Final = 14 * DAY
"""A longer leap only a person or a witness ends: no holiday, but a box from the cupboard; our choice."""


class Doubt(StrEnum):
    """Why the time is not believed, in words for people."""

    UNSYNCHRONISED = "it is not synchronised"
    BUILT = "it shows a day before this firmware was built"
    DAMAGED = "what the box remembered of the time is missing or cannot be read"
    DENIED = "a witness gave another time"
    STEPPED = "it was set by more than a day while the box ran"
    BEHIND = "it is behind a time that was believed before"
    LEAPT = "it leapt by more than 14 days"


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of believed instants.

    `mark_ns` is the high-water mark, `last` the last believed instant, `offset_ns` the wall
    clock less the boot clock in its boot; `gained_ns` and `waited_ns` count a leap and the
    time run since; `vouched` is the instant that a person or witness confirmed, `denied_ns`
    the time of a witness that differed.
    """

    mark_ns: int
    last: Stamp
    offset_ns: int
    gained_ns: int = 0
    waited_ns: int = 0
    vouched: Stamp | None = None
    denied_ns: int | None = None

    @property
    def settling(self) -> bool:
        """Whether a leap is not yet over."""
        return self.gained_ns > STEP_NS

    @property
    def left_ns(self) -> int | None:
        """How long the box has to run until a leap is over; `None` where waiting does not end it."""
        if not self.settling:
            return 0
        return SETTLING_NS - self.waited_ns if self.gained_ns <= LEAP_NS else None


def fresh(now: Stamp) -> Memory:
    """The memory of a box that was never told a time before."""
    return Memory(now.wall_ns, now, offset(now))


def vouched(now: Stamp) -> Memory:
    """The memory after somebody said that this instant is right: a mark that was wrong goes too."""
    return replace(fresh(now), vouched=now)


def denied(memory: Memory, at_ns: int) -> Memory:
    """The memory after a witness gave a time that differs."""
    return replace(memory, denied_ns=at_ns)


def state_of(memory: Memory | None, now: Stamp) -> ClockState:
    """The clock's own state, or HELD where somebody vouched for it in this boot."""
    given = memory.vouched if memory else None
    if now.state is ClockState.UNTRUSTED and given and goes_on(given, now):
        return ClockState.HELD
    return now.state


def doubt(memory: Memory | None, now: Stamp) -> Doubt | None:
    """Why this instant is not believed, `None` if it is (rule 1)."""
    if now.wall_ns < BUILT_NS:
        return Doubt.BUILT
    if state_of(memory, now) is ClockState.UNTRUSTED:
        return Doubt.UNSYNCHRONISED
    return _doubt(memory, now) if memory else None


def _doubt(memory: Memory, now: Stamp) -> Doubt | None:
    """Why a synchronised instant does not fit what is remembered."""
    if memory.denied_ns is not None:
        return Doubt.DENIED
    if _stepped(memory, now) and not _back(memory, now):
        return Doubt.STEPPED
    if now.wall_ns < memory.mark_ns - BEHIND_NS:
        return Doubt.BEHIND
    return Doubt.LEAPT if _gained(memory, now) > LEAP_NS else None


def seen(memory: Memory | None, now: Stamp) -> Memory | None:
    """The memory after this instant; one that is not believed changes nothing, but that a leap is counted."""
    found = doubt(memory, now)
    if found not in {None, Doubt.LEAPT}:
        return memory
    return _settled(_counted(memory, now), now) if memory else fresh(now)


def _counted(memory: Memory, now: Stamp) -> Memory:
    """With what was gained and waited since the last believed instant (rule 2)."""
    gained = _gained(memory, now)
    begins = gained > memory.gained_ns and not memory.gained_ns
    begins = begins or (gained > STEP_NS and not memory.settling) or gained - memory.gained_ns > STEP_NS
    return replace(
        memory,
        last=now,
        offset_ns=offset(now) if _moved(memory, now) else memory.offset_ns,
        gained_ns=gained,
        waited_ns=0 if begins else memory.waited_ns + _ran(memory, now),
    )


def _settled(memory: Memory, now: Stamp) -> Memory:
    """Without a leap that was waited out; the mark follows where there is none (rule 3)."""
    if memory.waited_ns >= SETTLING_NS and memory.gained_ns <= LEAP_NS:
        memory = replace(memory, gained_ns=0, waited_ns=0)
    return memory if memory.settling else replace(memory, mark_ns=max(memory.mark_ns, now.wall_ns))


def _gained(memory: Memory, now: Stamp) -> int:
    """All that was gained, this instant included; what is set back again is no gain."""
    return max(0, memory.gained_ns + (_shift(memory, now) if _moved(memory, now) else 0))


def _shift(memory: Memory, now: Stamp) -> int:
    """How far the wall clock went ahead of the time that the box was seen running."""
    if now.boot_id == memory.last.boot_id:
        return offset(now) - memory.offset_ns
    return now.wall_ns - memory.last.wall_ns - now.boottime_ns


def _moved(memory: Memory, now: Stamp) -> bool:
    return now.boot_id != memory.last.boot_id or abs(_shift(memory, now)) > DRIFT_NS


def _ran(memory: Memory, now: Stamp) -> int:
    """How long the box ran since the last believed instant, as far as it is known."""
    before = memory.last.boottime_ns if now.boot_id == memory.last.boot_id else 0
    return max(0, now.boottime_ns - before)


def _stepped(memory: Memory, now: Stamp) -> bool:
    return now.boot_id == memory.last.boot_id and abs(_shift(memory, now)) > STEP_NS


def _back(memory: Memory, now: Stamp) -> bool:
    """Whether a clock that had leapt shows again what it would show without the leap."""
    return -BEHIND_NS <= memory.gained_ns + _shift(memory, now) <= STEP_NS
