"""A committed part that does not read back: shown, and in nobody else's way."""

import os
from pathlib import Path

import pytest

from firmware.recorder import finisher
from tests.rigs.office import DESK, LineAsk, Office, noise

FED = noise(440)


def codes(office: Office) -> set[str]:
    return {fault["code"] for fault in office.told()["faults"]}


def until_shown(office: Office, code: str) -> None:
    """Let time go by until a fault is shown."""
    for _ in range(200):
        office.run(0.25)
        office.recorder.seals._scribe.wait_idle(10)
        if code in codes(office):
            return
    raise AssertionError(f"{code} was never shown")


def with_a_broken_part(folder: Path) -> tuple[Office, str]:
    """Ten seconds into calls on two lines; a committed part of line1's does not read back."""
    office = Office(folder, [LineAsk("line1", FED), LineAsk("line2", FED[::-1].copy())], desks=DESK)
    office.run(1)
    office.say("line1", "lift")
    office.say("line2", "lift")
    office.run(10)
    log = office.recorder.seals.log
    (broken,) = office.recorder.lines["line1"].makings.ids
    os.pwrite(log._fd, bytes(16), log.places(broken)[3].offset + 40)
    office.waits = False
    return office, broken


def salvaged(office: Office) -> set[str]:
    """The recordings in the spool after the next start."""
    office.waits = True
    office.restart()
    office.run(2)
    office.recorder.stop()
    return {path.stem for path in (office.data / "spool").glob("*.json") if "coverage" not in path.name}


def test_a_part_that_does_not_read_back_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault stays shown while the other call is finished, and the next start salvages the broken one as cut."""
    monkeypatch.setattr(finisher, "AGAIN_SECONDS", 0.01)
    office, broken = with_a_broken_part(tmp_path)
    office.say("line1", "replace")
    until_shown(office, "vault.read-back")
    office.say("line2", "replace")
    for _ in range(200):
        office.run(0.25)
        office.recorder.seals._scribe.wait_idle(10)
        assert "vault.read-back" in codes(office)
        if office.recordings():
            break
    assert [each.facts["line"] for each in office.recordings()] == ["line2"]
    office.run(1)
    assert "vault.read-back" in codes(office)
    office.crash()
    assert broken in salvaged(office)


def test_a_part_that_does_not_read_back_holds_up_no_stop(tmp_path: Path) -> None:
    """A stop finishes the call in progress on the other line, at once, though the broken one waits for its turn."""
    office, broken = with_a_broken_part(tmp_path)
    office.say("line1", "replace")
    until_shown(office, "vault.read-back")
    office.run(5)
    office.recorder.stop()
    (whole,) = office.recordings()
    assert whole.facts["line"] == "line2"
    assert whole.facts["ended"] == "recorder stopped"
    assert broken in salvaged(office)
