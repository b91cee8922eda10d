"""Disk trouble is shown and loses nothing that was sealed: full spool, full live log, a commit that hangs."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from firmware.recorder import finisher
from firmware.sealing.live import create
from tests.rigs.kept import kept
from tests.rigs.office import DESK, RATE, LineAsk, Office, desk, noise

FED = noise(440)
SLOT = 65_536


def codes(office: Office) -> set[str]:
    return {fault["code"] for fault in office.told()["faults"]}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finisher tries again at once."""
    monkeypatch.setattr(finisher, "AGAIN_SECONDS", 0.01)


@pytest.fixture
def small_spool(tmp_path: Path) -> Iterator[Path]:
    """A spool that holds one megabyte."""
    spool = tmp_path / "data" / "spool"
    spool.mkdir(parents=True)
    if os.geteuid() or shutil.which("mount") is None:
        pytest.skip("mounting a small file system needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", spool], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts no tmpfs")
    yield spool
    subprocess.run(["umount", spool], check=True)


def until(holds: Callable[[], bool]) -> None:
    """Real threads work on: what an attempt of theirs leaves must hold between two attempts, within 10 s."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never held"


def settled(office: Office, *, seconds: float = 60) -> None:
    """Let given time go by, waiting for real threads, until nothing is open any more."""
    for _ in range(round(seconds * 4)):
        office.run(0.25)
        if office.recorder.seals.done and not any(
            line.makings.ids for line in office.recorder.lines.values()
        ):
            return
    raise AssertionError("something is still open")


@pytest.mark.rig
@pytest.mark.usefixtures("at_once")
def test_a_full_spool_is_a_fault_and_loses_nothing(tmp_path: Path, small_spool: Path) -> None:
    """The recording stays in the live log until there is room; its coverage waits too."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=DESK)
    (small_spool / "full").write_bytes(bytes(1 << 20))
    office.run(1)
    office.say("line1", "lift")
    office.run(20)
    over = office.position
    office.say("line1", "replace")
    office.waits = False
    office.run(20)
    assert codes(office) <= {"vault.spool-full", "vault.spool-unwritable"}
    assert codes(office)
    until(lambda: [path.name for path in small_spool.iterdir()] == ["full"])
    (small_spool / "full").unlink()
    office.waits = True
    office.run(20)
    settled(office)
    office.run(1)
    assert codes(office) == set()
    office.recorder.stop()
    (only,) = office.recordings()
    assert kept(office, only, FED) == [(RATE, over)]
    assert office.rows() == [("recorded", 20.0)]


def test_a_recording_goes_on_while_the_spool_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are sealed into the live log; when it is full they are withheld and said so; then all is finished."""
    monkeypatch.setattr(finisher, "AGAIN_SECONDS", 0.01)
    office = small_log(tmp_path, 32)
    spool = office.data / "spool"
    spool.rename(office.data / "away")
    office.waits = False
    office.run(1)
    for _ in range(4):
        office.say("line1", "lift")
        for _ in range(10):
            office.run(2.5)
            _commit(office)
        office.say("line1", "replace")
        office.run(2)
    assert "vault.log-full" in codes(office)
    office.say("line1", "lift")
    office.run(3)
    assert office.lamps() == {"line1": "FAULT"}
    assert office.notes()["reason"] == "lost: disk"
    office.say("line1", "replace")
    office.run(2)
    (office.data / "away").rename(spool)
    office.waits = True
    settled(office, seconds=90)
    office.run(15)
    assert codes(office) == set()
    office.say("line1", "lift")
    lifted = office.position
    office.run(5)
    office.say("line1", "replace")
    office.finish()
    found = office.recordings()
    for each in found:
        kept(office, each, FED)
    assert kept(office, found[-1], FED)[0][0] == lifted
    seconds = dict(office.rows())
    assert seconds["lost: disk"] > 2


def _commit(office: Office) -> None:
    office.recorder.seals._scribe.wait_idle(10)


def small_log(folder: Path, slots: int, lines: int = 1) -> Office:
    """An office whose live log has slots of 64 KiB, four seconds of noise each."""
    asks = [LineAsk(f"line{number + 1}", FED) for number in range(lines)]
    office = Office(folder, asks, desks=desk("front", *(each.name for each in asks)))
    office.recorder.stop()
    (office.data / "live.log").unlink()
    create(office.data / "live.log", slots * SLOT >> 20, SLOT)
    office.restart()
    return office


@pytest.mark.parametrize("lines", [1, 2])
def test_a_filling_log_rolls_the_oldest_call_over_without_a_seam(tmp_path: Path, lines: int) -> None:
    """Several recordings of one call, each going on at the very next sample, and never a storm of them."""
    office = small_log(tmp_path, 96 if lines == 1 else 256, lines)
    office.run(0.5)
    names = [f"line{number + 1}" for number in range(lines)]
    for name in names:
        office.say(name, "lift")
    lifted = office.position
    office.run(300 if lines == 1 else 390)
    over = office.position
    for name in names:
        office.say(name, "replace")
    office.finish()
    for name in names:
        mine = [each for each in office.recordings() if each.facts["line"] == name]
        assert 2 <= len(mine) <= 4 * lines
        assert len({each.facts["call"] for each in mine}) == 1
        stretches = [pair for each in mine for pair in kept(office, each, FED)]
        assert (stretches[0][0], stretches[-1][1]) == (lifted, over)
        for one, two in pairwise(stretches):
            assert one[1] == two[0]
        for before, after in pairwise(mine):
            assert after.facts["continues"] == before.facts["id"]
            assert before.facts["ended"] == "live log filling"


def test_a_commit_that_hangs_is_shown_and_then_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 3 s the lamp shows a fault, after 60 s the line is lost: disk; what was heard before is all there."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=DESK)
    office.run(1)
    office.say("line1", "lift")
    office.run(10)
    released, hanging = Event(), Event()
    sync = os.fdatasync

    def hang(fd: int) -> None:
        hanging.set()
        assert released.wait(60)
        sync(fd)

    monkeypatch.setattr(os, "fdatasync", hang)
    office.waits = False
    stuck = office.position
    office.run(1)
    assert hanging.wait(10)
    assert office.lamps() == {"line1": "RECORDING"}
    office.run(3)
    assert office.lamps() == {"line1": "FAULT"}
    assert codes(office) == {"vault.commit-slow"}
    office.run(54)
    assert office.notes()["reason"] == "recorded"
    office.run(5)
    assert office.notes()["reason"] == "lost: disk"
    lost = office.position
    office.run(10)
    released.set()
    _commit(office)
    office.waits = True
    office.run(2)
    assert office.notes()["reason"] == "recorded"
    assert office.lamps() == {"line1": "RECORDING"}
    back = office.position
    office.run(8)
    over = office.position
    office.say("line1", "replace")
    office.finish()
    (only,) = office.recordings()
    before, after = kept(office, only, FED)
    assert before[0] == RATE
    assert stuck + 55 * RATE < before[1] < lost
    assert lost < after[0] <= back
    assert after[1] == over
    assert {reason for _, _, reason in only.gaps} == {"lost: disk"}


def test_a_clean_stop_finishes_what_is_open(tmp_path: Path) -> None:
    """Every open recording of every line is finished to its last sample, and the lamps are dark."""
    names = ["line1", "line2", "line3"]
    asks = [LineAsk(name, FED) for name in names]
    office = Office(tmp_path, asks, desks=desk("front", *names))
    office.run(1)
    for name in names:
        office.say(name, "lift")
    office.run(7)
    stopped = office.position
    office.recorder.stop()
    found = office.recordings()
    assert [kept(office, each, FED) for each in found] == [[(RATE, stopped)]] * 3
    assert {each.facts["ended"] for each in found} == {"recorder stopped"}
    assert not any(office.panels["front"].shown.values())
    assert np.all([tap.dead for tap in office.taps.values()])


def test_notes_that_cannot_be_written_are_no_notes(tmp_path: Path) -> None:
    """An old promise is worse than none: the next start withholds in doubt."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=DESK)
    office.run(1)
    office.say("line1", "lift")
    office.run(5)
    fresh = office.data / "run" / "lines.new"
    fresh.mkdir()
    with pytest.raises(OSError, match="directory"):
        office.run(1)
    assert not (office.data / "run" / "lines").exists()
    office.crash()
    fresh.rmdir()
    office.restart(0.5, ["line1"])
    office.run(2)
    assert office.notes()["reason"] == "lost: restarted"
    office.recorder.stop()
