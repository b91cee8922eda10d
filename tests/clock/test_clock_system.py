"""Whether the machine's clock is believed: timesyncd's file, the kernel's word, and what was so before in this boot."""

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.clock import (
    APART_NS,
    BUILT_NS,
    DAY,
    DRIFT_NS,
    FRESH_NS,
    SECOND,
    ClockState,
    GivenClock,
    Stamp,
    SystemClock,
    corrected,
    goes_on,
    kernel_synchronised,
    offset,
    plausible,
)

NINE = round(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp()) * SECOND
HOUR = 3600 * SECOND


@dataclass
class Bench:
    """A system clock over a folder that stands for timesyncd's, and instants that are given."""

    folder: Path
    kept: bool = False
    wall: int = NINE
    boottime: int = 10 * HOUR
    clock: SystemClock = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def file(self) -> Path:
        return self.folder / "synchronized"

    def restart(self) -> None:
        self.clock = SystemClock(self.file, lambda: self.kept)

    def synchronise(self) -> None:
        self.file.touch()
        os.utime(self.file, ns=(self.wall, self.wall))

    def advance(self, ns: int) -> None:
        self.wall, self.boottime = self.wall + ns, self.boottime + ns

    def state(self) -> ClockState:
        raw = Stamp(self.wall, self.boottime, "boot", ClockState.UNTRUSTED)
        told = self.clock.judged(raw)
        assert told == replace(raw, state=told.state)
        return told.state


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_fresh_synchronisation_is_trusted_and_an_old_one_held(bench: Bench) -> None:
    """Nothing: UNTRUSTED. For two hours after a synchronisation: TRUSTED. Then HELD, until the next."""
    assert bench.state() is ClockState.UNTRUSTED
    bench.synchronise()
    assert bench.state() is ClockState.UNTRUSTED
    bench.advance(SECOND)
    assert bench.state() is ClockState.TRUSTED
    bench.advance(FRESH_NS - 2 * SECOND)
    assert bench.state() is ClockState.TRUSTED
    bench.advance(SECOND)
    assert bench.state() is ClockState.HELD
    bench.advance(60 * DAY)
    assert bench.state() is ClockState.HELD
    bench.synchronise()
    bench.advance(SECOND)
    assert bench.state() is ClockState.TRUSTED


@pytest.mark.parametrize("by", [-3 * HOUR, -5 * SECOND, 5 * SECOND, HOUR, 5 * HOUR, 3000 * DAY])
@pytest.mark.parametrize("after", [SECOND // 4, HOUR, 3 * HOUR])
def test_a_clock_that_was_set_by_hand_is_not_believed(bench: Bench, by: int, after: int) -> None:
    """At once, also within the second and while the file is young; a synchronisation after it counts again."""
    bench.synchronise()
    assert bench.state() is ClockState.TRUSTED
    bench.advance(after)
    bench.wall += by
    assert bench.state() is ClockState.UNTRUSTED
    bench.advance(2 * SECOND)
    assert bench.state() is ClockState.UNTRUSTED
    bench.synchronise()
    bench.advance(SECOND)
    assert bench.state() is ClockState.TRUSTED


def test_drift_within_a_crystal_is_held(bench: Bench) -> None:
    """200 ppm and two seconds are held; more is not."""
    bench.synchronise()
    assert bench.state() is ClockState.TRUSTED
    bench.advance(10 * DAY)
    bench.wall += DRIFT_NS + 170 * SECOND
    assert bench.state() is ClockState.HELD
    bench.advance(SECOND)
    bench.wall += 5 * SECOND
    assert bench.state() is ClockState.UNTRUSTED


def test_a_restarted_process_holds_what_this_boot_synchronised(bench: Bench) -> None:
    """An old file is HELD; one from before this boot, or from the future, is nothing."""
    bench.synchronise()
    bench.advance(5 * HOUR)
    bench.restart()
    assert bench.state() is ClockState.HELD
    bench.restart()
    bench.wall += 20 * HOUR
    assert bench.state() is ClockState.UNTRUSTED
    bench.restart()
    bench.wall -= 26 * HOUR
    assert bench.state() is ClockState.UNTRUSTED


def test_the_kernel_word_counts_as_well(bench: Bench) -> None:
    """With chrony or ntpd there is no file: kept is TRUSTED, no longer kept is HELD."""
    bench.kept = True
    assert bench.state() is ClockState.TRUSTED
    bench.kept = False
    bench.advance(SECOND // 2)
    assert bench.state() is ClockState.TRUSTED
    bench.advance(SECOND // 2)
    assert bench.state() is ClockState.HELD


def test_whoever_keeps_the_time_is_asked_once_a_second(tmp_path: Path) -> None:
    """A thousand stamps within a second ask once."""
    asked: list[int] = []
    clock = SystemClock(tmp_path / "none", lambda: bool(asked.append(1)))
    for tick in range(1000):
        clock.judged(Stamp(NINE + tick * SECOND // 1000, tick * SECOND // 1000, "boot", ClockState.UNTRUSTED))
    assert len(asked) == 1


def test_the_machine_is_read(tmp_path: Path) -> None:
    """The real clocks and the real kernel answer; a machine without any synchronisation is UNTRUSTED."""
    assert kernel_synchronised() in {True, False}
    first, second = (SystemClock(tmp_path / "none", lambda: False).stamp() for _ in range(2))
    assert first.state is ClockState.UNTRUSTED
    assert goes_on(first, second)


def test_a_given_clock_steps_and_reboots() -> None:
    """A step moves the wall clock alone; a reboot begins the boot clock anew and keeps the wall clock going."""
    clock = GivenClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    clock.advance(100)
    before = clock.stamp()
    clock.step(-50)
    assert (clock.stamp().wall_ns, clock.stamp().boottime_ns) == (
        before.wall_ns - 50 * SECOND,
        before.boottime_ns,
    )
    clock.reboot("next", off_s=60)
    after = clock.stamp()
    assert (after.wall_ns, after.boottime_ns) == (before.wall_ns + 10 * SECOND, SECOND)
    assert after.boot_id == "next"


NOW = Stamp(NINE, 10 * HOUR, "this", ClockState.TRUSTED)
BEGAN = Stamp(NINE - HOUR, 9 * HOUR, "this", ClockState.TRUSTED)


@pytest.mark.parametrize(
    ("began", "now", "fits"),
    [
        (BEGAN, NOW, True),
        (replace(BEGAN, state=ClockState.HELD), NOW, True),
        (replace(BEGAN, state=ClockState.UNTRUSTED), NOW, False),
        (replace(BEGAN, wall_ns=BUILT_NS - 1), replace(NOW, boot_id="next"), False),
        (replace(BEGAN, wall_ns=BEGAN.wall_ns + APART_NS), NOW, True),
        (replace(BEGAN, wall_ns=BEGAN.wall_ns + APART_NS + 1), NOW, False),
        (replace(BEGAN, wall_ns=BEGAN.wall_ns - APART_NS - 1), NOW, False),
        (BEGAN, replace(NOW, state=ClockState.UNTRUSTED), False),
        (BEGAN, replace(NOW, boot_id="next", boottime_ns=1), True),
        (replace(BEGAN, wall_ns=NINE + APART_NS), replace(NOW, boot_id="next"), True),
        (replace(BEGAN, wall_ns=NINE + APART_NS + 1), replace(NOW, boot_id="next"), False),
        (BEGAN, Stamp(0, 1, "next", ClockState.UNTRUSTED), True),
    ],
)
def test_a_recording_fits_the_clock_of_the_keeper(began: Stamp, now: Stamp, fits: bool) -> None:
    """In one boot within a day and only while it is believed; of another boot not in the future; never before the build."""
    assert plausible(began, now) is fits


@given(
    st.integers(0, 400 * DAY),
    st.integers(-4000 * DAY, 4000 * DAY),
    st.sampled_from([ClockState.TRUSTED, ClockState.HELD]),
)
def test_the_true_start_is_found_again(ago: int, wrong: int, state: ClockState) -> None:
    """However wrong the wall clock was: the boot clock knows how long ago it began."""
    now = Stamp(NINE + 800 * DAY, 500 * DAY, "this", state)
    true = replace(now, wall_ns=now.wall_ns - ago, boottime_ns=now.boottime_ns - ago, state=ClockState.HELD)
    began = replace(true, wall_ns=true.wall_ns + wrong, state=ClockState.UNTRUSTED)
    assert corrected(began, now) == true
    assert offset(true) == offset(now)


@pytest.mark.parametrize(
    ("began", "now"),
    [
        (BEGAN, replace(NOW, state=ClockState.UNTRUSTED)),
        (BEGAN, replace(NOW, boot_id="next")),
        (replace(BEGAN, boottime_ns=NOW.boottime_ns + 1), NOW),
    ],
)
def test_what_nobody_can_know_is_not_corrected(began: Stamp, now: Stamp) -> None:
    """No correction by a clock that is not believed, of another boot, or of what has not happened yet."""
    assert corrected(began, now) is None
