"""The button says what the finger did, however the contacts bounce, and that it was lost."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.call.button import Button, Contact, Finger, Found, Lost, Pressed, Released

MS = 1_000_000
PAIR = ("open", "closed")
LEVELS = {
    Contact.RELEASED: {"open": True, "closed": False},
    Contact.PRESSED: {"open": False, "closed": True},
    Contact.CUT: {"open": True, "closed": True},
    Contact.SHORT: {"open": False, "closed": False},
}


def shown(*steps: tuple[int, Contact], until: int, button: Button | None = None) -> list[Finger]:
    """What a button says whose contacts show this from these milliseconds on, asked every 10 ms."""
    button = button or Button(PAIR)
    said: list[Finger] = []
    waiting = list(steps)
    for now in range(until + 1):
        while waiting and waiting[0][0] == now:
            said += button.levels(LEVELS[waiting.pop(0)[1]], now * MS)
        if now % 10 == 0:
            said += button.settle(now * MS)
    return said


@pytest.mark.parametrize("no", [False, True])
@pytest.mark.parametrize("nc", [False, True])
def test_two_contacts_tell_four_things_apart(no: bool, nc: bool) -> None:
    """Pressed at once; cut and short after 200 ms; released says nothing."""
    button = Button(PAIR)
    said = [*button.levels({"open": no, "closed": nc}, 1000 * MS), *button.settle(1200 * MS)]
    expected: dict[tuple[bool, bool], list[Finger]] = {
        (True, False): [],
        (False, True): [Pressed(1000 * MS)],
        (True, True): [Lost(1000 * MS, Contact.CUT)],
        (False, False): [Lost(1000 * MS, Contact.SHORT)],
    }
    assert said == expected[(no, nc)]


def test_a_press_is_the_first_edge_and_a_release_the_last() -> None:
    """Bouncing for 60 ms at both ends: one press, one release, each at its edge."""
    p, r, c = Contact.PRESSED, Contact.RELEASED, Contact.CUT
    down = [(100, c), (102, p), (105, c), (109, p), (130, c), (140, p), (160, p)]
    up = [(500, c), (505, r), (510, c), (515, r), (520, p), (530, c), (540, r)]
    assert shown(*down, *up, until=700) == [Pressed(102 * MS), Released(540 * MS)]


def test_a_slow_finger_is_no_lost_button() -> None:
    """A contact under way for 199 ms is a press; from 200 ms on it is lost, and found by the press."""
    p, c = Contact.PRESSED, Contact.CUT
    assert shown((100, c), (299, p), until=400) == [Pressed(299 * MS)]
    slow = shown((100, c), (350, p), until=400)
    assert slow == [Lost(100 * MS, c), Found(350 * MS), Pressed(350 * MS)]


def test_a_cable_cut_while_pressed_is_lost_without_a_release() -> None:
    """Nobody let go: what was pressed must not resume; put right, it is found."""
    said = shown((100, Contact.PRESSED), (300, Contact.CUT), (900, Contact.RELEASED), until=1000)
    assert said == [Pressed(100 * MS), Lost(300 * MS, Contact.CUT), Found(900 * MS)]


def test_a_button_stuck_for_an_hour_is_one_press() -> None:
    """No timer makes a release of it."""
    button = Button(PAIR)
    said = button.levels(LEVELS[Contact.PRESSED], 0)
    for second in range(3600):
        said += button.settle(second * 1000 * MS)
    assert said == [Pressed(0)]


@pytest.mark.parametrize("other", [Contact.SHORT, Contact.RELEASED])
def test_a_loose_cable_that_flickers_is_lost(other: Contact) -> None:
    """Neither pressed nor surely released for 200 ms: lost, though it never shows one thing for so long."""
    steps = [(100 + 90 * each, Contact.CUT) for each in range(9)]
    flickers = [(at + 80, other) for at, _ in steps]
    said = shown(*sorted(steps + flickers), until=900)
    assert [type(each) for each in said[:1]] == [Lost]
    assert said[0].at == 100 * MS
    assert Pressed not in {type(each) for each in said}


def test_a_single_contact_is_pressed_when_low() -> None:
    """Bounces and all; it cannot be seen to be lost."""
    button = Button(("only",))
    said: list[Finger] = []
    for at, high in ((100, False), (105, True), (110, False), (400, True), (405, False), (410, True)):
        said += button.levels({"only": high, "another": False}, at * MS)
    said += button.settle(429 * MS)
    assert said == [Pressed(100 * MS)]
    assert button.settle(430 * MS) == [Released(410 * MS)]


bounces = st.lists(st.tuples(st.integers(1, 19), st.sampled_from(Contact)), max_size=40)


@given(bounces)
def test_no_bounce_makes_a_second_press_or_a_release(storm: list[tuple[int, Contact]]) -> None:
    """While the button is down, no run of bounces shorter than 20 ms says anything at all."""
    button = Button(PAIR)
    assert button.levels(LEVELS[Contact.PRESSED], 100 * MS) == [Pressed(100 * MS)]
    now, said = 100, []
    for wait, contact in storm:
        now += 1
        said += button.levels(LEVELS[contact], now * MS)
        now += wait
        said += button.levels(LEVELS[Contact.PRESSED], now * MS)
    assert said == []
    now += 1
    assert button.levels(LEVELS[Contact.RELEASED], now * MS) == []
    assert button.settle((now + 20) * MS) == [Released(now * MS)]


steps = st.lists(st.tuples(st.integers(1, 400), st.sampled_from(Contact)), max_size=40)


@given(steps)
def test_press_and_release_take_turns(life: list[tuple[int, Contact]]) -> None:
    """Whatever the contacts show: presses are ended by a release or a loss, losses by a find, in order of time."""
    now, shows = 0, []
    for wait, contact in life:
        now += wait
        shows.append((now, contact))
    said = shown(*shows, until=now + 300)
    allowed = {
        Pressed: {Released, Lost},
        Released: {Pressed, Lost},
        Lost: {Found},
        Found: {Pressed, Lost},
    }
    assert all(type(after) in allowed[type(before)] for before, after in pairwise(said))
    assert all(before.at <= after.at for before, after in pairwise(said))
