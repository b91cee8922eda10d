"""When a recording falls due after the settings changed: tables that a data protection officer can read, then properties."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.retention.law import GRACE, Law, counting, falls_due
from firmware.retention.schedule import due
from firmware.settings.model import Policy

BEGIN, DAY = date(2018, 5, 25), timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def law(*versions: tuple[str, str], until: str | None = None, department: str = "calls") -> Law:
    """Settings whose policy `calls` has these versions, each a period and the day from which it counts."""
    policies = tuple(Policy("calls", period, day(effective), "r") for period, effective in versions)
    return Law(policies, {department: "calls"}, day(until) if until else None)


def known(laws: list[Law], today: date) -> list[Law]:
    """What the box knows on a day: laws that took their place by then, and that they were replaced if they were."""
    begun = [
        each for number, each in enumerate(laws) if number == 0 or (laws[number - 1].until or BEGIN) <= today
    ]
    return [replace(each, until=None) if each.until and each.until > today else each for each in begun]


def gone(on: str, laws: list[Law], department: str = "calls") -> date:
    """The day on which a recording of a date goes, walked through day by day as the keeper does.

    It is locked by the first of the laws, as the settings were when it was taken in.
    """
    found = due(laws[0].policies, "calls", day(on))
    assert found is not None
    today = day(on)
    while falls_due(day(on), found.on, department, counting(known(laws, today), today)) > today:
        today += DAY
    return today


LONG, SHORT = ("P90D", "2018-05-25"), ("P30D", "2018-05-25")

CHANGES = [
    # what happened, the date of the recording, the laws in order, the day on which it goes
    ("nothing changed", "2026-03-02", [law(LONG)], "2026-05-31"),
    (
        "South Hams: one month became three on 15 July 2020; of the day before",
        "2020-07-14",
        [law(("P1M", "2018-05-25"), until="2020-07-10"), law(("P1M", "2018-05-25"), ("P3M", "2020-07-15"))],
        "2020-08-14",
    ),
    (
        "South Hams, of the day itself",
        "2020-07-15",
        [law(("P1M", "2018-05-25"), ("P3M", "2020-07-15"))],
        "2020-10-15",
    ),
    (
        "South Hams, of the day after",
        "2020-07-16",
        [law(("P1M", "2018-05-25"), ("P3M", "2020-07-15"))],
        "2020-10-16",
    ),
    (
        "the other way round, announced before: three months become one on 15 July; of the day before",
        "2020-07-14",
        [law(("P3M", "2018-05-25"), until="2020-07-01"), law(("P3M", "2018-05-25"), ("P1M", "2020-07-15"))],
        "2020-08-14",
    ),
    (
        "the same, of 15 May: its month passed long ago, it goes when the shorter period begins to count",
        "2020-05-15",
        [law(("P3M", "2018-05-25"), until="2020-07-01"), law(("P3M", "2018-05-25"), ("P1M", "2020-07-15"))],
        "2020-07-15",
    ),
    (
        "shortened from today on: seven days' grace for what is due at once",
        "2026-03-02",
        [law(LONG, until="2026-05-01"), law(SHORT)],
        "2026-05-08",
    ),
    (
        "shortened from today on: what is due later than the grace goes on its new day",
        "2026-04-20",
        [law(LONG, until="2026-05-01"), law(SHORT)],
        "2026-05-20",
    ),
    (
        "shortened three days before its own day: the old day stands, the grace never puts it off",
        "2026-03-02",
        [law(LONG, until="2026-05-28"), law(SHORT)],
        "2026-05-31",
    ),
    (
        "a slip, mended on the sixth day",
        "2026-03-02",
        [law(LONG, until="2026-05-01"), law(("P3D", "2018-05-25"), until="2026-05-07"), law(LONG)],
        "2026-05-31",
    ),
    (
        "a slip, mended on the eighth day: too late for what went on the seventh",
        "2026-03-02",
        [law(LONG, until="2026-05-01"), law(("P3D", "2018-05-25"), until="2026-05-09"), law(LONG)],
        "2026-05-08",
    ),
    (
        "lengthened: for new recordings only",
        "2026-03-02",
        [law(SHORT, until="2026-03-10"), law(LONG)],
        "2026-04-01",
    ),
    (
        "a chain: 90, 60, 30 days, one change after another",
        "2026-03-02",
        [law(LONG, until="2026-05-01"), law(("P60D", "2018-05-25"), until="2026-05-04"), law(SHORT)],
        "2026-05-08",
    ),
    (
        "a chain: shortened, and lengthened three weeks later: what would have gone by then is gone, this stays locked to its own",
        "2026-04-20",
        [law(LONG, until="2026-04-21"), law(SHORT, until="2026-05-12"), law(LONG)],
        "2026-07-19",
    ),
    (
        "replaced by settings that nobody can read any more: nothing is brought forward",
        "2026-03-02",
        [law(LONG, until="2026-03-05"), Law((), {})],
        "2026-05-31",
    ),
    (
        "an unreadable version in between stands against destroying for a week after its end",
        "2026-03-02",
        [law(LONG, until="2026-05-01"), Law((), {}, day("2026-05-10")), law(SHORT)],
        "2026-05-17",
    ),
    (
        "the department was taken out of the settings: nothing is brought forward",
        "2026-03-02",
        [law(LONG, until="2026-03-05"), law(SHORT, department="another")],
        "2026-05-31",
    ),
    (
        "the period became nothing",
        "2026-03-02",
        [law(LONG, until="2026-03-05"), law(("P0D", "2018-05-25"))],
        "2026-05-31",
    ),
    (
        "the period became blank",
        "2026-03-02",
        [law(LONG, until="2026-03-05"), law(("", "2018-05-25"))],
        "2026-05-31",
    ),
    (
        "the period became a word",
        "2026-03-02",
        [law(LONG, until="2026-03-05"), law(("soon", "2018-05-25"))],
        "2026-05-31",
    ),
    (
        "a later version that is nothing beside one that counts: only the one that counts",
        "2026-03-02",
        [law(LONG, ("P0D", "2026-03-20"))],
        "2026-05-31",
    ),
    (
        "the replaced settings were replaced under a clock not to be believed: they still count",
        "2026-03-02",
        [law(LONG), law(SHORT)],
        "2026-05-31",
    ),
]


@pytest.mark.parametrize(
    ("on", "laws", "expected"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES]
)
def test_the_table(on: str, laws: list[Law], expected: str) -> None:
    """Each change as it stands."""
    assert gone(on, laws) == day(expected)


def test_a_department_that_moved_to_a_shorter_policy_has_its_grace() -> None:
    """Repairs moves from the long policy to the short one on 1 May: its old recordings go on the eighth."""
    policies = (Policy("long", "P90D", BEGIN, "r"), Policy("short", "P30D", BEGIN, "r"))
    before = Law(policies, {"repairs": "long"}, day("2026-05-01"))
    after = Law(policies, {"repairs": "short"})
    locked = day("2026-05-31")
    days = [day("2026-05-01") + DAY * each for each in range(12)]
    due_days = [
        each
        for each in days
        if falls_due(day("2026-03-02"), locked, "repairs", counting([before, after], each)) <= each
    ]
    assert due_days[0] == day("2026-05-08")
    assert falls_due(day("2026-03-02"), locked, "elsewhere", [after]) == locked


def test_a_law_counts_for_seven_days_after_it_was_replaced() -> None:
    """Replaced on 1 May it counts to the end of 7 May."""
    replaced, now = law(LONG, until="2026-05-01"), law(SHORT)
    assert counting([replaced, now], day("2026-05-07")) == [replaced, now]
    assert counting([replaced, now], day("2026-05-08")) == [now]
    assert GRACE == 7 * DAY


def test_no_law_at_all_brings_nothing_forward() -> None:
    """Where nothing is known the day it is locked to stands."""
    assert falls_due(day("2026-03-02"), day("2026-05-31"), "calls", []) == day("2026-05-31")


DATES = st.dates(date(2019, 1, 1), date(2030, 1, 1))
PERIODS = st.one_of(
    st.builds("P{}D".format, st.integers(0, 200)),
    st.builds("P{}M".format, st.integers(0, 14)),
    st.sampled_from(["", "P", "x"]),
)
VERSIONS = st.lists(st.builds(Policy, st.just("calls"), PERIODS, DATES, st.just("r")), max_size=4).map(tuple)
LAWS = st.lists(
    st.builds(
        Law, VERSIONS, st.sampled_from([{"calls": "calls"}, {"calls": "other"}, {}]), st.none() | DATES
    ),
    max_size=4,
)


@given(DATES, DATES, LAWS)
def test_never_later_than_locked(on: date, locked: date, laws: list[Law]) -> None:
    """No settings put a day off."""
    assert falls_due(on, locked, "calls", laws) <= locked


@given(DATES, DATES, LAWS, LAWS)
def test_one_more_law_only_ever_keeps(on: date, locked: date, laws: list[Law], more: list[Law]) -> None:
    """All must agree: another law never brings a day forward that the first ones left."""
    if laws:
        assert falls_due(on, locked, "calls", [*laws, *more]) >= falls_due(on, locked, "calls", laws)


@given(DATES, DATES, VERSIONS, st.integers(0, 400))
def test_never_before_a_shorter_version_was_in_force(
    on: date, locked: date, versions: tuple[Policy, ...], ahead: int
) -> None:
    """Versions that begin after a day cannot make anything due by that day."""
    today = on + timedelta(days=ahead)
    known = tuple(each for each in versions if each.effective <= today)
    late = Law(versions, {"calls": "calls"})
    if falls_due(on, locked, "calls", [late]) <= today:
        assert falls_due(on, locked, "calls", [Law(known, {"calls": "calls"})]) <= today


@given(DATES, st.integers(1, 400), st.integers(0, 400), DATES)
def test_a_lengthening_changes_nothing(on: date, days: int, longer: int, changed: date) -> None:
    """What was locked under a period goes on the same day under any longer one, whenever it came."""
    before, after = ((f"P{each}D", "2018-05-25") for each in (days, days + longer))
    laws = [law(before, until=changed.isoformat()), law(after)]
    assert gone(on.isoformat(), laws) == on + timedelta(days=days)


@given(DATES, st.integers(1, 200), st.integers(1, 200), st.integers(0, 220))
def test_a_shortening_has_its_grace_and_no_more(on: date, long: int, short: int, after: int) -> None:
    """It goes on its shorter day, but not within a week of the change; and on its old day at the latest."""
    short = min(long, short)
    changed = on + timedelta(days=after)
    laws = [law((f"P{long}D", "2018-05-25"), until=changed.isoformat()), law((f"P{short}D", "2018-05-25"))]
    expected = min(on + timedelta(days=long), max(on + timedelta(days=short), changed + GRACE))
    assert gone(on.isoformat(), laws) == expected


@given(DATES, DATES, LAWS, st.sampled_from(["P0D", "P0Y0M0D", "P", "", "soon", "P1W"]))
def test_nothing_never_brings_forward(on: date, locked: date, laws: list[Law], period: str) -> None:
    """A law whose period is zero, blank or unknown keeps everything, whatever the others say."""
    nothing = law((period, "2018-05-25"))
    assert falls_due(on, locked, "calls", [*laws, nothing]) == locked
