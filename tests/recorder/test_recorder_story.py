"""What is kept, sample by sample: a long pause, doubt, late cuts, arming, lost buttons, two desks, opt-outs."""

import hashlib
import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.rigs.kept import first, gaps, kept, nowhere
from tests.rigs.office import RATE, LineAsk, Office, desk, details, noise

BLOCK = 1024
"""A late cut is rounded outward to whole FLAC blocks (DESIGN section 5)."""

LOOK_BACK = 2 * RATE
QUIET = 32
FED = noise(120)


def voice(seconds: float, seed: int = 1) -> NDArray[np.int16]:
    """Speech as a level meter hears it: bursts of noise of 350 ms with pauses of 150 ms."""
    count = round(seconds * RATE)
    noise = np.random.default_rng(seed).normal(0, 4000, count)
    talks = np.arange(count) % 4000 < 2800
    return np.clip(noise * talks, -32000, 32000).astype(np.int16)


def silence(seconds: float) -> NDArray[np.int16]:
    return np.zeros(round(seconds * RATE), np.int16)


def hush(seconds: float) -> NDArray[np.int16]:
    """A line on which nobody speaks, without a zero."""
    return np.random.default_rng(9).integers(1, 9, round(seconds * RATE)).astype(np.int16)


def at_lift(tmp_path: Path, fed: NDArray[np.int16] | None = None, **ask: str) -> Office:
    """One hooked line with a desk of one button, lifted after a second."""
    office = Office(
        tmp_path, [LineAsk(samples=FED if fed is None else fed, **ask)], desks=desk("front", "line1")
    )
    office.run(1)
    office.say("line1", "lift")
    return office


def hang_up(office: Office, line: str = "line1") -> int:
    over = office.position
    office.say(line, "replace")
    office.finish()
    return over


def test_three_minutes_of_digits_on_a_hookless_line(tmp_path: Path) -> None:
    """Paused while digits are read aloud: nothing of them is kept, however quiet it is, and the call goes on."""
    spoken = [silence(QUIET), voice(20), voice(60, 2), silence(60), voice(60, 3), voice(20, 4), silence(40)]
    fed = np.concatenate(spoken)
    office = Office(tmp_path, [LineAsk(samples=fed, hooked=False)], desks=desk("front", "line1"))
    office.run(QUIET + 20 + LOOK_BACK / RATE)
    pressed = office.position
    office.tap_once("front")
    office.run(180 - 0.2)
    assert office.lamps() == {"line1": "REMIND"}
    office.press("front", "pause down")
    office.run(0.2)
    office.press("front", "pause up")
    office.run(0.25)
    resumed = office.position
    office.run(52)
    office.finish()
    (only,) = office.recordings()
    (before, after) = kept(office, only, fed)
    assert before[1] == pressed - LOOK_BACK
    assert before[0] <= QUIET * RATE
    assert abs(after[0] - resumed) <= RATE // 4
    assert gaps(office, only)[0] == (pressed - LOOK_BACK, after[0], "paused")
    nowhere([only], fed[pressed : pressed + 170 * RATE])
    assert only.facts["ended"] == "silence"


def test_pressed_twice_in_doubt_stays_paused(tmp_path: Path) -> None:
    """A second press within 3 s of the first resumes nothing; one after it does."""
    office = at_lift(tmp_path)
    office.run(9)
    pressed = office.position
    office.tap_once("front")
    office.run(1.5)
    office.tap_once("front")
    office.run(5)
    assert office.lamps() == {"line1": "PAUSED"}
    office.tap_once("front")
    office.run(0.25)
    resumed = office.position
    office.run(6)
    over = hang_up(office)
    (only,) = office.recordings()
    before, after = kept(office, only, FED)
    assert before == (RATE, pressed - LOOK_BACK)
    assert resumed - RATE // 2 <= after[0] <= resumed
    assert after[1] == over
    assert [reason for reason, _ in office.rows()] == ["recorded", "paused", "recorded"]


def test_a_press_ten_seconds_late_cuts_thirty_seconds_back(tmp_path: Path) -> None:
    """Held for 2 s: 30 s before the press are silence in the finished file, which stock tools accept."""
    office = at_lift(tmp_path)
    office.run(45)
    pressed = office.position
    office.press("front", "pause down")
    office.run(2.3)
    office.press("front", "pause up")
    assert office.told()["live"]["tainted"] == 1
    office.run(5)
    office.tap_once("front")
    office.run(6)
    over = hang_up(office)
    (only,) = office.recordings()
    before, after = kept(office, only, FED)
    assert before[0] == RATE
    assert pressed - 30 * RATE - BLOCK < before[1] <= pressed - 30 * RATE
    assert after[1] == over
    assert {reason for _, _, reason in only.gaps} <= {"late cut", "paused"}
    nowhere([only], FED[pressed - 30 * RATE : pressed])
    accepted(tmp_path, only.stream)
    changed = [row for row in office.coverage() if row.get("instead") == "recorded"]
    assert sum(int(str(row["duration_ns"])) for row in changed) == 28 * 10**9


def accepted(folder: Path, stream: bytes) -> None:
    """`flac -t` tests every frame and the MD5; libsndfile reads it to the end; the MD5 is that of the samples."""
    path = folder / "call.flac"
    path.write_bytes(stream)
    subprocess.run(["flac", "-t", "-w", "-s", path], check=True, capture_output=True)
    told = subprocess.run(["metaflac", "--show-md5sum", path], check=True, capture_output=True, text=True)
    sound = soundfile.read(io.BytesIO(stream), dtype="int16", always_2d=True)[0]
    assert told.stdout.strip() == hashlib.md5(sound.astype("<i2").tobytes()).hexdigest()


def test_a_press_while_idle_arms_the_next_call(tmp_path: Path) -> None:
    """It begins paused from its first sample, is never recorded before a resume, and the arming is used up."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=desk("front", "line1"))
    office.run(1)
    office.tap_once("front")
    office.run(30)
    office.say("line1", "lift")
    office.run(6)
    assert office.lamps() == {"line1": "PAUSED"}
    office.say("line1", "replace")
    office.run(3)
    office.say("line1", "lift")
    lifted = office.position
    office.run(6)
    over = hang_up(office)
    (only,) = office.recordings()
    assert kept(office, only, FED) == [(lifted, over)]


def test_arming_expires_after_sixty_seconds(tmp_path: Path) -> None:
    """One second later the call is recorded, and one second earlier it is not."""
    for wait, count in ((58.5, 0), (61, 1)):
        office = Office(tmp_path / str(count), [LineAsk(samples=FED)], desks=desk("front", "line1"))
        office.run(1)
        office.tap_once("front")
        office.run(wait)
        office.say("line1", "lift")
        office.run(6)
        hang_up(office)
        assert len(office.recordings()) == count


@pytest.mark.parametrize("broken", ["unplugged", "short"])
def test_a_lost_button_withholds(tmp_path: Path, broken: str) -> None:
    """From the look-back before the wire broke until it is whole again; the lamp shows a fault."""
    office = at_lift(tmp_path)
    office.run(9)
    broke = office.position
    office.press("front", f"pause {broken}")
    office.run(6)
    assert office.lamps() == {"line1": "FAULT"}
    assert [fault["code"] for fault in office.told()["faults"]] == ["device.button-lost"]
    office.press("front", "pause up")
    mended = office.position
    office.run(6)
    over = hang_up(office)
    (only,) = office.recordings()
    before, after = kept(office, only, FED)
    assert before == (RATE, broke - LOOK_BACK)
    assert mended <= after[0] <= mended + RATE // 4
    assert after[1] == over
    assert {reason for _, _, reason in only.gaps} == {"withheld: button lost"}


def test_a_lost_button_records_where_the_office_said_so(tmp_path: Path) -> None:
    """The fault is shown all the same."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=desk("front", "line1", button_lost="record"))
    office.run(1)
    office.press("front", "pause unplugged")
    office.run(2)
    office.say("line1", "lift")
    office.run(6)
    assert office.lamps() == {"line1": "RECORDING"}
    assert office.told()["desks"]["front"] == ["RECORDING", "FAULT"]
    over = hang_up(office)
    (only,) = office.recordings()
    assert kept(office, only, FED) == [(3 * RATE, over)]


def test_any_of_two_desks_pauses_and_any_resumes(tmp_path: Path) -> None:
    """The other desk's press is a press: it resumes what the first one paused, after the 3 s of doubt."""
    desks = desk("front", "line1") + desk("back", "line1")
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=desks)
    office.run(1)
    office.say("line1", "lift")
    office.run(8)
    pressed = office.position
    office.tap_once("front")
    office.run(1)
    office.tap_once("back")
    office.run(4)
    assert office.lamps() == {"line1": "PAUSED"}
    office.tap_once("back")
    office.run(0.25)
    resumed = office.position
    office.run(5)
    hang_up(office)
    (only,) = office.recordings()
    before, after = kept(office, only, FED)
    assert before[1] == pressed - LOOK_BACK
    assert resumed - RATE // 2 <= after[0] <= resumed


@pytest.mark.parametrize("second", [0.0, 8.0])
@pytest.mark.parametrize("own", [True, False])
def test_an_opt_out_stops_the_call_for_good(tmp_path: Path, second: float, own: bool) -> None:
    """As of its edge less the look-back, whether by its own button or by holding the only one for 3 s."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=desk("front", "line1", opt_out=own))
    office.run(1)
    office.say("line1", "lift")
    office.run(second)
    edge = office.position
    button = "opt-out" if own else "pause"
    office.press("front", f"{button} down")
    office.run(3.5)
    office.press("front", f"{button} up")
    office.run(3)
    assert office.lamps() == {"line1": "OPTED_OUT"}
    office.tap_once("front")
    office.run(4)
    assert office.lamps() == {"line1": "OPTED_OUT"}
    hang_up(office)
    found = office.recordings()
    if second == 0:
        assert found == []
    elif own:
        assert kept(office, found[0], FED) == [(RATE, edge - LOOK_BACK)]
        assert found[0].facts["ended"] == "opted out"
    else:
        nowhere(found, FED[edge - 9 * RATE :])
    assert office.rows()[-1][0] == "opted out"


@pytest.mark.parametrize("second", [0.0, 1.0, 8.0, 40.0])
def test_an_opt_out_that_discards_leaves_zero_bytes(tmp_path: Path, second: float) -> None:
    """Neither in the spool nor open in the live log; the ledger has its row, the live key is tainted."""
    office = Office(
        tmp_path, [LineAsk(samples=FED, opt_out="discard")], desks=desk("front", "line1", opt_out=True)
    )
    office.run(1)
    office.say("line1", "lift")
    office.run(second)
    office.press("front", "opt-out down")
    office.run(0.2)
    office.press("front", "opt-out up")
    office.run(5)
    assert office.told()["live"]["tainted"] == (1 if second > 2 else None)
    assert office.told()["live"]["oldest"] is None
    office.tap_once("front")
    office.run(5)
    hang_up(office)
    assert [path for path in (tmp_path / "data" / "spool").iterdir() if "coverage" not in path.name] == []
    last = [row for row in office.coverage() if row["reason"] == "opted out"]
    assert last


def test_an_opt_out_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    """The lamp says no for 3 s, the ledger says so, and the recording goes on."""
    office = Office(
        tmp_path, [LineAsk(samples=FED, opt_out="none")], desks=desk("front", "line1", opt_out=True)
    )
    office.run(1)
    office.say("line1", "lift")
    office.run(6)
    office.press("front", "opt-out down")
    office.run(0.3)
    assert office.lamps() == {"line1": "REFUSED"}
    office.press("front", "opt-out up")
    office.run(4)
    assert office.lamps() == {"line1": "RECORDING"}
    over = hang_up(office)
    (only,) = office.recordings()
    assert kept(office, only, FED) == [(RATE, over)]
    assert [row["duration_ns"] for row in office.coverage() if row["reason"] == "opt-out refused"] == [0]


def test_before_the_answer_nothing_is_kept_and_an_opt_out_holds(tmp_path: Path) -> None:
    """Dialling is never recorded; who opts out while it rings is not recorded after the answer either."""
    fed = np.concatenate([hush(6), FED])
    office = at_lift(tmp_path, fed)
    office.say("line1", "dialled 02079460000")
    office.run(5)
    office.say("line1", "answered")
    answered = office.position
    office.run(6)
    over = hang_up(office)
    (only,) = office.recordings()
    assert kept(office, only, fed) == [(answered, over)]
    assert only.details == details(dialled="02079460000")
    assert only.facts["direction"] == "out"
    assert office.rows()[0] == ("not answered", 5.0)
    assert first(office, only) == answered
    told = json.dumps([only.facts, office.coverage(), office.told()])
    assert "9460000" not in told


def test_an_opt_out_while_it_rings_holds(tmp_path: Path) -> None:
    """Pressed before the answer: nothing at all."""
    office = at_lift(tmp_path)
    office.say("line1", "dialled 02079460000")
    office.run(2)
    office.press("front", "pause down")
    office.run(3.5)
    office.press("front", "pause up")
    office.say("line1", "answered")
    office.run(6)
    hang_up(office)
    assert office.recordings() == []
