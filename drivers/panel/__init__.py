"""Buttons and lamps under one contract.

The kinds are a fixed list, and no kind stands in for another.
"""

from drivers.facts import DriverError
from drivers.panel.contract import Panel, PanelAsk

KINDS = ("gpiozero", "keyboard", "script")

__all__ = ["KINDS", "Panel", "PanelAsk", "open_panel"]


def open_panel(kind: str, ask: PanelAsk) -> Panel:
    """Open a desk's panel, or say in a `DriverError` why not; gpiozero is imported only when it is asked for."""
    match kind:
        case "gpiozero":
            from drivers.panel.gpiozero_panel import GpiozeroPanel  # noqa: PLC0415

            return GpiozeroPanel(ask)
        case "keyboard":
            from drivers.panel.keyboard_panel import KeyboardPanel  # noqa: PLC0415

            return KeyboardPanel(ask)
        case "script":
            from drivers.panel.script_panel import ScriptPanel  # noqa: PLC0415

            return ScriptPanel(ask)
    raise DriverError(f"panel kind {kind!r} is not one of {', '.join(KINDS)}")
