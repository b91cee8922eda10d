"""From `callbox init` to `age -d`: every command that a person types, both real processes, the real audio stack."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from firmware.clock import SYNCHRONISED
from tests.journey.journey_rig import Journey, trusted
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise


def test_the_whole_journey(tmp_path: Path) -> None:
    """Init, run, prove, a call with a press, taken in, fetched, opened: outside the gap it is what was fed.

    Ctrl-C in the middle of another call, asked for twice: it is finished and taken in before `callbox run` ends.
    """
    with Journey(tmp_path, [Ask("line1", Line(noise(1, 120)))]) as journey:
        assert "recipient prove office WORD" in journey.init()
        journey.box.lines.start()
        journey.both.start()
        assert f"callbox shell status --config {journey.box.config}" in journey.both.printed()
        assert "next: callbox shell recipient ask office" in journey.shell("status").decode()
        for name in journey.box.keys.private:
            journey.prove(name)
        journey.until(
            lambda: journey.shell("status").startswith(b"No fault is open."), "the box is not healthy"
        )
        a_call_with_a_press(journey)
        (row,) = journey.taken_in(1)
        assert (row["line"], row["kind"], row["clock"]) == ("line1", "finished", "trusted")
        assert row["due"]
        fetched = journey.fetch(row["id"])
        (gap,) = fetched.facts["gaps"]
        assert gap["reason"] == "paused"
        assert len(fetched.stretches) == 2
        tested = subprocess.run(["flac", "-t", "-s", "-w", "-"], input=fetched.stream, check=False)
        assert tested.returncode == 0

        journey.lift("line1")
        journey.box.lines.hear(3)
        os.kill(journey.both.pid, signal.SIGINT)
        assert journey.both.stop() == 0
        assert not list((journey.place.data / "spool").iterdir())
        journey.keeper.start()
        last = journey.fetch(journey.taken_in(2)[-1]["id"])
        assert last.facts["ended"] == "recorder stopped"
        assert last.facts["samples"] > 2.5 * 8000


def a_call_with_a_press(journey: Journey) -> None:
    """Paused for a little more than the 3 s in which nothing resumes."""
    box = journey.box
    journey.lift("line1")
    box.lines.hear(2.5)
    box.push("line1")
    box.reasons("paused", "line1")
    box.lines.hear(3.2)
    box.push("line1")
    box.reasons("recorded", "line1")
    box.lines.hear(0.5)
    box.tell("line1", "replace")


def test_the_machines_own_clock_arms_only_once_it_was_trusted(tmp_path: Path) -> None:
    """Nothing is recorded before the clock was trusted once; what begins untrusted after that is kept undated."""
    if SYNCHRONISED.exists():
        pytest.skip("the clock of this machine is synchronised: it is never untrusted")
    with Journey(tmp_path, [Ask("line1", Line(noise(1, 120)))], clock=None) as journey:
        journey.init()
        journey.box.lines.start()
        journey.start().prove()
        journey.box.tell("line1", "lift")
        journey.box.reasons("lost: not armed", "line1")
        assert "vault.not-armed" in journey.recorder_codes()
        assert "device.clock-untrusted" in journey.keeper_codes()
        assert journey.recorder.stop() == journey.keeper.stop() == 0
        assert not list((journey.place.data / "store").iterdir())

        journey.again(trusted())
        journey.keeper.start()
        assert journey.keeper.stop() == 0

        journey.again(None)
        journey.start()
        journey.lift("line1")
        journey.box.lines.hear(1)
        assert journey.recorder.stop() == 0
        (row,) = journey.taken_in(1)
        assert (row["due"], row["key"], row["clock"]) == (None, "undated", "untrusted")
        assert len(journey.fetch(row["id"]).stretches) == 1
        journey.until(lambda: "vault.undated" in journey.keeper_codes(), "no fault says undated")
