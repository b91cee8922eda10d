"""Init, start, proofs, faults: what is made once, what is refused, what stands until it is settled."""

import json
from pathlib import Path

import pytest

from firmware.catalogue.catalogue import Wanted
from firmware.catalogue.rebuild import known_of
from firmware.clock import ClockState, GivenClock
from firmware.faults import Fault
from firmware.keeper.init import make
from firmware.sealing.age import Identity
from firmware.vault.places import Places
from tests.keeper.keeper_rig import MORNING, OFFICE, SAFE, House, stock_age


def word_for(house: House, name: str) -> str:
    identity = {"office": OFFICE, "safe": SAFE}[name]
    return (
        stock_age((house.places.proof / f"{name}.age").read_bytes(), house.folder, identity).decode().strip()
    )


def test_init_overwrites_nothing(house: House) -> None:
    """A second init is refused, and every byte stays as it was."""
    before = {path: path.read_bytes() for path in house.places.data.rglob("*") if path.is_file()}
    with pytest.raises(Fault) as caught:
        make(house.settings, house.places, house.clock)
    assert caught.value.code == "refused.already-made"
    assert before == {path: path.read_bytes() for path in house.places.data.rglob("*") if path.is_file()}


def test_an_interrupted_init_is_named(house: House) -> None:
    """Without its last file the box is half made: init and keeper both say so."""
    house.places.made.unlink()
    with pytest.raises(Fault) as caught:
        make(house.settings, house.places, house.clock)
    assert caught.value.code == "vault.half-made"
    with pytest.raises(Fault) as caught, house.keeper():
        pass
    assert caught.value.code == "vault.half-made"


def test_a_keeper_without_init_says_what_to_do(house: House) -> None:
    """No box: one fault with the command in its hint."""
    house.places.data.rename(house.folder / "gone")
    with pytest.raises(Fault) as caught, house.keeper():
        pass
    assert caught.value.code == "vault.not-made"
    assert "callbox init" in caught.value.hint


def test_only_one_keeper_has_the_vault(house: House) -> None:
    """The second one is refused."""
    with house.keeper(), pytest.raises(Fault) as caught, house.keeper():
        pass
    assert caught.value.code == "vault.in-use"


def test_lines_are_armed_by_a_word_given_back_under_a_trusted_clock(house: House) -> None:
    """Nobody proved, one proved, both proved: armed.json and the standing fault say which."""
    clock = house.clock
    assert isinstance(clock, GivenClock)
    with house.keeper() as keeping:
        proofs = keeping.keeper._proofs
        keeping.turn()
        assert house.armed() == {"format": 1, "proved": [], "clock_trusted": True}
        with pytest.raises(Fault) as caught:
            proofs.prove("office", word_for(house, "safe"), house.clock.stamp())
        assert caught.value.code == "refused.word"
        word = word_for(house, "office").upper()
        proofs.prove("office", f"{word[:4]}-{word[4:]} ", clock.stamp())
        keeping.turn()
        assert house.armed()["proved"] == ["office"]
        assert house.codes() == ["seal.recipient-unproved"]
        proofs.prove("safe", word_for(house, "safe"), clock.stamp())
        clock.state = ClockState.UNTRUSTED
        keeping.turn()
        assert house.armed() == {"format": 1, "proved": ["office", "safe"], "clock_trusted": True}
        assert house.codes() == ["device.clock-untrusted"]
    assert list(house.places.proof.iterdir()) == []
    with house.keeper() as keeping:
        keeping.turn()
        assert house.armed()["proved"] == ["office", "safe"]
        assert house.armed()["clock_trusted"] is True


def test_a_recipient_with_another_key_is_asked_again(house: House) -> None:
    """A proof belongs to a key, not to a name."""
    with house.keeper() as keeping:
        keeping.keeper._proofs.prove("office", word_for(house, "office"), house.clock.stamp())
    other = Identity.generate()
    text = house.config.read_text()
    house.config.write_text(text.replace(OFFICE.recipient().text(), other.recipient().text()))
    with house.keeper() as keeping:
        keeping.turn()
        assert house.armed()["proved"] == []
    word = stock_age((house.places.proof / "office.age").read_bytes(), house.folder, other)
    assert len(word.strip()) == 13


def test_a_clock_that_was_never_trusted_does_not_arm(tmp_path: Path) -> None:
    """`clock_trusted` is false until the clock was trusted once, and true for ever after."""
    clock = GivenClock(MORNING, ClockState.UNTRUSTED)
    house = House(tmp_path, clock)
    with house.keeper() as keeping:
        keeping.turn()
        assert house.armed()["clock_trusted"] is False
        clock.state = ClockState.TRUSTED
        keeping.turn()
        assert house.armed()["clock_trusted"] is True


def test_the_catalogue_is_rebuilt_row_for_row(house: House) -> None:
    """Lost or damaged, it comes back equal to the one that grew with every intake."""
    for _ in range(3):
        house.spool_finished()
    house.spool_finished(house.making(settings="f" * 64))
    house.spool_cut()
    with house.keeper() as keeping:
        keeping.turn()
        grown = {row.id: row for row in keeping.box.catalogue.find(Wanted())}
        assert grown == {row.id: row for row in known_of(keeping.box.vault, ()).rows}
        assert len(grown) == 5
    for damage in (None, b"no database", grown and (house.places.catalogue.read_bytes()[:2048])):
        house.places.catalogue.unlink()
        if damage:
            house.places.catalogue.write_bytes(damage)
        with house.keeper() as keeping:
            assert {row.id: row for row in keeping.box.catalogue.find(Wanted())} == grown


def test_a_fault_keeps_its_age_over_a_restart(house: House) -> None:
    """Since when is part of a fault, and a restart does not make it young."""
    clock = house.clock
    assert isinstance(clock, GivenClock)

    def since() -> int:
        told = json.loads((house.places.run / "faults").read_text())
        return told["faults"][0]["since_wall_ns"]

    with house.keeper() as keeping:
        keeping.turn()
        first = since()
    clock.advance(3600)
    with house.keeper() as keeping:
        keeping.turn()
        assert since() == first


def test_a_half_written_audit_entry_is_dropped_and_reported(house: House) -> None:
    """It never counted; the log says that it was there."""
    with house.keeper():
        pass
    with (house.places.audit / "entries-2026.log").open("ab") as file:
        file.write(b"0123456789abcdef")
    with house.keeper() as keeping:
        keeping.turn()
        assert "half-written entry dropped" in keeping.whats()
    assert "log.torn" in house.codes()


def test_a_full_disk_is_a_fault_and_nothing_is_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk refuses waits in the spool and is taken in later; a later turn settles the fault."""
    recording = house.spool_finished()
    clock = house.clock
    assert isinstance(clock, GivenClock)
    with house.keeper() as keeping:
        with monkeypatch.context() as patched:

            def full(*_: object) -> int:
                raise OSError(28, "No space left on device")

            patched.setattr("firmware.vault.durable.append", full)
            keeping.turn()
        assert "vault.disk" in house.codes()
        keeping.turn()
        assert keeping.box.catalogue.get(recording) is None
        clock.advance(31)
        keeping.turn()
        assert keeping.box.catalogue.get(recording) is not None
        assert "vault.disk" not in house.codes()


def test_an_unknown_department_gives_no_due_day(house: House) -> None:
    """The law says nothing of it, so nothing falls due."""
    making = house.making(department="nobody")
    house.spool_finished(making)
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(making.id)
        assert row is not None
        assert row.due is None


def test_places_follow_the_run_directory(tmp_path: Path) -> None:
    """`$RUNTIME_DIRECTORY` is where systemd says, else `run` below the data."""
    assert Places.of(tmp_path, {}).run == tmp_path / "run"
    assert Places.of(tmp_path, {"RUNTIME_DIRECTORY": "/run/a:/run/b"}).run == Path("/run/a")
