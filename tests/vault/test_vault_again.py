"""Names of keys, and a day that is locked again to a fresh key because something of it leaves early."""

from datetime import date
from pathlib import Path

import pytest

from drivers.cell.file_cell import FileCell
from firmware.vault import keys
from firmware.vault.contents import Contents
from firmware.vault.shards import CHECK, HEAD, Kind, Shard
from firmware.vault.table import KeyTable
from firmware.vault.vault import Vault

DAY = "day-2026-04-01"
ONE, TWO, THREE = ("0000000000000", "1111111111111", "2222222222222")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    table = KeyTable.create(tmp_path, FileCell.create(tmp_path / "cell"), {"live-1": b"k" * 32})
    (tmp_path / "shards").mkdir()
    return Vault(tmp_path / "shards", table)


def contents(text: str) -> Contents:
    return Contents(text.encode(), None, b"{}", b"s", "box")


def test_names_of_keys() -> None:
    """A day's keys in order of age, the tenth after the second; the next one's name; the day of each."""
    mixed = [f"{DAY}.10", "day-2026-04-02", f"{DAY}.2", DAY, "undated", "hold-x", "live-1"]
    assert keys.of_base(mixed, DAY) == [DAY, f"{DAY}.2", f"{DAY}.10"]
    assert keys.next_of(mixed, DAY) == f"{DAY}.11"
    assert keys.next_of(mixed, "day-2026-04-02") == "day-2026-04-02.2"
    assert keys.next_of(mixed, "day-2026-04-03") == "day-2026-04-03"
    assert [keys.due_of(each) for each in mixed[:2]] == [date(2026, 4, 1), date(2026, 4, 2)]
    assert [keys.due_of(each) for each in mixed[4:]] == [None, None, None]
    assert (keys.day_key(date(2026, 4, 1)), keys.day_key(None), keys.hold_key("x")) == (
        DAY,
        "undated",
        "hold-x",
    )


def test_a_day_locked_again_has_all_but_what_leaves(vault: Vault) -> None:
    """Locks and notes come along, each once however often it is done; then the old key opens nothing."""
    for each in (ONE, TWO, THREE, TWO):
        assert vault.lock(DAY, each, contents(each)) == DAY
    vault.note([DAY], TWO, b"a note")
    assert [each for each, _ in vault.opened(DAY)] == [ONE, TWO, THREE]
    fresh = vault.replacement(DAY)
    assert fresh == f"{DAY}.2"
    assert vault.lock_again(DAY, fresh, {ONE}) == [DAY]
    assert vault.lock_again(DAY, fresh, {ONE}) == [DAY]
    vault.destroy([DAY])
    assert dict(vault.opened(fresh)) == {TWO: contents(TWO), THREE: contents(THREE)}
    assert [each for each, _ in vault.opened(fresh)] == [TWO, THREE]
    assert vault.notes(fresh, TWO) == [b"a note"]
    assert vault.contents(DAY, TWO) is None
    assert vault.current(DAY) == fresh
    assert vault.lock(DAY, ONE, contents("later")) == fresh


def test_a_day_of_which_all_leave_has_no_fresh_key(vault: Vault) -> None:
    """A note alone is nothing to keep."""
    vault.lock(DAY, ONE, contents(ONE))
    vault.note([DAY], ONE, b"a note")
    assert vault.lock_again(DAY, vault.replacement(DAY), {ONE}) == [DAY]
    assert keys.of_base(vault.table.ids(), DAY) == [DAY]


def test_a_record_has_the_length_that_the_format_says(tmp_path: Path) -> None:
    """34 bytes of head and nonce, the content and 16, a check of 16 (docs/keeper.md)."""
    shard = Shard(tmp_path, DAY, b"k" * 32)
    shard.append(Kind.LOCK, ONE, b"x" * 100)
    assert (HEAD.size, CHECK) == (34, 16)
    assert shard.path.stat().st_size == 34 + 116 + 16
