"""Why is there no recording? Asked through the shell, of a real keeper; and the day on which it is forgotten."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from firmware.clock import ClockState, GivenClock, Stamp
from firmware.keeper.shrinking import shrink_due
from firmware.ledger import words
from firmware.ledger.coverage import Row
from firmware.ledger.totals import Sum
from firmware.sealing.making import fresh_id
from tests.keeper.keeper_rig import MORNING, House, running

HOOKLESS = """
[[tap]]
name = "other"
kind = "wav"
card = "/dev/zero"
rate = 8000
channels = 1
[[line]]
name = "line2"
department = "repairs"
tap = "other"
position = "port"
"""
SECOND = 10**9
ON = date(2026, 3, 2)


def stamp(at: datetime, boot: str = "given") -> Stamp:
    wall = round(at.timestamp()) * SECOND
    return Stamp(wall, wall - round(MORNING.timestamp()) * SECOND + 10**18, boot, ClockState.TRUSTED)


def row(at: datetime, seconds: int, reason: str, call: str | None = None, **more: str) -> Row:
    return Row(
        more.get("line", "line1"), call, reason, stamp(at, more.get("boot", "given")), seconds * SECOND
    )


def hand_on(house: House, *rows: Row) -> str:
    """A coverage file in the spool, as the recorder leaves it."""
    name = f"coverage-{fresh_id()}.json"
    content = {"format": 1, "rows": [each.content() for each in rows]}
    (house.places.spool / name).write_text(json.dumps(content))
    return name


def utc(hour: int, minute: int, second: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """A keeper that took in a recording with its coverage, five calls, a restart and a hookless line."""
    house = House(tmp_path_factory.mktemp("ledger"), more=HOOKLESS)
    making = house.making(began=stamp(utc(14, 4, 50)))
    recording = house.spool_finished(making, seconds=20)
    call = making.facts.call
    hand_on(house, row(utc(14, 4, 50), 10, "recorded", call), row(utc(14, 5), 5, "paused", call))
    hand_on(house, row(utc(14, 5, 5), 5, "recorded", call), row(utc(15, 0), 10, "lost: restarted"))
    hand_on(house, row(utc(16, 0), 60, "recorded", fresh_id(), boot="next"))
    hand_on(house, *(row(utc(10, each), 20, "not answered", fresh_id(), line="line2") for each in range(5)))
    hand_on(house, *(row(utc(11, each), 20, "internal", fresh_id()) for each in range(5)))
    with running(house) as process:
        deadline = os.times().elapsed + 20
        while any(house.places.spool.glob("*.json")) and os.times().elapsed < deadline:
            house.shell("status")
        yield house, recording
    assert process.returncode == 0


def told(house: House, *words: str) -> dict[str, object]:
    done = house.shell(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_why_is_there_no_recording_at_14_05(kept: tuple[House, str]) -> None:
    """The minute is paused, then recorded: each stretch with its sentence and the recording it lies in."""
    house, recording = kept
    answer = told(house, "ledger", "line1", "--at", "2026-03-01 14:05")
    stretches = answer["stretches"]
    assert [(each["reason"], each["recordings"]) for each in stretches] == [
        ("paused", [recording]),
        ("recorded", [recording]),
    ]
    assert "paused" in stretches[0]["sentence"]
    assert stretches[0]["until_ns"] - stretches[0]["began_ns"] == 5 * SECOND
    shown = house.shell("ledger", "line1", "--at", "2026-03-01 14:05").stdout.decode()
    assert "2026-03-01 14:05:00  2026-03-01 14:05:05  paused" in shown


def test_a_whole_day_is_told_with_its_totals(kept: tuple[House, str]) -> None:
    """Every stretch in order, and the sums; a recorded stretch without a recording says so."""
    house, _ = kept
    answer = told(house, "ledger", "line1", "--on", "2026-03-01")
    assert [each["reason"] for each in answer["stretches"]][-4:] == [
        "paused",
        "recorded",
        "lost: restarted",
        "recorded",
    ]
    assert "not here" in answer["stretches"][-1]["sentence"]
    (day,) = answer["totals"]
    assert day["calls"] == 7
    assert day["reasons"]["recorded"] == [75, 2]
    shown = house.shell("ledger", "line1", "--on", "2026-03-01").stdout.decode()
    assert "2026-03-01: 7 calls" in shown


@pytest.mark.parametrize(
    ("line", "at", "sentence"),
    [
        ("line1", "2026-03-01 14:30", words.IDLE),
        ("line1", "2026-03-01 15:30", words.RESTARTED),
        ("line1", "2036-03-01 15:30", words.NOT_YET),
        ("line2", "2026-03-01 15:30", words.IDLE_HOOKLESS),
    ],
)
def test_where_nothing_is_entered_it_says_what_is_known(
    kept: tuple[House, str], line: str, at: str, sentence: str
) -> None:
    """On hook, the box restarted in between, not yet, or no call detected: each is told apart."""
    answer = told(kept[0], "ledger", line, "--at", at)
    assert (answer["stretches"], answer["sentence"]) == ([], sentence)


def test_a_line_without_a_sensor_says_detected_calls(kept: tuple[House, str]) -> None:
    """Its answers say that they are not every second off the hook; another line's do not."""
    assert told(kept[0], "ledger", "line2", "--on", "2026-03-01")["about"] == words.DETECTED
    assert told(kept[0], "ledger", "line1", "--on", "2026-03-01")["about"] is None


def test_the_hour_that_comes_twice_is_answered_twice(kept: tuple[House, str]) -> None:
    """Both instants are shown with their offsets; the hour that does not exist is refused with a sentence."""
    shown = kept[0].shell("ledger", "line1", "--at", "2025-10-26 01:30").stdout.decode()
    assert "line1, 2025-10-26 01:30:00+0100" in shown
    assert "line1, 2025-10-26 01:30:00+0000" in shown
    none = kept[0].shell("ledger", "line1", "--at", "2026-03-29 01:30")
    assert (none.returncode, b"does not exist in London" in none.stderr) == (6, True)


@pytest.mark.parametrize(
    "words",
    [
        ("ledger",),
        ("ledger", "line9"),
        ("ledger", "line1", "--on", "2026-02-30"),
        ("ledger", "line1", "--on", "2026-03-01", "--at", "2026-03-01 10:00"),
        ("stats", "line1"),
        ("stats", "--by", "hour"),
        ("stats", "--from", "yesterday"),
    ],
)
def test_what_is_not_understood_is_refused(kept: tuple[House, str], words: tuple[str, ...]) -> None:
    """An unknown line, no line, no date, no period: two lines and status 6."""
    done = kept[0].shell(*words)
    assert done.returncode == 6
    assert done.stderr.startswith(b"callbox: ")


def test_statistics_are_asked_for(kept: tuple[House, str]) -> None:
    """Figures of five calls or more, a hookless line apart, nothing that joins; a day that goes on is not told."""
    house, recording = kept
    answer = told(house, "stats", "--by", "month")
    assert [(each["hook"], each["what"], each["calls"], each["seconds"]) for each in answer["figures"]] == [
        (True, "calls", 7, None),
        (True, "internal", 5, 100),
        (False, "calls", 5, None),
        (False, "not answered", 5, 100),
    ]
    assert answer["to"] == "2026-03-01"
    assert answer["accounted"] == 180 * 10_000 // 190
    assert recording not in json.dumps(answer)
    shown = house.shell("stats").stdout.decode()
    assert "detected calls" in shown
    assert "94.73 %" in shown
    assert told(house, "stats", "--to", "2026-02-27")["figures"] == []


def age(house: House, days: int) -> date:
    clock = house.clock
    assert isinstance(clock, GivenClock)
    clock.advance(days * 86_400)
    return ON + timedelta(days=days)


def test_a_day_shrinks_on_its_due_day_once_no_recording_of_it_lives(tmp_path: Path) -> None:
    """Not a day before, not while a recording of that line and date lives, and then at the first turn."""
    house = House(tmp_path, more=HOOKLESS)
    house.spool_finished()
    hand_on(house, row(MORNING, 20, "recorded", fresh_id()))
    hand_on(house, row(MORNING, 20, "paused", fresh_id(), line="line2"))
    with house.keeper() as keeping:
        keeping.turn()
        ledger = keeping.box.ledger
        assert ledger.totals()["line1", ON].whose is not None
        age(house, 29)
        keeping.turn()
        assert ledger.unshrunk() == [("line1", ON), ("line2", ON)]
        age(house, 1)
        keeping.turn()
        assert ledger.unshrunk() == [("line1", ON)]
        assert ledger.totals()["line2", ON].reasons == {"paused": Sum(20, 1)}


def test_a_clock_that_is_not_to_be_believed_shrinks_nothing(tmp_path: Path) -> None:
    """Ten years on by an untrusted clock the rows are there; the same date trusted, they are not."""
    house = House(tmp_path)
    hand_on(house, row(MORNING, 20, "paused", fresh_id()))
    with house.keeper() as keeping:
        keeping.turn()
        age(house, 3650)
        house.clock.state = ClockState.UNTRUSTED  # type: ignore[attr-defined]
        keeping.turn()
        assert keeping.box.ledger.unshrunk() == [("line1", ON)]
        house.clock.state = ClockState.HELD  # type: ignore[attr-defined]
        keeping.turn()
        assert keeping.box.ledger.unshrunk() == []


def test_no_policy_no_shrinking(tmp_path: Path) -> None:
    """Rows of before the first policy, and of a department that is in no settings, stay."""
    house = House(tmp_path)
    early = datetime(2019, 5, 1, 12, tzinfo=UTC)
    hand_on(house, row(early, 20, "paused", fresh_id()))
    stranger = replace(row(MORNING, 20, "paused", fresh_id()), line="line7")
    hand_on(house, stranger)
    with house.keeper() as keeping:
        keeping.turn()
        shrink_due(keeping.box, date(2040, 1, 1))
        assert keeping.box.ledger.unshrunk() == [("line1", date(2019, 5, 1)), ("line7", ON)]


def test_what_comes_after_the_day_goes_into_the_totals(tmp_path: Path) -> None:
    """A file that the spool kept back for a month is in the totals after its turn, and once."""
    house = House(tmp_path)
    hand_on(house, row(MORNING, 20, "paused", fresh_id()))
    late = row(MORNING + timedelta(hours=1), 5, "paused", fresh_id())
    with house.keeper() as keeping:
        keeping.turn()
        age(house, 30)
        keeping.turn()
        name = hand_on(house, late)
        keeping.turn()
        (house.places.spool / name).write_text(json.dumps({"format": 1, "rows": [late.content()]}))
        keeping.turn()
        assert keeping.box.ledger.totals()["line1", ON].reasons == {"paused": Sum(25, 2)}
        assert keeping.box.ledger.unshrunk() == []
        assert not any(house.places.spool.glob("*.json"))


def test_a_damaged_month_is_a_fault_and_stops_nothing_else(tmp_path: Path) -> None:
    """The keeper says that the ledger is damaged, and takes in recordings all the same."""
    house = House(tmp_path)
    hand_on(house, row(MORNING, 20, "paused", fresh_id()))
    hand_on(house, row(MORNING, 20, "paused", fresh_id()))
    with house.keeper() as keeping:
        keeping.turn()
    month = house.places.data / "ledger/2026-03.log"
    month.write_bytes(month.read_bytes().replace(b"paused", b"PAUSED", 1))
    month.with_suffix(".index").unlink(missing_ok=True)
    recording = house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        assert keeping.box.catalogue.get(recording) is not None
        assert "vault.ledger-damaged" in house.codes()
