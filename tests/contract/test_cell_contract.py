"""What every cell promises, kept by each kind and by two of them used as one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cell import BLANK, KINDS, TORN, Cell, Held, open_cell
from drivers.cell.contract import SLOT, pack
from drivers.cell.eeprom_cell import EepromCell
from drivers.cell.file_cell import FileCell
from drivers.cell.pair_cell import PairCell
from drivers.facts import DriverError
from firmware.vault.table import KeyTable

ONE, TWO = Held(bytes(range(1, 33)), 1), Held(bytes(range(101, 133)), 2)
AT24C32 = 4096
"""Bytes of the chip."""


def eeprom(path: Path) -> EepromCell:
    path.write_bytes(bytes(AT24C32))
    return EepromCell(path)


MAKERS: dict[str, Callable[[Path], Cell]] = {
    "eeprom": lambda folder: eeprom(folder / "eeprom"),
    "file": lambda folder: FileCell.create(folder / "root.cell"),
    "pair": lambda folder: PairCell(eeprom(folder / "a"), eeprom(folder / "b")),
    "mixed pair": lambda folder: PairCell(eeprom(folder / "a"), FileCell.create(folder / "b")),
}


@pytest.fixture(params=MAKERS)
def cell(request: pytest.FixtureRequest, tmp_path: Path) -> Cell:
    return MAKERS[request.param](tmp_path)


def test_slots_are_apart(cell: Cell) -> None:
    """Each slot gives back what it was given, the other keeps what it had."""
    assert (cell.read(0), cell.read(1)) == (BLANK, BLANK)
    cell.write(0, ONE)
    assert (cell.read(0), cell.read(1)) == (ONE, BLANK)
    cell.write(1, TWO)
    assert (cell.read(0), cell.read(1)) == (ONE, TWO)
    cell.blank(0)
    assert (cell.read(0), cell.read(1)) == (BLANK, TWO)


def test_a_key_is_overwritten_where_it_lay(cell: Cell, tmp_path: Path) -> None:
    """The same files throughout, of the same size, and no byte run of a key that was blanked or overwritten."""
    before = {path: (path.stat().st_ino, path.stat().st_size) for path in tmp_path.iterdir()}
    cell.write(0, ONE)
    cell.write(1, ONE)
    cell.write(0, TWO)
    cell.blank(1)
    assert before == {path: (path.stat().st_ino, path.stat().st_size) for path in tmp_path.iterdir()}
    assert all(ONE.key[:8] not in path.read_bytes() for path in before)
    assert all(TWO.key in path.read_bytes() for path in before), "control: the key in force is there"


def test_a_device_that_is_gone_is_a_driver_error(cell: Cell, tmp_path: Path) -> None:
    """Reading, writing and blanking say so in the cell's own word."""
    for path in list(tmp_path.iterdir()):
        path.unlink()
    for act in (lambda: cell.read(0), lambda: cell.write(0, ONE), lambda: cell.blank(1)):
        with pytest.raises(DriverError, match="No such file"):
            act()


def test_a_method_is_named(cell: Cell) -> None:
    """A certificate says how a key is destroyed, and a file is never called more than best effort."""
    assert ("best effort" in cell.method) is (
        "File" in repr(cell) or "File" in repr(getattr(cell, "_cells", ()))
    )
    assert cell.method


def test_a_third_slot_is_a_mistake_of_the_caller(cell: Cell) -> None:
    """There are two, and nothing is overwritten beside them."""
    cell.write(0, ONE)
    with pytest.raises(ValueError, match="slots 0 and 1"):
        cell.read(2)


def test_a_key_table_lives_in_it(cell: Cell, tmp_path: Path) -> None:
    """Ten destructions and as many restarts: what was kept opens, and one root key is left."""
    folder = tmp_path / "vault"
    folder.mkdir()
    table = KeyTable.create(folder, cell, {"keep": b"k" * 32})
    for day in range(10):
        table.add(f"day-{day}")
        table.destroy([f"day-{day}"])
        table = KeyTable(folder, cell)
    assert table.ids() == ("keep",)
    assert table.opens()
    assert sorted(cell.read(slot) != BLANK for slot in (0, 1)) == [False, True]


def test_an_unknown_kind_opens_nothing() -> None:
    """The list of kinds is fixed and is said; both of it open."""
    assert {type(open_cell(kind, Path("x"))) for kind in KINDS} == {EepromCell, FileCell}
    with pytest.raises(DriverError, match="eeprom, file"):
        open_cell("tpm", Path("x"))


@given(st.integers(0, SLOT), st.sampled_from([ONE, TWO]), st.booleans())
def test_any_cut_of_a_write_is_torn_or_one_of_the_two(
    tmp_path_factory: pytest.TempPathFactory, cut: int, new: Held, of_blank: bool
) -> None:
    """However many bytes reached the chip: never a third key, and never a half of one."""
    path = tmp_path_factory.mktemp("chip") / "eeprom"
    cell = eeprom(path)
    old = BLANK if of_blank else Held(b"o" * 32, 9)
    if isinstance(old, Held):
        cell.write(1, old)
    with path.open("r+b") as file:
        file.seek(AT24C32 - SLOT)
        file.write(pack(new)[:cut])
    assert cell.read(1) in {old if cut < SLOT else new, TORN, new}
    assert (cell.read(1) == new) is (cut == SLOT)
