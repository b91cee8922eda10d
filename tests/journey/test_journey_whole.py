"""From `callbox init` to `age -d`: every command that a person types, both real processes, the real audio stack."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.clock import SYNCHRONISED
from tests.journey.journey_rig import Journey, trusted
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    """One line with a hook."""
    with Journey(tmp_path, [Ask("line1", Line(noise(1, 120)))]) as made:
        yield made


def test_the_whole_journey(journey: Journey) -> None:
    """Init, run, prove, a call with a press, taken in, fetched, opened: outside the gap it is what was fed."""
    said = journey.init()
    assert "recipient prove office WORD" in said
    journey.box.lines.start()
    journey.both.start()
    journey.arm()
    box = journey.box
    box.tell("line1", "lift")
    box.reasons("recorded", "line1")
    box.lines.hear(3)
    box.push("line1")
    box.reasons("paused", "line1")
    box.lines.hear(4)
    box.push("line1")
    box.reasons("recorded", "line1")
    box.lines.hear(3)
    box.tell("line1", "replace")
    (row,) = journey.taken_in(1)
    assert (row["line"], row["kind"], row["clock"]) == ("line1", "finished", "trusted")
    assert row["due"]
    fetched = journey.fetch(row["id"])
    (gap,) = fetched.facts["gaps"]
    assert gap["reason"] == "paused"
    assert len(fetched.stretches) == 2
    assert subprocess.run(["flac", "-t", "-s", "-w", "-"], input=fetched.stream, check=False).returncode == 0
    assert journey.both.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_mid_call_keeps_what_was_said(journey: Journey, number: signal.Signals) -> None:
    """The open recording is finished and taken in before `callbox run` ends: at the next start it is there."""
    journey.init()
    journey.box.lines.start()
    journey.both.start()
    journey.arm()
    journey.box.tell("line1", "lift")
    journey.box.reasons("recorded", "line1")
    journey.box.lines.hear(4)
    os.kill(journey.both.pid, number)
    assert journey.both.stop() == 0, "asked for twice is asked for once"
    data = journey.place.data
    assert not list((data / "spool").iterdir())
    assert len(list((data / "store").glob("*.body"))) == 1
    journey.keeper.start()
    (row,) = journey.listed()
    fetched = journey.fetch(row["id"])
    assert (row["kind"], fetched.facts["ended"]) == ("finished", "recorder stopped")
    assert fetched.facts["samples"] > 3 * 8000


def test_the_machines_own_clock_arms_only_once_it_was_trusted(tmp_path: Path) -> None:
    """Nothing is recorded before the clock was trusted once; what begins untrusted after that is kept undated."""
    if SYNCHRONISED.exists():
        pytest.skip("the clock of this machine is synchronised: it is never untrusted")
    with Journey(tmp_path, [Ask("line1", Line(noise(1, 120)))], clock=None) as journey:
        journey.init()
        journey.box.lines.start()
        journey.both.start()
        journey.prove()
        journey.box.tell("line1", "lift")
        journey.box.reasons("lost: not armed", "line1")
        journey.box.lines.hear(2)
        assert "vault.not-armed" in journey.recorder_codes()
        assert journey.both.stop() == 0
        assert not list((journey.place.data / "store").iterdir())

        journey.again(trusted())
        journey.both.start()
        journey.until(lambda: "vault.not-armed" not in journey.recorder_codes(), "the lines are not armed")
        assert journey.both.stop() == 0

        journey.again(None)
        journey.both.start()
        journey.box.tell("line1", "replace")
        journey.box.reasons(None, "line1")
        journey.call("line1", 3)
        (row,) = journey.taken_in(1)
        assert (row["due"], row["key"], row["clock"]) == (None, "undated", "untrusted")
        assert len(journey.fetch(row["id"]).stretches) == 1
        journey.until(lambda: "vault.undated" in journey.keeper_codes(), "no fault says undated")
        assert journey.both.stop() == 0
