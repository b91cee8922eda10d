"""Each process goes on without the other, and whatever ends, and when: every call is taken in, once."""

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.audit.entries import What
from tests.journey.journey_rig import Journey
from tests.rigs import figures
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise

SEED = int(os.environ.get("CALLBOX_SEED", "1"))
KILLS = int(os.environ.get("CALLBOX_KILLS", "1"))
"""50 in the slow run: CALLBOX_KILLS=50."""

LOOK_BACK = 2.0
"""Seconds: a call that is younger was in memory only, and its discard ends no live key."""


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    """A line that is kept and one whose callers want nothing kept; not yet started."""
    seconds = 120 + 6 * KILLS
    asks = [Ask("kept", Line(noise(1, seconds))), Ask("gone", Line(noise(2, seconds)), opt_out="discard")]
    with Journey(tmp_path, asks) as made:
        made.init()
        made.box.lines.start()
        yield made


def test_each_goes_on_without_the_other(journey: Journey) -> None:
    """No keeper for whole calls: they are taken in later. No recorder: the keeper serves, and says since when."""
    journey.start().arm()
    assert journey.keeper.stop() == 0
    journey.lift("kept")
    journey.box.lines.hear(3.5)
    journey.recorder.kill()
    journey.recorder.start()
    journey.box.tell("kept", "replace")
    journey.box.reasons(None, "kept")
    journey.lift("kept")
    journey.box.lines.hear(0.5)
    assert journey.recorder_codes() == []
    assert journey.recorder.stop() == 0
    assert len(journey.box.revealed()) == 2
    assert journey.callbox("shell", "list").returncode == 5, "nobody answers"

    journey.keeper.start()
    rows = journey.taken_in(2)
    assert [each["kind"] for each in rows] == ["cut", "finished"]
    assert [len(journey.fetch(each["id"]).stretches) for each in rows] == [1, 1]
    spoke = journey.status()["recorder"]["spoke_ns"]
    journey.recorder.start()
    journey.until(lambda: journey.status()["recorder"]["spoke_ns"] > spoke, "the recorder is not heard of")


def test_a_keeper_killed_at_any_moment_takes_in_every_call_once(journey: Journey) -> None:
    """The recorder records all the while, and live keys are replaced: nothing is lost, twice, or left lying about."""
    journey.start().arm()
    dice, box, data = random.Random(SEED), journey.box, journey.place.data
    pid, calls = journey.recorder.pid, 0
    for _ in range(KILLS):
        for name in ("kept", "gone"):
            box.tell(name, "lift")
        box.reasons("recorded", "kept", "gone")
        box.lines.hear(LOOK_BACK + dice.uniform(0.3, 1))
        box.press("gone", "opt-out down")
        box.reasons("opted out", "gone")
        box.press("gone", "opt-out up")
        for name in ("kept", "gone"):
            box.tell(name, "replace")
        box.reasons(None, "kept", "gone")
        calls += 1
        box.wait(lambda: bool(box.revealed()) or dice.random() < 0.05, "nothing comes into the spool")
        journey.keeper.wait_a_little(dice.uniform(0, 0.4))
        journey.keeper.kill()
        journey.keeper.start()
    rows = journey.taken_in(calls)
    made = {each["generation"] for each in journey.audit() if each["what"] == What.LIVE_MADE}
    journey.until(lambda: destroyed(journey) == made - {max(made)}, "an old live key is not destroyed")

    assert len(made) > KILLS // 2, "discards replaced the live key"
    assert journey.recorder.pid == pid
    assert journey.recorder_codes() == []
    assert journey.keeper_codes() <= {"seal.recipient-unproved", "log.torn"}
    entered = [each["recording"] for each in journey.audit() if each["what"] == What.TAKEN_IN]
    assert sorted(entered) == sorted(row["id"] for row in rows), "each is entered once"
    assert sorted(path.stem for path in (data / "store").iterdir()) == sorted(entered)
    assert not list((data / "aside").iterdir())
    assert not list(data.rglob("*.new"))
    for row in rows:
        fetched = journey.fetch(row["id"])
        assert [each.stop - each.start for each in fetched.stretches] == [fetched.facts["samples"]]
    figures.keep("keeper-kills", seed=SEED, kills=KILLS, recordings=len(rows), live_keys=len(made))


def destroyed(journey: Journey) -> set[int]:
    return {each["generation"] for each in journey.audit() if each["what"] == What.DESTROYED}


def test_run_ends_where_one_of_the_two_ends(journey: Journey) -> None:
    """`callbox run` says which one ended, stops the other cleanly, and is no success; killed, it leaves nobody behind."""
    for name in ("keeper", "recorder"):
        journey.both.start()
        os.kill(child(journey.both.pid, f"firmware.{name}"), signal.SIGKILL)
        assert journey.both._process is not None
        assert journey.both._process.wait(30) != 0
        assert f"the {name} ended by itself" in journey.both.printed()
        assert "the recorder stopped" in journey.both.printed()
    assert not (journey.place.run / "keeper.sock").exists()
    journey.both.start()
    children = [child(journey.both.pid, f"firmware.{name}") for name in ("keeper", "recorder")]
    journey.both.kill()
    journey.both.wait(lambda: not any(map(alive, children)), lambda: f"of {children} somebody lives on")


def alive(pid: int) -> bool:
    """Whether a process that is no child of ours runs."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def child(pid: int, module: str) -> int:
    """The child of a process that runs a module."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(each) for task in tasks for each in task.read_text().split()]
    named = {each: Path(f"/proc/{each}/cmdline").read_bytes().split(b"\0") for each in children}
    return next(each for each, words in named.items() if module.encode() in words)
