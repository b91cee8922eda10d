"""Statistics tell of nobody: no figure of fewer than five calls, none to be had by subtracting, no key to join."""

import itertools
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from firmware.call.events import Reason
from firmware.clock import ClockState, Stamp
from firmware.ledger import stats, words
from firmware.ledger.account import Stretch
from firmware.ledger.coverage import Ledger, Row
from firmware.ledger.row import begins_ns
from firmware.ledger.totals import DayTotals, Sum, Whose

FIRST = date(2026, 2, 23)
"""A Monday."""

DAYS = 40
LAST = FIRST + timedelta(days=DAYS - 1)
WHOSE = Whose("repairs", hook=True)


def department(day: DayTotals) -> str:
    return day.whose.department if day.whose else "fallback"


def day(number: int, calls: int, reasons: Mapping[str, Sum], whose: Whose | None = WHOSE) -> DayTotals:
    return DayTotals("line1", FIRST + timedelta(days=number), whose, calls, reasons)


counts = st.lists(st.integers(0, 9), min_size=DAYS, max_size=DAYS)
spans = st.tuples(st.integers(0, DAYS - 1), st.integers(0, DAYS - 1))


def of_counts(drawn: list[int]) -> list[DayTotals]:
    """A power of two of seconds on each day: a sum of days tells which days they are."""
    return [day(number, calls, {"paused": Sum(1 << number, calls)}) for number, calls in enumerate(drawn)]


def figures(days: list[DayTotals], by: str, first: int = 0, last: int = DAYS - 1) -> list[stats.Told]:
    span = FIRST + timedelta(days=first), FIRST + timedelta(days=last)
    return stats.told(days, *span, by, department)


@given(counts, spans)
def test_every_figure_is_a_sum_of_the_same_groups_of_five_calls(
    drawn: list[int], span: tuple[int, int]
) -> None:
    """By day, week or month, from and to any day: each figure has whole groups of at least five calls and no part
    of one, so no difference of figures can tell less.
    """
    days = of_counts(drawn)
    groups = [each.sum for each in figures(days, "day") if each.series.what == "paused"]
    assert all(each.calls >= 5 for each in groups)
    for one, other in itertools.pairwise(groups):
        assert one.seconds & other.seconds == 0
    for by in stats.PERIODS:
        for each in figures(days, by, *span):
            if each.series.what == "paused":
                inside = [group for group in groups if group.seconds & each.sum.seconds]
                assert sum(group.seconds for group in inside) == each.sum.seconds
                assert sum(group.calls for group in inside) == each.sum.calls


@given(counts)
def test_nothing_is_left_out_but_what_has_not_five_yet(drawn: list[int]) -> None:
    """All calls are told but at most four, at the end."""
    told = sum(each.sum.calls for each in figures(of_counts(drawn), "month") if each.series.what == "calls")
    assert 0 <= sum(drawn) - told < 5


def test_a_small_day_counts_with_the_next() -> None:
    """Three calls on Monday are told with Tuesday's, and Tuesday's figure says since when it counts."""
    days = [day(0, 3, {"recorded": Sum(30, 3)}), day(1, 4, {"recorded": Sum(40, 4)})]
    assert figures(days, "day", 0, 0) == []
    (calls, recorded) = figures(days, "day")
    assert (calls.series.what, calls.sum, calls.period) == ("calls", Sum(0, 7), "2026-02-24")
    assert (recorded.since, recorded.sum) == (FIRST, Sum(70, 7))


def test_a_rare_reason_waits_alone_and_no_total_gives_it_away() -> None:
    """One opt-out among fifty calls is not told, and no figure has it in it."""
    days = [day(0, 50, {"recorded": Sum(9000, 50), "opted out": Sum(77, 1)})]
    told = {each.series.what: each.sum for each in figures(days, "day")}
    assert told == {"calls": Sum(0, 50), "recorded": Sum(9000, 50)}


def test_lines_of_a_department_count_together_and_hookless_ones_apart() -> None:
    """Two lines with three calls each are six; detected calls are a figure of their own."""
    reasons = {"recorded": Sum(60, 3)}
    two = DayTotals("line2", FIRST, WHOSE, 3, reasons)
    detected = DayTotals("line3", FIRST, Whose("repairs", hook=False), 6, {"recorded": Sum(5, 6)})
    told = figures([day(0, 3, reasons), two, detected], "week")
    assert [(each.series.hook, each.series.what, each.sum) for each in told] == [
        (True, "calls", Sum(0, 6)),
        (True, "recorded", Sum(120, 6)),
        (False, "calls", Sum(0, 6)),
        (False, "recorded", Sum(5, 6)),
    ]
    assert {each.period for each in told} == {"2026-W09"}
    fallback = day(0, 9, reasons, whose=None)
    assert {each.series.department for each in figures([fallback], "day")} == {"fallback"}


def test_completeness_counts_every_loss_of_lines_with_a_sensor() -> None:
    """A hundredth is lost: 99 %; rounded down, so that 100 % means all; too few calls tell nothing."""
    days = [
        day(0, 6, {"recorded": Sum(600, 6), "paused": Sum(390, 6), "lost: disk": Sum(10, 1)}),
        day(0, 6, {"lost: disk": Sum(10_000, 6)}, Whose("repairs", hook=False)),
    ]
    parts = stats.completeness(days, figures(days, "day"))
    assert parts == stats.Completeness(9900, 600 * 10_000 // 990)
    barely = [day(0, 6, {"recorded": Sum(10**6, 6), "lost: disk": Sum(1, 1)})]
    assert stats.completeness(barely, []) == stats.Completeness(9999, None)
    assert stats.completeness([day(0, 4, {"recorded": Sum(9, 4)})], []).accounted is None


def office(folder: Path, calls: list[str]) -> list[stats.Told]:
    """The figures of ten calls with these ids, over two days, read back from a ledger."""
    folder.mkdir()
    ledger = Ledger(folder)
    for number, call in enumerate(calls):
        wall = begins_ns(FIRST + timedelta(days=number % 2)) + number * 60 * 10**9
        rows = [
            Row("line1", call, reason, Stamp(wall + at * 10**9, at, f"b{number}", ClockState.TRUSTED), 10**10)
            for at, reason in ((0, "not answered"), (10, "recorded"), (20, "paused"))
        ]
        ledger.take_in(f"coverage-{call}", tuple(rows), {"line1": WHOSE})
    told = stats.told(ledger.totals().values(), FIRST, LAST, "day", department)
    ledger.shrink(ledger.unshrunk())
    assert stats.told(ledger.totals().values(), FIRST, LAST, "day", department) == told
    assert ledger.unshrunk() == []
    ledger.close()
    return told


def test_who_called_changes_nothing_and_nothing_joins(tmp_path: Path) -> None:
    """With other call ids the figures are the same to the last character, shrunk or not, and no id is in them."""
    one = office(tmp_path / "one", [f"aaaaaaaaaaaa{each}" for each in range(10)])
    other = office(tmp_path / "other", [f"zzzzzzzzzzzz{each}" for each in reversed(range(10))])
    assert repr(one) == repr(other)
    assert one
    assert "aaaaaaaaaaaa" not in repr(one)
    for folder in ("one", "other"):
        left = b"".join(path.read_bytes() for path in (tmp_path / folder).iterdir())
        assert b'"call"' not in left
        assert b"wall_ns" not in left


def test_every_reason_has_its_sentence() -> None:
    """No word of the recorder is left without one, and an unknown word is passed on."""
    assert set(words.SENTENCES) == set(Reason)
    assert len(set(words.SENTENCES.values())) == len(Reason)
    assert "sunspots" in words.sentence("sunspots")


def test_silence_says_what_is_known_of_it() -> None:
    """Between two stretches of one boot the line was on hook; between two boots nobody knows."""
    one, two = Stretch("a", 0, 10, 100, None, "recorded"), Stretch("a", 50, 60, 100, None, "recorded")
    later = Stretch("b", 0, 10, 300, None, "recorded")
    assert words.within([one, two], 105, 106) == [one]
    assert words.within([one, two], 110, 150) == []
    assert words.silence([one, two], 120, hook=True) == words.IDLE
    assert words.silence([one, two], 120, hook=False) == words.IDLE_HOOKLESS
    assert words.silence([one, two, later], 200, hook=True) == words.RESTARTED
    assert words.silence([], 200, hook=True) == words.IDLE
