"""Durable files, the journal, reading: whole or not at all, and each wrong field is named."""

import json
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.faults import VaultFault
from firmware.sealing.facts import stamp_json
from firmware.vault import durable, opaque
from firmware.vault.facts import read_facts
from firmware.vault.journal import DamagedJournalError, Journal
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object
from firmware.vault.signing import Signer, verify
from tests.keeper.keeper_rig import MORNING, GivenClock

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def good_facts() -> dict[str, object]:
    return {
        "id": "0123456789abc",
        "call": "0123456789abd",
        "line": "line1",
        "department": "repairs",
        "settings": "0" * 64,
        "rate": 8000,
        "sides": 1,
        "samples": 800,
        "began": stamp_json(GivenClock(MORNING).stamp()),
        "gaps": [{"from": 0, "to": 80, "reason": "paused"}],
        "class": "external",
        "direction": "in",
        "ended": "hung up",
        "continues": None,
        "recipients": ["office"],
        "bucket": 255,
    }


def test_facts_are_read_whole() -> None:
    """A good one passes, with its withheld samples, and what is not known stays out of the manifest."""
    facts = read_facts(Fields("facts", good_facts() | {"number": "x"}))
    assert facts.withheld == 80
    assert "number" not in facts.content()


@given(st.sampled_from(sorted(good_facts())), JSON)
def test_any_field_is_read_or_refused(name: str, value: object) -> None:
    """Whatever stands in a field, the result is facts or one refusal."""
    with suppress(UnreadableError):
        read_facts(Fields("facts", good_facts() | {name: value}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": 256},
        {"rate": 0},
        {"gaps": [{"from": 5, "to": 801, "reason": ""}]},
        {"id": "../../../etc"},
        {"class": "internal"},
        {"sides": True},
    ],
)
def test_what_does_not_add_up_is_refused(wrong: dict[str, object]) -> None:
    """A 9-bit bucket, no rate, a gap beyond the end, a path for a name, a class that is never recorded."""
    with pytest.raises(UnreadableError, match=r"^facts") as caught:
        read_facts(Fields("facts", good_facts() | wrong))
    assert "etc" not in str(caught.value)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_refused(content: bytes) -> None:
    """Reading JSON never ends in another error."""
    with suppress(UnreadableError):
        read_object(content, "x")


def test_a_written_file_takes_its_folders_rights(tmp_path: Path) -> None:
    """0600, and group-readable only where the folder is; never a trace of the temporary file."""
    tmp_path.chmod(0o700)
    durable.write(tmp_path / "a", b"x")
    tmp_path.chmod(0o2750)
    durable.write(tmp_path / "b", b"y")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"a": 0o600, "b": 0o640}


@given(st.lists(st.dictionaries(st.text(max_size=4), st.integers(), max_size=2), max_size=6), st.data())
def test_a_journal_cut_anywhere_keeps_what_was_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, int]], data: st.DataObject
) -> None:
    """Its entries are a prefix; the half line is dropped and counted; it goes on from there."""
    path = tmp_path_factory.mktemp("journal") / "j.log"
    journal = Journal(path, lambda _: None)
    for row in rows:
        journal.append(canonical(row))
    journal.close()
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    seen: list[bytes] = []
    journal = Journal(path, seen.append)
    assert seen == [canonical(row) for row in rows][: len(seen)]
    assert journal.dropped == cut - sum(len(each) + 66 for each in seen)
    journal.append(b"{}")
    assert list(journal) == [*seen, b"{}"]
    journal.close()


def test_damage_in_a_journal_is_no_torn_tail(tmp_path: Path) -> None:
    """A changed line before a good one is refused by its number, and the file stays as it is."""
    path = tmp_path / "j.log"
    journal = Journal(path, lambda _: None)
    for number in range(3):
        journal.append(canonical({"n": number}))
    journal.close()
    changed = path.read_bytes().replace(b'{"n":1}', b'{"n":7}')
    path.write_bytes(changed)
    with pytest.raises(DamagedJournalError) as caught:
        Journal(path, lambda _: None)
    assert caught.value.line == 2
    assert path.read_bytes() == changed


def test_an_append_that_the_disk_refuses_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written of it is cut off again, so that the next entry stands on its own."""
    path = tmp_path / "j.log"
    journal = Journal(path, lambda _: None)
    with monkeypatch.context() as patched:

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr("firmware.vault.durable.os.fsync", full)
        with pytest.raises(OSError, match="space"):
            journal.append(b"{}")
    assert path.read_bytes() == b""
    journal.append(b"{}")
    assert list(journal) == [b"{}"]
    journal.close()


def test_a_signature_is_for_one_kind_of_thing(tmp_path: Path) -> None:
    """It verifies for its own content and kind, and for nothing else; the key file is closed to others."""
    signer = Signer.create(tmp_path / "signing.pk8")
    signature = signer.sign("a", b"content")
    again = Signer.load(tmp_path / "signing.pk8")
    assert again.name == signer.name
    assert verify(again.public, "a", b"content", signature)
    assert not verify(again.public, "b", b"content", signature)
    assert not verify(again.public, "a", b"other", signature)
    assert stat.S_IMODE((tmp_path / "signing.pk8").stat().st_mode) == 0o600
    (tmp_path / "signing.pk8").write_bytes(b"x")
    with pytest.raises(VaultFault):
        Signer.load(tmp_path / "signing.pk8")


def test_opaque_names() -> None:
    """13 letters of Crockford's alphabet; nothing that could be a path."""
    names = {opaque.fresh() for _ in range(200)}
    assert len(names) == 200
    assert all(map(opaque.is_opaque, names))
    assert not any(
        map(opaque.is_opaque, ["", "../etc/passwd", "0123456789abcd", "0123456789ABC", "012345678\n9abc"])
    )
    assert json.loads(canonical({"é": 1})) == {"é": 1}
