"""The keeper and its cells: opened as the settings say, compared daily, mended, and nothing destroyed meanwhile."""

from pathlib import Path

import pytest

from drivers.cell import BLANK
from drivers.cell.eeprom_cell import EepromCell
from drivers.cell.file_cell import FileCell
from firmware.clock import GivenClock
from firmware.faults import Fault, Refused
from firmware.keeper import cells
from firmware.keeper.init import make
from firmware.keeper.live import generations
from tests.keeper.keeper_rig import MORNING, House, Keeping, running

DAY = 24 * 3600
CHIP = 4096


def chip(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(b"\xff" * CHIP)
    return path


def table_of(kind: str, path: Path) -> str:
    return f'[[cell]]\nkind = "{kind}"\npath = "{path}"\n'


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [chip(tmp_path, "first"), chip(tmp_path, "second")]


@pytest.fixture
def house(tmp_path: Path, paths: list[Path]) -> House:
    """A box with two EEPROMs as they are delivered."""
    return House(tmp_path, GivenClock(MORNING), "".join(table_of("eeprom", path) for path in paths))


def advance(house: House, seconds: float) -> None:
    assert isinstance(house.clock, GivenClock)
    house.clock.advance(seconds)


def one_old_live_key(house: House, keeping: Keeping) -> None:
    """A night passes, and the recorder uses the new live key."""
    advance(house, DAY)
    keeping.turn()
    house.write_lines(using=2, oldest=2)


def test_init_puts_the_root_key_where_the_settings_say(house: House, paths: list[Path]) -> None:
    """Into both chips alike, and into no file below the data directory."""
    one, two = (EepromCell(path) for path in paths)
    assert one.read(0) == two.read(0) != BLANK
    assert not house.places.cell.exists()
    with house.keeper() as keeping:
        keeping.turn()
        assert keeping.box.vault.table.method == "root key overwritten in EEPROM, in each of two cells"
        assert not [code for code in house.codes() if "cell" in code]


@pytest.mark.parametrize("state", ["absent", "another box's", "too small"])
def test_init_makes_nothing_with_a_chip_that_is_not_blank(tmp_path: Path, state: str) -> None:
    """No folder and no file: what the chip holds is kept, and no file stands in for it."""
    path = chip(tmp_path, "chip")
    match state:
        case "absent":
            path.unlink()
        case "another box's":
            path.write_bytes(b"\xff" * (CHIP - 1) + b"\x01")
        case _:
            path.write_bytes(b"\xff" * 64)
    with pytest.raises(Fault) as caught:
        House(tmp_path, more=table_of("eeprom", path))
    assert caught.value.code == "vault.cell-unwritable"
    assert str(path) in caught.value.message
    assert not (tmp_path / "data").exists()


def test_a_chip_that_is_gone_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    """A box of one chip refuses to start without it, changes nothing, and starts once it is back."""
    path = chip(tmp_path, "chip")
    house = House(tmp_path, more=table_of("eeprom", path))
    path.rename(tmp_path / "drawer")
    before = {each: each.read_bytes() for each in house.places.vault.rglob("*") if each.is_file()}
    with pytest.raises(Fault) as caught, house.keeper():
        pass
    assert caught.value.code == "vault.cell-unwritable"
    assert before == {each: each.read_bytes() for each in before}
    assert not house.places.cell.exists()
    (tmp_path / "drawer").rename(path)
    with house.keeper() as keeping:
        keeping.turn()


@pytest.mark.parametrize("lost", [0, 1])
def test_with_one_cell_gone_the_box_works_on_and_destroys_nothing(
    house: House, paths: list[Path], lost: int
) -> None:
    """It starts, takes in, replaces its live key, says the plan; once the chip is back the old key goes."""
    paths[lost].rename(paths[lost].with_name("drawer"))
    recording = house.spool_finished()
    with house.keeper() as keeping:
        one_old_live_key(house, keeping)
        keeping.turn()
        assert keeping.box.catalogue.get(recording) is not None
        assert generations(keeping.box) == [1, 2]
        assert "will destroy key" not in keeping.whats()
        assert "vault.cell-absent" in house.codes()
        (told,) = (each for each in keeping.box.board.faults() if each.code == "vault.cell-absent")
        assert ("first", "second")[lost] in told.message
        assert "callbox shell mend-cell" in told.hint
        paths[lost].with_name("drawer").rename(paths[lost])
        advance(house, 61)
        keeping.turn()
        keeping.turn()
        assert generations(keeping.box) == [2]
        assert not [code for code in house.codes() if "cell" in code]


def test_cells_are_compared_at_start_and_once_a_day(house: House, paths: list[Path]) -> None:
    """A difference that comes in the night is told the next day, and not looked for in between."""
    with house.keeper() as keeping:
        keeping.turn()
        kept = paths[1].read_bytes()
        paths[1].write_bytes(b"\xff" * CHIP)
        advance(house, 3600)
        keeping.turn()
        assert "vault.cell-differs" not in house.codes()
        advance(house, DAY)
        keeping.turn()
        assert "vault.cell-differs" in house.codes()
        paths[1].write_bytes(kept)
    with house.keeper() as keeping:
        keeping.turn()
        assert "vault.cell-differs" not in house.codes()


def test_a_chip_that_goes_during_the_day_stops_one_destruction(house: House, paths: list[Path]) -> None:
    """The refusal is told and looked into at once; the log promises the key once, not four times a second."""
    with house.keeper() as keeping:
        one_old_live_key(house, keeping)
        paths[1].rename(paths[1].with_name("drawer"))
        for _ in range(5):
            keeping.turn()
        assert keeping.whats().count("will destroy key") == 1
        assert "destroyed key" not in keeping.whats()
        assert "vault.cell-absent" in house.codes()
        paths[1].with_name("drawer").rename(paths[1])
        advance(house, 61)
        keeping.turn()
        assert keeping.whats().count("destroyed key") == 1
        keeping.turn()
        assert not [code for code in house.codes() if "cell" in code or "live" in code]


def test_half_a_destruction_is_not_entered_as_done(
    house: House, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old root key lives in the chip that went away: the log says destroyed only once it is gone there too."""
    with house.keeper() as keeping:
        one_old_live_key(house, keeping)
        whole = EepromCell.blank

        def half(cell: EepromCell, slot: int) -> None:
            whole(cell, slot)
            paths[1].rename(paths[1].with_name("drawer"))

        with monkeypatch.context() as patched:
            patched.setattr(EepromCell, "blank", half)
            keeping.turn()
        assert generations(keeping.box) == [2]
        assert "destroyed key" not in keeping.whats()
    with house.keeper() as keeping:
        keeping.turn()
        assert "destroyed key" not in keeping.whats()
    paths[1].with_name("drawer").rename(paths[1])
    with house.keeper() as keeping:
        assert keeping.whats().count("destroyed key") == 1
        assert EepromCell(paths[0]).read(0) == EepromCell(paths[1]).read(0) == BLANK


@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_cell_is_mended_at_the_shell(tmp_path: Path, paths: list[Path], lost: int) -> None:
    """A blank chip in its place and one command: both open the table, the log says who, a second time is refused."""
    made = House(tmp_path, more="".join(table_of("eeprom", path) for path in paths))
    paths[lost].write_bytes(b"\xff" * CHIP)
    with running(made):
        done = made.shell("mend-cell")
        assert (done.returncode, done.stderr) == (0, b"")
        assert f"The {('first', 'second')[lost]} cell is mended".encode() in done.stdout
        assert b"destroy that chip" in done.stdout
        again = made.shell("mend-cell")
        assert again.returncode == 6
        assert b"[refused.cell]" in again.stderr
    assert EepromCell(paths[0]).read(0) == EepromCell(paths[1]).read(0) != BLANK
    with made.keeper() as keeping:
        assert keeping.whats().count("cell mended") == 1
        (entry,) = (each for each in keeping.box.log.entries() if each["what"] == "cell mended")
        assert entry["cell"] == ("first", "second")[lost]
        assert entry["person"]


def test_a_box_of_one_file_gets_a_chip_beside_it(tmp_path: Path) -> None:
    """Named in the settings and mended; then the file may be blanked and taken out, and the chip opens alone."""
    house = House(tmp_path)
    path = chip(tmp_path, "chip")
    text = house.config.read_text()
    house.config.write_text(text + table_of("eeprom", path) + table_of("file", house.places.cell))
    with house.keeper() as keeping:
        assert cells.mend(keeping.box.vault.table, house.settings) == "first"
        assert cells.compare(keeping.box.vault.table) is None
    FileCell(house.places.cell).blank(0)
    house.config.write_text(text + table_of("eeprom", path))
    with house.keeper() as keeping:
        assert cells.compare(keeping.box.vault.table) is None
        assert keeping.box.vault.table.method == "root key overwritten in EEPROM"


def test_a_lost_second_file_is_made_again(tmp_path: Path, paths: list[Path]) -> None:
    """A file needs nobody to put it in; a chip does."""
    second = tmp_path / "spare.cell"
    house = House(tmp_path, more=table_of("eeprom", paths[0]) + table_of("file", second))
    second.unlink()
    with house.keeper() as keeping:
        assert cells.mend(keeping.box.vault.table, house.settings) == "second"
    assert FileCell(second).read(0) == EepromCell(paths[0]).read(0)
    paths[0].unlink()
    with house.keeper() as keeping, pytest.raises(Refused):
        cells.mend(keeping.box.vault.table, house.settings)


def test_a_box_of_one_cell_has_nothing_to_mend(tmp_path: Path) -> None:
    """It is refused, and says why."""
    house = House(tmp_path)
    with house.keeper() as keeping, pytest.raises(Refused, match="one cell only"):
        cells.mend(keeping.box.vault.table, house.settings)


def test_a_root_key_that_is_gone_is_told_while_the_keeper_still_runs(tmp_path: Path) -> None:
    """One cell, blanked behind the keeper's back: what is in memory can still be fetched, and the hint says so."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        keeping.turn()
        FileCell(house.places.cell).blank(0)
        fault = cells.compare(keeping.box.vault.table)
        assert fault is not None
        assert fault.code == "vault.root-key-lost"
        assert "do not restart" in fault.hint


def test_a_second_init_leaves_the_chips_as_they_are(house: House, paths: list[Path]) -> None:
    """The box is there already: that is what is said, not that its chips are not blank."""
    before = [path.read_bytes() for path in paths]
    with pytest.raises(Refused):
        make(house.settings, house.places, house.clock)
    assert before == [path.read_bytes() for path in paths]
