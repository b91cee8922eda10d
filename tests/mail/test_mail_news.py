"""What is news to an addressee: new, cleared, and once a day what still stands; nothing where nothing changed."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from firmware.mail.news import HOUR_NS, REMIND_NS, Open, Told, news

CARD = Open(
    "device.card-gone",
    "tap card",
    "card Tap1 is gone",
    "look",
    100,
    "whoever",
    silenced=False,
    controller=True,
)
DISK = replace(CARD, code="vault.disk-filling", subject="room")
NOW = 10**18


def test_a_fault_is_told_once_and_its_end_once() -> None:
    """Then nothing, until a day has passed."""
    first = news({}, [CARD, DISK], NOW)
    assert (first.new, first.cleared, first.standing) == ((CARD, DISK), (), ())
    assert not news(first.after, [DISK, CARD], NOW + REMIND_NS - 1).any
    second = news(first.after, [DISK], NOW + HOUR_NS)
    assert (second.new, [name for name, _ in second.cleared], second.standing) == ((), [CARD.name], ())
    assert not news(second.after, [DISK], NOW + HOUR_NS).any


def test_once_a_day_all_that_stands_is_told_together() -> None:
    """What is due brings the others along, and all are quiet for another day; what a person silenced is left out."""
    told = {CARD.name: Told(100, NOW - REMIND_NS), DISK.name: Told(100, NOW - HOUR_NS)}
    said = news(told, [CARD, DISK], NOW)
    assert said.standing == (CARD, DISK)
    assert not news(said.after, [CARD, DISK], NOW + REMIND_NS - 1).any
    known = replace(CARD, silenced=True)
    assert not news(told, [known, DISK], NOW).any


def test_what_came_back_is_another_fault() -> None:
    """The same code and subject with a later beginning: the old one has cleared, the new one is new."""
    again = replace(CARD, since_ns=200)
    said = news({CARD.name: Told(100, NOW)}, [again], NOW)
    assert said.new == (again,)
    assert said.cleared == ((CARD.name, Told(100, NOW)),)
    assert said.after == {CARD.name: Told(200, NOW)}


def test_a_clock_that_was_set_back_silences_nothing() -> None:
    """An hour back is a clock put right; more is told again at once, rather once too often."""
    told = {CARD.name: Told(100, NOW)}
    assert not news(told, [CARD], NOW - HOUR_NS).any
    assert news(told, [CARD], NOW - HOUR_NS - 1).standing == (CARD,)


@given(st.lists(st.sets(st.sampled_from([CARD, DISK])), max_size=8), st.lists(st.integers(0, 2 * REMIND_NS)))
def test_whatever_happens_openings_and_ends_are_told_in_turn(found: list[set[Open]], gaps: list[int]) -> None:
    """In any story each fault is told as new, then as cleared, then as new again, and never twice the same."""
    told: dict[tuple[str, str], Told] = {}
    heard: dict[tuple[str, str], bool] = {}
    now = NOW
    for step, seen in enumerate(found):
        now += gaps[step] if step < len(gaps) else 0
        said = news(told, sorted(seen, key=lambda each: each.name), now)
        for each in said.new:
            assert not heard.get(each.name)
            heard[each.name] = True
        for name, _ in said.cleared:
            assert heard[name]
            heard[name] = False
        told = dict(said.after)
        assert (
            {name for name, stands in heard.items() if stands} == told.keys() == {each.name for each in seen}
        )
