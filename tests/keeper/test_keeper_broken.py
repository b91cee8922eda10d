"""What was put back, torn, refused or typed wrongly destroys nothing early, and lets nothing outlive its day."""

import json
import shutil
import socket
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.audit.certificate import content_of
from firmware.audit.entries import Entry
from firmware.audit.log import AuditLog
from firmware.catalogue.catalogue import Catalogue
from firmware.clock import ClockState
from firmware.faults import Refused, VaultFault
from tests.keeper.keeper_rig import House, Keeping
from tests.keeper.test_keeper_disposal import (
    DAY,
    HOUR,
    ask,
    certificates,
    clock_of,
    go,
    lives,
    shortened,
    taken_in,
)
from tests.keeper.test_keeper_disposal_doubt import refusing_to_destroy


def test_a_cell_that_does_not_answer_ends_no_keeper_that_holds_the_last_keys(tmp_path: Path) -> None:
    """Keys were destroyed, the keeper is to begin anew, and the cell is gone: it stays, for its memory opens everything."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        taken_in(house, keeping)
        go(house, keeping, 30 * DAY)
        assert keeping.keeper.spent
        house.places.cell.rename(house.places.cell.with_suffix(".gone"))
        assert not keeping.keeper.spent


@pytest.mark.parametrize("reboot", [False, True])
def test_a_run_that_was_entered_waits_for_a_clock_that_may_destroy(tmp_path: Path, reboot: bool) -> None:
    """The disk refused, and the time is believed no more: nothing is destroyed by it, at no start and at no look."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 29 * DAY + 14 * HOUR)
        with refusing_to_destroy():
            go(house, keeping, 2 * HOUR, step=900)
        assert keeping.whats().count("will destroy") == 1
        clock_of(house).state = ClockState.UNTRUSTED
        if not reboot:
            go(house, keeping, 2 * HOUR, step=900)
            assert lives(keeping, recording)
    if reboot:
        clock_of(house).reboot("another")
    with house.keeper() as keeping:
        assert lives(keeping, recording)
        clock_of(house).state = ClockState.TRUSTED
        go(house, keeping, 2 * HOUR)
        assert not lives(keeping, recording)
        go(house, keeping, 2 * HOUR)
        assert len(certificates(house)) == 1


def test_an_older_shard_of_a_hold_put_back_lets_nothing_go(tmp_path: Path) -> None:
    """The hold's file of yesterday lacks a lock that the catalogue knows: it is added before the day takes the last one."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        now = house.clock.stamp().wall_ns
        hold = ask(keeping, "hold", line="line1", from_ns=0, to_ns=now * 2, case="C", owner="o", reason="r")
        first = taken_in(house, keeping)
        shard = house.places.shards / f"hold-{hold['hold']['id']}.shard"
        kept = shard.read_bytes()
        second = taken_in(house, keeping)
    shard.write_bytes(kept)
    with house.keeper() as keeping:
        go(house, keeping, 31 * DAY)
        assert lives(keeping, first)
        assert lives(keeping, second)


def test_an_older_catalogue_put_back_is_built_anew(tmp_path: Path) -> None:
    """Rows of what was destroyed do not come back, what was taken in since is found, and a hold catches it."""
    house = House(tmp_path)
    old = tmp_path / "older.db"
    with house.keeper() as keeping:
        gone = taken_in(house, keeping)
        shutil.copy(house.places.catalogue, old)
        go(house, keeping, 29 * DAY)
        newer = taken_in(house, keeping)
        go(house, keeping, 2 * DAY)
        known = keeping.box.catalogue.known()
    shutil.copy(old, house.places.catalogue)
    with house.keeper() as keeping:
        assert keeping.box.catalogue.known() == known
        assert keeping.box.catalogue.get(gone) is None
        assert keeping.box.catalogue.get(newer) is not None


def test_a_catalogue_of_before_the_newest_recording_is_built_anew(tmp_path: Path) -> None:
    """A copy of an hour ago: what came since is in the vault and in the log, and soon in the catalogue again."""
    house = House(tmp_path)
    old = tmp_path / "older.db"
    with house.keeper() as keeping:
        taken_in(house, keeping)
        shutil.copy(house.places.catalogue, old)
        newer = taken_in(house, keeping)
    shutil.copy(old, house.places.catalogue)
    with house.keeper() as keeping:
        assert keeping.box.catalogue.get(newer) is not None


def test_an_erasure_that_the_disk_interrupted_is_finished_though_its_day_has_a_new_key(
    tmp_path: Path,
) -> None:
    """Its key is gone, the catalogue refused, and the next call of that day came: it is buried, and the call lives."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        going = taken_in(house, keeping)
        ask(keeping, "destroy", id=going, reason="request")
        with pytest.MonkeyPatch.context() as monkey:
            monkey.setattr(Catalogue, "bury", lambda *_: (_ for _ in ()).throw(OSError(28, "no space left")))
            go(house, keeping, 1.5 * HOUR, step=900)
            assert not lives(keeping, going)
            staying = taken_in(house, keeping)
        go(house, keeping, 3 * HOUR)
        assert keeping.box.catalogue.get(going) is None
        assert keeping.box.catalogue.tombstone(going) is not None
        assert not (house.places.store / f"{going}.body").exists()
        assert lives(keeping, staying)
        assert (house.places.store / f"{staying}.body").exists()
        told = [e.text("id") for text in certificates(house) for e in content_of(text).each("recordings")]
        assert told == [going]


def test_a_shard_that_came_back_without_its_key_spoils_no_new_one(tmp_path: Path) -> None:
    """A backup put a destroyed day's file back: a late recording of that day is locked, and goes in its turn."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        taken_in(house, keeping)
        began = house.clock.stamp()
        (shard,) = house.places.shards.glob("day-*")
        kept = shard.read_bytes()
        go(house, keeping, 31 * DAY)
        shard.write_bytes(kept)
        late = taken_in(house, keeping, began=began)
        assert lives(keeping, late)
        go(house, keeping, DAY)
        assert not lives(keeping, late)
        assert "vault.shard-damaged" not in house.codes()


@pytest.mark.parametrize("to", [2**63, 2**80])
def test_a_hold_to_the_end_of_time_is_refused(tmp_path: Path, to: int) -> None:
    """Numbers that no clock shows end no keeper."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        taken_in(house, keeping)
        with pytest.raises(Refused):
            ask(keeping, "hold", line="line1", from_ns=0, to_ns=to, case="C", owner="o", reason="r")
    with house.keeper() as keeping:
        keeping.turn()


def test_a_hold_of_what_an_older_shard_lacks_ends_no_keeper(tmp_path: Path) -> None:
    """The day's file was put back as it was before: a hold catches what is there, and the keeper goes on."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        first = taken_in(house, keeping)
        (shard,) = house.places.shards.glob("day-*")
        kept = shard.read_bytes()
        taken_in(house, keeping)
        shard.write_bytes(kept)
        now = house.clock.stamp().wall_ns
        with suppress(VaultFault):
            ask(keeping, "hold", line="line1", from_ns=0, to_ns=now * 2, case="C", owner="o", reason="r")
        keeping.turn()
    with house.keeper() as keeping:
        go(house, keeping, 32 * DAY)
        assert lives(keeping, first)


def test_one_damaged_day_lets_the_others_go(tmp_path: Path) -> None:
    """A bad sector in one day's file is a fault and stays; what is due beside it goes on its day."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        taken_in(house, keeping), taken_in(house, keeping)
        (shard,) = house.places.shards.glob("day-*")
        go(house, keeping, DAY)
        other = taken_in(house, keeping)
        spoilt = bytearray(shard.read_bytes())
        spoilt[100] ^= 1
        shard.write_bytes(spoilt)
        go(house, keeping, 32 * DAY)
        assert keeping.box.catalogue.get(other) is None
        assert "vault.shard-damaged" in house.codes()


def test_a_keeper_does_not_begin_anew_with_settings_that_do_not_read(tmp_path: Path) -> None:
    """Somebody is in the middle of editing: it goes on with what it has, and says so."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        taken_in(house, keeping)
        go(house, keeping, 30 * DAY)
        assert keeping.keeper.spent
        before = house.config.read_text()
        house.config.write_text(before.replace("[office]", "[offic"))
        assert not keeping.keeper.spent
        keeping.turn()
        house.config.write_text(before)
        assert keeping.keeper.spent


def test_a_clock_whose_memory_was_removed_destroys_nothing(tmp_path: Path) -> None:
    """Without what was remembered, a time that is a year ahead would be believed: nothing goes until a person confirms."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 2 * HOUR)
    (house.places.vault / "clock.json").unlink()
    clock_of(house).reboot("another", 365 * DAY)
    with house.keeper() as keeping:
        go(house, keeping, 3 * DAY)
        assert lives(keeping, recording)


def test_a_torn_draft_ends_no_keeper(tmp_path: Path) -> None:
    """A draft that cannot be read is a fault; nothing of it is done."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        taken_in(house, keeping)
    (house.places.certificates / "aaaaaaaaaaaaa.draft").write_bytes(b"{")
    with house.keeper() as keeping:
        keeping.turn()


def test_a_released_hold_takes_nothing_of_a_day_that_the_catalogue_lost(tmp_path: Path) -> None:
    """A row is missing: the day's own lock still counts, and the body stays."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        held = taken_in(house, keeping)
        hold = ask(keeping, "hold", id=held, case="C", owner="o", reason="r")["hold"]["id"]
        ask(keeping, "release", hold=hold, said="over")
        keeping.box.catalogue._ask("DELETE FROM recordings WHERE id = ?", held)
        go(house, keeping, 3 * HOUR)
        assert lives(keeping, held)
        assert (house.places.store / f"{held}.body").exists()


def test_an_erasure_that_a_window_caught_later_is_asked_no_more(tmp_path: Path) -> None:
    """Asked while it had no day; dated, a hold's window catches it: the release does not bring the question back."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        now = house.clock.stamp().wall_ns
        clock_of(house).state = ClockState.UNTRUSTED
        wrong = replace(house.clock.stamp(), wall_ns=7 * 10**9, state=ClockState.UNTRUSTED)
        recording = taken_in(house, keeping, began=wrong)
        ask(keeping, "destroy", id=recording, reason="request")
        hold = ask(
            keeping,
            "hold",
            line="line1",
            from_ns=now - 10**12,
            to_ns=now + 10**12,
            case="C",
            owner="o",
            reason="r",
        )
        clock_of(house).state = ClockState.TRUSTED
        go(house, keeping, 0.5 * HOUR, step=700)
        assert keeping.box.catalogue.held_by(hold["hold"]["id"]) == [recording]
        go(house, keeping, DAY)
        ask(keeping, "release", hold=hold["hold"]["id"], said="over")
        go(house, keeping, 5 * HOUR)
        assert lives(keeping, recording)


def get(house: House, keeping: Keeping, recording: str, purpose: str = "complaint") -> socket.socket:
    """Ask for a recording over the door; the answer is not waited for."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(house.places.run / "keeper.sock"))
    request = {"verb": "get", "id": recording, "purpose": purpose, "ref": "C-1"}
    client.sendall(json.dumps(request).encode() + b"\n")
    for _ in range(3):
        keeping.keeper.serve(0.1)
    return client


def test_a_copy_that_the_keeper_s_own_end_cut_short_is_entered(tmp_path: Path) -> None:
    """It begins anew after eleven minutes of a slow line: how much was sent nobody said, and that stands in the log."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        with get(house, keeping, recording):
            keeping.keeper._stop(0)
            keeping.keeper.run()
        sent = [each for each in keeping.box.log.entries() if each["what"] == "sent"]
        assert [(each["recording"], each["bytes"]) for each in sent] == [(recording, None)]


@pytest.mark.parametrize("what", ["sent", "refused"])
def test_a_full_disk_ends_no_keeper_at_the_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Who hangs up, or is refused, while the log can take no entry: a fault, and the next one is answered."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        append = AuditLog.append

        def refusing(log: AuditLog, entry: Entry) -> int:
            if entry.what == what:
                raise OSError(28, "no space left")
            return append(log, entry)

        monkeypatch.setattr(AuditLog, "append", refusing)
        get(house, keeping, recording, "complaint" if what == "sent" else "curiosity").close()
        for _ in range(3):
            keeping.keeper.serve(0.1)
        keeping.turn()
        assert what == "refused" or "vault.disk" in house.codes()
        assert ask(keeping, "status")["ok"]


def test_damaged_undated_locks_let_what_is_due_go(tmp_path: Path) -> None:
    """A bad sector in the file of the undated is a fault; what is due is destroyed on its day all the same."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        wrong = replace(house.clock.stamp(), wall_ns=7 * 10**9, state=ClockState.UNTRUSTED, boot_id="x")
        for _ in range(2):
            taken_in(house, keeping, began=wrong)
        due = taken_in(house, keeping)
        shard = house.places.shards / "undated.shard"
        spoilt = bytearray(shard.read_bytes())
        spoilt[100] ^= 1
        shard.write_bytes(spoilt)
        go(house, keeping, 31 * DAY)
        assert not lives_under_days(keeping, due)
        assert "vault.shard-damaged" in house.codes()


def lives_under_days(keeping: Keeping, recording: str) -> bool:
    vault = keeping.box.vault
    return any(recording in vault.locked(key) for key in vault.table.ids() if key.startswith("day-"))


def test_a_damaged_hold_stops_destroying_and_nothing_else(tmp_path: Path) -> None:
    """Nobody knows what it keeps, so nothing goes; the keeper starts, takes in and hands out, and says so."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        held, due = taken_in(house, keeping), taken_in(house, keeping)
        hold = ask(keeping, "hold", id=held, case="C", owner="o", reason="r")["hold"]["id"]
    shard = house.places.shards / f"hold-{hold}.shard"
    spoilt = bytearray(shard.read_bytes())
    spoilt[100] ^= 1
    shard.write_bytes(spoilt)
    with house.keeper() as keeping:
        later = taken_in(house, keeping)
        go(house, keeping, 32 * DAY)
        assert lives_under_days(keeping, held)
        assert lives_under_days(keeping, due)
        assert ask(keeping, "get", id=later, purpose="complaint", ref="C")["ok"]
        assert "vault.shard-damaged" in house.codes()


def test_a_damaged_day_and_an_older_catalogue_let_the_keeper_start(tmp_path: Path) -> None:
    """It cannot be built anew from what cannot be read: the one there is serves, and the damage is told."""
    house = House(tmp_path)
    old = tmp_path / "older.db"
    with house.keeper() as keeping:
        first = taken_in(house, keeping)
        shutil.copy(house.places.catalogue, old)
        taken_in(house, keeping)
        (shard,) = house.places.shards.glob("day-*")
    spoilt = bytearray(shard.read_bytes())
    spoilt[100] ^= 1
    shard.write_bytes(spoilt)
    shutil.copy(old, house.places.catalogue)
    with house.keeper() as keeping:
        assert keeping.box.catalogue.get(first) is not None
    assert not list(house.places.data.glob("*.new*"))


def test_an_erasure_asked_again_waits_its_own_hour(tmp_path: Path) -> None:
    """Asked, withdrawn after fifty minutes and asked again before any look: the first mark does not count for the second."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        ask(keeping, "destroy", id=recording, reason="request")
        go(house, keeping, 0.9 * HOUR, step=650)
        assert keeping.whats().count("marked") == 1
        ask(keeping, "keep", id=recording)
        ask(keeping, "destroy", id=recording, reason="request, after all")
    with house.keeper() as keeping:
        go(house, keeping, 0.9 * HOUR, step=650)
        assert lives(keeping, recording)
        go(house, keeping, 0.5 * HOUR, step=650)
        assert not lives(keeping, recording)


def test_a_call_before_midnight_goes_on_the_next_day_where_that_is_its_day(tmp_path: Path) -> None:
    """P1D, taken in five minutes after the last look of its date: the list names its day before the date is over."""
    house = House(tmp_path)
    shortened(house, "P1D")
    with house.keeper() as keeping:
        go(house, keeping, 14.4 * HOUR)
        clock_of(house).advance(0.05 * HOUR)
        recording = taken_in(house, keeping)
        clock_of(house).advance(0.4 * HOUR)
        go(house, keeping, 3 * HOUR, step=900)
        assert not lives(keeping, recording)
        assert "vault.not-foretold" not in house.codes()
