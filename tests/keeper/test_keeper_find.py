"""Finding by number: candidates go out sealed, entered in the log, in pages; the number is nowhere."""

import json
import os
import re
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest

from firmware.audit.entries import Commitment
from firmware.call.bucket import bucket_of
from firmware.faults import Refused
from firmware.recorder.numbers import Numbers
from firmware.sealing.making import Making
from firmware.signal.events import Absent
from tests.keeper.keeper_rig import OFFICE, ROOT, SAFE, House, Keeping, running
from tests.keeper.test_keeper_disposal import HOUR, ask, go
from tests.rigs.memory import Memory

NUMBER, OTHER = "01632960123", "01632960999"
WRITTEN = "+44 (0)1632 960 123"
WHY = {"purpose": "complaint", "ref": "C12"}
UNIT = ROOT / "systemd" / "callbox-keeper.service"
AREA = '\n[numbering]\narea = "01632"\n'


def call_of(house: House, keeping: Keeping, numbers: Numbers) -> str:
    """A recording of a call with these numbers, its bucket and details as the recorder makes them."""
    key = (house.places.published / "bucket.key").read_bytes()
    facts = house.making(bucket=numbers.bucket(key, ""), direction=numbers.direction).facts
    to = [OFFICE.recipient(), SAFE.recipient()]
    recording = house.spool_finished(Making(facts, to, house.live, numbers.details()))
    keeping.turn()
    return recording


def found(answer: dict[str, Any]) -> list[str]:
    return [each["id"] for each in answer["candidates"]]


def opened(candidate: dict[str, Any]) -> dict[str, Any]:
    """The details of a candidate, with the office's key."""
    identity = pyrage.x25519.Identity.from_str(OFFICE.text())
    told: dict[str, Any] = json.loads(pyrage.decrypt(b64decode(candidate["details"]), [identity]))
    return told


@pytest.fixture
def keeping(house: House) -> Iterator[Keeping]:
    with house.keeper() as keeping:
        keeping.turn()
        yield keeping


@pytest.mark.parametrize("typed", [NUMBER, WRITTEN, "0044 1632 960123", "441632960123", "01632-960.123"])
def test_a_number_finds_its_calls_and_nothing_is_opened(house: House, keeping: Keeping, typed: str) -> None:
    """Who called and who was dialled, however it is typed; the details come sealed, and only the office opens them."""
    came = call_of(house, keeping, Numbers(caller_id=NUMBER))
    went = call_of(house, keeping, Numbers(dialled=NUMBER))
    answer = ask(keeping, "find", number=typed, **WHY)
    assert set(found(answer)) >= {came, went}
    assert answer["count"] == len(answer["candidates"])
    told = {each["id"]: opened(each) for each in answer["candidates"]}
    assert (told[came]["caller_id"], told[went]["dialled"]) == (NUMBER, NUMBER)
    assert NUMBER not in json.dumps(answer)


def test_one_entry_tells_the_count_and_commits_to_the_reference(house: House, keeping: Keeping) -> None:
    """It is in the log before the answer leaves; with the salt that the asker was given the reference is shown."""
    call_of(house, keeping, Numbers(caller_id=NUMBER))
    answer = ask(keeping, "find", number=NUMBER, **WHY)
    (entry,) = [each for each in keeping.box.log.entries() if each["what"] == "found"]
    assert entry["handed"] == "details"
    assert (entry["candidates"], entry["of"]) == (1, "number")
    assert (entry["purpose"], entry["person"]) == ("complaint", "it")
    assert list(keeping.box.log.between(answer["entry"], answer["entry"] + 1)) == [entry]
    assert entry["ref_commitment"] == Commitment("C12", bytes.fromhex(answer["salt"])).digest
    assert "C12" not in json.dumps(entry)
    assert NUMBER not in json.dumps(entry)


def test_a_local_number_is_found_with_and_without_its_area_code(tmp_path: Path) -> None:
    """What was dialled within the area shares the search, and each candidate tells how its line dials."""
    house = House(tmp_path, more=AREA)
    with house.keeper() as keeping:
        keeping.turn()
        local = call_of(house, keeping, Numbers(dialled="960123"))
        whole = call_of(house, keeping, Numbers(caller_id=NUMBER))
        for typed in ("960123", WRITTEN):
            answer = ask(keeping, "find", number=typed, **WHY)
            assert set(found(answer)) >= {local, whole}
            assert answer["buckets"] == 2
        assert {(each["access"], each["area"]) for each in answer["candidates"]} == {("", "01632")}


@pytest.mark.parametrize(
    "number",
    ["", "7", "0" * 5000, "0163\N{GRINNING FACE}", "'; DROP TABLE recordings; --", "\x00\x1b[2J", None],
)
def test_what_is_no_number_is_refused_without_being_told(keeping: Keeping, number: str | None) -> None:
    """Neither message nor hint nor log has it; that somebody was refused is entered."""
    with pytest.raises(Refused) as refusal:
        ask(keeping, "find", number=number, **WHY)
    assert refusal.value.code == "refused.arguments"
    assert not number or number not in str(refusal.value)
    (entry,) = [each for each in keeping.box.log.entries() if each["what"] == "refused"]
    assert set(entry) == {"format", "what", "at", "person", "code"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"purpose": "curiosity", "ref": "C12"}, "refused.purpose"),
        ({"purpose": "complaint"}, "refused.reference"),
        ({**WHY, "line": "line9"}, "refused.arguments"),
        ({**WHY, "department": "none"}, "refused.arguments"),
        ({**WHY, "from": "yesterday"}, "refused.arguments"),
        ({**WHY, "to": "9999-12-31"}, "refused.arguments"),
        ({**WHY, "from": "2026-03-03", "to": "2026-03-02"}, "refused.arguments"),
    ],
)
def test_a_search_needs_its_reason_and_sound_limits(
    keeping: Keeping, more: dict[str, str], code: str
) -> None:
    """A purpose of the list, a reference, a line and a department that there were, days in order."""
    with pytest.raises(Refused) as refusal:
        ask(keeping, "find", number=NUMBER, **more)
    assert refusal.value.code == code
    assert NUMBER not in str(refusal.value)


def test_it_is_narrowed_by_days_line_and_department(house: House, keeping: Keeping) -> None:
    """Both days are included, in London; another line or day finds nothing."""
    ours = call_of(house, keeping, Numbers(caller_id=NUMBER))
    near = {"from": "2026-03-02", "to": "2026-03-02", "line": "line1", "department": "repairs"}
    assert found(ask(keeping, "find", number=NUMBER, **WHY, **near)) == [ours]
    for far in ({"from": "2026-03-03"}, {"to": "2026-03-01"}):
        assert found(ask(keeping, "find", number=NUMBER, **WHY, **far)) == []


def test_who_withheld_the_number_is_found_within_days(house: House, keeping: Keeping) -> None:
    """Only recordings of callers without a number, and only within a month: the details tell why there is none."""
    ours = call_of(house, keeping, Numbers(absent=Absent.WITHHELD))
    call_of(house, keeping, Numbers(caller_id=NUMBER))
    call_of(house, keeping, Numbers())
    answer = ask(keeping, "find", withheld=True, **WHY, **{"from": "2026-02-01", "to": "2026-03-03"})
    assert found(answer) == [ours]
    assert opened(answer["candidates"][0])["absent"] == "withheld"
    for wide in ({}, {"from": "2026-02-01"}, {"from": "2026-01-01", "to": "2026-03-03"}):
        with pytest.raises(Refused, match="within some days only"):
            ask(keeping, "find", withheld=True, **WHY, **wide)


def test_what_a_restriction_shuts_is_named_and_not_handed_out(house: House, keeping: Keeping) -> None:
    """It is found and counted; its details stay."""
    shut = call_of(house, keeping, Numbers(caller_id=NUMBER))
    hold = ask(keeping, "hold", id=shut, case="R", owner="dpo", reason="r", restricted=True)["hold"]["id"]
    (candidate,) = ask(keeping, "find", number=NUMBER, **WHY)["candidates"]
    assert (candidate["details"], candidate["restricted"], candidate["holds"]) == (None, True, [hold])


def test_a_destroyed_recording_is_not_found(house: House, keeping: Keeping) -> None:
    """Its bucket went with its row."""
    gone = call_of(house, keeping, Numbers(caller_id=NUMBER))
    ask(keeping, "destroy", id=gone, reason="request")
    go(house, keeping, 3 * HOUR)
    assert found(ask(keeping, "find", number=NUMBER, **WHY)) == []


def test_the_number_is_nowhere(house: House) -> None:
    """A real keeper, a real shell: neither its files, its log, its standard error, nor any command line has it."""
    house.spool_finished()
    key = (house.places.published / "bucket.key").read_bytes()
    with running(house) as keeper:
        done = house.shell("find", "--purpose", "complaint", "--ref", "C12", given=WRITTEN.encode())
        assert done.returncode == 0, done.stderr
        for wrong in (WRITTEN * 20, f"{NUMBER};"):
            assert (
                house.shell("find", "--purpose", "complaint", "--ref", "C12", given=wrong.encode()).returncode
                == 6
            )
        lines = [path.read_bytes() for path in Path(f"/proc/{keeper.pid}").glob("cmdline")]
        disk = [path.read_bytes() for path in house.folder.rglob("*") if path.is_file()]
    spilled = keeper.stderr.read() if keeper.stderr and not keeper.stderr.closed else b""
    assert bucket_of(key, NUMBER) is not None
    for each in (*lines, *disk, spilled, done.stdout, done.stderr):
        for form in (WRITTEN, NUMBER, NUMBER[1:], f"44{NUMBER[1:]}"):
            assert form.encode() not in each


@pytest.mark.rig
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read the memory of another process")
def test_the_keeper_forgets_the_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what its unit asks of the C library: soon nothing in its memory has a number that was looked for."""
    (asked,) = re.findall("^Environment=GLIBC_TUNABLES=(.*)$", UNIT.read_text(), re.MULTILINE)
    monkeypatch.setenv("GLIBC_TUNABLES", asked)
    with running(house) as keeper:
        for _ in range(3):
            done = house.shell("find", "--purpose", "complaint", "--ref", "C12", given=WRITTEN.encode())
            assert done.returncode == 0, done.stderr
        deadline = time.monotonic() + 5
        while found_in(keeper.pid, WRITTEN, NUMBER) and time.monotonic() < deadline:
            house.shell("status")
        assert not found_in(keeper.pid, WRITTEN, NUMBER)
        assert found_in(keeper.pid, "complaint"), "memory is read at all"


def found_in(pid: int, *texts: str) -> int:
    """How often any of these stands in the memory of a process."""
    mappings = [memory for _, memory in Memory.of(pid).mappings]
    return sum(memory.count(text.encode()) for memory in mappings for text in texts)
