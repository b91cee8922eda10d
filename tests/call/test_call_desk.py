"""The button, sentence by sentence as DESIGN section 4 has it."""

import pytest

from firmware.call.desk import (
    Act,
    Arming,
    CutLine,
    Desk,
    LineView,
    OptOutLine,
    PauseLine,
    ResumeLine,
)

S = 1_000_000_000
TALKING, IDLE = LineView(True, None), LineView(False, None)


def paused(since: float) -> LineView:
    """A line paused since this second."""
    return LineView(True, round(since * S))


def one_button() -> Desk:
    """A desk without an opt-out button."""
    return Desk(own_opt_out=False)


def press(desk: Desk, at: float, **lines: LineView) -> list[Act]:
    return desk.press(round(at * S), lines)


def release(desk: Desk, at: float, **lines: LineView) -> list[Act]:
    return desk.release(round(at * S), round(at * S) + S // 50, lines)


def test_a_press_acts_on_every_line_of_its_desk_that_has_a_call() -> None:
    """At its edge, and on no idle line."""
    acts = press(one_button(), 10, one=TALKING, two=TALKING, three=IDLE)
    assert acts == [PauseLine("one", 10 * S), PauseLine("two", 10 * S)]


def test_a_press_pauses_what_runs_and_resumes_nothing_beside_it() -> None:
    """One line paused long ago, one running: both are paused afterwards, however short the press."""
    desk = one_button()
    assert press(desk, 100, one=paused(10), two=TALKING) == [PauseLine("two", 100 * S)]
    assert release(desk, 100.5, one=paused(10), two=paused(100)) == []


@pytest.mark.parametrize("pressed", [0.0, 59.9])
def test_a_press_while_idle_arms_the_next_call(pressed: float) -> None:
    """For 60 s, one call, as of the arming press."""
    desk = one_button()
    assert press(desk, 1, one=IDLE) == []
    release(desk, 1.2, one=IDLE)
    now = round((1 + pressed) * S)
    assert desk.armed(now)
    assert desk.call_began("one", now) == [PauseLine("one", 1 * S)]
    assert not desk.armed(now)
    assert desk.call_began("one", now) == []


def test_arming_ends_after_a_minute() -> None:
    """Then the next call begins as calls do."""
    desk = one_button()
    press(desk, 1, one=IDLE)
    assert not desk.armed(61 * S)
    assert desk.call_began("one", 61 * S) == []


def test_arming_survives_a_restart() -> None:
    """What the lamp promised is a value that can be written down and given back."""
    desk = one_button()
    press(desk, 1, one=IDLE)
    again = Desk(own_opt_out=False, arming=desk.arming)
    assert desk.arming == Arming(1 * S, opt_out=False)
    assert again.call_began("one", 30 * S) == [PauseLine("one", 1 * S)]


def test_an_armed_opt_out_is_not_weakened_by_a_press() -> None:
    """Opt-out armed, then pause pressed: the next call is opted out; once over, it is over."""
    desk = Desk(own_opt_out=True)
    assert desk.press_opt_out(1 * S, {"one": IDLE}) == []
    press(desk, 5, one=IDLE)
    assert desk.call_began("one", 10 * S) == [OptOutLine("one", 5 * S)]
    press(desk, 100, one=IDLE)
    assert desk.call_began("one", 101 * S) == [PauseLine("one", 100 * S)]
    desk.press_opt_out(200 * S, {"one": IDLE})
    press(desk, 261, one=IDLE)
    assert desk.call_began("one", 262 * S) == [PauseLine("one", 261 * S)]


@pytest.mark.parametrize(("lifted", "held"), [(1.0, True), (3.5, True), (1.0, False)])
def test_a_call_that_begins_under_a_held_button_belongs_to_that_press(lifted: float, held: bool) -> None:
    """Held to 3 s it is this call that is opted out, and not the one after it."""
    desk = one_button()
    press(desk, 0, one=IDLE)
    acts = desk.hold(3 * S) if lifted > 3 else []
    acts += desk.call_began("one", round(lifted * S))
    acts += desk.hold(round(3.6 * S)) if held else release(desk, 1.5, one=paused(1))
    assert (OptOutLine("one", 0) in acts) is held
    assert ResumeLine not in {type(each) for each in acts}
    assert not desk.armed(10 * S)


def test_any_desk_of_a_line_may_pause_it_and_any_may_resume_it() -> None:
    """Desks see the line's pause, whoever began it."""
    front, back = one_button(), one_button()
    assert press(front, 10, one=TALKING) == [PauseLine("one", 10 * S)]
    release(front, 10.2, one=paused(10))
    assert press(back, 20, one=paused(10)) == []
    assert release(back, 20.3, one=paused(10)) == [ResumeLine("one", round(20.32 * S))]


@pytest.mark.parametrize(("after", "resumes"), [(1.99, True), (2.0, False), (5.0, False)])
def test_a_release_before_two_seconds_resumes(after: float, resumes: bool) -> None:
    """A longer one does not, and is a late cut instead."""
    desk = one_button()
    press(desk, 20, one=paused(10))
    assert bool(release(desk, 20 + after, one=paused(10))) is resumes


@pytest.mark.parametrize(("second", "resumes"), [(0.5, False), (2.99, False), (3.0, True)])
def test_pressed_twice_in_doubt_stays_paused(second: float, resumes: bool) -> None:
    """Nothing within 3 s of the start of a pause resumes it."""
    desk = one_button()
    press(desk, 10, one=TALKING)
    release(desk, 10.2, one=paused(10))
    press(desk, 10 + second, one=paused(10))
    assert bool(release(desk, 10.3 + second, one=paused(10))) is resumes


def test_another_desk_s_newer_pause_is_not_resumed() -> None:
    """Pressed to resume, resumed and paused again elsewhere before the finger is up: it stays paused."""
    desk = one_button()
    press(desk, 20, one=paused(10))
    assert release(desk, 21.5, one=paused(21)) == []


def test_two_desks_that_resume_at_once_do_not_pause() -> None:
    """The second release finds nothing to resume and does nothing."""
    desk = one_button()
    press(desk, 20, one=paused(10))
    assert release(desk, 20.5, one=TALKING) == []


@pytest.mark.parametrize("own", [True, False])
def test_held_for_two_seconds_is_a_late_cut_once(own: bool) -> None:
    """Of the pause that goes on, or of the one that this press began; it stays paused."""
    desk = Desk(own_opt_out=own)
    press(desk, 20, one=paused(10))
    assert desk.hold(round(21.99 * S)) == []
    assert desk.hold(22 * S) == [CutLine("one", 22 * S)]
    assert desk.hold(60 * S) == []
    assert release(desk, 60.1, one=paused(10)) == []


def test_a_late_cut_is_never_followed_by_a_resume() -> None:
    """The tick saw two seconds before the release of 1.99 s was certain: paused it stays."""
    desk = one_button()
    press(desk, 20, one=paused(10))
    assert desk.hold(22 * S) == [CutLine("one", 22 * S)]
    assert release(desk, 21.99, one=paused(10)) == []


def test_the_press_that_began_the_pause_held_for_three_seconds_is_an_opt_out() -> None:
    """As of its edge, once, and only of the lines whose pause it began."""
    desk = one_button()
    press(desk, 20, one=TALKING, two=paused(5))
    assert desk.hold(round(22.9 * S)) == [CutLine("one", round(22.9 * S)), CutLine("two", round(22.9 * S))]
    assert desk.hold(23 * S) == [OptOutLine("one", 20 * S)]
    assert desk.hold(24 * S) == []


def test_a_later_press_held_for_three_seconds_is_no_opt_out() -> None:
    """It did not begin the pause: a late cut, and no more."""
    desk = one_button()
    press(desk, 20, one=paused(10))
    assert desk.hold(30 * S) == [CutLine("one", 30 * S)]


def test_with_a_second_button_a_long_press_is_no_opt_out() -> None:
    """Neither in a call nor while idle."""
    desk = Desk(own_opt_out=True)
    press(desk, 20, one=TALKING)
    assert desk.hold(30 * S) == [CutLine("one", 30 * S)]
    release(desk, 30, one=paused(20))
    press(desk, 40, one=IDLE)
    assert desk.hold(50 * S) == []
    assert desk.call_began("one", 51 * S) == [PauseLine("one", 40 * S)]


def test_while_idle_a_long_press_arms_an_opt_out() -> None:
    """Held for 3 s without a call: the next one is opted out."""
    desk = one_button()
    press(desk, 20, one=IDLE)
    assert desk.hold(23 * S) == []
    release(desk, 24, one=IDLE)
    assert desk.call_began("one", 30 * S) == [OptOutLine("one", 20 * S)]


def test_the_opt_out_button_acts_at_its_edge_on_every_call_of_the_desk() -> None:
    """Also on a paused one."""
    desk = Desk(own_opt_out=True)
    acts = desk.press_opt_out(20 * S, {"one": TALKING, "two": paused(5), "three": IDLE})
    assert acts == [OptOutLine("one", 20 * S), OptOutLine("two", 20 * S)]


def test_a_pause_never_ends_by_timer() -> None:
    """A day later the same press still only holds."""
    desk = one_button()
    press(desk, 20, one=TALKING)
    release(desk, 20.1, one=paused(20))
    assert [desk.hold(20 * S + 3600 * S * hour) for hour in range(24)] == [[]] * 24


def test_a_lost_button_resumes_nothing() -> None:
    """Neither as it goes, nor with the first press after it, which may be the cable; the second one does."""
    desk = one_button()
    press(desk, 20, one=paused(10))
    desk.lose()
    assert release(desk, 20.5, one=paused(10)) == []
    press(desk, 30, one=paused(10))
    assert release(desk, 30.5, one=paused(10)) == []
    press(desk, 32, one=paused(10))
    assert release(desk, 32.5, one=paused(10)) == [ResumeLine("one", round(32.52 * S))]


def test_what_is_let_go_unpressed_does_nothing() -> None:
    """A release without a press, a hold without one."""
    desk = one_button()
    assert release(desk, 1, one=paused(-10)) == []
    assert desk.hold(S) == []


def test_a_call_on_another_desk_s_line_disarms_nothing_before_it_began() -> None:
    """Armed twice, the newest press counts from its own instant."""
    desk = one_button()
    press(desk, 1, one=IDLE)
    press(desk, 50, one=IDLE)
    assert desk.call_began("one", 100 * S) == [PauseLine("one", 50 * S)]
