"""The lamps: told apart by pattern alone, never dark while recording, never a strobe."""

from itertools import combinations, pairwise

import pytest

from firmware.call.lamp import TICK_NS, Lamp, lit

CYCLE = range(0, 16 * TICK_NS, TICK_NS)
SETS = [set(each) for count in (1, 2, 3) for each in combinations(Lamp, count)]


def pattern(*lamps: Lamp) -> list[tuple[bool, bool]]:
    """Recording and withheld lamp over two rounds of the pattern."""
    return [(state.recording, state.withheld) for state in (lit(lamps, now) for now in CYCLE)]


@pytest.mark.parametrize(("one", "other"), list(combinations(Lamp, 2)))
def test_no_two_patterns_look_alike(one: Lamp, other: Lamp) -> None:
    """By light alone; only the reminder is the pause with a buzzer."""
    if {one, other} == {Lamp.PAUSED, Lamp.REMIND}:
        assert any(lit([Lamp.REMIND], now).buzzer for now in CYCLE)
    else:
        assert pattern(one) != pattern(other)


@pytest.mark.parametrize("lamps", SETS, ids=str)
def test_dark_never_means_recording(lamps: set[Lamp]) -> None:
    """Whatever else a desk's lines show, a recorded one leaves no desk dark for a whole round."""
    shown = [light for light, _ in pattern(*lamps)]
    loud = max(lamps) >= Lamp.REFUSED
    if Lamp.RECORDING in lamps:
        assert any(shown) if loud else all(shown)
    elif not loud:
        assert not any(shown), "a dark lamp is what says that nothing is recorded"


@pytest.mark.parametrize("lamps", SETS, ids=str)
def test_no_lamp_flashes_three_times_a_second(lamps: set[Lamp]) -> None:
    """Photosensitive people sit at desks, too (hardware note, section 3)."""
    rounds = len(CYCLE) * TICK_NS / 1e9
    for lamp in range(2):
        lights = [each[lamp] for each in pattern(*lamps)]
        flashes = sum(after and not before for before, after in pairwise(lights))
        assert flashes / rounds < 3


def test_a_desk_without_lines_is_dark() -> None:
    """No line, no light."""
    assert {lit([], now) for now in CYCLE} == {lit([Lamp.DARK], 0)}


def test_recording_shows_beside_paused() -> None:
    """A paused line does not hide that another one is recorded."""
    assert set(pattern(Lamp.RECORDING, Lamp.PAUSED)) == {(True, True)}
