"""Random lives of a line, told to the machine and to the oracle: both must keep and withhold the same."""

from dataclasses import replace

import pytest
from call_oracle import Oracle
from call_play import RATE, Book, Player
from hypothesis import given
from hypothesis import strategies as st

from firmware.call import events as ev
from firmware.call.events import CallClass, Event, Reason, Tone
from firmware.call.orders import Part
from firmware.call.rules import LineRules
from firmware.settings.model import OptOut, Position, Unclassified

HALF = RATE // 2
"""Events fall on half seconds, so that every tick that divides one sees them in the same order."""

lines = st.builds(
    LineRules,
    rate=st.just(RATE),
    look_back=st.sampled_from([0, 2 * RATE, 10 * RATE]),
    pre_roll=st.sampled_from([0, RATE, 3 * RATE]),
    hooked=st.booleans(),
    position=st.sampled_from(Position),
    unclassified=st.sampled_from(Unclassified),
    opt_out=st.sampled_from(OptOut),
    same_call=st.sampled_from([0, 2 * RATE]),
)
classes = st.sampled_from([each for each in CallClass if each is not CallClass.UNDECIDED])


def told(at: int) -> st.SearchStrategy[Event]:
    """One event at a position."""
    plain = [ev.Lifted, ev.Replaced, ev.Rang, ev.Dialling, ev.Answered, ev.Recalled]
    presses = [ev.PausePressed, ev.Resumed, ev.CutLate, ev.OptedOut]
    trouble = [ev.DiskBehind, ev.DiskBack, ev.Armed]
    return st.one_of(
        st.sampled_from([each(at) for each in [*plain, *presses, *presses, *trouble]]),
        st.builds(ev.Classed, st.just(at), classes),
        st.builds(ev.ToneHeard, st.just(at), st.sampled_from(Tone), st.sampled_from([None, at, at - 90])),
        st.sampled_from([make(at, desk) for make in (ev.ButtonGone, ev.ButtonBack) for desk in "ab"]),
        st.just(ev.VoiceHeard(at - HALF, at)),
        st.builds(ev.Keyed, st.just(at - HALF), st.just(at), st.integers(1, 4), st.booleans()),
        st.builds(ev.Missing, st.sampled_from([at - 1, at - HALF]), st.just(at)),
    )


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Events in order, with pauses from nothing to beyond every limit; most lives begin with a call."""
    steps = st.sampled_from([0, 1, 1, 1, 2, 2, 3, 4, 4, 5, 6, 8, 21, 45, 64, 125])
    now = HALF * 2
    life: list[Event] = draw(st.sampled_from([[], [ev.Lifted(now)], [ev.VoiceHeard(now - HALF, now)]]))
    for _ in range(draw(st.integers(0, 25))):
        now += HALF * draw(steps)
        life = [*life, draw(told(now))]
    return life


def end_of(life: list[Event]) -> int:
    """Some time after the last event."""
    last = max((getattr(each, "until", each.at) for each in life), default=0)
    return last + 41 * RATE


def play(rules: LineRules, life: list[Event], tick: int) -> Player:
    """A life told to the machine."""
    player = Player(rules, tick=tick)
    for event in life:
        due = getattr(event, "until", event.at)
        player.until(-(-due // tick) * tick)
        player.machine.take(event)
    player.until(end_of(life))
    return player


def foretell(rules: LineRules, life: list[Event]) -> Oracle:
    """A life told to the oracle."""
    oracle, waiting = Oracle(rules), list(life)
    for position in range(end_of(life)):
        due: list[Event] = []
        while waiting and getattr(waiting[0], "until", waiting[0].at) <= position:
            due.append(waiting.pop(0))
        oracle.step(due)
    oracle.end_undecided()
    return oracle


def recorded(account: dict[int, Reason]) -> set[int]:
    """Where it says recorded."""
    return {each for each, reason in account.items() if reason is Reason.RECORDED}


def sound(book: Book) -> dict[Part, list[tuple[int, int, Reason]]]:
    """All that is kept, by the part it is in."""
    return {part: list(strip.spans()) for part, strip in book.sound.items()}


@given(lines, lives(), st.sampled_from([1, HALF]))
def test_the_machine_keeps_what_the_oracle_keeps(rules: LineRules, life: list[Event], tick: int) -> None:
    """Every position off hook is accounted for once, recorded where the oracle says so, and else with its reason.

    What was withheld anyway keeps the reason it had when it was ordered, though it turns out later
    that there was another one, too.
    """
    book, oracle = play(rules, life, tick).finish(), foretell(rules, life)
    expected = oracle.reasons()
    assert book.account.keys() == expected.keys()
    assert book.kept == recorded(book.account) == recorded(expected)
    unsaid = {
        each for each, reason in book.account.items() if reason not in oracle.said[each] | {expected[each]}
    }
    assert unsaid == set()


@given(lines, lives())
def test_ticks_change_nothing(rules: LineRules, life: list[Event]) -> None:
    """What becomes of a line does not hang on how often the machine is asked."""
    often, seldom = play(rules, life, 1).finish(), play(rules, life, HALF).finish()
    assert often.account.keys() == seldom.account.keys()
    assert recorded(often.account) == recorded(seldom.account)
    assert sound(often) == sound(seldom)


@given(lines, lives(), st.sampled_from([3, 7, 23, 400]))
def test_odd_and_late_ticks_break_no_promise(rules: LineRules, life: list[Event], tick: int) -> None:
    """However late the machine is asked, it orders in order, once, and nothing paused or opted out stays in."""
    book = play(rules, life, tick).finish()
    assert book.kept == recorded(book.account)


@given(lines, lives())
def test_every_recording_comes_to_an_end(rules: LineRules, life: list[Event]) -> None:
    """After the recorder stopped every part is settled or discarded, once."""
    book = play(rules, life, HALF).finish()
    assert book.open is None
    assert sorted(map(str, book.settled + book.discarded)) == sorted(map(str, book.sound))
    assert set(book.closes) >= set(book.settled)


@given(lines, lives())
def test_nothing_is_kept_of_an_undecided_call(rules: LineRules, life: list[Event]) -> None:
    """As long as a call is undecided no recording holds a position of it."""
    player = Player(rules)
    for event in life:
        player.tell(event)
        player.until(player.now + 1)
        if player.machine.standing.undecided:
            assert max(player.book.kept, default=-1) < player.book.began[-1].at


@given(lines, lives())
def test_memory_does_not_grow(rules: LineRules, life: list[Event]) -> None:
    """A line at rest remembers nothing of its calls, however many there were."""
    player = play(rules, life, HALF)
    player.machine.take(ev.Replaced(player.now))
    player.until(player.now + 660 * RATE)
    state = player.machine._state
    tracks = [
        getattr(state.tracks, name) for name in state.tracks.__slots__ if name != "withhold_unclassified"
    ]
    assert sum(len(each._starts) for each in tracks if hasattr(each, "_starts")) <= 2
    assert (state.clerk._kept, state.clerk._closed, state.orders) == ([], [], [])
    assert len(state.clerk._why) <= 1


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_a_press_is_exact_at_every_rate(rate: int) -> None:
    """The same cut in samples at the rates of real cards."""
    rules = LineRules(rate, 2 * rate, rate, True, Position.PORT, Unclassified.RECORD, OptOut.STOP)
    player = Player(replace(rules), tick=rate // 4)
    player.tell(ev.Lifted(7), ev.PausePressed(5 * rate + 3))
    player.until(9 * rate)
    player.tell(ev.Replaced(9 * rate + 1))
    player.until(20 * rate)
    assert player.finish().kept == set(range(7, 3 * rate + 3))
