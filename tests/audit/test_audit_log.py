"""The audit log: the tree of RFC 6962 by its published roots, proofs, commitments, damage."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.audit.entries import Commitment, Entry, What
from firmware.audit.log import AuditLog
from firmware.audit.tree import Frontier, inclusion, leaf_hash, root_of, verify_inclusion
from firmware.clock import GivenClock
from firmware.faults import LogFault
from tests.keeper.keeper_rig import MORNING

# The eight leaves and roots that implementations of RFC 6962 test themselves by
# (certificate-transparency, merkle_tree_test).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def entry(number: int) -> Entry:
    return Entry(What.STARTED, GivenClock(MORNING).stamp(), {"n": number})


def test_the_published_roots() -> None:
    """After each of the eight leaves the root is the published one; of nothing it is SHA-256 of nothing."""
    edge = Frontier()
    assert edge.root() == hashlib.sha256(b"").digest()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        edge.add(leaf_hash(bytes.fromhex(leaf)))
        assert edge.root().hex() == root


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_a_proof_verifies_alone_and_for_nothing_else(entries: list[bytes], data: st.DataObject) -> None:
    """Every entry is proved in its place; another leaf, place, size, path or root is not."""
    leaves = [leaf_hash(each) for each in entries]
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = inclusion(leaves, index), root_of(leaves)
    assert verify_inclusion(leaves[index], index, len(leaves), path, root)
    assert not verify_inclusion(leaf_hash(b"other one"), index, len(leaves), path, root)
    assert not verify_inclusion(leaves[index], index, len(leaves), [*path, bytes(32)], root)
    assert not verify_inclusion(leaves[index], index, len(leaves), path, bytes(32))
    assert not verify_inclusion(leaves[index], len(leaves), len(leaves), path, root)
    if path:
        assert not verify_inclusion(leaves[index], index, len(leaves), path[:-1], root)


def test_entries_and_root_survive_a_restart(tmp_path: Path) -> None:
    """What was appended comes back in order, under the same root."""
    log = AuditLog(tmp_path)
    indexes = [log.append(entry(number)) for number in range(5)]
    root = log.root
    log.close()
    seen: list[object] = []
    again = AuditLog(tmp_path, lambda each: seen.append(each["n"]))
    assert indexes == seen == [0, 1, 2, 3, 4]
    assert again.root == root == root_of(again.leaves())
    assert again.size == 5
    again.close()


def test_a_changed_entry_is_for_the_controller(tmp_path: Path) -> None:
    """Damage before the last entry: a LogFault that names it, and nothing is written."""
    log = AuditLog(tmp_path)
    for number in range(3):
        log.append(entry(number))
    log.close()
    path = tmp_path / "entries-2026.log"
    path.write_bytes(path.read_bytes().replace(b'"n":1', b'"n":8'))
    with pytest.raises(LogFault) as caught:
        AuditLog(tmp_path)
    assert caught.value.code == "log.damaged"
    assert "entry 2" in caught.value.message


def test_a_commitment_tells_nothing_and_binds(tmp_path: Path) -> None:
    """The same reference twice gives two digests; only text and salt together give the digest again."""
    first, second = Commitment.to("C12"), Commitment.to("C12")
    assert first.digest != second.digest
    assert Commitment("C12", first.salt).digest == first.digest
    assert Commitment("C13", first.salt).digest != first.digest
    assert "C12" not in first.digest
    assert list(tmp_path.iterdir()) == []
