"""The hook: lifted at once, replaced where it was, a short break is a recall, a shorter one nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.call.hook import Hook, HookEvent, HookLifted, HookReplaced, Recall

MS = 1_000_000


def told(*levels: tuple[int, bool], until: int, lifted: bool = False) -> list[HookEvent]:
    """What a hook says whose sensor shows this from these milliseconds on, then nothing new."""
    hook = Hook(lifted=lifted)
    said: list[HookEvent] = []
    for at, level in levels:
        said += hook.level(at * MS, lifted=level)
    return said + hook.settle(until * MS)


def test_lifted_is_believed_at_once_and_said_once() -> None:
    """The same level read again every tick says nothing more."""
    assert told((100, True), (350, True), (600, True), until=900) == [HookLifted(100 * MS)]


def test_replaced_is_believed_late_and_stamped_where_it_was() -> None:
    """400 ms after it began, not before."""
    assert told((100, False), (350, False), until=499, lifted=True) == []
    assert told((100, False), (350, False), until=500, lifted=True) == [HookReplaced(100 * MS)]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (39, []),
        (40, [Recall(100 * MS)]),
        (50, [Recall(100 * MS)]),
        (130, [Recall(100 * MS)]),
        (399, [Recall(100 * MS)]),
        (400, [HookReplaced(100 * MS), HookLifted(500 * MS)]),
    ],
)
def test_a_break_is_a_bounce_a_recall_or_a_new_call(broken: int, said: list[HookEvent]) -> None:
    """By its length alone; a timed break is 50 to 130 ms."""
    assert told((100, False), (100 + broken, True), until=2000, lifted=True) == said


def test_a_bouncing_cradle_is_replaced_once() -> None:
    """The last break counts."""
    levels = [(100, False), (110, True), (115, False), (120, True), (125, False)]
    assert told(*levels, until=2000, lifted=True) == [HookReplaced(125 * MS)]


def test_on_hook_says_nothing() -> None:
    """A phone at rest, read again and again."""
    assert told((100, False), (350, False), until=9000) == []


@given(st.lists(st.tuples(st.integers(1, 600), st.booleans()), max_size=30), st.booleans())
def test_lifted_and_replaced_take_turns(steps: list[tuple[int, bool]], lifted: bool) -> None:
    """Recalls only while lifted, and all in order of time."""
    now, levels = 0, []
    for wait, level in steps:
        now += wait
        levels.append((now, level))
    up = lifted
    last = -1
    for event in told(*levels, until=now + 400, lifted=lifted):
        assert event.at >= last
        last = event.at
        assert up is not isinstance(event, HookLifted)
        up = not isinstance(event, HookReplaced)
