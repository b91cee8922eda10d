"""A year of the log is a file; the tree goes on over them, and over those that were dropped."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from firmware.audit.log import AuditLog
from firmware.audit.tree import leaf_hash, root_of, verify_consistency, verify_inclusion
from firmware.clock import ClockState
from firmware.faults import LogFault, Refused
from firmware.vault import durable
from tests.audit.audit_rig import Audit, Audited

YEAR_S = 366 * 86_400


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path)


def grown(audit: Audit, each: int = 5) -> list[bytes]:
    """Three years of entries with a checkpoint after each; every leaf hash."""
    with audit.opened() as opened:
        for _ in range(3):
            opened.append(each)
            opened.checkpoint()
            audit.clock.advance(YEAR_S)
        return opened.log.leaves()


def test_a_segment_is_a_london_year_and_the_tree_goes_on(audit: Audit) -> None:
    """Entries before and after midnight of New Year lie in two files and under one root, also after a restart."""
    with audit.opened() as opened:
        opened.append(3)
        audit.clock.advance(1800)
        opened.append(2)
        assert audit.names() == ["checkpoints.log", "entries-2026.log", "entries-2027.log"]
        root, leaves = opened.log.root, opened.log.leaves()
    assert root == root_of(leaves)
    with audit.opened() as opened:
        assert (opened.log.root, opened.log.leaves(), opened.log.size) == (root, leaves, 5)
        assert [each["n"] for each in opened.log.entries()] == [0, 1, 2, 3, 4]
        assert [each["n"] for each in opened.log.between(2, 4)] == [2, 3]
        assert opened.log.begun() == [date(2026, 12, 31), date(2027, 1, 1)]
        opened.append()
        assert len((audit.folder / "entries-2027.log").read_bytes().splitlines()) == 3


def test_a_year_begins_only_under_a_believed_clock_and_never_goes_back(audit: Audit) -> None:
    """Untrusted: the present segment; an earlier year: the present segment; a box that never believed its clock: 0000."""
    audit.clock.state = ClockState.UNTRUSTED
    with audit.opened() as opened:
        opened.append()
        assert audit.names() == ["checkpoints.log", "entries-0000.log"]
        audit.clock.state = ClockState.HELD
        opened.append()
        audit.clock.state = ClockState.UNTRUSTED
        audit.clock.advance(YEAR_S)
        opened.append()
        audit.clock.state = ClockState.TRUSTED
        audit.clock.advance(-2 * YEAR_S)
        opened.append()
        assert audit.names() == ["checkpoints.log", "entries-0000.log", "entries-2026.log"]
        assert opened.log.begun() == [None, date(2026, 12, 31)]


def test_proofs_hold_over_all_segments(audit: Audit) -> None:
    """Inclusion and consistency of every place verify against the root, whichever file it lies in."""
    leaves = grown(audit)
    with audit.opened() as opened:
        log = opened.log
        for index in range(log.size):
            assert verify_inclusion(leaves[index], index, log.size, log.inclusion(index), log.root)
            path = log.consistency(index, log.size)
            assert verify_consistency(index, log.size, path, root_of(leaves[:index]), log.root)
            assert log.root_at(index) == root_of(leaves[:index])
            assert leaf_hash(b"") != log.leaf(index) == leaves[index]
        for wrong in (lambda: log.inclusion(log.size), lambda: log.consistency(0, log.size + 1)):
            with pytest.raises(IndexError):
                wrong()


def test_dropped_years_leave_a_stub_from_which_all_goes_on(audit: Audit) -> None:
    """Root, later proofs and new entries are as if nothing was dropped; what was dropped is said to be."""
    leaves = grown(audit)
    with audit.opened() as opened:
        root = opened.log.root
        assert opened.log.drop_before(date(2027, 1, 1), opened.checkpoints.sign) == 0
        assert opened.log.drop_before(opened.log.begun()[-1] or date.max, opened.checkpoints.sign) == 2
        as_dropped(opened, leaves, root)
    assert "entries-2026.dropped" in audit.names()
    assert "entries-2026.log" not in audit.names()
    with audit.opened() as opened:
        as_dropped(opened, leaves, root)
        opened.append()
        assert opened.log.root == root_of([*leaves, opened.log.leaf(15)])
        assert opened.verify().whole
        assert opened.verify().dropped == 10
        opened.checkpoint()


def as_dropped(opened: Audited, leaves: list[bytes], root: bytes) -> None:
    log = opened.log
    assert (log.root, log.size, log.first) == (root, 15, 10)
    assert [each["n"] for each in log.entries()] == [10, 11, 12, 13, 14]
    for size in range(10, 16):
        path = log.consistency(size, 15)
        assert verify_consistency(size, 15, path, root_of(leaves[:size]), root)
    assert verify_inclusion(leaves[12], 12, 15, log.inclusion(12), root)
    for asked in (lambda: log.inclusion(3), lambda: log.leaf(4), lambda: log.root_at(7)):
        with pytest.raises(Refused) as refused:
            asked()
        assert refused.value.code == "refused.dropped"
        assert "before 10" in refused.value.message


@pytest.mark.parametrize("years", [1, 2])
def test_a_crash_between_stub_and_unlinking_loses_nothing(
    audit: Audit, years: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every step of dropping, what is on disk opens with the same root, verifies, and can be dropped again."""
    leaves = grown(audit)
    states: list[Path] = []

    def snapshot() -> None:
        states.append(audit.folder.with_name(f"{audit.folder.name}-{len(states)}"))
        shutil.copytree(audit.folder, states[-1])

    write, remove = durable.write, durable.remove
    monkeypatch.setattr(
        durable, "write", lambda path, content: (snapshot(), write(path, content), snapshot())
    )
    monkeypatch.setattr(durable, "remove", lambda path: (snapshot(), remove(path), snapshot()))
    with audit.opened() as opened:
        day = opened.log.begun()[years]
        assert day is not None
        opened.log.drop_before(day, opened.checkpoints.sign)
    monkeypatch.undo()
    for folder in states:
        again = Audit(folder, audit.clock, audit.signer)
        with again.opened() as opened:
            assert opened.log.root == root_of(leaves)
            assert opened.verify().whole
            opened.log.drop_before(day, opened.checkpoints.sign)
            assert opened.log.first == 5 * years
            assert opened.verify().whole


def test_a_missing_or_damaged_beginning_is_damage(audit: Audit) -> None:
    """A stub whose roots do not fit its checkpoint, or a log older than what was dropped, opens nothing."""
    grown(audit)
    with audit.opened() as opened:
        early = (audit.folder / "entries-2026.log").read_bytes()
        opened.log.drop_before(date.max, opened.checkpoints.sign)
    latest = max(audit.folder.glob("*.dropped"))
    whole = latest.read_bytes()
    for wrong in (whole.replace(b'"size":10', b'"size":12'), b"", whole[:-9] + whole[-8:], b"{}"):
        latest.write_bytes(wrong)
        with pytest.raises(LogFault) as fault:
            AuditLog(audit.folder)
        assert fault.value.code == "log.damaged"
    latest.write_bytes(whole)
    (audit.folder / "entries-2026.log").write_bytes(early)
    with pytest.raises(LogFault):
        AuditLog(audit.folder)


def test_only_the_newest_segment_may_end_in_half_a_line(audit: Audit) -> None:
    """In an older one half a line is damage, and nothing is cut off."""
    grown(audit)
    oldest = audit.folder / "entries-2026.log"
    newest = max(audit.folder.glob("entries-*.log"))
    before = oldest.read_bytes()
    newest.write_bytes(newest.read_bytes() + b"0123")
    with audit.opened() as opened:
        assert opened.log.dropped == 4
    oldest.write_bytes(before[:-1])
    with pytest.raises(LogFault, match=r"entry 5 of entries-2026\.log"):
        AuditLog(audit.folder)
    assert oldest.read_bytes() == before[:-1]


def test_a_line_that_the_disk_half_took_never_stays_in_an_older_segment(audit: Audit) -> None:
    """Half a line that could not be cut back is gone once the next year begins."""
    with audit.opened() as opened:
        opened.append(2)
        with (audit.folder / "entries-2026.log").open("ab") as file:
            file.write(b"half a line")
        audit.clock.advance(1800)
        opened.append()
        root = opened.log.root
    with audit.opened() as opened:
        assert opened.log.root == root


def test_entries_of_one_recording_are_found_with_their_index(audit: Audit) -> None:
    """By a field's whole value, not by a part of it, over all segments."""
    grown(audit)
    with audit.opened() as opened:
        assert [index for index, _ in opened.log.naming("keeper started")] == list(range(15))
        assert list(opened.log.naming("keeper")) == []
