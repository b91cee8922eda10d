"""From the press to the lamp: a recorder in real time with eight lines in calls, pressed from another thread."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from drivers.panel import PanelAsk
from drivers.panel.script_panel import ScriptPanel
from firmware.clock import SystemClock
from firmware.notify import Notifier
from firmware.recorder import devices, loop
from firmware.recorder.recorder import Folders, Recorder
from tests.rigs.office import LineAsk, Office, desk

LINES: Final = 8
CYCLES: Final = 5
AGAIN: Final = 3.4
"""Seconds until a second press resumes and the lamp can be lit anew."""


class TimedPanel(ScriptPanel):
    """A script panel that remembers when its withheld lamp was lit."""

    def __init__(self, ask: PanelAsk) -> None:
        super().__init__(ask)
        self.lit = threading.Event()
        self.lit_at = 0

    def show(self, outputs: Mapping[str, bool]) -> None:
        """Light and remember."""
        super().show(outputs)
        withheld = any(high for name, high in outputs.items() if "withheld" in name)
        if withheld and not self.lit.is_set():
            self.lit_at = time.monotonic_ns()
            self.lit.set()


def run() -> Iterator[dict[str, Any]]:
    """The 50th and 99th percentile and the longest, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        found = _measure(Path(folder))
    for name, value in (
        ("p50", np.percentile(found, 50)),
        ("p99", np.percentile(found, 99)),
        ("max", max(found)),
    ):
        yield {
            "name": f"press to lamp, {LINES} lines, {name} of {len(found)}",
            "value": round(float(value), 2),
            "unit": "ms",
            "peer": "limit of the design (p99)",
            "peer_value": 100.0,
            "ratio": round(float(value) / 100, 4),
        }


def _measure(folder: Path) -> list[float]:
    speech = np.random.default_rng(5).normal(0, 2000, 8000 * 60).astype(np.int16)
    names = [f"line{number}" for number in range(1, LINES + 1)]
    desks = "".join(desk(f"{name}-desk", name) for name in names)
    office = Office(folder, [LineAsk(name, speech) for name in names], desks=desks)
    office.recorder.seals.stop()
    settings = office.settings()
    panels = {each.name: TimedPanel(PanelAsk({"pause": each.pause}, each.lamps)) for each in settings.desks}
    real = devices.real(replace(settings, desks=(), lines=settings.lines), office.data / "run")
    real = replace(real, panels=panels, sensors=office.hooks)
    recorder = Recorder(settings, Folders(office.data, office.data / "run"), SystemClock(), real)
    found: list[float] = []
    threading.Thread(target=_press, args=(office, panels, found), daemon=True).start()
    loop.run(recorder, SystemClock(), Notifier())
    return found


def _press(office: Office, panels: Mapping[str, TimedPanel], found: list[float]) -> None:
    pause = threading.Event()
    pause.wait(2)
    for hook in office.hooks.values():
        hook.say("lift")
    pause.wait(3)
    for _ in range(CYCLES):
        for panel in panels.values():
            panel.lit.clear()
            pressed = time.monotonic_ns()
            panel.say("pause down", pressed)
            if panel.lit.wait(5):
                found.append((panel.lit_at - pressed) / 1e6)
            panel.say("pause up")
            pause.wait(0.05)
        pause.wait(AGAIN)
        for panel in panels.values():
            panel.say("pause down")
            pause.wait(0.05)
            panel.say("pause up")
        pause.wait(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    for result in run():
        print(result)
