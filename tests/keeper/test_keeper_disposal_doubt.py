"""Where disposal could go wrong: a period shortened near its end, a disk that refuses half-way, a late hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.audit.certificate import content_of
from firmware.catalogue.rebuild import known_of
from firmware.faults import VaultFault
from firmware.keeper import runs
from firmware.keeper.history import History
from firmware.vault.shards import Kind, Plain, Shard
from firmware.vault.vault import Vault
from tests.keeper.keeper_rig import House
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


@contextmanager
def refusing_to_destroy() -> Iterator[None]:
    """A disk on which no day's key can be destroyed, while everything else goes on."""
    destroy = Vault.destroy

    def refused(self: Vault, key_ids: object) -> None:
        going = list(key_ids)
        if any(not each.startswith("live") for each in going):
            raise OSError(5, "input/output error")
        destroy(self, going)

    with pytest.MonkeyPatch.context() as monkey:
        monkey.setattr(Vault, "destroy", refused)
        yield


def test_a_shortening_counts_also_for_what_is_due_within_a_fortnight(tmp_path: Path) -> None:
    """P30D becomes P20D on day 15: the grace ends on day 22, and it goes then, foretold, not on day 30."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 15 * DAY)
    shortened(house, "P20D")
    with house.keeper() as keeping:
        go(house, keeping, 6 * DAY + 14 * HOUR)
        assert lives(keeping, recording)
        go(house, keeping, 4 * HOUR)
        assert not lives(keeping, recording)
        assert "vault.not-foretold" not in house.codes()


def test_what_the_disk_refused_is_begun_once_and_finished_later(tmp_path: Path) -> None:
    """No key can be destroyed for hours on the day itself: one entry, one draft, a fault, no certificate; then it is done."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 29 * DAY + 14 * HOUR)
        with refusing_to_destroy():
            go(house, keeping, 3 * HOUR, step=900)
        assert lives(keeping, recording)
        assert "vault.disk" in house.codes()
        assert keeping.whats().count("will destroy") == 1
        assert len(list(house.places.certificates.iterdir())) == 1
        go(house, keeping, 60, step=60)
        assert not lives(keeping, recording)
        go(house, keeping, DAY)
        (certificate,) = certificates(house)
        assert [each.text("id") for each in content_of(certificate).each("recordings")] == [recording]
        assert keeping.whats().count("will destroy") == keeping.whats().count("destroyed") == 1


@pytest.mark.parametrize("early", [False, True])
def test_a_hold_that_comes_while_a_run_is_stuck_still_keeps(tmp_path: Path, early: bool) -> None:
    """The run was entered and the disk refused: a hold placed before it goes on is honoured, and so is its release."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        held, other = taken_in(house, keeping), taken_in(house, keeping)
        if early:
            ask(keeping, "destroy", id=held, reason="request")
            ask(keeping, "destroy", id=other, reason="request")
            go(house, keeping, 0.5 * HOUR, step=900)
        else:
            go(house, keeping, 29 * DAY + 14 * HOUR)
        with refusing_to_destroy():
            go(house, keeping, 1.5 * HOUR, step=900)
        assert keeping.whats().count("will destroy") == 1
        hold = ask(keeping, "hold", id=held, case="C", owner="dpo", reason="claim")["hold"]["id"]
        go(house, keeping, 2 * HOUR)
        assert (lives(keeping, held), lives(keeping, other)) == (True, False)
        assert (house.places.store / f"{held}.body").exists()
        assert keeping.box.catalogue.tombstone(held) is None
        assert keeping.box.catalogue.held_by(hold) == [held]
        told = [
            each.text("id") for text in certificates(house) for each in content_of(text).each("recordings")
        ]
        assert told == [other]
        ask(keeping, "release", hold=hold, said="over")
        go(house, keeping, 3 * HOUR)
        assert lives(keeping, held) is early
        go(house, keeping, 31 * DAY)
        assert not lives(keeping, held)


def test_a_hold_that_the_disk_interrupted_is_completed_before_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window's terms are entered, its locks are refused: the next look adds them, and the day takes neither."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        both = {taken_in(house, keeping), taken_in(house, keeping)}
        now, extend = house.clock.stamp().wall_ns, Shard.extend

        def refusing(self: Shard, records: list[Plain]) -> None:
            if any(each.kind is Kind.LOCK for each in records):
                raise OSError(28, "no space left")
            extend(self, records)

        monkeypatch.setattr(Shard, "extend", refusing)
        with pytest.raises(VaultFault, match="no space"):
            ask(keeping, "hold", line="line1", from_ns=0, to_ns=now * 2, case="C", owner="o", reason="r")
        monkeypatch.undo()
        go(house, keeping, 31 * DAY)
        assert {each for each in both if lives(keeping, each)} == both


def test_a_catalogue_is_the_same_after_a_run_that_was_carried_out_twice(tmp_path: Path) -> None:
    """A crash before "destroyed" was entered: tombstones say the hour of the entry, as a rebuilt catalogue does."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        taken_in(house, keeping)
        go(house, keeping, 29 * DAY + 14 * HOUR)
        log = keeping.box.log
        monkey = pytest.MonkeyPatch()
        monkey.setattr(type(log), "append", _but_not("destroyed", type(log).append))
        with pytest.raises(KeyboardInterrupt):
            go(house, keeping, 2 * HOUR)
        monkey.undo()
    clock_of(house).advance(HOUR)
    with house.keeper() as keeping:
        go(house, keeping, 2 * HOUR)
        history = History()
        for entry in keeping.box.log.entries():
            history.visit(entry)
        rebuilt = known_of(keeping.box.vault, runs.tombstones(house.places.certificates, history.runs))
        (stone,) = rebuilt.tombstones
        assert keeping.box.catalogue.tombstone(stone.id) == stone


def _but_not(what: str, append: object, how: type[BaseException] = KeyboardInterrupt) -> object:
    def refused(self: object, entry: object) -> object:
        if entry.what == what:
            raise how(28, "no space left")
        return append(self, entry)

    return refused


def test_the_list_of_certificates_says_what_is_out_and_what_waits(tmp_path: Path) -> None:
    """One waits for the live key that the recorder still uses; once that is gone it is listed, and nothing waits."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        house.write_lines(using=1, oldest=1)
        ask(keeping, "destroy", id=recording, reason="request")
        for _ in range(4):
            clock_of(house).advance(0.7 * HOUR)
            keeping.turn()
        told = ask(keeping, "certificates")
        assert told["certificates"] == []
        assert [each["waits_for_live_key"] for each in told["waiting"]] == [1]
        go(house, keeping, 2 * HOUR)
        told = ask(keeping, "certificates")
        assert told["waiting"] == []
        (listed,) = told["certificates"]
        assert ask(keeping, "certificate", run=listed["run"])["ok"]


def test_a_draft_that_could_not_be_entered_is_dropped(tmp_path: Path) -> None:
    """The log takes no "will destroy" for hours: drafts do not pile up, nothing goes; then one run with one certificate."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 29 * DAY + 14 * HOUR)
        log = type(keeping.box.log)
        with pytest.MonkeyPatch.context() as monkey:
            monkey.setattr(log, "append", _but_not("will destroy", log.append, OSError))
            go(house, keeping, 3 * HOUR, step=900)
        assert lives(keeping, recording)
        assert len(list(house.places.certificates.iterdir())) == 1
        go(house, keeping, DAY)
        assert [path.suffix for path in house.places.certificates.iterdir()] == [".json"]
        assert not lives(keeping, recording)
