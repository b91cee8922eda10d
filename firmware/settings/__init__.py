"""Settings: one TOML file in, frozen dataclasses out, or every mistake at once."""

from firmware.settings.load import parse, read
from firmware.settings.model import (
    ButtonLost,
    ClockSettings,
    Department,
    Desk,
    Exempt,
    KeyedDigits,
    Line,
    Office,
    OptOut,
    Policy,
    Position,
    Recipient,
    Sensor,
    Settings,
    Storage,
    Tap,
    Unclassified,
)

__all__ = [
    "ButtonLost",
    "ClockSettings",
    "Department",
    "Desk",
    "Exempt",
    "KeyedDigits",
    "Line",
    "Office",
    "OptOut",
    "Policy",
    "Position",
    "Recipient",
    "Sensor",
    "Settings",
    "Storage",
    "Tap",
    "Unclassified",
    "parse",
    "read",
]
