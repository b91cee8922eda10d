"""Shards: a torn tail is dropped, damage is named, and what one key locks no other opens."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.faults import VaultFault
from firmware.vault.shards import Kind, Plain, Shard

KEY, OTHER = b"k" * 32, b"o" * 32
IDS = ["0000000000000", "1111111111111", "2222222222222"]


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    return Shard(tmp_path, "day-2026-04-01", KEY)


def fill(shard: Shard) -> bytes:
    shard.path.unlink(missing_ok=True)
    for recording in IDS:
        shard.append(Kind.LOCK, recording, f"lock of {recording}".encode())
    shard.append(Kind.NOTE, IDS[0], b"a note")
    return shard.path.read_bytes()


def test_locks_and_notes_are_found_apart(shard: Shard) -> None:
    """Each recording has its lock; a note is no lock; an unknown one has nothing."""
    fill(shard)
    assert list(shard.find(Kind.LOCK, IDS[1])) == [b"lock of 1111111111111"]
    assert list(shard.find(Kind.NOTE, IDS[0])) == [b"a note"]
    assert list(shard.find(Kind.NOTE, IDS[1])) == []
    assert list(shard.find(Kind.LOCK, "3333333333333")) == []


@given(data=st.data())
def test_a_tail_cut_anywhere_leaves_what_was_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A power cut in an append loses that record alone, and the next one follows whole ones."""
    shard = Shard(tmp_path_factory.mktemp("shard"), "undated", KEY)
    whole = fill(shard)
    ends = [0, *(record.end for record in shard.records())]
    cut = data.draw(st.integers(0, len(whole)))
    torn = data.draw(st.binary(max_size=40))
    shard.path.write_bytes(whole[:cut] + torn)
    kept = max(end for end in ends if end <= cut)
    if (whole[:cut] + torn)[:kept] == whole[:kept]:
        assert len(list(shard.records())) >= ends.index(kept)
    shard.append(Kind.LOCK, IDS[2], b"after")
    assert list(shard.find(Kind.LOCK, IDS[2]))[-1] == b"after"


def test_damage_in_the_middle_is_named_and_nothing_is_dropped(shard: Shard) -> None:
    """A changed byte before a whole record: reading and appending refuse, the file stays."""
    whole = bytearray(fill(shard))
    whole[60] ^= 1
    shard.path.write_bytes(whole)
    with pytest.raises(VaultFault) as caught:
        shard.append(Kind.LOCK, IDS[0], b"x")
    assert caught.value.code == "vault.shard-damaged"
    assert shard.path.read_bytes() == whole


def test_another_key_or_another_name_opens_nothing(shard: Shard, tmp_path: Path) -> None:
    """The key, the key's name and the recording's name are all part of the lock."""
    fill(shard)
    for other in (Shard(tmp_path, "day-2026-04-01", OTHER), Shard(tmp_path, "undated", KEY)):
        other.path.write_bytes(shard.path.read_bytes()) if other.path != shard.path else None
        with pytest.raises(VaultFault):
            list(other.find(Kind.LOCK, IDS[0]))


def test_nothing_is_in_clear(shard: Shard) -> None:
    """Neither content nor key is in the file."""
    whole = fill(shard)
    assert b"lock of" not in whole
    assert KEY not in whole


def read_so_far() -> int:
    """Bytes that this process has read from files (proc(5), `rchar`)."""
    return int(Path("/proc/self/io").read_text().split()[1])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="no /proc/self/io")
def test_adding_to_a_large_file_does_not_read_it(shard: Shard) -> None:
    """Once it was looked at whole; where it was touched since, whatever its times say, it is looked at again."""
    shard.extend(Plain(Kind.NOTE, IDS[0], bytes(1000)) for _ in range(1000))
    shard.append(Kind.NOTE, IDS[0], b"first")
    before = read_so_far()
    shard.append(Kind.NOTE, IDS[0], b"one more")
    assert read_so_far() - before < 100_000
    found = shard.path.stat()
    whole = bytearray(shard.path.read_bytes())
    whole[60] ^= 1
    shard.path.write_bytes(whole)
    os.utime(shard.path, ns=(found.st_atime_ns, found.st_mtime_ns))
    with pytest.raises(VaultFault):
        shard.append(Kind.NOTE, IDS[0], b"no more")
    assert shard.path.read_bytes() == whole
