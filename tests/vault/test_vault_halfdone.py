"""A destruction that the disk refused half-way, and a keeper that goes on: no key that comes after it is lost."""

import os
import stat
from pathlib import Path

import pytest

from drivers.cell.file_cell import FileCell
from firmware.vault.table import KeyTable


@pytest.mark.parametrize("refused", range(1, 5))
def test_a_key_added_after_a_refused_destruction_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    """The disk refuses one sync of a folder, once; whatever was destroyed, the next key is there after a restart."""
    cell = FileCell.create(tmp_path / "root.cell")
    (tmp_path / "vault").mkdir()
    table = KeyTable.create(tmp_path / "vault", cell, {"keep": b"k" * 32, "due": b"d" * 32})
    fsync, synced = os.fsync, []

    def refuse_one(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            synced.append(descriptor)
            if len(synced) == refused:
                raise OSError(5, "Input/output error")
        fsync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse_one)
        try:
            table.destroy(["due"])
        except OSError:
            assert len(synced) == refused
    added = table.add("day-2026-04-01")
    again = KeyTable(tmp_path / "vault", cell)
    assert again.key("keep") == b"k" * 32
    assert again.key("day-2026-04-01") == added
