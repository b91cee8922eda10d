"""Whatever ends a run of the witness, nothing that happened is never told."""

import sys
from pathlib import Path

import pytest

from firmware.clock import GivenClock
from firmware.faults import Refused
from firmware.office.boxes import OfficeBox
from firmware.office.witness import run
from tests.keeper.keeper_rig import MORNING, House
from tests.rigs.witness_pc import DAY_S, ME, WitnessPc, codes, local, served, text, watched

LOOKS = """
import json, shutil, sys, time
state, reports, seen, before = sys.argv[1:5]
until = time.monotonic() + 20
while json.load(open(state))["told_s"] == int(before) and time.monotonic() < until:
    time.sleep(0.01)
shutil.copytree(reports, seen)
"""
"""A box that does not answer before another was told: it keeps the reports as a kill at that moment would leave them."""

FETCHED = f"{ME} fetched 1 recording"


@pytest.fixture
def pc(tmp_path: Path) -> WitnessPc:
    return WitnessPc(tmp_path / "office", GivenClock(MORNING))


def a_day_later(pc: WitnessPc, house: House, recording: str) -> None:
    """Once it was visited, somebody fetches the recording, and a day goes by."""
    assert codes(pc.visit(house)) == []
    assert house.shell("get", recording, "--purpose", "complaint", "--ref", "Case C12").returncode == 0
    pc.clock.advance(DAY_S)
    house.clock.advance(DAY_S)  # type: ignore[attr-defined]


def test_it_stands_in_the_report_before_it_is_remembered_as_told(tmp_path: Path, pc: WitnessPc) -> None:
    """A run that is killed while another box is waited for has told, on the disk, what it will not tell again."""
    house = watched(tmp_path / "box", pc)
    recording = house.spool_finished()
    with served(house) as turn:
        a_day_later(pc, house, recording)
        turn()
        folder, seen = pc.kept.folder, tmp_path / "seen"
        looks = (str(folder / "town-hall.json"), str(folder / "reports"), str(seen), str(pc.state().told_s))
        boxes = [
            OfficeBox("town-hall", local(house)),
            OfficeBox("depot", (sys.executable, "-c", LOOKS, *looks)),
        ]
        assert run(boxes, pc.run) != 0
    (report,) = [told for each in seen.glob("*.txt") if FETCHED in (told := each.read_text())]
    assert "== depot" not in report


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_where_nothing_can_be_printed_it_stands_in_the_report(
    tmp_path: Path, pc: WitnessPc, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk behind standard output is a fault with a next step, and no traceback."""
    house = watched(tmp_path / "box", pc)
    recording = house.spool_finished()
    with served(house) as turn:
        a_day_later(pc, house, recording)
        turn()
        with Path("/dev/full").open("w") as full, monkeypatch.context() as now:
            now.setattr(sys, "stdout", full)
            assert run([OfficeBox("town-hall", local(house))], pc.run) == Refused.exit_status
        assert "cannot be written where it should go: No space left on device" in capsys.readouterr().err
        (report,) = [
            text
            for each in (pc.kept.folder / "reports").glob("*.txt")
            if FETCHED in (text := each.read_text())
        ]
        assert report.endswith("1 box was visited and cosigned.\n\n")


def test_what_cannot_be_reported_is_told_again(tmp_path: Path, pc: WitnessPc) -> None:
    """A report that the disk refuses leaves it untold, with a fault; the next run tells it."""
    house = watched(tmp_path / "box", pc)
    recording = house.spool_finished()
    with served(house) as turn:
        a_day_later(pc, house, recording)
        turn()
        reports = pc.kept.folder / "reports"
        reports.rename(tmp_path / "kept")
        reports.write_text("in the way")
        before = pc.state().told
        assert codes(pc.visit(house)) == ["refused.file"]
        assert pc.state().told == before
        reports.unlink()
        assert FETCHED in text(pc.visit(house))
        assert FETCHED not in text(pc.visit(house))
