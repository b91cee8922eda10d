"""A desk unit on the box's own pins: raw edges of its contacts, lamps sunk by high outputs.

Rules of this module:

1. Every raw edge is told at once, as an electrical level, and nothing is smoothed away. gpiozero's `bounce_time`
   loses presses and releases, and its hold can fire after the release (gpiozero issues 550 and 697;
   research: codebases, section 3): debounce and hold are the button's own, with a given clock.
2. Contacts have their pull-up at the box (research: hardware, section 3). The pin's own is switched on as
   well, so that an input whose resistor broke does not float. A contact pulls low: high is open.
3. An output drives a ULN2803 input, so high lights the lamp (research: hardware, section 3).
"""

import time
from collections.abc import Callable, Iterable, Mapping

from gpiozero import DigitalInputDevice, DigitalOutputDevice, GPIOZeroError

from drivers.facts import DriverError, Edge
from drivers.panel.contract import PanelAsk
from drivers.panel.script_panel import check_outputs


class RawInputs:
    """Inputs by name, each on a pin as gpiozero spells it (`GPIO17`)."""

    def __init__(self, pins: Iterable[tuple[str, str]], pin_factory: object | None) -> None:
        """`pins` are (name, pin). Without a factory, gpiozero's own choice or GPIOZERO_PIN_FACTORY."""
        self._devices: dict[str, DigitalInputDevice] = {}
        for name, pin in pins:
            try:
                self._devices[name] = DigitalInputDevice(pin, pull_up=True, pin_factory=pin_factory)
            except GPIOZeroError as error:
                self.close()
                raise DriverError(f"input {pin} cannot be opened: {error}") from error

    def start(self, take: Callable[[Edge], None]) -> None:
        """From now on tell every edge, on gpiozero's thread."""
        for name, device in self._devices.items():
            device.when_activated = _teller(take, name, high=False)
            device.when_deactivated = _teller(take, name, high=True)

    def levels(self) -> dict[str, bool]:
        """Read every input now: true is high."""
        return {name: not device.is_active for name, device in self._devices.items()}

    def close(self) -> None:
        """Tell nothing more, and give the pins back."""
        for device in self._devices.values():
            device.close()
        self._devices.clear()


def _teller(take: Callable[[Edge], None], name: str, *, high: bool) -> Callable[[], None]:
    """What gpiozero is to call at an edge: stamp and hand on."""

    def tell() -> None:
        take(Edge(name, high, time.monotonic_ns()))

    return tell


class GpiozeroPanel:
    """Contacts and lamps by pin name; dark when it is opened and when it is closed."""

    def __init__(self, ask: PanelAsk, pin_factory: object | None = None) -> None:
        """Without a factory, gpiozero's own choice or GPIOZERO_PIN_FACTORY."""
        self._outputs: dict[str, DigitalOutputDevice] = {}
        self._inputs = RawInputs(((pin, pin) for pin in ask.contacts), pin_factory)
        for pin in ask.outputs:
            try:
                self._outputs[pin] = DigitalOutputDevice(pin, pin_factory=pin_factory)
            except GPIOZeroError as error:
                self.close()
                raise DriverError(f"output {pin} cannot be opened: {error}") from error

    def start(self, take: Callable[[Edge], None]) -> None:
        """From now on tell every edge, on gpiozero's thread."""
        self._inputs.start(take)

    def levels(self) -> dict[str, bool]:
        """Read every contact now."""
        return self._inputs.levels()

    def show(self, outputs: Mapping[str, bool]) -> None:
        """Drive the lamps."""
        check_outputs(outputs, self._outputs)
        for name, lit in outputs.items():
            self._outputs[name].value = lit

    def close(self) -> None:
        """Darken the lamps and give the pins back."""
        for output in self._outputs.values():
            output.off()
            output.close()
        self._outputs.clear()
        self._inputs.close()
