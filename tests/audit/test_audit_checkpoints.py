"""Checkpoints go on from one another, witnesses are heard, and verify names where the log does not add up."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.audit.checkpoint import read_checkpoint
from firmware.audit.note import read_note
from firmware.audit.verify import BadEntry, BadRange
from firmware.clock import GivenClock
from firmware.faults import LogFault, Refused
from firmware.vault.journal import HEX, leaf_hash
from firmware.vault.reading import UnreadableError
from firmware.vault.signing import Signer
from tests.audit.audit_rig import NEW_YEAR, Audit, Witness


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def audit(tmp_path: Path, witness: Witness) -> Audit:
    return Audit(tmp_path, witnesses={"one": witness.key})


def test_a_checkpoint_says_size_root_and_what_the_box_runs_on(audit: Audit) -> None:
    """It is kept, is the newest after a restart, and every earlier one is kept too."""
    with audit.opened() as opened:
        opened.append(3)
        opened.checkpoint()
        opened.append(2)
        note = opened.checkpoint()
        said = read_checkpoint(read_note(note).text)
        assert (said.size, said.root) == (5, opened.log.root)
        assert (said.origin, said.extensions) == (f"callbox/{audit.signer.name}", ("settings sha256:00",))
    with audit.opened() as opened:
        told = opened.checkpoints.told()
        assert told is not None
        assert told.whole() == note
        assert [each.checkpoint.size for each in opened.checkpoints.kept()] == [3, 5]


def test_a_cosignature_is_kept_beside_the_checkpoint_it_is_over(audit: Audit, witness: Witness) -> None:
    """With its time, and boot and time of the checkpoint; told with it, and no more with the next one."""
    with audit.opened() as opened:
        opened.append(3)
        note = opened.checkpoint()
        boottime = opened.clock.stamp().boottime_ns
        (said,) = opened.checkpoints.cosign(witness.cosign(note, 1_800_000_000))
        assert (said.witness, said.at_s, said.size) == ("one", 1_800_000_000, 3)
        assert (said.over.boot_id, said.over.boottime_ns) == ("given", boottime)
    with audit.opened() as opened:
        assert opened.checkpoints.cosigned() == (said,)
        told = opened.checkpoints.told()
        assert told is not None
        assert told.whole() == witness.cosign(note, 1_800_000_000)
        opened.append()
        later, told = opened.checkpoint(), opened.checkpoints.told()
        assert told is not None
        assert told.whole() == later
        assert opened.checkpoints.cosigned() == (said,)


def test_the_newest_word_of_a_witness_counts(audit: Audit, witness: Witness) -> None:
    """An older time changes nothing; a later one over an older checkpoint does."""
    with audit.opened() as opened:
        opened.append()
        first = opened.checkpoint()
        opened.append()
        second = opened.checkpoint()
        opened.checkpoints.cosign(witness.cosign(second, 200))
        opened.checkpoints.cosign(witness.cosign(first, 100))
        assert [(each.at_s, each.size) for each in opened.checkpoints.cosigned()] == [(200, 2)]
        opened.checkpoints.cosign(witness.cosign(first, 300))
        assert [(each.at_s, each.size) for each in opened.checkpoints.cosigned()] == [(300, 1)]


def test_a_stranger_a_false_word_and_another_log_are_refused(audit: Audit, witness: Witness) -> None:
    """Nothing is kept of a witness whom the settings do not name, of a false signature, of a checkpoint that is not ours."""
    with audit.opened() as opened:
        opened.append()
        note = opened.checkpoint()
        with pytest.raises(Refused, match="no cosignature"):
            opened.checkpoints.cosign(Witness("other").cosign(note, 1))
        with pytest.raises(Refused, match="no cosignature"):
            opened.checkpoints.cosign(note)
        with pytest.raises(UnreadableError, match="does not verify"):
            opened.checkpoints.cosign(note + witness.line("other text\n", 1))
        with pytest.raises(Refused, match="no checkpoint that this box"):
            opened.checkpoints.cosign(witness.cosign(note.replace("\n1\n", "\n2\n"), 1))
        assert opened.checkpoints.cosigned() == ()
        (said,) = opened.checkpoints.cosign(Witness("other").cosign(witness.cosign(note, 1), 9))
        assert said.at_s == 1


def test_a_witness_that_the_settings_name_no_more_is_not_heard(audit: Audit, witness: Witness) -> None:
    """What it said before does not count after a restart without it."""
    with audit.opened() as opened:
        opened.append()
        opened.checkpoints.cosign(witness.cosign(opened.checkpoint(), 5))
    audit.witnesses = {}
    with audit.opened() as opened:
        assert opened.checkpoints.cosigned() == ()


def test_nothing_is_signed_over_a_log_that_was_cut(audit: Audit) -> None:
    """The entries after the last checkpoint may go unseen; one before it may not."""
    with audit.opened() as opened:
        opened.append(3)
        opened.checkpoint()
        opened.append(1)
    cut(audit, keep=3)
    with audit.opened() as opened:
        opened.checkpoint()
    cut(audit, keep=2)
    with audit.opened() as opened:
        with pytest.raises(LogFault) as fault:
            opened.checkpoint()
        assert fault.value.code == "log.rewritten"
        assert opened.verify().missing_from == 2
        audit.clock.advance(1)
        opened.append(5)
        with pytest.raises(LogFault):
            opened.checkpoint()
        assert opened.verify().range == BadRange(0, 3)


def test_a_changed_line_is_named(audit: Audit) -> None:
    """By its file and its index in the whole log, also where it lies in an older segment."""
    with audit.opened() as opened:
        opened.append(4)
        audit.clock.advance(1800)
        opened.append(4)
        opened.checkpoint()
        assert opened.verify().whole
        path = audit.folder / "entries-2027.log"
        path.write_bytes(path.read_bytes().replace(b'"n":6', b'"n":9'))
        found = opened.verify()
        assert (found.whole, found.entry, found.range) == (False, BadEntry("entries-2027.log", 6), None)
        path = audit.folder / "entries-2026.log"
        path.write_bytes(path.read_bytes().replace(b'"n":2', b'"n":9'))
        assert opened.verify().entry == BadEntry("entries-2026.log", 2)


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=5), data=st.data())
def test_a_rewritten_entry_is_found_between_two_checkpoints(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], data: st.DataObject
) -> None:
    """Whoever rewrites a line with its hash is found in the range after the last checkpoint that fits, exactly."""
    audit = Audit(tmp_path_factory.mktemp("audit"), GivenClock(NEW_YEAR))
    ends = [sum(sizes[: count + 1]) for count in range(len(sizes))]
    changed = data.draw(st.integers(0, ends[-1] - 1))
    with audit.opened() as opened:
        for size in sizes:
            opened.append(size)
            opened.checkpoint()
        rewrite(audit.folder / "entries-2026.log", changed)
        start = max((end for end in ends if end <= changed), default=0)
        end = min(end for end in ends if end > changed)
        assert opened.verify().range == BadRange(start, end)
        assert opened.verify().entry is None
    with audit.opened() as opened:
        assert opened.verify().range == BadRange(start, end)


def test_what_was_changed_since_the_last_checkpoint_is_known_by_the_running_keeper(audit: Audit) -> None:
    """The root that it has in memory is one more that must fit."""
    with audit.opened() as opened:
        opened.append(2)
        opened.checkpoint()
        opened.append(2)
        rewrite(audit.folder / "entries-2026.log", 3)
        assert opened.verify().range == BadRange(2, 4)


def test_a_checkpoint_or_stub_of_another_signer_is_named(audit: Audit) -> None:
    """Who has no key of the box cannot make up its checkpoints."""
    with audit.opened() as opened:
        opened.append(2)
        opened.checkpoint()
    other = Audit(audit.folder, audit.clock, signer=Signer(Witness().private))
    with other.opened() as opened:
        assert opened.verify().unsigned == (2,)
        with pytest.raises(LogFault):
            opened.checkpoint()
        audit.clock.advance(1800)
        opened.append()
        opened.log.drop_before(date.max, opened.checkpoints.sign)
    with audit.opened() as opened:
        assert opened.verify().unsigned == (2,)


def test_a_damaged_list_of_checkpoints_is_for_the_controller(audit: Audit) -> None:
    """A LogFault; half a last line is dropped, for it was never told to anybody."""
    with audit.opened() as opened:
        opened.append()
        opened.checkpoint()
        opened.append()
        opened.checkpoint()
    path = audit.folder / "checkpoints.log"
    whole = path.read_bytes()
    path.write_bytes(whole + b"half")
    with audit.opened() as opened:
        assert opened.checkpoints.newest is not None
        assert opened.checkpoints.newest.checkpoint.size == 2
    for wrong in (whole.replace(b'"kind"', b'"kinD"', 1), line(b'{"format":2,"kind":"checkpoint"}')):
        path.write_bytes(wrong)
        with pytest.raises(LogFault) as fault, audit.opened():
            pass
        assert fault.value.code == "log.damaged"


def cut(audit: Audit, keep: int) -> None:
    path = audit.folder / "entries-2026.log"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:keep]))


def rewrite(path: Path, index: int) -> None:
    """Another entry in its place, with a hash that fits it."""
    lines = path.read_bytes().splitlines(keepends=True)
    lines[index] = line(lines[index][HEX + 1 : -1].replace(b'"n":', b'"n":9'))
    path.write_bytes(b"".join(lines))


def line(entry: bytes) -> bytes:
    return leaf_hash(entry).hex().encode() + b" " + entry + b"\n"
