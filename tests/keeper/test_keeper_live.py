"""Live keys: replaced each night and when tainted; destroyed only when nothing needs them."""

import json

import pytest

from firmware.clock import ClockState, GivenClock
from tests.keeper.keeper_rig import House, Keeping

DAY = 24 * 3600


def generations(keeping: Keeping) -> list[str]:
    return [each for each in keeping.box.vault.table.ids() if each.startswith("live-")]


def clock_of(house: House) -> GivenClock:
    assert isinstance(house.clock, GivenClock)
    return house.clock


def test_it_is_replaced_each_night_at_midnight_in_london(house: House) -> None:
    """Not before midnight, once after it, and the old one goes once the recorder uses the new one."""
    with house.keeper() as keeping:
        clock_of(house).advance(14 * 3600 + 1799)
        keeping.turn()
        assert house.live.generation == 1
        clock_of(house).advance(2)
        keeping.turn()
        keeping.turn()
        assert house.live.generation == 2
        assert generations(keeping) == ["live-1", "live-2"]
        house.write_lines(using=1)
        keeping.turn()
        assert generations(keeping) == ["live-1", "live-2"]
        house.write_lines(using=2, oldest=1)
        keeping.turn()
        assert generations(keeping) == ["live-1", "live-2"]
        house.write_lines(using=2, oldest=2)
        keeping.turn()
        assert generations(keeping) == ["live-2"]
        assert keeping.whats()[-2:] == ["will destroy key", "destroyed key"]
        last = list(keeping.box.log.entries())[-1]
        assert (last["generation"], last["method"]) == (1, "logical deletion, best effort")


def test_an_untrusted_clock_knows_no_night(house: House) -> None:
    """Without a clock that can be believed the key is not replaced by date."""
    with house.keeper() as keeping:
        clock_of(house).state = ClockState.UNTRUSTED
        clock_of(house).advance(3 * DAY)
        keeping.turn()
        assert house.live.generation == 1


def test_a_tainted_generation_is_replaced_at_once_and_only_once(house: House) -> None:
    """A discard or late cut under the current key rotates it, whatever the clock says."""
    clock_of(house).state = ClockState.UNTRUSTED
    with house.keeper() as keeping:
        house.write_lines(using=1, oldest=1, tainted=1)
        for _ in range(3):
            keeping.turn()
        assert house.live.generation == 2
        assert generations(keeping) == ["live-1", "live-2"]
        house.write_lines(using=2, oldest=None, tainted=1)
        keeping.turn()
        assert generations(keeping) == ["live-2"]
        made = [each for each in keeping.box.log.entries() if each["what"] == "live key made"]
        assert [each["because"] for each in made] == ["init", "tainted"]


def test_a_file_in_the_spool_keeps_its_key_alive(house: House) -> None:
    """Finished, not yet revealed, or set aside: as long as it names the generation, that one lives."""
    before = house.live
    with house.keeper() as keeping:
        house.write_lines(using=1, tainted=1)
        keeping.turn()
        recording = house.spool_finished(house.making(live=before))
        spooled = house.places.spool / f"{recording}.json"
        unrevealed = spooled.rename(spooled.with_suffix(".tmp"))
        house.write_lines(using=2)
        keeping.turn()
        assert generations(keeping) == ["live-1", "live-2"]
        (house.places.spool / f"{recording}.body").rename(house.folder / "kept")
        unrevealed.rename(spooled)
        keeping.turn()
        assert generations(keeping) == ["live-1", "live-2"]
        assert "vault.set-aside" in house.codes()
        (house.folder / "kept").rename(house.places.spool / f"{recording}.body")
        (house.places.aside / spooled.name).rename(spooled)
        (house.places.aside / f"{recording}.why").unlink()
        keeping.turn()
        assert generations(keeping) == ["live-2"]
        assert keeping.box.catalogue.get(recording) is not None


@pytest.mark.parametrize("note", ["", "{", '{"format":1}', '{"format":1,"live":{"using":"2"}}'])
def test_without_a_readable_note_nothing_is_destroyed(house: House, note: str) -> None:
    """Unknown never means now."""
    with house.keeper() as keeping:
        house.write_lines(using=1, tainted=1)
        keeping.turn()
        (house.places.run / "lines").write_text(note)
        keeping.turn()
        assert generations(keeping) == ["live-1", "live-2"]


def test_an_unreadable_file_in_the_spool_stops_destroying(house: House) -> None:
    """A temporary file that cannot be read may name any generation."""
    with house.keeper() as keeping:
        house.write_lines(using=1, tainted=1)
        keeping.turn()
        house.write_lines(using=2)
        (house.places.spool / "half.tmp").write_text('{"format":1,')
        keeping.turn()
        assert generations(keeping) == ["live-1", "live-2"]
        (house.places.spool / "half.tmp").unlink()
        keeping.turn()
        assert generations(keeping) == ["live-2"]


def test_the_dead_key_opens_nothing_any_more(house: House) -> None:
    """After its destruction neither table nor cell, raw, hold the key, and what it locked is refused."""
    old = house.live
    with house.keeper() as keeping:
        secret = keeping.box.vault.table.key("live-1")
        root = keeping.box.vault.table._root.held.key
        house.write_lines(using=1, tainted=1)
        keeping.turn()
        house.write_lines(using=2)
        keeping.turn()
        late = house.spool_finished(house.making(live=old))
        keeping.turn()
        assert keeping.box.catalogue.get(late) is None
        assert "vault.set-aside" in house.codes()
    for path in (house.folder / "data").rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes()
            assert root not in path.read_bytes()
    assert len(list(house.places.vault.glob("keys.*"))) == 1


def test_a_crash_between_table_and_publishing_is_mended_at_start(house: House) -> None:
    """The newest durable generation is published, whatever the last keeper managed to say."""
    with house.keeper() as keeping:
        keeping.box.vault.table.add("live-2")
    with house.keeper() as keeping:
        assert house.live.generation == 2
        keeping.turn()


def test_a_destruction_that_was_promised_is_entered_at_start(house: House) -> None:
    """Key gone, entry missing: the next start completes the log, once."""
    with house.keeper() as keeping:
        house.write_lines(using=1, tainted=1)
        keeping.turn()
        log = house.places.audit / "entries-2026.log"
        house.write_lines(using=2)
        keeping.turn()
        lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    for _ in range(2):
        with house.keeper() as keeping:
            assert keeping.whats().count("destroyed key") == 1


def test_many_old_keys_are_a_fault(house: House) -> None:
    """A recorder that says nothing for nights on end is told of."""
    with house.keeper() as keeping:
        for _ in range(4):
            clock_of(house).advance(DAY)
            keeping.turn()
        assert "vault.live-key-kept" in house.codes()
        house.write_lines(using=5)
        keeping.turn()
        assert "vault.live-key-kept" not in house.codes()
        assert json.loads((house.places.published / "live.json").read_text())["generation"] == 5
