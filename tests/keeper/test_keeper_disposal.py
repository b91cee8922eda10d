"""What is due goes on its day, an hour after it was marked, and nothing else does; a hold keeps what it caught."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from firmware.audit.certificate import content_of, wrong_with
from firmware.clock import ClockState, GivenClock
from firmware.keeper.door import Person
from firmware.vault.keys import day_key
from firmware.vault.reading import Fields
from firmware.vault.table import KeyTable
from tests.keeper.keeper_rig import House, Keeping

DAY = 86_400
HOUR = 3_600


def clock_of(house: House) -> GivenClock:
    assert isinstance(house.clock, GivenClock)
    return house.clock


def go(house: House, keeping: Keeping, seconds: float, step: float = HOUR) -> None:
    """Let time go by with a turn each step, each half day while the last is far; the recorder speaks, and uses the
    newest live key.
    """
    left = seconds
    while left > 0:
        now = min(max(step, DAY / 2) if left > DAY else step, left)
        clock_of(house).advance(now)
        left -= now
        house.write_lines(using=house.live.generation)
        keeping.turn()


def taken_in(house: House, keeping: Keeping, **more: object) -> str:
    recording = house.spool_finished(house.making(**more))
    keeping.turn()
    return recording


def ask(keeping: Keeping, verb: str, **fields: object) -> dict[str, Any]:
    answer = keeping.keeper._verbs.answer(Person("it", 0), Fields("request", {"verb": verb, **fields}))
    return answer.content


def lives(keeping: Keeping, recording: str) -> bool:
    """Whether any key of the vault opens it."""
    found = [each for _, each, _ in keeping.box.vault.everything()]
    return recording in found


def certificates(house: House) -> list[bytes]:
    return [path.read_bytes() for path in sorted(house.places.certificates.glob("*.json"))]


def test_a_recording_is_destroyed_on_its_day_with_a_certificate(tmp_path: Path) -> None:
    """30 days: alive to the end of the day before, gone on its day, and the certificate verifies alone."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        body = house.places.store / f"{recording}.body"
        go(house, keeping, 29 * DAY)
        assert lives(keeping, recording)
        assert body.exists()
        go(house, keeping, DAY)
        assert not lives(keeping, recording)
        assert not body.exists()
        assert keeping.box.catalogue.get(recording) is None
        tombstone = keeping.box.catalogue.tombstone(recording)
        (certificate,) = certificates(house)
        public = keeping.box.signer.public
    assert wrong_with(certificate, public) is None
    assert wrong_with(certificate.replace(b"logical", b"perfect"), public) is not None
    content = content_of(certificate)
    assert [each["id"] for each in content.content["recordings"]] == [recording]
    assert content.text("method") == "logical deletion, best effort"
    assert tombstone is not None
    assert tombstone.certificate == content.text("run")


def test_marking_and_destroying_are_an_hour_apart(tmp_path: Path) -> None:
    """Nothing goes within an hour of its mark, and a reboot marks anew."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        taken_in(house, keeping)
        go(house, keeping, 29 * DAY + 13 * HOUR)
        assert keeping.whats().count("marked") == 0
        go(house, keeping, HOUR)
        assert keeping.whats().count("marked") == 1
        go(house, keeping, 0.9 * HOUR, step=300)
        assert "destroyed" not in keeping.whats()
        clock_of(house).boot_id = "another"
        go(house, keeping, 0.9 * HOUR, step=300)
        assert "destroyed" not in keeping.whats()
        go(house, keeping, HOUR, step=300)
        assert "destroyed" in keeping.whats()


def test_nothing_goes_under_a_clock_that_is_not_to_be_believed(tmp_path: Path) -> None:
    """Untrusted for two months: nothing is marked; trusted again: it goes by the next day's list at the latest."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        clock_of(house).state = ClockState.UNTRUSTED
        go(house, keeping, 60 * DAY, step=DAY)
        assert lives(keeping, recording)
        assert "marked" not in keeping.whats()
        clock_of(house).state = ClockState.TRUSTED
        go(house, keeping, 2 * DAY)
        assert not lives(keeping, recording)


def test_what_no_earlier_list_foretold_waits_for_the_next_day(tmp_path: Path) -> None:
    """A clock ten years ahead destroys nothing on the day it says so."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 2 * HOUR)
    clock_of(house).advance(3650 * DAY)
    with house.keeper() as keeping:
        go(house, keeping, 3 * HOUR)
        assert lives(keeping, recording)
        assert "vault.not-foretold" in house.codes()


def test_a_hold_outlives_the_day_and_its_release_destroys(tmp_path: Path) -> None:
    """The day's key goes, the body stays, `get` works; released, the recording goes with a certificate."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        held, other = taken_in(house, keeping), taken_in(house, keeping)
        told = ask(keeping, "hold", id=held, case="C-17", owner="dpo", reason="a claim")
        assert told["recordings"] == [held]
        hold = told["hold"]["id"]
        go(house, keeping, 31 * DAY)
        assert lives(keeping, held)
        assert not lives(keeping, other)
        assert day_key(date(2026, 4, 1)) not in keeping.box.vault.table
        answer = ask(keeping, "get", id=held, purpose="complaint", ref="C-17")
        assert answer["id"] == held
        assert "vault.hold-owed" in house.codes()
        ask(keeping, "told", hold=hold, said="letter of 3 March")
        ask(keeping, "copied", hold=hold, said="copy of 4 March, in the case file")
        ask(keeping, "review", hold=hold, said="still needed", on="2026-09-01")
        go(house, keeping, DAY)
        assert "vault.hold-owed" not in house.codes()
        ask(keeping, "release", hold=hold, said="claim settled")
        go(house, keeping, 3 * HOUR)
        assert not lives(keeping, held)
        assert not (house.places.store / f"{held}.body").exists()
        assert keeping.box.holds.standing() == []
        assert keeping.box.catalogue.tombstone(held) is not None
        last = max(certificates(house), key=lambda each: content_of(each).whole("destroyed_ns"))
        (copy,) = content_of(last).each("copies_not_confirmed_destroyed")
        assert copy.text("recording") == held


def test_a_release_before_the_day_destroys_nothing_early(tmp_path: Path) -> None:
    """The day's own lock is still there."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        held = taken_in(house, keeping)
        hold = ask(keeping, "hold", id=held, case="C", owner="dpo", reason="r")["hold"]["id"]
        ask(keeping, "release", hold=hold, said="withdrawn")
        go(house, keeping, 5 * HOUR)
        assert lives(keeping, held)
        assert keeping.box.vault.holds() == []
        go(house, keeping, 31 * DAY)
        assert not lives(keeping, held)


def test_day_and_release_that_come_together_leave_nothing(tmp_path: Path) -> None:
    """A hold released on the very day: one run takes the day's key, the next the hold's, and all of it is gone."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        held = taken_in(house, keeping)
        hold = ask(keeping, "hold", id=held, case="C", owner="dpo", reason="r")["hold"]["id"]
        go(house, keeping, 29 * DAY + 14 * HOUR)
        ask(keeping, "release", hold=hold, said="done")
        go(house, keeping, 4 * HOUR)
        assert not lives(keeping, held)
        assert not (house.places.store / f"{held}.body").exists()
        assert keeping.box.catalogue.get(held) is None


def test_a_window_catches_what_is_taken_in_later(tmp_path: Path) -> None:
    """A hold on a line's time while the call still goes on: the recording is held the moment it is taken in."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        now = house.clock.stamp().wall_ns
        told = ask(
            keeping,
            "hold",
            line="line1",
            from_ns=now - 60 * 10**9,
            to_ns=now + 3600 * 10**9,
            case="C",
            owner="dpo",
            reason="r",
        )
        assert told["recordings"] == []
        inside = taken_in(house, keeping)
        clock_of(house).advance(2 * HOUR)
        outside = taken_in(house, keeping)
        assert keeping.box.catalogue.held_by(told["hold"]["id"]) == [inside]
        go(house, keeping, 31 * DAY)
        assert lives(keeping, inside)
        assert not lives(keeping, outside)


def test_an_erasure_goes_alone_and_waits_for_its_live_key(tmp_path: Path) -> None:
    """Its neighbours of the same day are locked again and open; the certificate comes once the live key is gone."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        going, staying = taken_in(house, keeping), taken_in(house, keeping)
        house.write_lines(using=1, oldest=1)
        ask(keeping, "destroy", id=going, reason="request of 2 March")
        for _ in range(3):
            clock_of(house).advance(0.7 * HOUR)
            keeping.turn()
        keeping.turn()
        assert not lives(keeping, going)
        assert lives(keeping, staying)
        row = keeping.box.catalogue.get(staying)
        assert row is not None
        assert row.key == "day-2026-04-01.2"
        assert keeping.box.vault.contents(row.key, staying) is not None
        assert certificates(house) == []
        assert house.live.generation > 1
        go(house, keeping, 60, step=60)
        assert len(certificates(house)) == 1
        go(house, keeping, 31 * DAY)
        assert not lives(keeping, staying)


def test_an_erasure_is_refused_under_a_hold_and_withdrawn_by_one(tmp_path: Path) -> None:
    """Refused with case and owner; asked first and held then, it is asked no more, also after the release."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        ask(keeping, "destroy", id=recording, reason="request")
        hold = ask(keeping, "hold", id=recording, case="C-9", owner="ms-dpo", reason="claim")["hold"]["id"]
        with pytest.raises(Exception, match=r"case C-9, owner ms-dpo"):
            ask(keeping, "destroy", id=recording, reason="request")
        ask(keeping, "release", hold=hold, said="over")
        go(house, keeping, 5 * HOUR)
        assert lives(keeping, recording)


def test_a_restricted_recording_is_not_handed_out(tmp_path: Path) -> None:
    """Restriction is a hold whose `get` is refused."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        ask(keeping, "hold", id=recording, case="C", owner="dpo", reason="disputed", restricted=True)
        with pytest.raises(Exception, match="restricted"):
            ask(keeping, "get", id=recording, purpose="complaint", ref="C")


def test_a_rebuilt_catalogue_knows_the_same(tmp_path: Path) -> None:
    """Holds, replaced keys and tombstones included: deleted, it comes back equal from vault, log and certificates."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        early, held, both, plain = (taken_in(house, keeping) for _ in range(4))
        ask(keeping, "destroy", id=early, reason="request")
        ask(keeping, "hold", id=held, case="C", owner="dpo", reason="r")
        go(house, keeping, 3 * HOUR)
        ask(keeping, "hold", id=both, case="C2", owner="dpo", reason="r")
        known = keeping.box.catalogue.known()
        assert len(known[0]) == 3
    house.places.catalogue.unlink()
    with house.keeper() as keeping:
        assert keeping.box.catalogue.known() == known
        go(house, keeping, 31 * DAY)
        known = keeping.box.catalogue.known()
        assert {each[0] for each in known[0]} == {held, both}
        assert {each[0] for each in known[2]} >= {early, plain}
    with suppress(FileNotFoundError):
        house.places.catalogue.unlink()
    with house.keeper() as keeping:
        assert keeping.box.catalogue.known() == known


def shortened(house: House, period: str) -> None:
    """The settings are changed in place, as a person with an editor does."""
    text = house.config.read_text().replace('period = "P30D"', f'period = "{period}"')
    house.config.write_text(text)


def test_a_shortening_has_seven_days_grace(tmp_path: Path) -> None:
    """P30D becomes P2D: nothing goes for seven days, then what two days make due; mended in time, nothing goes."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 3 * DAY)
    shortened(house, "P2D")
    with house.keeper() as keeping:
        go(house, keeping, 6 * DAY + 8 * HOUR)
        assert lives(keeping, recording)
        go(house, keeping, DAY)
        assert not lives(keeping, recording)
        assert [content_of(each).text("because") for each in certificates(house)] == [
            "the period was shortened"
        ]


def test_a_shortening_that_is_mended_within_the_week_destroys_nothing(tmp_path: Path) -> None:
    """A slip of the keyboard: P2D instead of P30D for six days."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 3 * DAY)
    before = house.config.read_text()
    shortened(house, "P2D")
    with house.keeper() as keeping:
        go(house, keeping, 6 * DAY)
    house.config.write_text(before)
    with house.keeper() as keeping:
        go(house, keeping, 18 * DAY)
        assert lives(keeping, recording)
        go(house, keeping, 6 * DAY)
        assert not lives(keeping, recording)


def test_an_undated_recording_gets_its_day_in_the_same_boot(tmp_path: Path) -> None:
    """Begun under a clock of 1970 and taken in without a day: once the clock is good, the boot clock tells its date."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        wrong = replace(house.clock.stamp(), wall_ns=7 * 10**9, state=ClockState.UNTRUSTED)
        begun = house.clock.stamp().wall_ns
        clock_of(house).state = ClockState.UNTRUSTED
        recording, other = taken_in(house, keeping, began=wrong), taken_in(house, keeping, began=wrong)
        elsewhere = replace(wrong, boot_id="an earlier boot")
        lost = taken_in(house, keeping, began=elsewhere)
        go(house, keeping, 5 * HOUR)
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        assert (row.due, row.began_ns) == (None, 7 * 10**9)
        clock_of(house).state = ClockState.TRUSTED
        go(house, keeping, HOUR)
        for each in (recording, other):
            row = keeping.box.catalogue.get(each)
            assert row is not None
            assert (row.due, row.on_date, row.began_ns) == ("2026-04-01", "2026-03-02", begun)
            assert keeping.box.vault.contents(row.key, each) is not None
        told = ask(keeping, "show", id=recording)
        assert told["manifest"]["facts"]["began"]["wall_ns"] == 7 * 10**9
        assert "vault.undated" in house.codes()
        undated = [each for each in keeping.box.vault.table.ids() if each.startswith("undated")]
        assert [keeping.box.vault.locked(each) for each in undated] == [{lost}]
        assert undated == ["undated.2"]
        ask(keeping, "date", id=lost, began_ns=begun, reason="the caller's letter names the hour")
        go(house, keeping, HOUR)
        assert "vault.undated" not in house.codes()
        go(house, keeping, 31 * DAY)
        assert not any(lives(keeping, each) for each in (recording, other, lost))


def test_what_died_between_two_steps_of_dating_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash after the day's lock and before the undated are locked again: the next start has one lock each."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        clock_of(house).state = ClockState.UNTRUSTED
        wrong = replace(house.clock.stamp(), wall_ns=7 * 10**9, state=ClockState.UNTRUSTED)
        one, two = (
            taken_in(house, keeping, began=wrong),
            taken_in(house, keeping, began=replace(wrong, boot_id="x")),
        )
        clock_of(house).state = ClockState.TRUSTED
        monkeypatch.setattr(KeyTable, "destroy", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            go(house, keeping, HOUR)
        monkeypatch.undo()
    with house.keeper() as keeping:
        locks = sorted((key, each) for key, each, _ in keeping.box.vault.everything())
        assert locks == sorted([("day-2026-04-01", one), (keeping.box.vault.current("undated"), two)])
        row = keeping.box.catalogue.get(two)
        assert row is not None
        assert keeping.box.vault.contents(row.key, two) is not None
