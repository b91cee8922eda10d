"""Pooled coverage: no second lost or told twice, and no rhythm of keys in it."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from firmware.call.events import Reason
from firmware.recorder.pool import KEYS, Pool, Stretch

MINUTE = 600
STEPS = st.lists(
    st.tuples(
        st.integers(1, 90),
        st.sampled_from([*KEYS, *KEYS, *[Reason.RECORDED] * 4, Reason.PAUSED, Reason.LATE_CUT]),
        st.sampled_from([0, 0, 0, 0, 0, 0, 1]),
    ),
    max_size=60,
)


def stretches(steps: Sequence[tuple[int, Reason, int]]) -> list[Stretch]:
    """A line off the hook: stretch after stretch, now and then another call."""
    made, at, call = [], 0, 1
    for length, reason, more in steps:
        call += more
        made.append(Stretch(at, at + length, call, reason))
        at += length
    return made


def pooled(pool: Pool, taken: Sequence[Stretch]) -> list[Stretch]:
    return [row for each in taken for row in pool.take(each)] + pool.end()


@given(STEPS)
def test_every_position_is_accounted_for_once(steps: list[tuple[int, Reason, int]]) -> None:
    """Rows follow one another without a seam, and each call's reasons add up to what was taken, exactly."""
    taken = stretches(steps)
    rows = pooled(Pool(MINUTE), taken)
    at = 0
    for row in rows:
        assert row.at == at < row.until
        at = row.until
    assert at == (taken[-1].until if taken else 0)
    sums: list[Counter[tuple[int | None, Reason]]] = []
    for told in (taken, rows):
        sums.append(Counter())
        for each in told:
            sums[-1][each.call, each.reason] += each.until - each.at
    assert sums[0] == sums[1]


@given(STEPS)
def test_what_has_no_keys_is_told_where_it_was(steps: list[tuple[int, Reason, int]]) -> None:
    """A pause stands in the rows exactly where it was."""
    taken = stretches(steps)
    rows = pooled(Pool(MINUTE), taken)
    for reason in (Reason.PAUSED, Reason.LATE_CUT):
        assert covered(rows, reason) == covered(taken, reason)


def covered(told: Sequence[Stretch], reason: Reason) -> set[int]:
    return {at for each in told if each.reason is reason for at in range(each.at, each.until)}


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=100))
def test_a_minute_has_one_row_of_keys(keyed: list[tuple[int, int]]) -> None:
    """However often keys are pressed in a conversation, rows of them begin at least a minute apart."""
    steps = [each for gap, key in keyed for each in ((gap, Reason.RECORDED, 0), (key, Reason.KEYED, 0))]
    taken = stretches(steps)
    rows = [row for row in pooled(Pool(MINUTE), taken) if row.reason is Reason.KEYED]
    assert len(rows) <= 1 + taken[-1].until / MINUTE


def test_the_rhythm_of_keys_is_not_told() -> None:
    """Two ways to key for the same time leave the same rows."""
    slow = [(50, Reason.RECORDED, 0), (20, Reason.KEYED, 0)] * 4 + [(800, Reason.RECORDED, 0)]
    fast = [(10, Reason.RECORDED, 0), (20, Reason.KEYED, 0)] * 4 + [(960, Reason.RECORDED, 0)]
    assert [
        row.until - row.at for row in joined(pooled(Pool(MINUTE), stretches(slow))) if row.reason in KEYS
    ] == [80]
    assert [
        row.until - row.at for row in joined(pooled(Pool(MINUTE), stretches(fast))) if row.reason in KEYS
    ] == [80]


def joined(rows: Sequence[Stretch]) -> list[Stretch]:
    """What the coverage facts make of rows: like next to like is one."""
    out: list[Stretch] = []
    for row in rows:
        same = bool(out) and out[-1].reason is row.reason and out[-1].goes_on(row)
        out.append(Stretch(out.pop().at if same else row.at, row.until, row.call, row.reason))
    return out


@given(STEPS, st.integers(0, 3000), st.integers(0, 3000))
def test_a_correction_lies_on_recorded_time(
    steps: list[tuple[int, Reason, int]], start: int, more: int
) -> None:
    """What is put right of recorded time is as long in the rows as it was, and recorded there, before and after."""
    taken = stretches(steps)
    pool = Pool(MINUTE)
    rows = pooled(pool, taken)
    recorded = covered(rows, Reason.RECORDED)
    for each in taken:
        at, until = max(each.at, start), min(each.until, start + more)
        if each.reason is not Reason.RECORDED or at >= until:
            continue
        places = [place for ends in pool.places(at, until) for place in range(*ends)]
        assert len(places) == until - at
        assert set(places) <= recorded
        recorded -= set(places)


@given(STEPS)
def test_corrections_while_a_minute_is_gathered_are_those_after_it(
    steps: list[tuple[int, Reason, int]],
) -> None:
    """A cut that comes before the rows does not lie elsewhere than one that comes after them."""
    taken, pool = stretches(steps), Pool(MINUTE)
    early: list[list[tuple[int, int]]] = []
    for each in taken:
        pool.take(each)
        early.append(list(pool.places(each.at, each.until)))
    pool.end()
    late = [list(pool.places(each.at, each.until)) for each in taken]
    recorded = [number for number, each in enumerate(taken) if each.reason is Reason.RECORDED]
    assert [early[number] for number in recorded] == [late[number] for number in recorded]
