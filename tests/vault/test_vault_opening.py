"""Whether the cell opens the table, asked again while the box runs; and what opening a vault leaves where it is."""

from pathlib import Path

from drivers.cell import Held
from drivers.cell.file_cell import FileCell
from firmware.vault.shards import Kind, Shard
from firmware.vault.table import KeyTable
from firmware.vault.vault import Vault


def made(folder: Path) -> tuple[FileCell, KeyTable]:
    cell = FileCell.create(folder / "cell")
    return cell, KeyTable.create(folder, cell, {"live-1": b"k" * 32})


def test_a_cell_that_holds_the_root_key_opens_the_table(tmp_path: Path) -> None:
    """As long as nothing was changed, also after keys came and went."""
    _, table = made(tmp_path)
    assert table.opens()
    table.add("undated")
    table.destroy(["undated"])
    assert table.opens()


def test_a_cell_that_holds_another_key_does_not(tmp_path: Path) -> None:
    """The table is whole, the cell was overwritten."""
    cell, table = made(tmp_path)
    cell.write(0, Held(b"x" * 32, 1))
    assert not table.opens()


def test_a_table_that_is_gone_or_older_does_not_count_as_opened(tmp_path: Path) -> None:
    """The cell is right; the file is missing, or is one from before the last key."""
    _, table = made(tmp_path)
    before = (tmp_path / "keys.1").read_bytes()
    table.add("undated")
    (tmp_path / "keys.1").write_bytes(before)
    assert not table.opens()
    (tmp_path / "keys.1").unlink()
    assert not table.opens()


def test_opening_a_vault_unlinks_what_no_key_opens_and_nothing_else(tmp_path: Path) -> None:
    """A living key's shard stays as it is; one whose key was destroyed goes, and what was half written."""
    _, table = made(tmp_path)
    shards = tmp_path / "shards"
    shards.mkdir()
    Shard(shards, "undated", table.add("undated")).append(Kind.NOTE, "0123456789abc", b"kept")
    (shards / "day-2026-01-01.shard").write_bytes(b"dead")
    (shards / "undated.shard.new").write_bytes(b"half")
    vault = Vault(shards, table)
    assert [path.name for path in shards.iterdir()] == ["undated.shard"]
    assert vault.notes("undated", "0123456789abc") == [b"kept"]
