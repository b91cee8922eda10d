"""A hold's locks: each recording once, its notes before it, also where a cut or a second time comes between."""

from pathlib import Path

import pytest

from drivers.cell.file_cell import FileCell
from firmware.vault import vault as vault_module
from firmware.vault.contents import Contents
from firmware.vault.keys import hold_key
from firmware.vault.shards import Kind
from firmware.vault.table import KeyTable
from firmware.vault.vault import Vault

HOLD = "hhhhhhhhhhhhh"
DAYS = ("day-2026-04-01", "day-2026-04-02")


def contents(name: str) -> Contents:
    return Contents(b"header", None, f'{{"id":"{name}"}}'.encode(), b"s", "signer")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    (tmp_path / "shards").mkdir()
    cell = FileCell.create(tmp_path / "root.cell")
    return Vault(tmp_path / "shards", KeyTable.create(tmp_path, cell, {"undated": b"u" * 32}))


def filled(vault: Vault, each_day: int) -> dict[str, str]:
    """Recordings of two days, every third with a note; gives the key of each, and the hold has its terms."""
    keys = {}
    for number in range(2 * each_day):
        name, day = f"{number:013}", DAYS[number % 2]
        keys[name] = vault.lock(day, name, contents(name))
        if number % 3 == 0:
            vault.note([day], name, b"note of " + name.encode())
    vault.terms(HOLD, b"{}")
    return keys


def held(vault: Vault) -> list[tuple[Kind, str]]:
    """What the hold's shard holds, in order, its terms left out."""
    shard = vault._shard(hold_key(HOLD))
    return [(each.kind, each.recording) for each in shard.plain() if each.kind is not Kind.TERMS]


def test_a_hold_locks_each_recording_once_with_its_notes(vault: Vault) -> None:
    """Of two days; a second time adds nothing; one that comes later is added alone."""
    keys = filled(vault, each_day=8)
    first = dict(list(keys.items())[:-1])
    vault.catch(HOLD, first)
    once = held(vault)
    assert sorted(name for kind, name in once if kind is Kind.LOCK) == sorted(first)
    vault.catch(HOLD, first)
    assert held(vault) == once
    vault.catch(HOLD, keys)
    assert held(vault)[: len(once)] == once
    assert [each for each in held(vault)[len(once) :] if each[0] is Kind.LOCK] == [(Kind.LOCK, max(keys))]
    for name in keys:
        assert vault.contents(hold_key(HOLD), name) == contents(name)
        assert vault.notes(hold_key(HOLD), name) == vault.notes(keys[name], name)


def test_no_lock_of_a_hold_stands_before_its_notes(vault: Vault) -> None:
    """Wherever a power cut ends the file, what is locked there has its notes, and the rest follows when it is done again."""
    keys = filled(vault, each_day=3)
    shard = vault._shard(hold_key(HOLD))
    terms = len(shard.path.read_bytes())
    vault.catch(HOLD, keys)
    whole = shard.path.read_bytes()
    for cut in range(terms, len(whole), 37):
        shard.path.write_bytes(whole[:cut])
        noted = {name for kind, name in held(vault) if kind is Kind.NOTE}
        assert {name for name in vault.locked(hold_key(HOLD)) if vault.notes(keys[name], name)} <= noted
        vault.catch(HOLD, keys)
        assert sorted(held(vault)) == sorted(dict.fromkeys(held(vault)))
        assert vault.locked(hold_key(HOLD)) == set(keys)


def test_batches_leave_nothing_out(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many batches, of notes and locks alike, hold the same as one."""
    keys = filled(vault, each_day=8)
    monkeypatch.setattr(vault_module, "BATCH", 3)
    vault.catch(HOLD, keys)
    assert vault.locked(hold_key(HOLD)) == set(keys)
    assert len(held(vault)) == len(keys) + 6


def test_a_recording_without_a_lock_is_no_silent_gap(vault: Vault) -> None:
    """What the catalogue names and the vault does not have cannot be held: it is not among those that are."""
    keys = filled(vault, each_day=2)
    gone = {"9999999999999": DAYS[0], "8888888888888": "day-2020-01-01"}
    assert vault.catch(HOLD, {**keys, **gone}) == set(keys)
