"""Time as the box knows it: what the clock says, and whether it may be believed.

Everything that reads time takes a `Clock`. The appliance uses `SystemClock`;
the demo and the tests are given a `GivenClock`.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
"""The zone in which every promise of a notice is counted (DESIGN section 6)."""

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches this file at each synchronisation of this boot."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ClockState(StrEnum):
    """How far the wall clock may be believed (DESIGN section 6)."""

    TRUSTED = "trusted"
    HELD = "held"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One instant on every clock at once, so that a wrong wall clock can be put right later."""

    wall_ns: int
    boottime_ns: int
    boot_id: str
    state: ClockState


class Clock(Protocol):
    """Where a process gets its time from."""

    def monotonic_ns(self) -> int:
        """Nanoseconds that never step; the time base of edges, blocks and ticks."""
        ...

    def from_raw(self, raw_ns: int) -> int:
        """This clock's monotonic instant for a reading of the machine's CLOCK_MONOTONIC."""
        ...

    def stamp(self) -> Stamp:
        """Now, on every clock."""
        ...


class SystemClock:
    """The machine's own clocks: TRUSTED once the time was synchronised in this boot, else UNTRUSTED."""

    def __init__(self, synchronised: Path = SYNCHRONISED) -> None:
        self._synchronised = synchronised
        self._boot_id = BOOT_ID.read_text().strip()

    def monotonic_ns(self) -> int:
        """CLOCK_MONOTONIC."""
        return time.monotonic_ns()

    def from_raw(self, raw_ns: int) -> int:
        """The reading itself."""
        return raw_ns

    def stamp(self) -> Stamp:
        """Now; TRUSTED only where the time was synchronised in this boot."""
        state = ClockState.TRUSTED if self._synchronised.exists() else ClockState.UNTRUSTED
        boottime = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return Stamp(time.time_ns(), boottime, self._boot_id, state)


class GivenClock:
    """A clock that stands still until it is told to go: for the demo and the tests."""

    def __init__(self, wall: datetime, state: ClockState = ClockState.TRUSTED) -> None:
        self._began_ns = round(wall.astimezone(UTC).timestamp()) * 1_000_000_000
        self._elapsed_ns = 1_000_000_000
        self.state = state
        self.boot_id = "given"

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self._elapsed_ns += round(seconds * 1e9)

    def monotonic_ns(self) -> int:
        """Nanoseconds since one second before this clock was made."""
        return self._elapsed_ns

    def from_raw(self, raw_ns: int) -> int:
        """The reading itself: who drives a given clock stamps with it."""
        return raw_ns

    def stamp(self) -> Stamp:
        """Now, in the state that was given."""
        wall = self._began_ns + self._elapsed_ns - 1_000_000_000
        return Stamp(wall, self._elapsed_ns, self.boot_id, self.state)


class HurriedClock:
    """The machine's clocks, running N times as fast from the moment it is made: for the demo.

    Processes that share an origin agree with one another.
    """

    def __init__(self, speed: float, origin_raw_ns: int, origin_wall_ns: int) -> None:
        self._speed = speed
        self._raw = origin_raw_ns
        self._wall = origin_wall_ns
        self._boot_id = BOOT_ID.read_text().strip()

    @classmethod
    def parse(cls, text: str) -> "HurriedClock":
        """The clock of `SPEED,RAW_NS,WALL_NS`, as a demo hands it to each of its processes."""
        speed, raw, wall = text.split(",")
        return cls(float(speed), int(raw), int(wall))

    def monotonic_ns(self) -> int:
        """Hurried nanoseconds; equal to the machine's at the origin."""
        return self.from_raw(time.monotonic_ns())

    def from_raw(self, raw_ns: int) -> int:
        """The hurried instant of a machine instant."""
        return self._raw + round((raw_ns - self._raw) * self._speed)

    def stamp(self) -> Stamp:
        """Now; a demo is given its clock, so it is TRUSTED."""
        now = self.monotonic_ns()
        wall = self._wall + now - self._raw
        return Stamp(wall, now, self._boot_id, ClockState.TRUSTED)


def london_date(wall_ns: int) -> date:
    """The date in London at an instant: the date of a recording is that of its first sample."""
    return datetime.fromtimestamp(wall_ns / 1e9, UTC).astimezone(LONDON).date()
