"""The witness against real keepers: honest days, a log put back, two logs, another key, a PC whose clock is wrong."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.audit.checkpoint import cosigned
from firmware.audit.note import read_note
from firmware.clock import GivenClock
from firmware.faults import Refused
from firmware.ledger.row import Row
from firmware.office.boxes import OfficeBox
from firmware.office.witness import run
from firmware.office.witness_folder import Kept
from firmware.sealing.making import fresh_id
from firmware.shell.client import connected
from tests.keeper.keeper_rig import MORNING, House
from tests.rigs.witness_pc import DAY_S, ME, WitnessPc, codes, copied, local, served, text, watched


@pytest.fixture
def pc(tmp_path: Path) -> WitnessPc:
    return WitnessPc(tmp_path / "office", GivenClock(MORNING))


def advance(pc: WitnessPc, house: House, seconds: float) -> None:
    """Time goes by for both."""
    pc.clock.advance(seconds)
    assert isinstance(house.clock, GivenClock)
    house.clock.advance(seconds)


def told_by(house: House) -> str:
    """The newest checkpoint with what witnesses said of it, as the keeper answers."""
    with connected(str(house.places.run / "keeper.sock")) as client:
        return str(client.ask("checkpoint").content["note"])


def fetched(house: House, recording: str) -> None:
    done = house.shell("get", recording, "--purpose", "complaint", "--ref", "Case C12")
    assert done.returncode == 0, done.stderr


def test_honest_days_are_kept_cosigned_and_told(tmp_path: Path, pc: WitnessPc) -> None:
    """The first visit pins and describes; the next one tells who fetched what, once; a missed day is said."""
    house = watched(tmp_path / "box", pc)
    recording = house.spool_finished()
    with served(house) as turn:
        first = pc.visit(house)
        assert codes(first) == []
        assert "seen for the first time" in text(first)
        assert "kept for 30 days" in text(first)
        fetched(house, recording)
        advance(pc, house, 3 * DAY_S)
        turn()
        second = pc.visit(house)
        assert codes(second) == []
        assert f"{ME} fetched 1 recording for complaint" in text(second)
        assert "2 days were missed" in text(second)
        assert "Lines from 2026-03-02 to 2026-03-04" in text(second)
        assert "1 copy is not confirmed destroyed" in text(second)
        third = pc.visit(house)
        assert "nobody fetched a recording" in text(third)
        said = cosigned(read_note(told_by(house)), pc.cosigner.key)
        assert said is None or said.at_s == pc.now_s()
        listed = house.shell("log", "--limit", "50").stdout.decode()
        assert "witness controller-pc" in listed
    assert pc.state().at_s == pc.now_s()
    everything = b"".join(each.read_bytes() for each in pc.kept.folder.rglob("*") if each.is_file())
    assert b"Case C12" not in everything
    assert pc.evidence() == []


def test_an_older_copy_of_the_data_is_a_rollback(tmp_path: Path, pc: WitnessPc) -> None:
    """It is said with both sizes, nothing is cosigned or forgotten, both checkpoints are kept, and so it is the next day."""
    house = watched(tmp_path / "box", pc)
    recording = house.spool_finished()
    with served(house):
        pass
    shutil.copytree(house.places.data, tmp_path / "old")
    with served(house):
        fetched(house, recording)
        assert codes(pc.visit(house)) == []
    before = pc.state()
    shutil.rmtree(house.places.data)
    shutil.copytree(tmp_path / "old", house.places.data)
    with served(house):
        for count in (1, 2):
            outcome = pc.visit(house)
            assert codes(outcome) == ["log.rolled-back"]
            assert "showed" in outcome.faults[0].message
            assert "nothing was cosigned" in outcome.faults[0].message
            assert pc.state() == before
            assert len(pc.evidence()) == 2 * count
        assert cosigned(read_note(told_by(house)), pc.cosigner.key) is None


def test_two_boxes_from_one_copy_are_a_fork(tmp_path: Path, pc: WitnessPc) -> None:
    """Whichever was seen first is believed; the other one's log of any size is not, nor under another name."""
    house = watched(tmp_path / "box", pc)
    recording = house.spool_finished()
    with served(house):
        assert codes(pc.visit(house)) == []
    twin = copied(house, tmp_path / "twin")
    with served(house):
        fetched(house, recording)
        assert codes(pc.visit(house)) == []
        size = pc.state().known.checkpoint.size
    with served(twin):
        assert codes(pc.visit(twin, name="annex")) == ["log.box-key-changed"]
        assert codes(pc.visit(twin)) == ["log.rolled-back"]
        for _ in range(4):
            fetched(twin, recording)
        outcome = pc.visit(twin)
        assert codes(outcome) == ["log.forked"]
        assert "there are two logs" in outcome.faults[0].message
    assert pc.state().known.checkpoint.size == size
    shown = next(each for each in (pc.kept.folder / "evidence").glob("*shown.note"))
    assert shown.read_text().count("callbox/") >= 2


def test_another_key_is_another_box(tmp_path: Path, pc: WitnessPc) -> None:
    """A box made anew under the same name is refused until a person begins anew with it."""
    house, other = watched(tmp_path / "box", pc), watched(tmp_path / "other", pc)
    with served(house):
        assert codes(pc.visit(house)) == []
    with served(other):
        outcome = pc.visit(other)
        assert codes(outcome) == ["log.box-key-changed"]
        assert "made anew, or it is another box" in outcome.faults[0].message
        aside = pc.kept.begin_anew("town-hall", "now")
        assert aside is not None
        assert codes(pc.visit(other)) == ["log.box-key-changed"], (
            "the office's known boxes still name the old key"
        )
        (pc.folder / "known_boxes").unlink()
        assert codes(pc.visit(other)) == []
    assert aside.exists()


def test_a_box_that_does_not_name_this_witness_is_told_of_all_the_same(tmp_path: Path, pc: WitnessPc) -> None:
    """What it refuses is said with the next step; the checkpoint is kept, and what happened is told."""
    (tmp_path / "box").mkdir()
    house = House(tmp_path / "box")
    with served(house):
        outcome = pc.visit(house)
    assert codes(outcome) == ["refused.cosignature"]
    assert "it was not cosigned" in text(outcome)
    assert "Open faults" in text(outcome)
    assert pc.state().told is not None


def test_boxes_stand_side_by_side(tmp_path: Path, pc: WitnessPc, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is away hinders no other; the report of the day holds what the terminal showed; the status says so."""
    one, two = watched(tmp_path / "one", pc), watched(tmp_path / "two", pc)
    boxes = [OfficeBox("one", local(one)), OfficeBox("two", local(two)), OfficeBox("away", ("false",))]
    with served(one), served(two):
        assert run(boxes, pc.run) == 3
        shown = capsys.readouterr().out
        assert "SOMEBODY IS NEEDED: away." in shown
        assert run(boxes[:2], pc.run) == 0
        shown += capsys.readouterr().out
    assert "2 boxes were visited and cosigned." in shown
    report = (pc.kept.folder / "reports" / "2026-03-02.txt").read_text()
    told = [line for line in shown.splitlines() if not line.startswith("This stands in")]
    assert sorted(line for line in report.splitlines() if line) == sorted(line for line in told if line)


def test_a_pc_whose_clock_went_back_signs_no_time(tmp_path: Path, pc: WitnessPc) -> None:
    """By an hour, or to before this program was built: the log is proved and kept, and the box hears no wrong time."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        assert codes(pc.visit(house)) == []
        for back in (3600, 400 * DAY_S):
            size = pc.state().known.checkpoint.size
            pc.clock.step(-back)
            outcome = pc.visit(house)
            assert codes(outcome) == ["refused.witness-clock"]
            assert "CLOCKS DIFFER" in text(outcome)
            assert b"gave another time" not in house.shell("clock", "--json").stdout
            house.shell("checkpoint")
            assert pc.state().known.checkpoint.size >= size
    assert pc.state().at_s > pc.now_s()


def test_a_pc_whose_clock_is_ahead_is_said(tmp_path: Path, pc: WitnessPc) -> None:
    """One of two clocks is wrong, and nobody here knows which: it is told, and the box doubts its own."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        pc.clock.step(2 * DAY_S)
        outcome = pc.visit(house)
        assert codes(outcome) == []
        assert "one of them is wrong" in text(outcome)
        assert b"a witness gave another time" in house.shell("clock", "--json").stdout


def test_two_runs_do_not_work_in_one_folder(pc: WitnessPc) -> None:
    """The second one is refused, and the lock goes with the first."""
    other = Kept(pc.kept.folder)
    with pc.kept.alone(), pytest.raises(Refused, match="another run"), other.alone():
        pass
    with other.alone():
        pass


def test_a_damaged_state_is_a_fault_and_begins_nothing_anew(tmp_path: Path, pc: WitnessPc) -> None:
    """Who can damage it cannot make the witness forget without a word."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        assert codes(pc.visit(house)) == []
        path = pc.kept.folder / "town-hall.json"
        path.write_text(path.read_text()[:-40])
        assert codes(pc.visit(house)) == ["log.damaged"]


def test_an_older_state_never_takes_the_place_of_a_newer(tmp_path: Path, pc: WitnessPc) -> None:
    """Not even where a caller asks."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        pc.visit(house)
        old = pc.state()
        house.shell("checkpoint")
        pc.visit(house)
    with pytest.raises(ValueError, match="smaller log"):
        pc.kept.keep("town-hall", old)


def test_a_box_that_says_nothing_is_left(pc: WitnessPc) -> None:
    """It keeps the connection open for ever, and the run goes on without it."""
    silent = OfficeBox("silent", (sys.executable, "-c", "import signal; signal.pause()"))
    outcome = replace(pc.run, patience_s=0.5).outcome(silent)
    assert codes(outcome) == ["device.box-away"]
    assert "no answer for 0.5 seconds" in outcome.faults[0].message


def test_the_day_of_each_line_is_told(tmp_path: Path, pc: WitnessPc) -> None:
    """Calls, recorded, withheld and lost time, why, and how much is accounted for, from the ledger of a real keeper."""
    house = watched(tmp_path / "box", pc)
    call, second = fresh_id(), fresh_id()
    rows = [
        ("recorded", 600, call),
        ("paused", 65, call),
        ("recorded", 30, second),
        ("lost: restarted", 5, second),
    ]
    began = house.clock.stamp()
    written = []
    for reason, seconds, whose in rows:
        written.append(Row("line1", whose, reason, began, seconds * 10**9).content())
        began = replace(
            began, wall_ns=began.wall_ns + seconds * 10**9, boottime_ns=began.boottime_ns + seconds * 10**9
        )
    name = house.places.spool / f"coverage-{fresh_id()}.json"
    name.write_text(json.dumps({"format": 1, "rows": written}))
    with served(house) as turn:
        pc.visit(house)
        advance(pc, house, DAY_S)
        turn()
        told = text(pc.visit(house))
    assert "Lines on 2026-03-02" in told
    said = "line1 (repairs): 2 calls, recorded 0:10:30, withheld 0:01:05, LOST 0:00:05"
    assert f"{said}: lost: restarted 0:00:05, paused 0:01:05" in told
    assert "accounted for: 99.28 % of the 0:11:40 off the hook, 0:00:05 lost" in told


def test_a_disk_that_refuses_hides_nothing(
    tmp_path: Path, pc: WitnessPc, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal has it all and says that the report is missing; there is no traceback, and nothing counts as told."""
    house = watched(tmp_path / "box", pc)
    pc.run.kept.folder.joinpath("reports").write_text("in the way")
    with served(house):
        assert run([OfficeBox("town-hall", local(house))], pc.run) == Refused.exit_status
    told = capsys.readouterr()
    assert "it was cosigned as of" in told.out
    assert "refused.file" in told.out
    assert "SOMEBODY IS NEEDED: town-hall." in told.out
    assert "refused.file" in told.err
    assert pc.state().told is None
