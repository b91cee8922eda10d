"""The keeper's clock: another clock, judged by what is remembered of the time, over restarts and reboots.

1. Each stamp is judged and remembered; `keep` makes it durable, at most every ten minutes
   unless something happened that must not be forgotten.
2. A missing file is a box that was never told a time. A damaged one is a doubt, and so is one that is missing
   though the time was told before: nothing is believed until a person or a witness says that the time is right.
3. Recording never depends on it: a doubt dates nothing and destroys nothing.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from firmware.clock import SECOND, Clock, ClockState, Stamp
from firmware.keeper import belief
from firmware.keeper.belief import BEHIND_NS, Doubt, Memory
from firmware.sealing.facts import stamp_json
from firmware.vault import durable
from firmware.vault.facts import read_stamp
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object

NAME: Final = "clock.json"

KEEP_NS: Final = 600 * SECOND
"""The mark on disk is at most so old; research: testbed, section 5."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the time stands: the state, the doubt there is, what is remembered, whether anything may be destroyed.

    `unsynchronised_ns` is how long at least nothing synchronised the clock.
    """

    now: Stamp
    doubt: Doubt | None
    memory: Memory | None
    unsynchronised_ns: int

    @property
    def may_destroy(self) -> bool:
        """Only a time that is believed and has settled destroys."""
        return self.doubt is None and self.memory is not None and not self.memory.settling


class JudgedClock:
    """A `Clock` whose stamps are UNTRUSTED wherever there is a doubt about the wall clock."""

    def __init__(self, clock: Clock, path: Path, *, told: bool = False) -> None:
        """`told` is whether this box was told the time before (rule 2)."""
        self._clock = clock
        self._path = path
        self._memory, self._damaged = _read(path)
        self._damaged = self._damaged or (told and self._memory is None)
        self._kept: tuple[Memory | None, int] = (self._memory, 0)
        self._synchronised: Stamp | None = None

    def monotonic_ns(self) -> int:
        """The other clock's."""
        return self._clock.monotonic_ns()

    def from_raw(self, raw_ns: int) -> int:
        """The other clock's."""
        return self._clock.from_raw(raw_ns)

    def stamp(self) -> Stamp:
        """Now; UNTRUSTED where there is a doubt."""
        return self.standing().now

    @property
    def may_destroy(self) -> bool:
        """Whether this instant is good enough to destroy by."""
        return self.standing().may_destroy

    def standing(self) -> Standing:
        """How the time stands now; remembered in memory, not on disk."""
        raw = self._clock.stamp()
        doubt = Doubt.DAMAGED if self._damaged else belief.doubt(self._memory, raw)
        state = ClockState.UNTRUSTED if doubt else belief.state_of(self._memory, raw)
        if not self._damaged:
            self._memory = belief.seen(self._memory, raw)
        return Standing(replace(raw, state=state), doubt, self._memory, self._unsynchronised(raw))

    def keep(self) -> None:
        """Make the memory durable, if it is ten minutes old or a leap began, grew or ended; an `OSError` is the disk's."""
        now = self._clock.stamp().boottime_ns
        before, at = self._kept
        if self._memory is None or self._memory == before:
            return
        if before is None or before.gained_ns != self._memory.gained_ns or not 0 <= now - at < KEEP_NS:
            self.write()

    def write(self) -> None:
        """Make the memory durable at once, where it is another than the one on disk."""
        if self._memory is None or self._memory == self._kept[0]:
            return
        durable.write(self._path, canonical(_content(self._memory)))
        self._kept = (self._memory, self._clock.stamp().boottime_ns)

    def confirm(self) -> Memory | None:
        """A person says that the wall clock is right: durable on return; gives what was remembered before."""
        before = self._memory
        raw = self._clock.stamp()
        self._memory, self._damaged = belief.vouched(raw), False
        self.write()
        return before

    def witnessed(self, at_ns: int) -> bool:
        """A witness's cosignature over a checkpoint of this boot carries this time; whether the wall clock agrees.

        Where it does, that is a confirmation; where it does not, nothing is believed until
        a person or a witness confirms.
        """
        raw = self._clock.stamp()
        if abs(raw.wall_ns - at_ns) <= BEHIND_NS:
            self.confirm()
            return True
        self._memory = belief.denied(self._memory or belief.fresh(raw), at_ns)
        self.write()
        return False

    def _unsynchronised(self, raw: Stamp) -> int:
        """Since the last TRUSTED instant of this boot, else since the boot."""
        if raw.state is ClockState.TRUSTED:
            self._synchronised = raw
        last = self._synchronised
        if last is None or last.boot_id != raw.boot_id:
            return 0 if raw.state is ClockState.TRUSTED else raw.boottime_ns
        return raw.boottime_ns - last.boottime_ns


def _content(memory: Memory) -> dict[str, object]:
    return {
        "format": 1,
        "mark_ns": memory.mark_ns,
        "last": stamp_json(memory.last),
        "offset_ns": memory.offset_ns,
        "gained_ns": memory.gained_ns,
        "waited_ns": memory.waited_ns,
        "vouched": stamp_json(memory.vouched) if memory.vouched else None,
        "denied_ns": memory.denied_ns,
    }


def _read(path: Path) -> tuple[Memory | None, bool]:
    """What was kept, and whether it is damaged (rule 2)."""
    try:
        return _memory(read_object(path.read_bytes(), path.name)), False
    except FileNotFoundError:
        return None, False
    except (OSError, UnreadableError):
        return None, True


def _memory(fields: Fields) -> Memory:
    fields.require_format(1)
    return Memory(
        mark_ns=fields.whole("mark_ns"),
        last=read_stamp(fields.inner("last")),
        offset_ns=fields.whole("offset_ns"),
        gained_ns=fields.whole("gained_ns"),
        waited_ns=fields.whole("waited_ns"),
        vouched=read_stamp(fields.inner("vouched")) if fields.content.get("vouched") else None,
        denied_ns=fields.maybe_whole("denied_ns"),
    )
