"""Hands on every panel and line driver alike: one vocabulary, whatever moves the contact."""

import contextlib
import os
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gpiozero.pins.mock import MockFactory

from drivers.facts import Edge, Told
from drivers.line import LineSensor, SensorAsk, open_sensor
from drivers.line.gpiozero_line import GpiozeroLine
from drivers.line.script_line import ScriptLine
from drivers.panel import Panel, PanelAsk, open_panel
from drivers.panel.contacts import Contacts
from drivers.panel.gpiozero_panel import GpiozeroPanel
from drivers.panel.script_panel import ScriptPanel

INPUTS = {"pause": ("GPIO5", "GPIO6"), "opt_out": ("GPIO13",)}
OUTPUTS = ("GPIO20", "GPIO21")
DEADLINE = 10.0


@dataclass(frozen=True)
class Inbox:
    """Takes facts from a foreign thread and gives them out in order, with a deadline."""

    facts: "queue.SimpleQueue[Edge | Told]" = field(default_factory=queue.SimpleQueue)

    def take(self, fact: Edge | Told) -> None:
        """Put in; never waits."""
        self.facts.put(fact)

    def next(self, count: int) -> list[Edge | Told]:
        """So many facts, as they came."""
        return [self.facts.get(timeout=DEADLINE) for _ in range(count)]


@dataclass(frozen=True)
class Desk:
    """A panel under test and the hand that moves its buttons; `lit` reads an output back."""

    panel: Panel
    move: Callable[[str, str], None]
    lit: Callable[[str], bool]


@contextlib.contextmanager
def desk(kind: str) -> Iterator[Desk]:
    """A panel of a kind with a changeover pause, a single opt-out and two lamps."""
    with {"gpiozero": _pins_desk, "keyboard": _keys_desk, "script": _script_desk}[kind]() as made:
        try:
            yield made
        finally:
            made.panel.close()


@contextlib.contextmanager
def _pins_desk() -> Iterator[Desk]:
    factory = MockFactory()
    contacts = Contacts(INPUTS)
    panel = GpiozeroPanel(PanelAsk(INPUTS, OUTPUTS), factory)
    factory.pin("GPIO6").drive_low()  # the closed contact of a button at rest

    def move(button: str, state: str) -> None:
        for pin, high in contacts.change(button, state):
            (factory.pin(pin).drive_high if high else factory.pin(pin).drive_low)()

    yield Desk(panel, move, lambda output: bool(factory.pin(output).state))
    factory.reset()


@contextlib.contextmanager
def _keys_desk() -> Iterator[Desk]:
    fd, keys = os.pipe()
    panel = open_panel("keyboard", PanelAsk(INPUTS, OUTPUTS, str(fd)))
    held: set[str] = set()

    def move(button: str, state: str) -> None:
        if (state == "down") != (button in held):
            held.symmetric_difference_update({button})
            os.write(keys, {"pause": b"P", "opt_out": b"O"}[button])

    yield Desk(panel, move, lambda output: panel.shown[output])  # type: ignore[attr-defined]
    os.close(fd)
    os.close(keys)


@contextlib.contextmanager
def _script_desk() -> Iterator[Desk]:
    panel = open_panel("script", PanelAsk(INPUTS, OUTPUTS))
    assert isinstance(panel, ScriptPanel)
    yield Desk(
        panel, lambda button, state: panel.say(f"{button} {state}"), lambda output: panel.shown[output]
    )


@contextlib.contextmanager
def hook(kind: str, *, lifted_high: bool) -> Iterator[tuple[LineSensor, Callable[[str], None]]]:
    """A line sensor of a kind, its hook replaced, and the hand that lifts and replaces it."""
    ask = SensorAsk("line1", "GPIO17" if kind == "gpiozero" else "", lifted_high=lifted_high)
    if kind == "script":
        sensor = open_sensor(kind, ask)
        assert isinstance(sensor, ScriptLine)
        yield sensor, sensor.say
        sensor.close()
        return
    factory = MockFactory()
    pin = factory.pin("GPIO17")
    line = GpiozeroLine(ask, factory)

    def move(word: str) -> None:
        (pin.drive_high if (word == "lift") is lifted_high else pin.drive_low)()

    move("replace")
    yield line, move
    line.close()
    factory.reset()
