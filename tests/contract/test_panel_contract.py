"""What every panel promises, kept by each of them; gpiozero on its own mock pins."""

import time
from collections.abc import Iterator

import pytest

from drivers.facts import DriverError, Edge
from drivers.panel import KINDS, PanelAsk, open_panel
from tests.rigs.hands import OUTPUTS, Desk, Inbox, desk

REST = {"GPIO5": True, "GPIO6": False, "GPIO13": True}
PRESSED = [("GPIO6", True), ("GPIO5", False)]
RELEASED = [("GPIO5", True), ("GPIO6", False)]


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """One desk of each kind."""
    with desk(request.param) as made:
        yield made


def seen(edges: list) -> list[tuple[str, bool]]:
    """What changed to what."""
    return [(edge.name, edge.high) for edge in edges]


def test_at_rest_a_closed_contact_is_low(bench: Desk) -> None:
    """Levels are electrical: the pull-up makes an open contact high."""
    assert bench.panel.levels() == REST


def test_a_press_opens_one_contact_before_it_closes_the_other(bench: Desk) -> None:
    """A changeover breaks before it makes, both ways, and the levels follow."""
    inbox = Inbox()
    bench.panel.start(inbox.take)
    bench.move("pause", "down")
    assert seen(inbox.next(2)) == PRESSED
    assert bench.panel.levels() == REST | {"GPIO5": False, "GPIO6": True}
    bench.move("pause", "up")
    assert seen(inbox.next(2)) == RELEASED
    assert bench.panel.levels() == REST


def test_a_single_contact_has_one_edge_each_way(bench: Desk) -> None:
    """Pressed is low."""
    inbox = Inbox()
    bench.panel.start(inbox.take)
    bench.move("opt_out", "down")
    bench.move("opt_out", "up")
    assert seen(inbox.next(2)) == [("GPIO13", False), ("GPIO13", True)]


def test_edges_are_stamped_by_the_monotonic_clock_when_they_happen(bench: Desk) -> None:
    """Stamps lie between the hand's before and after, and never go back."""
    inbox = Inbox()
    bench.panel.start(inbox.take)
    before = time.monotonic_ns()
    bench.move("pause", "down")
    bench.move("pause", "up")
    stamps = [edge.stamp_ns for edge in inbox.next(4)]
    assert before <= stamps[0]
    assert stamps == sorted(stamps)
    assert stamps[-1] <= time.monotonic_ns()


def test_a_hundred_presses_are_a_hundred_presses(bench: Desk) -> None:
    """No edge is smoothed away, however fast."""
    inbox = Inbox()
    bench.panel.start(inbox.take)
    for _ in range(100):
        bench.move("pause", "down")
        bench.move("pause", "up")
    assert seen(inbox.next(400)) == (PRESSED + RELEASED) * 100
    assert inbox.facts.empty()


def test_lamps_show_what_they_are_told_and_no_more(bench: Desk) -> None:
    """Dark at the start, lit and darkened one by one."""
    assert [bench.lit(each) for each in OUTPUTS] == [False, False]
    bench.panel.show({OUTPUTS[0]: True})
    assert [bench.lit(each) for each in OUTPUTS] == [True, False]
    bench.panel.show({OUTPUTS[0]: False, OUTPUTS[1]: True})
    assert [bench.lit(each) for each in OUTPUTS] == [False, True]


def test_an_output_that_is_not_there_is_refused_and_changes_nothing(bench: Desk) -> None:
    """A lamp that cannot light is not believed to."""
    with pytest.raises(DriverError, match="GPIO99"):
        bench.panel.show({OUTPUTS[0]: True, "GPIO99": True})
    assert not bench.lit(OUTPUTS[0])


def test_a_closed_panel_is_dark_and_silent(bench: Desk) -> None:
    """Dark never means recording, and closing twice is no mistake."""
    inbox = Inbox()
    bench.panel.start(inbox.take)
    bench.panel.show(dict.fromkeys(OUTPUTS, True))
    bench.panel.close()
    assert [bench.lit(each) for each in OUTPUTS] == [False, False]
    bench.panel.close()
    assert inbox.facts.empty()


def test_an_unknown_kind_opens_nothing() -> None:
    """The list of kinds is fixed and is said."""
    with pytest.raises(DriverError, match="gpiozero, keyboard, script"):
        open_panel("evdev", PanelAsk())


def test_a_pin_that_does_not_exist_is_said_and_what_was_opened_is_given_back() -> None:
    """By name; the pins opened before it are free again."""
    from gpiozero.pins.mock import MockFactory  # noqa: PLC0415

    from drivers.panel.gpiozero_panel import GpiozeroPanel  # noqa: PLC0415

    factory = MockFactory()
    for inputs, outputs in (
        ({"pause": ("GPIO5", "GPIO99")}, ()),
        ({"pause": ("GPIO5",)}, ("GPIO20", "GPIO98")),
    ):
        with pytest.raises(DriverError, match="GPIO9"):
            GpiozeroPanel(PanelAsk(inputs, outputs), factory)
    panel = GpiozeroPanel(PanelAsk({"pause": ("GPIO5",)}, ("GPIO20",)), factory)
    assert panel.levels() == {"GPIO5": True}
    panel.close()
    factory.reset()


def test_edges_keep_their_type(bench: Desk) -> None:
    """What is handed out is a frozen fact."""
    inbox = Inbox()
    bench.panel.start(inbox.take)
    bench.move("opt_out", "down")
    (edge,) = inbox.next(1)
    assert isinstance(edge, Edge)
