"""The real recorder of a box whose cards are files and whose hooks and buttons are spoken to."""

import fcntl
import os
from dataclasses import dataclass, field

from drivers.audio import Ask, open_source
from drivers.line import SensorAsk
from drivers.line.script_line import ScriptLine
from drivers.panel import PanelAsk
from drivers.panel.script_panel import ScriptPanel
from firmware.clock import GivenClock
from firmware.recorder.devices import Devices
from firmware.recorder.recorder import Folders, Recorder
from firmware.settings.model import Settings, Tap
from firmware.vault.places import Places
from tests.rigs.office import STEP, STEPS_A_TICK, FileTap, inputs_of


@dataclass
class Telephones:
    """Lines, desks and a recorder that runs; every card begins its file anew when the recorder is started."""

    settings: Settings
    places: Places
    clock: GivenClock
    taps: dict[str, FileTap] = field(default_factory=dict)
    _steps: int = 0

    def __post_init__(self) -> None:
        settings = self.settings
        self.started = self.clock.monotonic_ns()
        self.hooks = {
            line.name: ScriptLine(SensorAsk(line.name, "")) for line in settings.recorded_lines if line.hook
        }
        self.panels = {
            desk.name: ScriptPanel(PanelAsk(inputs_of(desk.pause, desk.opt_out), desk.lamps))
            for desk in settings.desks
        }
        devices = Devices(self._start_tap, lambda _tap: True, self.panels, self.hooks)
        self.recorder = Recorder(settings, Folders(self.places.data, self.places.run), self.clock, devices)

    def _start_tap(self, tap: Tap) -> FileTap:
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)
        frames = round(tap.block * tap.rate)
        ask = Ask(tap.card, tap.rate, tap.channels, frames, tap.latency, origin_ns=self.started)
        self.taps[tap.name] = FileTap(reading, writing, open_source(tap.kind, ask))
        return self.taps[tap.name]

    def run(self, seconds: float) -> None:
        """Let time go by; each tick's commit is waited for."""
        for _ in range(round(seconds / STEP)):
            self.clock.advance(STEP)
            self._steps += 1
            for tap in self.taps.values():
                tap.pump.step()
            self.recorder.react()
            if self._steps % STEPS_A_TICK == 0:
                self.recorder.tick()
                self.recorder.seals.wait(10)

    def say(self, line: str, words: str) -> None:
        """Tell a line something now."""
        self.hooks[line].say(words, self.clock.monotonic_ns())
        self.recorder.react()

    def press(self, desk: str, button: str) -> None:
        """Press a desk's button for a fifth of a second."""
        for state in ("down", "up"):
            self.panels[desk].say(f"{button} {state}", self.clock.monotonic_ns())
            self.recorder.react()
            self.run(0.2)

    def stop(self) -> None:
        """Let the recorder settle what is over, then stop it cleanly."""
        self.run(4)
        self.recorder.stop()
