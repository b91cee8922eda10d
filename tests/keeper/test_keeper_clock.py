"""The keeper under a wrong clock: it goes on taking in, destroys nothing, says so, and believes a person or a witness."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware.clock import LONDON, SECOND, ClockState, GivenClock
from firmware.faults import Refused
from firmware.keeper.clock_verbs import ClockVerbs
from firmware.keeper.door import Answer, Person
from firmware.keeper.judged import KEEP_NS, NAME
from firmware.shell.clock import sentences
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import House, Keeping, running

HOUR, DAY = 3600, 86_400
YEAR = 365 * DAY
ANNE = Person("anne", 1000)


def given(house: House) -> GivenClock:
    assert isinstance(house.clock, GivenClock)
    return house.clock


def settled(house: House) -> None:
    """A keeper has run, and its mark is on disk."""
    with house.keeper() as keeping:
        keeping.turn()
        assert keeping.box.clock.may_destroy


def kept(house: House) -> dict[str, Any]:
    return json.loads((house.places.vault / NAME).read_text())


def message(keeping: Keeping, code: str) -> str:
    return next(each.message for each in keeping.box.board.faults() if each.code == code)


def confirm(keeping: Keeping, now: str) -> Answer:
    return ClockVerbs(keeping.box).confirm(ANNE, Fields("request", {"now": now}))


def watch(house: House, minutes: int = 0) -> str:
    """What a person's watch says, that many minutes from the box."""
    wall = house.clock.stamp().wall_ns / 1e9 + minutes * 60
    return f"{datetime.fromtimestamp(wall, UTC).astimezone(LONDON):%Y-%m-%d %H:%M}"


def still_records(house: House, keeping: Keeping) -> str | None:
    """Something recorded now is taken in; its due day, or none."""
    recording = house.spool_finished()
    keeping.turn()
    row = keeping.box.catalogue.get(recording)
    assert row is not None
    return row.due


@pytest.mark.parametrize("by", [10 * YEAR, -10 * YEAR, -56 * YEAR, 2 * DAY])
def test_a_clock_that_is_set_wrong_while_the_box_runs(house: House, by: int) -> None:
    """Ten years on or back, 1970, two days: calls are taken in without a due day, nothing is destroyed, a fault stands."""
    with house.keeper() as keeping:
        keeping.turn()
        given(house).step(by)
        assert not keeping.box.clock.may_destroy
        assert keeping.box.clock.stamp().state is ClockState.UNTRUSTED
        assert still_records(house, keeping) is None
        code = "device.clock-jumped" if by > 0 else "device.clock-untrusted"
        assert code in house.codes()
        given(house).advance(30 * DAY)
        keeping.turn()
        assert not keeping.box.clock.may_destroy
        given(house).step(-by)
        keeping.turn()
        assert keeping.box.clock.may_destroy
        assert still_records(house, keeping) is not None
        assert code not in house.codes()


@pytest.mark.parametrize(
    ("off", "at_once", "after_a_day"),
    [(2 * HOUR, True, True), (3 * DAY, False, True), (13 * DAY, False, True), (3 * YEAR, False, False)],
)
def test_a_leap_across_a_reboot(house: House, off: int, at_once: bool, after_a_day: bool) -> None:
    """Short, and nothing happens; longer, and the box settles for a day; very long, and it waits for a person."""
    settled(house)
    given(house).reboot("next", off)
    with house.keeper() as keeping:
        keeping.turn()
        assert keeping.box.clock.may_destroy is at_once
        assert ("device.clock-jumped" in house.codes()) is not at_once
        assert (still_records(house, keeping) is None) is not after_a_day
        given(house).advance(DAY)
        keeping.turn()
        assert keeping.box.clock.may_destroy is after_a_day
        assert ("device.clock-jumped" in house.codes()) is not after_a_day


def test_the_fault_says_from_when_to_when_and_does_not_change(house: House) -> None:
    """Date and time before and after the leap, and what ends it; the file is written once, not at each turn."""
    settled(house)
    given(house).reboot("next", 3 * DAY + 30)
    with house.keeper() as keeping:
        keeping.turn()
        told = message(keeping, "device.clock-jumped")
        assert "from 2026-03-02 09:30 to 2026-03-05 09:30" in told
        assert "24 hours" in told
        given(house).advance(5 * HOUR)
        keeping.turn()
        assert message(keeping, "device.clock-jumped") == told


def test_a_restart_does_not_end_the_wait(house: House) -> None:
    """What was waited is kept to ten minutes, and the leap with it; so is a mark that a later boot is behind of."""
    settled(house)
    given(house).reboot("next", 3 * DAY)
    with house.keeper() as keeping:
        for _ in range(13):
            keeping.turn()
            given(house).advance(HOUR)
    with house.keeper() as keeping:
        keeping.turn()
        assert not keeping.box.clock.may_destroy
        given(house).advance(12 * HOUR)
        keeping.turn()
        assert keeping.box.clock.may_destroy
    given(house).reboot("another", -2 * DAY)
    with house.keeper() as keeping:
        keeping.turn()
        assert not keeping.box.clock.may_destroy
        assert "is behind" in message(keeping, "device.clock-jumped")


def test_the_mark_is_kept_now_and_then_and_after_each_recording(house: House) -> None:
    """Not at every turn; after ten minutes; at once when a recording was taken in."""
    with house.keeper() as keeping:
        keeping.turn()
        first = kept(house)["mark_ns"]
        given(house).advance(KEEP_NS / SECOND - 1)
        keeping.turn()
        assert kept(house)["mark_ns"] == first
        given(house).advance(1)
        keeping.turn()
        assert kept(house)["mark_ns"] == first + KEEP_NS
        given(house).advance(5)
        house.spool_finished()
        keeping.turn()
        assert kept(house)["mark_ns"] == first + KEEP_NS + 5 * SECOND


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"format": 2}', b'{"format": 1, "mark_ns": -1}'])
def test_a_damaged_memory_is_never_a_fresh_one(house: House, content: bytes | None) -> None:
    """It is a fault and a doubt, and stays as it is, until somebody confirms; a missing one is too, but in a new box."""
    settled(house)
    path = house.places.vault / NAME
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with house.keeper() as keeping:
        keeping.turn()
        assert still_records(house, keeping) is None
        assert not keeping.box.clock.may_destroy
        assert "vault.clock-damaged" in house.codes()
        assert (path.read_bytes() if path.exists() else None) == content
        confirm(keeping, watch(house))
        keeping.turn()
        assert keeping.box.clock.may_destroy
        assert "vault.clock-damaged" not in house.codes()
    settled(house)


def test_sixty_days_without_a_time_server(house: House) -> None:
    """HELD: believed, and a fault after a week. UNTRUSTED: the fault counts the days in which nothing was destroyed."""
    settled(house)
    given(house).state = ClockState.HELD
    with house.keeper() as keeping:
        keeping.turn()
        assert "device.clock-unsynchronised" not in house.codes()
        given(house).advance(60 * DAY)
        keeping.turn()
        assert keeping.box.clock.may_destroy
        assert "60 days" in message(keeping, "device.clock-unsynchronised")
        given(house).state = ClockState.UNTRUSTED
        keeping.turn()
        assert not keeping.box.clock.may_destroy
        assert "60 days nothing was destroyed" in message(keeping, "device.clock-untrusted")
        assert still_records(house, keeping) is None
        given(house).state = ClockState.TRUSTED
        keeping.turn()
        assert keeping.box.clock.may_destroy


def test_a_person_confirms_and_it_stands_in_the_log(house: House) -> None:
    """After years in the cupboard: from his own watch; the entry names him, the time, the mark and the doubt."""
    settled(house)
    mark = kept(house)["mark_ns"]
    given(house).reboot("next", 3 * YEAR)
    with house.keeper() as keeping:
        keeping.turn()
        answer = confirm(keeping, watch(house, 9))
        entry = [each for each in keeping.box.log.entries() if each["what"] == "clock confirmed"][-1]
        assert (entry["person"], entry["mark_ns"]) == ("anne", mark)
        assert entry["wall_ns"] == house.clock.stamp().wall_ns
        assert "14 days" in entry["doubt"]
        assert answer.content["may_destroy"] is True
        assert keeping.box.clock.may_destroy
    settled(house)


@pytest.mark.parametrize(
    "now", ["2026-03-02", "yesterday", "2026-03-02 25:00", "2026-03-02 09:41", "", "0001-01-01"]
)
def test_another_time_is_not_confirmed(house: House, now: str) -> None:
    """More than ten minutes off, or no time at all: refused, nothing is entered, nothing is believed."""
    given(house).state = ClockState.UNTRUSTED
    with house.keeper() as keeping:
        keeping.turn()
        with pytest.raises(Refused) as caught:
            confirm(keeping, now)
        assert caught.value.code == "refused.clock"
        assert "clock confirmed" not in keeping.whats()
        assert not keeping.box.clock.may_destroy
        confirm(keeping, "2026-03-02 09:40")
        assert keeping.box.clock.may_destroy


def test_the_hour_that_comes_twice_is_right_either_way(tmp_path: Path) -> None:
    """At the end of summer time a watch shows 01:30 twice: both times it confirms."""
    house = House(tmp_path, GivenClock(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)))
    for _ in range(2):
        with house.keeper() as keeping:
            confirm(keeping, "2026-10-25 01:30")
        given(house).advance(HOUR)


def test_a_time_before_the_build_is_not_confirmed(house: House) -> None:
    """Whatever the watch says."""
    given(house).step(-20 * YEAR)
    with house.keeper() as keeping, pytest.raises(Refused):
        confirm(keeping, watch(house))


def test_a_witness_confirms_or_ends_belief(house: House) -> None:
    """Within five minutes it makes the clock HELD for this boot; further off nothing is believed, also after a restart."""
    given(house).state = ClockState.UNTRUSTED
    with house.keeper() as keeping:
        clock = keeping.box.clock
        assert clock.witnessed(house.clock.stamp().wall_ns + 299 * SECOND)
        assert clock.stamp().state is ClockState.HELD
        assert clock.may_destroy
        assert not clock.witnessed(house.clock.stamp().wall_ns + 301 * SECOND)
        keeping.turn()
        assert not clock.may_destroy
        assert "witness" in message(keeping, "device.clock-jumped")
    with house.keeper() as keeping:
        assert not keeping.box.clock.may_destroy
        assert keeping.box.clock.witnessed(house.clock.stamp().wall_ns)
        assert keeping.box.clock.may_destroy
    with house.keeper() as keeping:
        assert keeping.box.clock.may_destroy


def test_a_recording_of_another_time_gets_no_due_day(house: House) -> None:
    """What a recorder says of the time that the keeper's clock does not bear out is not believed; it is kept."""
    with house.keeper() as keeping:
        keeping.turn()
        given(house).step(-2 * DAY)
        began = house.clock.stamp()
        given(house).step(2 * DAY)
        recording = house.spool_finished(house.making(began=began))
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        assert row.due is None
        assert "vault.undated" in house.codes()


def test_a_person_asks_and_confirms_in_the_shell(house: House) -> None:
    """Words, JSON, a confirmation, and what is not understood."""
    with running(house):
        assert b"its clock is trusted" in house.shell("clock").stdout
        assert json.loads(house.shell("clock", "--json").stdout)["may_destroy"] is True
        assert (
            b"What falls due is destroyed."
            in house.shell("clock", "confirm", "--now", "2026-03-02 09:30").stdout
        )
        for words, code in (
            (("confirm", "--now", "2020-01-01 00:00"), b"refused.clock"),
            (("confirm",), b"refused.arguments"),
            (("stop",), b"refused.arguments"),
        ):
            refused = house.shell("clock", *words)
            assert (refused.returncode, code in refused.stderr) == (6, True)


def test_a_person_reads_how_the_time_stands(house: House) -> None:
    """In sentences: state, doubt, mark, what ends it, and whether anything is destroyed."""
    settled(house)
    with house.keeper() as keeping:
        ask = ClockVerbs(keeping.box).clock
        good = sentences(ask(ANNE, Fields("request", {})).content)
        assert good == (
            "The box shows 2026-03-02 09:30:00; its clock is trusted.\n"
            "The latest time that was believed is 2026-03-02 09:30:00.\n"
            "What falls due is destroyed."
        )
    given(house).reboot("next", 3 * DAY)
    with house.keeper() as keeping:
        keeping.turn()
        ask = ClockVerbs(keeping.box).clock
        assert "settles in 24 hours" in sentences(ask(ANNE, Fields("request", {})).content)
        given(house).state = ClockState.UNTRUSTED
        told = sentences(ask(ANNE, Fields("request", {})).content)
        assert "not believed: it is not synchronised" in told
        assert "Nothing is destroyed by it." in told
    given(house).state = ClockState.TRUSTED
    given(house).reboot("later", 3 * YEAR)
    with house.keeper() as keeping:
        keeping.turn()
        told = sentences(ClockVerbs(keeping.box).clock(ANNE, Fields("request", {})).content)
        assert "only a person or a witness" in told
