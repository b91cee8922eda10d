"""Hook and ring sensors under one contract.

The kinds are a fixed list, and no kind stands in for another.
"""

from drivers.facts import DriverError
from drivers.line.contract import LineSensor, SensorAsk

KINDS = ("gpiozero", "script")

__all__ = ["KINDS", "LineSensor", "SensorAsk", "open_sensor"]


def open_sensor(kind: str, ask: SensorAsk) -> LineSensor:
    """Open a line's sensor, or say in a `DriverError` why not; gpiozero is imported only when it is asked for."""
    match kind:
        case "gpiozero":
            from drivers.line.gpiozero_line import GpiozeroLine  # noqa: PLC0415

            return GpiozeroLine(ask)
        case "script":
            from drivers.line.script_line import ScriptLine  # noqa: PLC0415

            return ScriptLine(ask)
    raise DriverError(f"line sensor kind {kind!r} is not one of {', '.join(KINDS)}")
