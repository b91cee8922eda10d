"""Time as the box knows it: what the clock says, and whether it may be believed.

Everything that reads time takes a `Clock`. The appliance uses `SystemClock`;
the demo and the tests are given a `GivenClock`.
"""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from firmware import BUILT

LONDON = ZoneInfo("Europe/London")
"""The zone in which every promise of a notice is counted (DESIGN section 6)."""

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches this file at each synchronisation of this boot (man systemd-timesyncd)."""

SECOND: Final = 1_000_000_000
DAY: Final = 86_400 * SECOND

FRESH_NS: Final = 2 * 3600 * SECOND
"""A synchronisation is fresh this long: three polls at the longest interval of 2048 s (man timesyncd.conf), rounded up."""

LOOK_NS: Final = SECOND
"""How long an answer about synchronisation is good for; our choice: a stamp is taken many times a second."""

DRIFT_PPM: Final = 200
"""What a crystal may be off: typically 100 ppm over temperature (RFC 5905, section 7.2, allows 500 at most); our choice."""

DRIFT_NS: Final = 2 * SECOND
"""What a leap second and the reading of two clocks one after the other may differ; our choice."""

APART_NS: Final = DAY
"""How far a recording's wall clock may be from the keeper's: a due day is a date, and no correction of
a running clock is as long; our choice."""

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


class _Timex(ctypes.Structure):
    """`struct timex` up to the fields that are read, and room for the rest (sys/timex.h)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


STA_UNSYNC: Final = 0x0040
"""The kernel's clock is not synchronised (sys/timex.h)."""

MOST_ERROR_US: Final = 1_000_000
"""The kernel's own bound of the error, beyond which its word does not count (research: testbed, section 5)."""


def kernel_synchronised() -> bool:
    """Whether the kernel says that somebody (chrony, ntpd, timesyncd) keeps its clock; false where it may not be asked."""
    told = _Timex()
    answer: int = ctypes.CDLL(None).adjtimex(ctypes.byref(told))
    return answer >= 0 and not told.status & STA_UNSYNC and told.maxerror < MOST_ERROR_US


class SystemClock:
    """The machine's own clocks, and how far the wall clock may be believed.

    1. TRUSTED: timesyncd synchronised the time in this boot, less than two hours ago on the
       boot clock; or the kernel says that its clock is kept.
    2. HELD: that was so earlier in this boot, and the wall clock has gone on with the boot
       clock since, within drift.
    3. UNTRUSTED: all else.
    """

    def __init__(
        self, synchronised: Path = SYNCHRONISED, kept: Callable[[], bool] = kernel_synchronised
    ) -> None:
        self._synchronised = synchronised
        self._kept = kept
        self._boot_id = BOOT_ID.read_text().strip()
        self._anchor: Stamp | None = None
        self._looked: Stamp | None = None
        self._touched = 0

    def monotonic_ns(self) -> int:
        """CLOCK_MONOTONIC."""
        return time.monotonic_ns()

    def from_raw(self, raw_ns: int) -> int:
        """The reading itself."""
        return raw_ns

    def stamp(self) -> Stamp:
        """Now, and how far it may be believed; whoever keeps the time is asked once a second."""
        boottime = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return self.judged(Stamp(time.time_ns(), boottime, self._boot_id, ClockState.UNTRUSTED))

    def judged(self, now: Stamp) -> Stamp:
        """This instant with its state; what is TRUSTED is what later instants are held against."""
        looked = self._looked
        if looked is None or now.boottime_ns - looked.boottime_ns >= LOOK_NS or not goes_on(looked, now):
            self._looked = looked = replace(now, state=self._ask(now))
        return replace(now, state=looked.state)

    def _ask(self, now: Stamp) -> ClockState:
        at = self._at(now)
        self._anchor = self._anchor or at
        held = self._anchor is not None and goes_on(self._anchor, now)
        if self._kept() or (at is not None and self._fresh(at, now, held=held)):
            self._anchor = now
            return ClockState.TRUSTED
        return ClockState.HELD if held else ClockState.UNTRUSTED

    def _fresh(self, at: Stamp, now: Stamp, *, held: bool) -> bool:
        """Whether a synchronisation speaks for this instant: an old one says nothing of a clock set since."""
        again = at.wall_ns == self._touched
        self._touched = at.wall_ns
        return now.boottime_ns - at.boottime_ns < FRESH_NS and (held or not again)

    def _at(self, now: Stamp) -> Stamp | None:
        """When timesyncd last synchronised, put on the boot clock; `None` where that is not in this boot's past."""
        try:
            wall = self._synchronised.stat().st_mtime_ns
        except OSError:
            return None
        boottime = now.boottime_ns - (now.wall_ns - wall)
        return replace(now, wall_ns=wall, boottime_ns=boottime) if 0 <= boottime <= now.boottime_ns else None


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

    def step(self, seconds: float) -> None:
        """The wall clock alone is set forward, or back: a wrong or forged time, or its correction."""
        self._began_ns += round(seconds * 1e9)

    def reboot(self, boot_id: str, off_s: float = 0) -> None:
        """The box was off for a while: another boot, whose boot clock begins anew."""
        self.step(off_s)
        self._began_ns += self._elapsed_ns - 1_000_000_000
        self._elapsed_ns = 1_000_000_000
        self.boot_id = boot_id

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


def goes_on(anchor: Stamp, now: Stamp) -> bool:
    """Whether the wall clock has gone on with the boot clock since an earlier instant of this boot, within drift."""
    elapsed = now.boottime_ns - anchor.boottime_ns
    if now.boot_id != anchor.boot_id or elapsed < 0:
        return False
    return abs(offset(now) - offset(anchor)) <= DRIFT_NS + elapsed * DRIFT_PPM // 1_000_000


def offset(at: Stamp) -> int:
    """The wall clock less the boot clock, ns: within a boot it changes only where the wall clock is set."""
    return at.wall_ns - at.boottime_ns


def plausible(began: Stamp, now: Stamp) -> bool:
    """Whether a recording's own stamp fits what the keeper's clock says now.

    1. Nothing was recorded before this firmware was built.
    2. In one boot both have the same wall clock, within a day; where the keeper does not
       believe it now, a recording that has it is not believed either.
    3. What was recorded in another boot is past; a clock that is not believed says
       nothing about that.
    """
    if began.state is ClockState.UNTRUSTED or began.wall_ns < BUILT_NS:
        return False
    if began.boot_id == now.boot_id:
        return now.state is not ClockState.UNTRUSTED and abs(offset(now) - offset(began)) <= APART_NS
    return now.state is ClockState.UNTRUSTED or began.wall_ns <= now.wall_ns + APART_NS


def corrected(began: Stamp, now: Stamp) -> Stamp | None:
    """The true start of a recording of this boot, by a clock that is believed now; `None` where nobody can know it."""
    if now.state is ClockState.UNTRUSTED or began.boot_id != now.boot_id:
        return None
    ago = now.boottime_ns - began.boottime_ns
    return replace(began, wall_ns=now.wall_ns - ago, state=ClockState.HELD) if ago >= 0 else None


BUILT_NS: Final = round(datetime(BUILT.year, BUILT.month, BUILT.day, tzinfo=UTC).timestamp()) * SECOND
"""The first instant at which this firmware can have run."""
