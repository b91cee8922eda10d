"""What the lamp said is left out stays left out, whenever the recorder dies after it."""

from pathlib import Path

import pytest

from tests.rigs.kept import first
from tests.rigs.office import RATE, LineAsk, Office, desk, ramp

ONE = ("line1",)


def in_a_call(folder: Path, seconds: float = 20, **more: str) -> Office:
    """One line of which so much of a call was recorded."""
    office = Office(folder, [LineAsk(samples=ramp(120), **more)], desks=desk("front", "line1", opt_out=True))
    office.run(1)
    office.say("line1", "lift")
    office.run(seconds)
    return office


@pytest.mark.parametrize("crashes", [1, 2])
@pytest.mark.parametrize("later", [0, 0.1, 0.3])
def test_a_discard_that_was_shown_survives_a_crash(tmp_path: Path, later: float, crashes: int) -> None:
    """The opt-out is noted and the lamp shows it; the crash comes before anything of it is committed: nothing is kept."""
    office = in_a_call(tmp_path, opt_out="discard")
    office.waits = False
    office.press("front", "opt-out down")
    assert office.notes()["reason"] == "opted out"
    office.run(later)
    for _ in range(crashes):
        office.crash()
        office.restart(0.5, ONE)
    office.run(3)
    office.recorder.stop()
    assert office.recordings() == []
    assert list(office.data.glob("spool/*.body")) == []


@pytest.mark.parametrize("told", ["class internal", "class exempt"])
def test_a_class_told_late_survives_a_crash(tmp_path: Path, told: str) -> None:
    """It turns out that the call was never to be recorded: not even the crash in the next moment keeps it."""
    office = in_a_call(tmp_path)
    office.say("line1", told)
    office.crash()
    office.restart(0.5, ONE)
    office.run(3)
    office.recorder.stop()
    assert office.recordings() == []


def test_a_late_cut_survives_a_crash(tmp_path: Path) -> None:
    """Held for two seconds, then the crash: the half minute before the press is not in what is salvaged."""
    office = in_a_call(tmp_path, seconds=50)
    pressed = office.position
    office.press("front", "pause down")
    while not office.told()["left_out"]:
        office.run(0.05)
    office.crash()
    office.restart(0.5, ONE)
    office.run(3)
    office.recorder.stop()
    salvaged = next(each for each in office.recordings() if each.kind == "cut")
    end = first(office, salvaged) + len(salvaged.samples)
    reach = pressed - 30 * RATE
    assert reach - 2 * RATE < end <= reach
    assert [reason for _, stop, reason in salvaged.gaps if stop > end - first(office, salvaged)] == [
        "late cut"
    ]
