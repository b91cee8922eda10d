import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealing_rig import LIVE, OFFICE, Box, Model, decoded, flac_accepts, open_header, some_facts, some_making

from firmware.sealing import age
from firmware.sealing.facts import LATE_CUT, Facts
from firmware.sealing.frames import BLOCK
from firmware.sealing.making import MOST, QUANTUM, Live, Making, fresh_id
from firmware.sealing.records import Kind, Record

STEP = st.one_of(
    st.tuples(st.just("keep"), st.integers(0, 5000)),
    st.tuples(st.just("gap"), st.integers(0, 9000)),
    st.tuples(st.just("lost"), st.integers(1, 3000)),
    st.tuples(st.just("cut"), st.integers(-10, 30_000)),
    st.tuples(st.just("commit"), st.just(0)),
)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    """One box for many recordings; each of them is finished, so the log stays empty."""
    return Box(tmp_path_factory.mktemp("box"))


def act(model: Model, what: str, size: int, box: Box) -> None:
    match what:
        case "keep":
            model.keep(size)
        case "gap":
            model.gap(size)
        case "lost":
            model.gap(size, "lost")
        case "cut":
            model.late_cut(size)
        case _:
            box.commit(model.making)


def parts_of(records: list[Record]) -> list[Record]:
    return [record for record in records if record.kind is Kind.PART]


def check_gaps(told: dict[str, Any], samples: np.ndarray) -> None:
    """Gaps are in order, apart, inside the recording, and nothing is heard in them."""
    at = 0
    for gap in told["facts"]["gaps"]:
        assert at <= gap["from"] < gap["to"] <= told["facts"]["samples"]
        assert not samples[gap["from"] : gap["to"]].any()
        at = gap["to"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=25), st.sampled_from([(8000, 1), (8000, 2), (16000, 1)]))
def test_whatever_happens_the_recording_is_what_was_kept(
    box: Box, steps: list[tuple[str, int]], shape: tuple[int, int]
) -> None:
    """After any course of samples, gaps and late cuts the finished FLAC is whole and equals the model."""
    model = Model(some_making(*shape))
    for what, size in steps:
        act(model, what, size, box)
    model.keep(700)
    told = box.finish(model.making)
    flac = age.open_bytes(open_header(told) + box.body(model.making.id), OFFICE)
    samples = decoded(flac)
    assert np.array_equal(samples, model.samples)
    assert told["facts"]["samples"] == len(samples)
    check_gaps(told, samples)
    assert flac_accepts(flac)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_every_zero_is_told(steps: list[tuple[str, int]]) -> None:
    """Where the model is silent by decision, and only there, the list of gaps says so."""
    model, withheld = Model(some_making()), np.zeros(0, bool)
    for what, size in steps:
        before = model.making.samples
        match what:
            case "keep":
                heard = np.zeros(size, bool)
                heard[: max(0, model.silent_until - before)] = True
                model.keep(size)
                withheld = np.concatenate([withheld, heard])
            case "gap" | "lost":
                model.gap(size)
                withheld = np.concatenate([withheld, np.ones(size, bool)])
            case "cut":
                model.late_cut(size)
                withheld[max(0, before - size) // BLOCK * BLOCK if size > 0 else before :] = True
            case _:
                continue
    model.making.close("hung up")
    told = np.zeros(len(withheld), bool)
    for gap in model.making.outcome()["gaps"]:
        told[gap["from"] : gap["to"]] = True
    assert np.array_equal(told, withheld)


def test_how_many_keys_is_told_and_nothing_more(box: Box) -> None:
    """Keys that are counted one after the other in a gap are a sum, in the facts and in the tags; others have none."""
    model = Model(some_making())
    model.keep(9000)
    model.making.gap(4000, "keyed digits")
    model.keep(9000)
    for keys in (4, 0, 11):
        model.making.gap(2000, "card entry", keys)
        box.commit(model.making)
    model.keep(9000)
    model.making.gap(2000, "card entry", 1)
    told = box.finish(model.making)
    assert told["facts"]["gaps"] == [
        {"from": 9000, "to": 13_000, "reason": "keyed digits"},
        {"from": 22_000, "to": 28_000, "reason": "card entry", "keys": 15},
        {"from": 37_000, "to": 39_000, "reason": "card entry", "keys": 1},
    ]
    flac = age.open_bytes(open_header(told) + box.body(model.making.id), OFFICE)
    assert b"2.750-3.500 s card entry, 15 keys; 4.625-4.875 s card entry, 1 key" in flac


def test_a_crash_keeps_count_of_keys(tmp_path: Path) -> None:
    """A cut recording tells as many keys as were told before; what a late cut took out has none."""
    box = Box(tmp_path)
    model = Model(some_making())
    for _ in range(3):
        model.keep(9000)
        model.making.gap(2000, "card entry", 2)
        box.commit(model.making)
        model.making.gap(2000, "card entry", 3)
        box.commit(model.making)
    model.keep(20 * BLOCK)
    box.commit(model.making)
    model.making.late_cut(20_000)
    box.commit(model.making)
    box = box.die()
    [cut] = box.recovered.cut
    assert sum(gap.keys for gap in cut.gaps) == sum(gap.keys for gap in model.making.gaps) == 5
    assert {gap.reason for gap in cut.gaps} == {"card entry", LATE_CUT}


def test_a_late_cut_after_the_end_counts_too(box: Box) -> None:
    """A press that comes just after the hang-up still cuts, as long as the finish has not begun."""
    model = Model(some_making())
    model.keep(20_500)
    model.making.close("hung up")
    box.commit(model.making)
    model.late_cut(3000)
    told = box.finish_closed(model.making)
    flac = age.open_bytes(open_header(told) + box.body(model.making.id), OFFICE)
    assert np.array_equal(decoded(flac), model.samples)
    assert flac_accepts(flac)
    assert told["facts"]["gaps"] == [{"from": 17 * BLOCK, "to": 20_500, "reason": LATE_CUT}]
    assert model.making.tainted


def test_a_late_cut_further_back_than_the_digest_reaches(box: Box) -> None:
    """The cut is made all the same; the MD5 then says unknown, and the samples are right."""
    model = Model(some_making())
    for _ in range(60):
        model.keep(8000)
        box.commit(model.making)
    model.late_cut(50 * 8000)
    told = box.finish(model.making)
    flac = age.open_bytes(open_header(told) + box.body(model.making.id), OFFICE)
    assert np.array_equal(decoded(flac), model.samples)


def test_the_opening_comes_first_and_once() -> None:
    """The first record opens the recording; it is not given again."""
    model = Model(some_making())
    model.keep(9000)
    first, second = model.making.records(), model.making.records()
    assert [record.kind for record in first] == [Kind.OPEN, Kind.PART, Kind.PART]
    assert second == []


def test_parts_leave_in_whole_quanta() -> None:
    """While speech flows every part but the head is a multiple of the quantum, and one chunk at most."""
    model, sizes = Model(some_making()), list[int]()
    model.making.records()
    for size in (3000, 5000, 100_000, 2000):
        model.keep(size)
        sizes += [len(part.body) - 32 for part in parts_of(model.making.records())]
    assert sizes
    assert all(size % QUANTUM == 0 and size <= MOST for size in sizes)


def test_what_waits_before_a_gap_leaves_at_once() -> None:
    """When a gap has begun, all that was said before it is in the next commits, whatever its length."""
    model = Model(some_making())
    model.keep(7900)
    model.making.records()
    model.gap(2000)
    parts = parts_of(model.making.records())
    assert parts[-1].second >= 7900
    model.gap(2000)
    assert not parts_of(model.making.records())


def test_the_rest_leaves_after_a_second() -> None:
    """Silence makes few bytes; they still leave when they are a second old, and not before."""
    model = Model(some_making())
    model.making.records()
    model.making.keep(np.zeros((7000, 1), np.int16))
    assert not parts_of(model.making.records())
    model.making.keep(np.zeros((1000, 1), np.int16))
    assert parts_of(model.making.records())[-1].second == 7 * BLOCK


def test_a_gap_is_told_before_the_part_that_reaches_into_it() -> None:
    """No part reaches past a gap that was not told in the same batch or before."""
    model, told = Model(some_making()), 0
    model.making.records()
    for size in (3000, 500, 8000, 9000, 100):
        model.keep(size)
        model.gap(size)
        for record in model.making.records():
            if record.kind is Kind.GAP:
                told = record.second
            if record.kind is Kind.PART:
                zeros = [gap.start for gap in model.making.gaps if gap.start >= told]
                assert all(record.second <= start for start in zeros)


def test_a_late_cut_is_told_at_once() -> None:
    """The next commit holds the late cut even where no part is due."""
    model = Model(some_making())
    model.keep(9000)
    model.making.records()
    model.late_cut(4000)
    [record] = model.making.records()
    assert record.kind is Kind.GAP
    assert (record.first, record.second, record.body) == (4 * BLOCK, 9 * BLOCK, LATE_CUT.encode())


def test_numbers_are_in_the_details_alone(box: Box) -> None:
    """A telephone number is in no record and no spool file in clear; the office opens it, after the live key."""
    number = "02079460958"
    making = Making(some_facts(), [OFFICE.recipient()], Live(LIVE.recipient(), 3), {"caller": number})
    making.keep(np.ones((9000, 1), np.int16))
    records = making.records()
    box.log.commit(box.log.pack(records))
    making.close("hung up")
    making.tell({"caller": number, "transferred to": "0117496"})
    told = box.finish_closed(making)
    assert number.encode() not in b"".join(record.body for record in records)
    assert number not in json.dumps(told)
    assert number.encode() not in box.path.read_bytes()
    details = age.open_bytes(box.unlocked_details(told), OFFICE)
    assert json.loads(details) == {"caller": number, "transferred to": "0117496"}


def test_names_are_opaque() -> None:
    """Names are 13 characters of Crockford's base32, and no two are alike."""
    names = {fresh_id() for _ in range(1000)}
    assert len(names) == 1000
    assert all(len(name) == 13 and set(name) <= set("0123456789abcdefghjkmnpqrstvwxyz") for name in names)


def test_facts_survive_their_own_words() -> None:
    """Facts written to the live log are read back equal."""
    facts = some_facts(16000, 2, bucket=17, continues=fresh_id(), classed="unclassified")
    assert Facts.from_json(json.loads(json.dumps(facts.as_json()))) == facts


def test_a_making_that_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    """A discarded recording is decided by one record; no file is made and its slots are free."""
    box = Box(tmp_path)
    making = some_making()
    making.keep(np.ones((90_000, 1), np.int16))
    box.commit(making)
    assert box.log.oldest == 3
    box.decide(making.id)
    assert box.log.oldest is None
    assert list(box.spool.iterdir()) == []
    assert box.die().recovered.cut == ()
