"""The file cell: overwritten in place, torn writes seen, nothing but DriverError."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cell import BLANK, TORN, Held
from drivers.cell.contract import SLOT, pack, unpack
from drivers.cell.file_cell import FileCell
from drivers.facts import DriverError

KEY = bytes(range(1, 33))


@pytest.fixture
def cell(tmp_path: Path) -> FileCell:
    return FileCell.create(tmp_path / "root.cell")


def test_a_new_cell_is_blank_and_closed_to_others(tmp_path: Path, cell: FileCell) -> None:
    """Two blank slots in 128 bytes of mode 0600; a second one is never made over it."""
    assert (cell.read(0), cell.read(1)) == (BLANK, BLANK)
    status = (tmp_path / "root.cell").stat()
    assert (status.st_size, stat.S_IMODE(status.st_mode)) == (128, 0o600)
    with pytest.raises(DriverError):
        FileCell.create(tmp_path / "root.cell")


def test_it_overwrites_in_place(tmp_path: Path, cell: FileCell) -> None:
    """The same file and inode throughout; a blanked slot leaves no byte of its key in it."""
    path = tmp_path / "root.cell"
    inode = path.stat().st_ino
    cell.write(0, Held(KEY, 1))
    cell.write(1, Held(KEY[::-1], 2))
    assert (cell.read(0), cell.read(1)) == (Held(KEY, 1), Held(KEY[::-1], 2))
    cell.blank(0)
    assert cell.read(0) == BLANK
    assert KEY not in path.read_bytes()
    assert path.stat().st_ino == inode


@given(st.binary(min_size=32, max_size=32).filter(any), st.integers(0, 2**64 - 1), st.integers(1, SLOT - 1))
def test_a_torn_slot_never_reads_as_a_key(key: bytes, serial: int, cut: int) -> None:
    """Any part of a write over an older slot is torn, or is one of the two."""
    old, new = Held(KEY, 7), Held(key, serial)
    assert unpack(pack(new)[:cut] + pack(old)[cut:]) in {TORN, old, new}
    assert unpack(pack(new)[:cut] + bytes(SLOT - cut)) in {TORN, BLANK, new}


def test_a_key_is_never_shown(cell: FileCell) -> None:
    """Not in a repr, and not in what a wrong one is refused with."""
    assert "key" not in repr(Held(KEY, 1)).replace("Held", "")
    with pytest.raises(ValueError, match="32 bytes"):
        cell.write(0, Held(bytes(32), 1))


def test_a_cell_that_is_gone_or_of_another_size_is_a_driver_error(tmp_path: Path, cell: FileCell) -> None:
    """Missing, short: said in the cell's own word."""
    path = tmp_path / "root.cell"
    os.truncate(path, 100)
    with pytest.raises(DriverError, match="128"):
        cell.read(0)
    path.unlink()
    with pytest.raises(DriverError, match="No such file"):
        cell.blank(0)
