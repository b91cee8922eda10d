"""A hook sensor on one pin of the box: raw edges, bounce and dial pulses included.

Wiring and why nothing is smoothed here: `drivers.panel.gpiozero_panel`.
"""

from collections.abc import Callable

from drivers.facts import Edge, Told
from drivers.line.contract import SensorAsk
from drivers.panel.gpiozero_panel import RawInputs


class GpiozeroLine:
    """The hook of one line on one pin; its edges carry the line's name."""

    def __init__(self, ask: SensorAsk, pin_factory: object | None = None) -> None:
        """Without a factory, gpiozero's own choice or GPIOZERO_PIN_FACTORY."""
        self._name = ask.name
        self._lifted_high = ask.lifted_high
        self._inputs = RawInputs([(ask.name, ask.source)], pin_factory)

    def start(self, take: Callable[[Edge | Told], None]) -> None:
        """From now on tell every edge, on gpiozero's thread."""
        self._inputs.start(take)

    def lifted(self) -> bool | None:
        """Read the pin now; None once closed."""
        high = self._inputs.levels().get(self._name)
        return None if high is None else high is self._lifted_high

    def close(self) -> None:
        """Give the pin back."""
        self._inputs.close()
