"""The key table and its cell: every interruption of adding and destroying, and a thief with old copies."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.cell import BLANK, Blank, Held, Torn
from drivers.cell.file_cell import FileCell
from drivers.facts import DriverError
from firmware.faults import VaultFault
from firmware.vault.table import KeyTable, _decode

KEY = b"k" * 32


class PowerCut(BaseException):
    """The box is off."""


@dataclass
class CutCell:
    """A file cell on a rig that cuts the power before or after its n-th overwriting, or tears it."""

    cell: FileCell
    cut_at: int = 10**6
    how: str = "before"
    done: int = field(default=0)
    method = "test"

    def read(self, slot: int) -> Held | Blank | Torn:
        return self.cell.read(slot)

    def write(self, slot: int, held: Held) -> None:
        self._step(slot, lambda: self.cell.write(slot, held))

    def blank(self, slot: int) -> None:
        self._step(slot, lambda: self.cell.blank(slot))

    def _step(self, slot: int, act: object) -> None:
        self.done += 1
        if self.done == self.cut_at and self.how == "torn":
            self.cell.write(slot, Held(b"t" * 32, 99))
            with self.cell._path.open("r+b") as file:
                file.seek(slot * 64 + 40)
                file.write(b"torn")
            raise PowerCut
        if self.done == self.cut_at and self.how == "before":
            raise PowerCut
        assert callable(act)
        act()
        if self.done == self.cut_at:
            raise PowerCut


@pytest.fixture
def cell(tmp_path: Path) -> FileCell:
    return FileCell.create(tmp_path / "root.cell")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vault").mkdir()
    return tmp_path / "vault"


def test_keys_survive_a_restart(folder: Path, cell: FileCell) -> None:
    """What was added is there; what was destroyed is not; ids that do not live are passed over."""
    table = KeyTable.create(folder, cell, {"undated": KEY})
    day = table.add("day-2026-04-01")
    with pytest.raises(ValueError, match="already"):
        table.add("undated")
    table.destroy(["undated", "never-was"])
    again = KeyTable(folder, cell)
    assert again.ids() == ("day-2026-04-01",)
    assert again.key("day-2026-04-01") == day
    assert [path.name for path in folder.iterdir()] == ["keys.2"]
    assert cell.read(0) == BLANK


def thief_opens(folder: Path, copies: list[bytes], roots: list[Held]) -> list[set[str]]:
    """The ids in every old table that one of these root keys opens."""
    found = []
    for copy in copies:
        stolen = folder / "stolen"
        stolen.write_bytes(copy)
        found += [set(keys) for root in roots if (keys := _decode(stolen, root)) is not None]
        stolen.unlink()
    return found


@pytest.mark.parametrize("how", ["before", "after", "torn"])
@pytest.mark.parametrize("cut_at", [1, 2])
def test_a_cut_in_a_destruction_is_finished_or_undone(
    folder: Path, cell: FileCell, how: str, cut_at: int
) -> None:
    """At every step of the cell: never a key lost that was not due, and once gone, gone from every old copy."""
    KeyTable.create(folder, cell, {"keep": KEY, "due": b"d" * 32})
    copies = [path.read_bytes() for path in folder.glob("keys.*")]
    rig = CutCell(cell, cut_at, how)
    with pytest.raises(PowerCut):
        KeyTable(folder, rig).destroy(["due"])
    copies += [path.read_bytes() for path in folder.glob("keys.*")]
    table = KeyTable(folder, cell)
    assert table.key("keep") == KEY
    table.destroy(["due"])
    assert "due" not in KeyTable(folder, cell)
    roots = [held for slot in (0, 1) if isinstance(held := cell.read(slot), Held)]
    assert len(roots) == 1
    copies += [path.read_bytes() for path in folder.glob("keys.*")]
    assert all(ids == {"keep"} for ids in thief_opens(folder, copies, roots))
    assert thief_opens(folder, copies, roots), "control: he does open the current table"


@pytest.mark.parametrize("stop", ["new table unwritten", "old table not unlinked"])
def test_a_cut_between_cell_and_table(folder: Path, cell: FileCell, stop: str) -> None:
    """A new root key without its table is undone; both roots with both tables end in the new one."""
    table = KeyTable.create(folder, cell, {"keep": KEY, "due": b"d" * 32})
    old_root, old_table = table._root.held, (folder / "keys.1").read_bytes()
    if stop == "new table unwritten":
        cell.write(1, Held(b"n" * 32, 2))
        assert KeyTable(folder, cell).ids() == ("due", "keep")
        assert cell.read(1) == BLANK
        return
    table.destroy(["due"])
    cell.write(0, old_root)
    (folder / "keys.1").write_bytes(old_table)
    assert KeyTable(folder, cell).ids() == ("keep",)
    assert cell.read(0) == BLANK
    assert not (folder / "keys.1").exists()


@pytest.mark.parametrize("damage", ["blank cell", "wrong root", "table cut", "table changed", "no table"])
def test_what_cannot_be_opened_is_left_alone(folder: Path, cell: FileCell, damage: str) -> None:
    """Where no slot opens a table there is a fault, and neither cell nor table is touched."""
    KeyTable.create(folder, cell, {"undated": KEY})
    table = folder / "keys.1"
    match damage:
        case "blank cell":
            cell.blank(0)
        case "wrong root":
            cell.write(0, Held(b"w" * 32, 1))
        case "table cut":
            table.write_bytes(table.read_bytes()[:-1])
        case "table changed":
            whole = table.read_bytes()
            table.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        case _:
            table.rename(folder / "elsewhere")
    before = (cell.read(0), cell.read(1), sorted((each.name, each.read_bytes()) for each in folder.iterdir()))
    with pytest.raises(VaultFault) as caught:
        KeyTable(folder, cell)
    assert caught.value.code == "vault.root-key-lost"
    assert before == (
        cell.read(0),
        cell.read(1),
        sorted((each.name, each.read_bytes()) for each in folder.iterdir()),
    )


def test_a_cell_of_another_vault_is_refused(folder: Path, cell: FileCell) -> None:
    """A first table is made over a blank cell only."""
    cell.write(1, Held(KEY, 5))
    with pytest.raises(VaultFault) as caught:
        KeyTable.create(folder, cell, {})
    assert caught.value.code == "vault.cell-unwritable"


@dataclass
class LyingCell:
    """A cell whose slot does not read back as it was written."""

    cell: FileCell
    lies: Iterator[int] = field(default_factory=lambda: iter(()))
    method = "test"

    def read(self, slot: int) -> Held | Blank | Torn:
        return self.cell.read(slot)

    def write(self, slot: int, held: Held) -> None:
        self.cell.write(slot, Held(held.key, held.serial + 1))

    def blank(self, slot: int) -> None:
        raise DriverError(f"slot {slot} is stuck")


def test_a_cell_that_does_not_read_back_destroys_nothing(folder: Path, cell: FileCell) -> None:
    """The fault names the slot; every key still opens."""
    KeyTable.create(folder, cell, {"due": KEY})
    table = KeyTable(folder, LyingCell(cell))
    with pytest.raises(VaultFault) as caught:
        table.destroy(["due"])
    assert caught.value.code == "vault.cell-unwritable"
    assert KeyTable(folder, cell).key("due") == KEY


@dataclass
class StuckCell:
    """A cell that can be read, and no longer overwritten once it is stuck."""

    cell: FileCell
    stuck: bool = False
    method = "test"

    def read(self, slot: int) -> Held | Blank | Torn:
        return self.cell.read(slot)

    def write(self, slot: int, held: Held) -> None:
        self.cell.write(slot, held)

    def blank(self, slot: int) -> None:
        if self.stuck:
            raise DriverError(f"slot {slot} is stuck")
        self.cell.blank(slot)


def test_a_cell_that_cannot_be_overwritten_stops_destroying_only(folder: Path, cell: FileCell) -> None:
    """Stuck at the point of no return: keys are used and added, nothing is acknowledged, also after a restart."""
    KeyTable.create(folder, cell, {"keep": KEY, "due": b"d" * 32})
    old = cell.read(0)
    stuck = StuckCell(cell, stuck=True)
    table = KeyTable(folder, stuck)
    for again in range(3):
        assert table.key("keep") == KEY
        table.add(f"new-{again}")
        with pytest.raises(VaultFault):
            table.destroy(["due"])
        assert table.unsettled is not None
        assert cell.read(0) == old
        table = KeyTable(folder, stuck)
    stuck.stuck = False
    table.destroy(["due"])
    assert table.unsettled is None
    assert table.ids() == ("keep", "new-0", "new-1", "new-2")
    assert cell.read(0) == BLANK
