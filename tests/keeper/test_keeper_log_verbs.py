"""The audit log at the keeper's door and in the shell: daily checkpoints, witnesses, proofs that anybody can judge, dropped years."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from firmware.audit.checkpoint import is_signed_by, read_checkpoint
from firmware.audit.note import read_note
from firmware.audit.tree import verify_consistency, verify_inclusion
from firmware.clock import ClockState, GivenClock
from firmware.faults import LogFault
from firmware.keeper.door import Person
from firmware.keeper.wiring import opened
from firmware.keeper.witnessing import Witnessing
from firmware.settings.verifier_key import parse_verifier_key
from firmware.vault.journal import HEX, leaf_hash
from firmware.vault.reading import Fields
from tests.audit.audit_rig import Witness
from tests.keeper.keeper_rig import MORNING, House, running, untrusted

DAY_S = 86_400


def given_clock(house: House) -> GivenClock:
    assert isinstance(house.clock, GivenClock)
    return house.clock


def witnessed(folder: Path, witness: Witness, more: str = "") -> House:
    named = f'[[witness]]\nname = "officepc"\nkey = "{witness.key.text()}"\n{more}'
    return House(folder, GivenClock(MORNING), named)


def sizes(house: House) -> list[int]:
    """The size in each checkpoint that is kept."""
    lines = (house.places.audit / "checkpoints.log").read_bytes().splitlines()
    notes = [json.loads(line[HEX + 1 :]) for line in lines]
    return [
        read_checkpoint(read_note(each["note"]).text).size for each in notes if each["kind"] == "checkpoint"
    ]


def test_a_checkpoint_is_signed_at_start_and_each_day(house: House) -> None:
    """One at the first turn, none at the next ones of that day, one on the next day, one after a restart."""
    with house.keeper() as keeping:
        keeping.turn()
        assert sizes(house) == [keeping.box.log.size]
        keeping.turn()
        assert len(sizes(house)) == 1
        given_clock(house).advance(DAY_S)
        keeping.turn()
        assert len(sizes(house)) == 2
    with house.keeper() as keeping:
        keeping.turn()
        assert len(sizes(house)) == 3
        said = keeping.box.checkpoints.newest
        assert said is not None
        assert [each.split(" ")[0] for each in said.checkpoint.extensions] == [
            "settings",
            "code",
            "recipients",
            "told",
        ]
        assert said.checkpoint.extensions[0] == f"settings sha256:{house.settings.digest}"


def test_a_checkpoint_is_signed_after_each_run(house: House) -> None:
    """One more run on the same day is one more checkpoint; the same number is none."""
    with house.keeper() as keeping:
        witnessing = Witnessing(keeping.box, lambda: None)
        for runs in (0, 0, 1, 1, 2):
            witnessing.turn(runs)
        assert len(sizes(house)) == 3


def test_a_log_that_was_cut_is_a_fault_and_the_keeper_goes_on(house: House) -> None:
    """No checkpoint over it is signed, recordings are taken in all the same, and it stays a fault until the log is back."""
    with house.keeper() as keeping:
        keeping.turn()
    log = house.places.audit / "entries-2026.log"
    whole = log.read_bytes()
    log.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    given_clock(house).advance(60)
    recording = house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        assert "log.rewritten" in house.codes()
        assert len(sizes(house)) == 1
        assert keeping.box.catalogue.get(recording) is not None
    log.write_bytes(whole)
    with house.keeper() as keeping:
        keeping.turn()
        assert "log.rewritten" not in house.codes()


def test_a_silent_witness_is_a_fault_until_it_cosigns(tmp_path: Path) -> None:
    """Seven days after the first checkpoint or its last word; its next word settles the fault."""
    witness = Witness()
    house = witnessed(tmp_path, witness)
    with house.keeper() as keeping:
        keeping.turn()
        given_clock(house).advance(7 * DAY_S)
        keeping.turn()
        assert "log.unwitnessed" not in house.codes()
        given_clock(house).advance(1)
        keeping.turn()
        assert "log.unwitnessed" in house.codes()
        note, now = keeping.box.checkpoints.told(), house.clock.stamp().wall_ns // 10**9
        assert note is not None
        keeping.box.checkpoints.cosign(witness.cosign(note.whole(), now))
        keeping.turn()
        assert "log.unwitnessed" not in house.codes()


def test_old_years_are_dropped_after_audit_keep(tmp_path: Path) -> None:
    """Not before the day and not under an untrusted clock; then the year goes, and the log verifies."""
    house = House(tmp_path, GivenClock(MORNING), '[audit]\nkeep = "P1Y"\n')
    clock = given_clock(house)
    with house.keeper() as keeping:
        for days in (365, 364):
            keeping.turn()
            clock.advance(days * DAY_S)
        log = keeping.box.log
        keeping.turn()
        assert log.begun()[0] is not None
        clock.advance(DAY_S)
        keeping.turn()
        assert log.first == 0
        clock.state = ClockState.UNTRUSTED
        clock.advance(2 * DAY_S)
        keeping.turn()
        assert log.first == 0
        clock.state = ClockState.HELD
        clock.advance(DAY_S)
        keeping.turn()
        assert log.first > 0
        assert (house.places.audit / "entries-2026.dropped").exists()
        assert not (house.places.audit / "entries-2026.log").exists()
    with house.keeper() as keeping:
        keeping.turn()
        assert "log.rewritten" not in house.codes()


def test_a_year_stays_while_a_recording_of_it_is_on_the_box(tmp_path: Path) -> None:
    """However old the year is: the log alone says who has copies of the recording."""
    house = House(tmp_path, GivenClock(MORNING), '[audit]\nkeep = "P1Y"\n')
    clock = given_clock(house)
    house.spool_finished(house.making(began=untrusted(clock.stamp())))
    with house.keeper() as keeping:
        for _ in range(4):
            keeping.turn()
            clock.advance(365 * DAY_S)
        assert keeping.box.catalogue.count_undated() == 1
        assert len(keeping.box.log.begun()) == 4
        assert keeping.box.log.first == 0


def test_a_damaged_list_of_checkpoints_stops_the_start(house: House) -> None:
    """It is for the controller, and nothing is written."""
    with house.keeper() as keeping:
        keeping.turn()
        given_clock(house).advance(DAY_S)
        keeping.turn()
    path = house.places.audit / "checkpoints.log"
    path.write_bytes(path.read_bytes().replace(b"checkpoint", b"checkpoinT", 1))
    with pytest.raises(LogFault, match="list of checkpoints"), opened(house.config, house.clock):
        pass


def test_what_the_shell_gives_proves_the_log_to_anybody(tmp_path: Path) -> None:
    """Checkpoint, entries, inclusion, consistency and a witness's word, from text to text, in processes of their own."""
    witness = Witness()
    house = witnessed(tmp_path, witness)
    recording = house.spool_finished()
    with running(house):
        first = read_checkpoint(read_note(told(house, "checkpoint")).text)
        assert house.shell("get", recording, "--purpose", "complaint", "--ref", "C12").returncode == 0
        signed = told(house, "checkpoint")
        second = read_checkpoint(read_note(signed).text)
        assert first.size < second.size
        path = [
            b64decode(each) for each in told(house, "consistency", str(first.size), str(second.size)).split()
        ]
        assert verify_consistency(first.size, second.size, path, first.root, second.root)
        own = json.loads(told(house, "checkpoint", "--json"))["key"]
        key = parse_verifier_key(own)
        assert key is not None
        assert is_signed_by(read_note(signed), key)
        taken = house.shell("cosign", given=witness.cosign(signed, round(MORNING.timestamp())).encode())
        assert b"officepc has cosigned the log of" in taken.stdout
        assert json.loads(told(house, "clock", "--json"))["doubt"] is None
        assert house.shell("cosign", given=signed.encode()).returncode == 6
        assert house.shell("consistency", "4", "999999").returncode == 6
        listed = json.loads(told(house, "log", "--id", recording, "--json"))
        assert [each["what"] for each in listed] == ["taken in", "get", "sent"]
        assert "taken in" in told(house, "log", "--limit", "50")
        assert told(house, "verify").startswith("The audit log adds up")
        log = house.places.audit / "entries-2026.log"
        log.write_bytes(log.read_bytes().replace(b'"taken in"', b'"taken iN"'))
        wrong = house.shell("verify")
        assert wrong.returncode == 7
        assert b"entries-2026.log was changed" in wrong.stderr


def test_a_witness_says_whether_the_clock_is_right(tmp_path: Path) -> None:
    """Over a fresh checkpoint of this boot its time counts: another time is a doubt, the same one ends it; a late one says nothing."""
    witness = Witness()
    house = witnessed(tmp_path, witness)
    with house.keeper() as keeping:
        verbs, clock = keeping.keeper._verbs, given_clock(house)

        def word(ahead: int, *, late: int = 0) -> str | None:
            note = verbs.answer(Person("it", 0), Fields("ask", {"verb": "checkpoint"})).content["note"]
            at = house.clock.stamp().wall_ns // 10**9 + ahead
            clock.advance(late)
            asked = {"verb": "cosign", "note": witness.cosign(str(note), at)}
            verbs.answer(Person("it", 0), Fields("ask", asked))
            doubt = keeping.box.clock.standing().doubt
            return str(doubt) if doubt else None

        keeping.turn()
        assert word(0) is None
        assert word(3 * DAY_S, late=3600) is None
        assert word(3 * DAY_S) is not None
        assert not keeping.box.clock.may_destroy
        assert word(4 * DAY_S, late=10) is not None
        clock.step(4 * DAY_S)
        assert word(10) is None
        assert keeping.whats().count("clock confirmed") == 4


def test_inclusion_at_the_door_is_a_whole_proof(house: House) -> None:
    """Leaf, path, size and root in one answer verify together, for every entry."""
    with house.keeper() as keeping:
        keeping.turn()
        log = keeping.box.log
        lines = (house.places.audit / "entries-2026.log").read_bytes().splitlines()
        for index, line in enumerate(lines):
            leaf = leaf_hash(line[HEX + 1 :])
            assert verify_inclusion(leaf, index, log.size, log.inclusion(index), log.root)


def told(house: House, *words: str) -> str:
    """What the shell printed; it must have gone well."""
    done = house.shell(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()
