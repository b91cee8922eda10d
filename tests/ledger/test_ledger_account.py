"""No second twice: rows become stretches that do not overlap, as a millisecond-by-millisecond model has it."""

import itertools
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from firmware.clock import ClockState, Stamp
from firmware.ledger.account import account, joined
from firmware.ledger.row import Row, begins_ns
from firmware.ledger.totals import Sum, totals_of

MS = 1_000_000
NOON = 1_772_452_800_000_000_000
"""2 March 2026, 12:00 in London."""


def row(start: int, stop: int, reason: str, instead: str | None = None, boot: str = "a") -> Row:
    """A row from one millisecond of its boot to another."""
    began = Stamp(NOON + start * MS, start * MS, boot, ClockState.TRUSTED)
    return Row("line1", "0123456789abc", reason, began, (stop - start) * MS, instead)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    start = draw(st.integers(0, 40))
    reason = draw(st.sampled_from(["recorded", "paused", "lost: restarted"]))
    instead = draw(st.sampled_from([None, None, "recorded", "paused"]))
    return [row(start, start + draw(st.integers(0, 20)), reason, instead, draw(st.sampled_from("aab")))]


def model(rows: list[Row], boot: str) -> dict[int, str]:
    """What each millisecond of a boot is, by looking at each of them."""
    said: dict[int, str] = {}
    for ms in range(100):
        over = [each for each in rows if each.began.boot_id == boot and _covers(each, ms)]
        plain = [each for each in over if each.instead is None]
        if plain:
            said[ms] = min(plain, key=lambda each: each.began.boottime_ns).reason
        for each in over:
            if each.instead is not None and said.get(ms, each.instead) == each.instead:
                said[ms] = each.reason
    return said


def _covers(row: Row, ms: int) -> bool:
    return row.began.boottime_ns <= ms * MS < row.began.boottime_ns + row.duration_ns


@given(st.lists(rows(), max_size=14))
def test_every_millisecond_is_told_once_and_as_the_model_says(drawn: list[list[Row]]) -> None:
    """Whatever overlaps and whatever is put right, each millisecond has one reason: the model's."""
    entered = [each for drawn_row in drawn for each in drawn_row]
    stretches = account(entered)
    for boot in "ab":
        told: dict[int, str] = {}
        for each in (each for each in stretches if each.boot == boot):
            assert each.length_ns > 0
            for ms in range(each.start // MS, each.stop // MS):
                assert ms not in told
                told[ms] = each.reason
        assert told == model(entered, boot)


@given(st.lists(rows(), max_size=14))
def test_joining_changes_nothing_that_is_told(drawn: list[list[Row]]) -> None:
    """Stretches joined for reading hold the same time under the same reasons."""
    stretches = account([each for drawn_row in drawn for each in drawn_row])

    def lengths(found: list[object]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for each in found:
            sums[each.reason] = sums.get(each.reason, 0) + each.length_ns  # type: ignore[attr-defined]
        return sums

    assert lengths(list(joined(stretches))) == lengths(list(stretches))
    read = list(joined(stretches))
    for before, after in itertools.pairwise(read):
        assert (before.boot, before.reason, before.stop) != (after.boot, after.reason, after.start)


def test_a_tick_told_twice_counts_once() -> None:
    """What a crash left twice is in the totals once."""
    twice = [row(0, 2000, "recorded"), row(1750, 4000, "recorded")]
    told = totals_of("line1", date(2026, 3, 2), None, twice)
    assert (told.calls, dict(told.reasons)) == (1, {"recorded": Sum(4, 1)})


def test_a_late_cut_takes_its_seconds_from_the_recorded_ones() -> None:
    """A row with `instead` adds no time, and leaves alone what it does not put right."""
    told = totals_of(
        "line1",
        date(2026, 3, 2),
        None,
        [
            row(4000, 9000, "late cut", "recorded"),
            row(0, 6000, "recorded"),
            row(6000, 7000, "paused"),
            row(7000, 10_000, "recorded"),
        ],
    )
    assert dict(told.reasons) == {"recorded": Sum(5, 1), "late cut": Sum(4, 1), "paused": Sum(1, 1)}


def test_a_row_is_split_at_each_london_midnight() -> None:
    """A row over the day on which the clocks go forward has 23 hours of it, and nothing is lost between."""
    began = begins_ns(date(2026, 3, 28)) + 3600 * 10**9
    whole = Row("line1", None, "lost: restarted", Stamp(began, 7, "a", ClockState.HELD), 48 * 3600 * 10**9)
    pieces = list(whole.dates())
    assert [on for on, _ in pieces] == [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)]
    assert [piece.duration_ns // (3600 * 10**9) for _, piece in pieces] == [23, 23, 2]
    for (_, before), (_, after) in itertools.pairwise(pieces):
        assert before.began.boottime_ns + before.duration_ns == after.began.boottime_ns
