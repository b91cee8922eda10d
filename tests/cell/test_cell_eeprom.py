"""The EEPROM cell: where it lies on the chip, what a new chip is, what is refused."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from drivers.cell import BLANK, TORN, Held
from drivers.cell.eeprom_cell import EepromCell
from drivers.facts import DriverError

KEY = Held(bytes(range(1, 33)), 1)


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    path = tmp_path / "eeprom"
    path.write_bytes(b"\xff" * 4096)
    return path


def test_it_lies_in_the_last_pages(chip: Path) -> None:
    """The last 128 bytes are the cell's, and no other byte of the chip is touched."""
    cell = EepromCell(chip)
    cell.write(0, KEY)
    cell.blank(1)
    content = chip.read_bytes()
    assert content[:-128] == b"\xff" * (4096 - 128)
    assert content[-128:-96] == KEY.key
    assert content[-64:] == bytes(64)


def test_it_lies_where_it_is_told(chip: Path) -> None:
    """An offset is a multiple of the page; the bytes before and behind stay as they were."""
    EepromCell(chip, 64).write(1, KEY)
    content = chip.read_bytes()
    assert content[128:160] == KEY.key
    assert (content[:128], content[192:]) == (b"\xff" * 128, b"\xff" * (4096 - 192))
    for wrong in (-32, 8):
        with pytest.raises(ValueError, match="page of 32"):
            EepromCell(chip, wrong)


def test_a_chip_as_delivered_is_blank_and_any_other_content_is_torn(chip: Path) -> None:
    """0xFF in every byte holds nothing; a single other byte makes the slot torn."""
    cell = EepromCell(chip)
    assert (cell.read(0), cell.read(1)) == (BLANK, BLANK)
    chip.write_bytes(b"\xff" * 4095 + b"\xfe")
    assert (cell.read(0), cell.read(1)) == (BLANK, TORN)


@pytest.mark.parametrize(("size", "offset"), [(64, None), (0, None), (4100, None), (256, 160)])
def test_a_chip_that_is_too_small_is_refused(chip: Path, size: int, offset: int | None) -> None:
    """Nor is one whose size is no whole number of pages; nothing is written to either."""
    chip.write_bytes(bytes(size))
    cell = EepromCell(chip, offset)
    for act in (lambda: cell.read(0), lambda: cell.write(0, KEY), lambda: cell.blank(0)):
        with pytest.raises(DriverError, match=f"the chip has {size} bytes"):
            act()
    assert chip.read_bytes() == bytes(size)


def test_a_chip_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    """It reads, and writing is told in plain words: a running program's file stands for a read-only one."""
    busy = tmp_path / "chip"
    shutil.copy(shutil.which("sleep") or "", busy)
    os.truncate(busy, (busy.stat().st_size + 4095) // 4096 * 4096)
    with subprocess.Popen([busy, "60"]) as running:
        try:
            cell = EepromCell(busy)
            cell.read(0)
            with pytest.raises(DriverError, match="chip: Text file busy"):
                cell.write(0, KEY)
        finally:
            running.kill()


def test_a_file_that_cannot_be_synced_is_still_a_cell() -> None:
    """Files of sysfs refuse fsync with EINVAL; every other refusal is told."""
    read_end, write_end = os.pipe()
    try:
        from drivers.cell.eeprom_cell import _sync  # noqa: PLC0415

        _sync(write_end)
        with pytest.raises(OSError, match="Bad file"):
            _sync(999)
    finally:
        os.close(read_end)
        os.close(write_end)
