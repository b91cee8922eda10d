"""What every line sensor promises, kept by each of them; gpiozero on its own mock pins."""

import pytest

from drivers.facts import DriverError, Edge
from drivers.line import KINDS, SensorAsk, open_sensor
from tests.rigs.hands import Inbox, hook

every_kind = pytest.mark.parametrize("kind", KINDS)
either_level = pytest.mark.parametrize("lifted_high", [True, False])


@every_kind
@either_level
def test_a_hook_is_told_by_its_level_and_read_as_lifted(kind: str, lifted_high: bool) -> None:
    """Edges carry the line's name and the electrical level; `lifted` says what it means."""
    inbox = Inbox()
    with hook(kind, lifted_high=lifted_high) as (sensor, move):
        sensor.start(inbox.take)
        assert sensor.lifted() is False
        move("lift")
        assert sensor.lifted() is True
        move("replace")
        assert sensor.lifted() is False
        edges = inbox.next(2)
    assert [(edge.name, edge.high) for edge in edges] == [("line1", lifted_high), ("line1", not lifted_high)]
    assert edges[0].stamp_ns <= edges[1].stamp_ns


@every_kind
def test_what_does_not_move_is_not_told(kind: str) -> None:
    """Lifted twice is lifted once."""
    inbox = Inbox()
    with hook(kind, lifted_high=True) as (sensor, move):
        sensor.start(inbox.take)
        for word in ("replace", "lift", "lift", "replace"):
            move(word)
        assert [edge.high for edge in inbox.next(2) if isinstance(edge, Edge)] == [True, False]
        assert inbox.facts.empty()


@every_kind
def test_dial_pulses_are_edges_like_any_other(kind: str) -> None:
    """Ten pulses are twenty edges: what they mean is decided elsewhere."""
    inbox = Inbox()
    with hook(kind, lifted_high=False) as (sensor, move):
        sensor.start(inbox.take)
        for word in ["lift", "replace"] * 10:
            move(word)
        assert len(inbox.next(20)) == 20


@every_kind
def test_a_closed_sensor_is_silent(kind: str) -> None:
    """And closing twice is no mistake."""
    inbox = Inbox()
    with hook(kind, lifted_high=True) as (sensor, _):
        sensor.start(inbox.take)
        sensor.close()
        sensor.close()
        assert inbox.facts.empty()


def test_an_unknown_kind_opens_nothing() -> None:
    """The list of kinds is fixed and is said."""
    with pytest.raises(DriverError, match="gpiozero, script"):
        open_sensor("mcp3208", SensorAsk("line1", "0"))
