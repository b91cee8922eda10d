"""Whatever a box says, what is shown of it is text on lines of its own, or it is not understood."""

import re
from collections.abc import Callable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from firmware.audit.entries import What
from firmware.office import witness_days
from firmware.office.boxes import OfficeBox
from firmware.office.witness_story import Part, parts
from firmware.vault.reading import Fields, UnreadableError

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.just("\x1b[2J\r\n"),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
stamps = st.fixed_dictionaries({"wall_ns": st.integers(-1, 1 << 64), "state": st.text(max_size=10)})
names = (
    "person",
    "purpose",
    "verb",
    "code",
    "times",
    "hold",
    "recording",
    "recordings",
    "witness",
    "of",
    "\x1b",
)
entries = st.lists(
    st.tuples(
        st.sampled_from([*What, "found", "a new kind\x1b"]),
        stamps | anything,
        st.dictionaries(st.sampled_from(names), anything),
    ).map(lambda each: {**each[2], "what": str(each[0]), "at": each[1]}),
    max_size=5,
)

BOX = OfficeBox("town-hall", ("ssh", "anna@callbox"))


def shown(made: Callable[[], Iterable[Part]]) -> list[str]:
    """Every line, or nothing where it is not understood."""
    try:
        return [line for part in made() for line in (part.heading, *part.lines)]
    except (UnreadableError, OverflowError):
        return []


@given(entries)
def test_strange_entries_are_text_or_not_understood(told: list[dict[str, object]]) -> None:
    """No control character comes through, and no bug."""
    lines = shown(lambda: list(parts([Fields("entry", each) for each in told])))
    assert not any(CONTROL.search(line) or "\n" in line for line in lines)


def days(lines: object, due: object, owed: object, now_ns: object) -> Fields:
    told = {"from": "2026-03-02\x1b", "to": "2026-03-03", "lines": lines, "due": due, "owed": owed}
    return Fields("box", {**told, "copies": {"out": 1, "of_destroyed": now_ns}, "now_ns": now_ns})


rows = st.lists(
    st.fixed_dictionaries(
        {"line": scalars, "department": scalars, "calls": scalars, "hook": scalars},
        optional={
            "reasons": st.dictionaries(st.text(max_size=8), st.lists(st.integers(-2, 1 << 65), max_size=2))
            | anything
        },
    ),
    max_size=3,
)


@given(rows, anything, anything, scalars)
def test_strange_days_are_text_or_not_understood(
    lines: object, due: object, owed: object, now_ns: object
) -> None:
    """As above, of what the box says of its days."""
    told = days(lines, due, owed, now_ns)
    made = [
        lambda: witness_days._lines(told),
        lambda: [Part("due", tuple(witness_days._due(told.each("due"))))],
        lambda: [Part("owed", tuple(map(witness_days._owed, told.each("owed"))))],
        lambda: [Part("clock", tuple(witness_days._clock(told, 1_772_444_000)))],
    ]
    for each in made:
        assert not any(CONTROL.search(line) for line in shown(each))


@given(anything, anything)
def test_strange_faults_are_text_or_not_understood(faults: object, acknowledged: object) -> None:
    """As above, of its open faults."""
    one = {
        "code": "log.torn\x1b",
        "message": "a\x07b",
        "hint": "c\nd",
        "since_wall_ns": 1,
        "acknowledged": acknowledged,
    }
    for told in ({"alarms": faults}, {"alarms": [one]}, {}):
        made = [Part("", tuple(line))] if (line := _faults(told)) else []
        for part in made:
            assert not any(CONTROL.search(each.replace("\n", "")) for each in part.lines)


def _faults(told: dict[str, object]) -> list[str]:
    return shown(lambda: [Part("", tuple(witness_days._faults(BOX, Fields("box", told), 1_772_444_000)))])
