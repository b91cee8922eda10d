import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealing_rig import (
    SMALL_SLOT,
    Box,
    Model,
    at_once,
    decoded,
    joined,
    noise,
    opened,
    raw_decoded,
    some_making,
)

from firmware.faults import VaultFault
from firmware.sealing import finish, slots
from firmware.sealing.facts import Gap
from firmware.sealing.live import LiveLog, create
from firmware.sealing.making import Making
from firmware.sealing.records import Kind, Record, finished, using

SECTOR = 512


def written(making: Making) -> int:
    """Samples in whole frames that the making has handed over so far."""
    return making._sent.samples


def busy(seconds: int = 3) -> Model:
    """A making with some speech in it."""
    model = Model(some_making())
    model.keep(seconds * 8000)
    return model


def slots_of(box: Box, recording: str) -> set[int]:
    return set(box.log._open[recording].slots)


@contextmanager
def no_writing_behind(size: int) -> Iterator[None]:
    """The kernel refuses every write of this process that reaches beyond so many bytes of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_fresh_log_is_written_zeros(tmp_path: Path) -> None:
    """Every block of a new log is allocated, private to its owner, and zero but for the first."""
    path = tmp_path / "live.log"
    create(path, 2, SMALL_SLOT)
    data = path.read_bytes()
    assert len(data) == slots.BLOCK + 2 * 1024 * 1024
    assert not any(data[slots.BLOCK :])
    assert path.stat().st_blocks * SECTOR >= len(data)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["live.log"]


def test_a_log_is_never_made_twice(tmp_path: Path) -> None:
    """A log that exists is refused and left as it is."""
    path = tmp_path / "live.log"
    path.write_bytes(b"recordings")
    with pytest.raises(VaultFault, match="exists"):
        create(path, 1)
    assert path.read_bytes() == b"recordings"


@pytest.mark.parametrize(
    "content", [b"", b"hello", slots.FILE_HEAD.pack(slots.FILE_MAGIC, 3, 4096).ljust(8192)]
)
def test_other_files_and_versions_are_refused(tmp_path: Path, content: bytes) -> None:
    """What is no live log of this version is refused with what was found."""
    path = tmp_path / "live.log"
    path.write_bytes(content)
    with pytest.raises(VaultFault) as fault:
        LiveLog.open(path)
    assert fault.value.code == "vault.log-unreadable"
    assert path.read_bytes() == content


def test_a_log_of_the_version_before_is_taken_up(tmp_path: Path) -> None:
    """What it holds is found, and whoever reads it next finds this version."""
    box = Box(tmp_path)
    making = some_making()
    making.keep(noise(3000))
    making.gap(500, "paused")
    box.commit(making)
    with box.path.open("r+b") as file:
        file.write(slots.FILE_HEAD.pack(slots.FILE_MAGIC, 1, SMALL_SLOT))
    box = box.die()
    [cut] = box.recovered.cut
    assert (cut.id, cut.gaps) == (making.id, (Gap(3000, 3500, "paused"),))
    assert slots.FILE_HEAD.unpack(box.path.read_bytes()[: slots.FILE_HEAD.size])[1] == slots.VERSION


def test_a_missing_log_is_refused(tmp_path: Path) -> None:
    """No log is no reason to make one in silence."""
    with pytest.raises(VaultFault) as fault:
        LiveLog.open(tmp_path / "live.log")
    assert fault.value.code == "vault.log-missing"
    assert not (tmp_path / "live.log").exists()


def test_a_log_has_one_recorder(tmp_path: Path) -> None:
    """A second recorder on the same log is refused; after the first has gone it is not."""
    box = Box(tmp_path)
    with pytest.raises(VaultFault, match="in use"):
        LiveLog.open(box.path)
    box.die()


def test_what_was_committed_reads_back(tmp_path: Path) -> None:
    """Every part lies where the log says, byte for byte."""
    box, model = Box(tmp_path), busy()
    records = model.making.records()
    box.log.commit(box.log.pack(records))
    parts = [record.body for record in records if record.kind is Kind.PART]
    assert [box.log.read(place) for place in box.log.places(model.making.id)] == parts


def test_a_very_large_commit_is_several_runs(tmp_path: Path) -> None:
    """After a stall the next commit may be larger than a slot; nothing of it is lost or reordered."""
    box, model = Box(tmp_path), busy(30)
    batch = box.log.pack(model.making.records())
    assert len(batch.runs) > 1
    box.log.commit(batch)
    flac = opened(box, box.finish(model.making))
    assert np.array_equal(decoded(flac), model.samples)


def test_slots_come_free_when_a_recording_is_decided(tmp_path: Path) -> None:
    """A long-lived log goes round and round: fill falls back after every finish, every recording is right."""
    box = Box(tmp_path, mib=1)
    for _ in range(12):
        model = busy(20)
        box.commit(model.making)
        assert box.log.fill > 1 / 16
        assert np.array_equal(decoded(opened(box, box.finish(model.making))), model.samples)
        assert box.log.fill == 1 / 16


def test_no_slot_of_an_open_recording_is_reused(tmp_path: Path) -> None:
    """A recording that stays open keeps its slots while others come and go around the log."""
    box, long = Box(tmp_path, mib=1), busy()
    box.commit(long.making)
    kept = slots_of(box, long.making.id)
    for _ in range(12):
        model = busy(20)
        box.commit(model.making)
        assert not slots_of(box, model.making.id) & kept or box.log._slot in kept
        box.finish(model.making)
    assert np.array_equal(decoded(opened(box, box.finish(long.making))), long.samples)


def test_slots_are_pinned_until_the_decision_is_durable(tmp_path: Path) -> None:
    """The batch that decides a recording never goes into a slot that holds the recording's parts."""
    box = Box(tmp_path, mib=1)
    models = [busy(10) for _ in range(2)]
    for model in models:
        box.commit(model.making)
    pinned = slots_of(box, models[0].making.id) | slots_of(box, models[1].making.id)
    assert len(pinned) >= 8
    for turn in range(16):
        box.log.commit(box.log.pack([Record(Kind.USING, "-" * 13, turn, body=b"x" * 50_000)]))
        assert box.log._slot not in pinned
    box.log.commit(
        box.log.pack([finished(models[0].making.id), Record(Kind.USING, "-" * 13, body=b"x" * 50_000)])
    )
    assert box.log._slot not in pinned
    freed = slots_of(box, models[1].making.id)
    for _ in range(16):
        box.log.commit(box.log.pack([Record(Kind.USING, "-" * 13, body=b"x" * 50_000)]))
        assert box.log._slot not in freed


def fill_up(box: Box, *models: Model) -> str:
    """Speak until the log refuses; the code of the refusal."""
    try:
        while True:
            for model in models:
                model.keep(8000)
                box.commit(model.making)
    except VaultFault as fault:
        return fault.code


def test_a_full_log_refuses_new_calls_then_parts_but_never_the_decision(tmp_path: Path) -> None:
    """Full: no new call, then no parts; finishing goes on and empties it."""
    box, models = Box(tmp_path, mib=1), [busy(0) for _ in range(3)]
    box.log.admit()
    assert fill_up(box, *models) == "vault.log-full"
    with pytest.raises(VaultFault, match="full"):
        box.log.admit()
    box = box.die()
    assert len(box.recovered.cut) == 3
    for cut in box.recovered.cut:
        model = next(each for each in models if each.making.id == cut.id)
        heard = raw_decoded(joined(box, box.salvage(cut)))
        assert len(heard) == cut.samples > 0
        assert np.array_equal(heard, model.samples[: len(heard)])
    assert box.log.fill <= 2 / 16
    box.log.admit()


def test_the_last_slot_is_for_what_frees_others(tmp_path: Path) -> None:
    """Full for parts, the log still takes a decision that needs a slot of its own, without a restart."""
    box, models = Box(tmp_path, mib=1), [busy(0) for _ in range(2)]
    assert fill_up(box, *models) == "vault.log-full"
    assert box.log.spent
    box.log._at = SMALL_SLOT
    box.decide(models[0].making.id)
    box.decide(models[1].making.id)
    assert box.log.fill == 1 / 16
    assert not box.log.spent


def test_a_log_that_dies_full_again_and_again_still_opens(tmp_path: Path) -> None:
    """Crash upon crash on a full log loses nothing: the log grows by a slot when it must."""
    box, model = Box(tmp_path, mib=1), busy(0)
    assert fill_up(box, model) == "vault.log-full"
    for _ in range(4):
        box = box.die()
        box.log.commit(box.log.pack([using(1)]))
    [cut] = box.recovered.cut
    heard = raw_decoded(joined(box, box.salvage(cut)))
    assert np.array_equal(heard, model.samples[: len(heard)])
    assert len(heard) == cut.samples


def test_a_burst_that_finds_no_room_makes_its_own(tmp_path: Path) -> None:
    """What was heard while the disk hung is larger than the free slots: the log grows, and all of it reads back."""
    box, models = Box(tmp_path, mib=1), [busy(0) for _ in range(3)]
    assert fill_up(box, *models) == "vault.log-full"
    late = busy(0)
    for _ in range(40):
        late.keep(8000)
    burst = box.log.pack(late.making.records())
    assert len(burst.runs) > 1
    size = box.path.stat().st_size
    box.log.make_room(burst)
    box.log.commit(burst)
    grown = box.path.stat().st_size - size
    assert grown % SMALL_SLOT == 0
    assert 0 < grown <= (len(burst.runs) + 1) * SMALL_SLOT
    box = box.die()
    cut = next(each for each in box.recovered.cut if each.id == late.making.id)
    heard = raw_decoded(joined(box, box.salvage(cut)))
    assert len(heard) == cut.samples > 30 * 8000
    assert np.array_equal(heard, late.samples[: len(heard)])


def test_a_slot_that_fails_is_abandoned_and_the_batch_repeated(tmp_path: Path) -> None:
    """One refused write costs nothing: the batch stands in another slot, and the failed one is not used again."""
    box = Box(tmp_path, mib=1)
    box.log._slot = 13
    model = busy()
    box.commit(model.making)
    assert box.log._slot == 14
    with no_writing_behind(slots.BLOCK + 15 * SMALL_SLOT):
        while box.log._slot == 14:
            model.keep(8000)
            box.commit(model.making)
    assert box.log._slot == 0
    assert box.log._failed == {15}
    heard = box.die()
    [cut] = heard.recovered.cut
    assert cut.samples == written(model.making)
    assert np.array_equal(raw_decoded(joined(heard, heard.salvage(cut))), model.samples[: cut.samples])


def test_a_second_failure_is_a_fault_and_the_batch_can_be_given_again(tmp_path: Path) -> None:
    """A disk that refuses twice is a fault; what was acknowledged before is still there afterwards."""
    box, model = Box(tmp_path), busy()
    box.commit(model.making)
    model.keep(8000)
    batch = box.log.pack(model.making.records())
    box.log._at = SMALL_SLOT
    with no_writing_behind(slots.BLOCK), pytest.raises(VaultFault) as fault:
        box.log.commit(batch)
    assert fault.value.code == "vault.log-unwritable"
    box.log.commit(batch)
    assert np.array_equal(decoded(opened(box, box.finish(model.making))), model.samples)


def test_a_batch_given_twice_counts_once(tmp_path: Path) -> None:
    """Repeating a batch that had already become durable changes nothing."""
    box, model = Box(tmp_path), busy()
    batch = box.log.pack(model.making.records())
    box.log.commit(batch)
    box.log.commit(batch)
    box = box.die()
    [cut] = box.recovered.cut
    assert len(cut.parts) == sum(record.kind is Kind.PART for run in batch.runs for record in run)
    heard = raw_decoded(joined(box, box.salvage(cut)))
    assert np.array_equal(heard, model.samples[: len(heard)])


def test_the_generation_in_use_survives(tmp_path: Path) -> None:
    """The note which live key is in use outlives its slot and a crash."""
    box = Box(tmp_path)
    assert box.recovered.using is None
    box.log.commit(box.log.pack([using(7)]))
    box = box.die()
    assert box.recovered.using == 7
    for _ in range(3):
        box.log.commit(box.log.pack([Record(Kind.GAP, "-" * 13, body=b"x" * 40_000)]))
    assert box.die().recovered.using == 7


PLAY = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["keep", "keep", "gap", "end", "commit", "commit"]),
        st.integers(1, 9000),
    ),
    min_size=3,
    max_size=30,
)


class Story:
    """Three lines whose recordings come and go, and what was promised of them at every commit."""

    def __init__(self, folder: Path) -> None:
        self.box = Box(folder, mib=1)
        self.models = [Model(some_making(), seed=100 * line) for line in range(3)]
        self.all = {model.making.id: model for model in self.models}
        self.acked: dict[str, int] = {}
        self.decided: set[str] = set()
        self.before = self.after = b""
        self.last: tuple[dict[str, int], set[str]] = ({}, set())

    def act(self, line: int, what: str, size: int) -> None:
        model = self.models[line]
        match what:
            case "keep":
                model.keep(size)
            case "gap":
                model.gap(size)
            case "end":
                self.end(line)
            case _:
                self.commit([record for each in self.models for record in each.making.records()])

    def end(self, line: int) -> None:
        making = self.models[line].making
        if not making.samples:
            return
        making.close("hung up")
        self.commit([record for each in self.models for record in each.making.records()])
        self.commit([finish.finish(making, self.box.log, self.box.spool, at_once)])
        self.models[line] = Model(some_making(), seed=len(self.all) * 1000)
        self.all[self.models[line].making.id] = self.models[line]

    def commit(self, records: list[Record]) -> None:
        if not records:
            return
        self.before, self.last = self.box.path.read_bytes(), (dict(self.acked), set(self.decided))
        self.box.log.commit(self.box.log.pack(records))
        self.after = self.box.path.read_bytes()
        for record in records:
            match record.kind:
                case Kind.OPEN:
                    self.acked[record.id] = 0
                case Kind.PART:
                    self.acked[record.id] = record.second
                case Kind.FINISHED:
                    self.decided.add(record.id)
                    finish.reveal(record.id, self.box.spool)
                case _:
                    pass

    def judge(self, folder: Path, image: bytes, *, whole: bool) -> None:
        """After a crash with this image of the log, everything promised by then is there, and nothing else."""
        acked, decided = (self.acked, self.decided) if whole else self.last
        folder.mkdir()
        (folder / "live.log").write_bytes(image)
        box = Box(folder, mib=1)
        cuts = {cut.id: cut for cut in box.recovered.cut}
        assert not cuts.keys() & decided
        assert set(acked) - self.decided <= cuts.keys()
        assert cuts.keys() <= set(self.acked)
        for name, cut in cuts.items():
            assert acked.get(name, 0) <= cut.samples <= self.acked[name]
            if not cut.empty:
                heard = raw_decoded(joined(box, box.salvage(cut)))
                assert len(heard) >= cut.samples
                assert np.array_equal(heard[: cut.samples], self.all[name].samples[: cut.samples])
        assert box.die().recovered.open_ids == {cut.id for cut in cuts.values() if cut.empty}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(play=PLAY, torn=st.randoms(use_true_random=False))
def test_a_torn_commit_loses_nothing_that_was_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, play: list[tuple[int, str, int]], torn: random.Random
) -> None:
    """With any sectors of the last write missing, the log gives back all that was acknowledged before it."""
    folder = tmp_path_factory.mktemp("torn")
    story = Story(folder / "box")
    for line, what, size in [*play, (0, "keep", 3000), (0, "commit", 0)]:
        story.act(line, what, size)
    changed = [
        at
        for at in range(0, len(story.after), SECTOR)
        if story.before[at : at + SECTOR] != story.after[at : at + SECTOR]
    ]
    image = bytearray(story.before.ljust(len(story.after), b"\0"))
    arrived = torn.sample(changed, torn.randrange(len(changed)))
    for at in arrived:
        image[at : at + SECTOR] = story.after[at : at + SECTOR]
    story.judge(folder / "torn", bytes(image), whole=False)
    story.judge(folder / "none", story.before, whole=False)
    story.judge(folder / "whole", story.after, whole=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(at=st.integers(0, 1 << 30))
def test_a_log_cut_at_any_byte_gives_a_prefix(tmp_path_factory: pytest.TempPathFactory, at: int) -> None:
    """Whatever byte the log ends at, what it gives back is an exact beginning of the call."""
    folder = tmp_path_factory.mktemp("cut")
    box, model, ends = Box(folder / "box"), busy(0), []
    for _ in range(20):
        model.keep(4000)
        box.commit(model.making)
        ends.append((slots.BLOCK + box.log._slot * SMALL_SLOT + box.log._at, written(model.making)))
    box.log.close()
    data = box.path.read_bytes()
    end = slots.BLOCK + at % (ends[-1][0] - slots.BLOCK)
    (folder / "other").mkdir()
    (folder / "other" / "live.log").write_bytes(data[:end].ljust(len(data), b"\0"))
    other = Box(folder / "other")
    # the zeros that fill up a batch are zeros either way
    least = max([samples for stop, samples in ends if stop <= end], default=0)
    if not other.recovered.cut:
        assert least == 0
        return
    [cut] = other.recovered.cut
    assert cut.samples >= least
    heard = raw_decoded(joined(other, other.salvage(cut)))
    assert np.array_equal(heard[: cut.samples], model.samples[: cut.samples])


def test_numbers_jump_at_every_opening(tmp_path: Path) -> None:
    """A fresh slot after a start has a sequence number that no torn slot can have had."""
    box = Box(tmp_path)
    box.log.commit(box.log.pack([using(1)]))
    seq, number = box.log._seq, box.log._number
    box = box.die()
    box.log.commit(box.log.pack([using(1)]))
    assert box.log._seq > seq + 8
    assert box.log._number > number + 8


def test_the_tail_of_an_earlier_life_is_not_read(tmp_path: Path) -> None:
    """Where a slot is reused, the whole batches that still lie behind its new ones do not count."""
    box, model = Box(tmp_path, mib=1), busy(1)
    box.log.commit(box.log.pack([using(1)]))
    reused = box.log._slot
    box.commit(model.making)
    assert slots_of(box, model.making.id) == {reused}
    box.log._at = SMALL_SLOT
    box.decide(model.making.id)
    box.log._slot, box.log._at = reused - 1 if reused else 15, SMALL_SLOT
    box.log.commit(box.log.pack([using(1)]))
    assert box.log._slot == reused
    assert box.die().recovered.cut == ()


def test_stale_lives_of_a_slot_are_never_believed(tmp_path: Path) -> None:
    """After many rounds through a small log no record of an earlier life comes back."""
    box = Box(tmp_path, mib=1)
    for _ in range(40):
        model = busy(4)
        box.commit(model.making)
        box.finish(model.making)
    last = busy(1)
    box.commit(last.making)
    box = box.die()
    assert box.recovered.open_ids == {last.making.id}
