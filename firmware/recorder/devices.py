"""The devices of a recorder, opened by kind; what cannot be opened is a fault, and its line goes on without."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drivers.audio import Ask, alsa
from drivers.audio.spawn import start_tap
from drivers.facts import DriverError
from drivers.line import SensorAsk, open_sensor
from drivers.panel import PanelAsk, open_panel
from firmware.faults import DeviceFault
from firmware.recorder.desks import Panel
from firmware.recorder.sensors import HookSensor
from firmware.recorder.taps import Child, Start
from firmware.settings.model import Desk, Line, Settings, Tap


@dataclass(slots=True)
class Devices:
    """What the recorder is given to hear, feel and show with."""

    start_tap: Start
    present: Callable[[Tap], bool]
    panels: Mapping[str, Panel] = field(default_factory=dict)
    sensors: Mapping[str, HookSensor] = field(default_factory=dict)
    faults: tuple[DeviceFault, ...] = ()


def real(settings: Settings, run: Path) -> Devices:
    """The devices that the settings name."""
    faults: list[DeviceFault] = []
    panels = {desk.name: panel for desk in settings.desks if (panel := _panel(desk, run, faults))}
    lines = settings.recorded_lines
    sensors = {line.name: sensor for line in lines if line.hook and (sensor := _sensor(line, faults))}
    return Devices(_starter(run), _present, panels, sensors, tuple(faults))


def _starter(run: Path) -> Start:
    def start(tap: Tap) -> Child:
        ask = Ask(tap.card, tap.rate, tap.channels, round(tap.block * tap.rate), tap.latency)
        return start_tap(tap.kind, ask, run / f"asound-{tap.name}.conf")

    return start


def _present(tap: Tap) -> bool:
    return tap.kind == "wav" or alsa.present(tap.card)


def _panel(desk: Desk, run: Path, faults: list[DeviceFault]) -> Panel | None:
    if desk.panel == "none":
        return None
    inputs = {name: pins for name, pins in (("pause", desk.pause), ("opt-out", desk.opt_out)) if pins}
    source = desk.source or (str(run / f"desk-{desk.name}") if desk.panel == "script" else "")
    try:
        return open_panel(desk.panel, PanelAsk(inputs, desk.lamps, source))
    except DriverError as error:
        hint = "look at the wiring and at the [[desk]] in the settings"
        faults.append(
            DeviceFault(
                "device.panel-absent",
                f"desk {desk.name} has no panel: {error}",
                hint,
                about=f"desk {desk.name}",
            )
        )
        return None


def _sensor(line: Line, faults: list[DeviceFault]) -> HookSensor | None:
    assert line.hook is not None  # noqa: S101  the caller asks first
    try:
        return open_sensor(line.hook.kind, SensorAsk(line.name, line.hook.source, line.hook.lifted_high))
    except DriverError as error:
        hint = "look at the wiring and at the hook of the [[line]] in the settings"
        faults.append(
            DeviceFault(
                "device.sensor-absent",
                f"line {line.name} has no sensor: {error}",
                hint,
                about=f"line {line.name}",
            )
        )
        return None
