"""An office on a given clock: the real recorder, fed from files, pressed and told by scripts.

Nothing of it is a stand-in for our own code: `wav` sources, script panels and
script lines are shipped drivers; the live key is published as the keeper would.
"""

import io
import json
import os
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pyrage
import soundfile
from numpy.typing import NDArray

from drivers.audio import Ask, open_source
from drivers.audio.tap import Pump
from drivers.line import SensorAsk
from drivers.line.script_line import ScriptLine
from drivers.panel import PanelAsk
from drivers.panel.script_panel import ScriptPanel
from firmware.clock import LONDON, GivenClock
from firmware.recorder.devices import Devices
from firmware.recorder.recorder import Folders, Recorder
from firmware.sealing.age import Identity, unlock
from firmware.sealing.live import create
from firmware.settings.load import parse
from firmware.settings.model import Settings, Tap

RATE = 8000
STEP = 0.05
STEPS_A_TICK = 5
NOON = datetime(2026, 3, 3, 12, 0, 0, tzinfo=LONDON)

HEAD = """
[office]
name = "Test Office"
controller = "Test Office Ltd"
contact = "office@example.org"
dpo = "dpo@example.org"
purposes = ["complaint", "training"]
callers_told = "announcement of 2026-01-01"
staff_told = "staff notice of 2026-01-01"
country = "GB"
[office.lawful_basis]
callers = "legitimate interest"
staff = "contract"
[[policy]]
name = "standard"
period = "P30D"
from = 2020-01-01
reason = "test"
"""


@dataclass(frozen=True, slots=True)
class LineAsk:
    """One line of the office; `samples` int16 are what its card will hear."""

    name: str = "line1"
    samples: NDArray[np.int16] | None = None
    hooked: bool = True
    position: str = "port"
    extra: str = ""
    opt_out: str = "stop"


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording as the office opens it: facts, samples (frames, sides), details."""

    facts: dict[str, object]
    samples: NDArray[np.int16]
    details: dict[str, object] | None
    kind: str
    stream: bytes

    @property
    def gaps(self) -> list[tuple[int, int, str]]:
        """The gap list."""
        gaps = self.facts["gaps"]
        assert isinstance(gaps, list)
        return [(gap["from"], gap["to"], gap["reason"]) for gap in gaps]


@dataclass(slots=True)
class _FileTap:
    """A tap that this process pumps itself, one block a step."""

    fd: int
    writing: int
    pump: Pump
    dead: bool = False

    def alive(self) -> bool:
        return not self.dead

    def kill(self) -> None:
        self.dead = True
        os.close(self.fd)
        os.close(self.writing)


@dataclass(slots=True)
class Office:
    """Lines, desks, a recorder, and what it left behind. `settings` may be replaced before `open`."""

    folder: Path
    lines: Sequence[LineAsk]
    desks: str = ""
    tail: str = ""
    clock: GivenClock = field(default_factory=lambda: GivenClock(NOON))
    present: bool = True

    def __post_init__(self) -> None:
        self.office_key = pyrage.x25519.Identity.generate()
        self.live_key = Identity.generate()
        self.data = self.folder / "data"
        for name in ("spool", "published", "run"):
            (self.data / name).mkdir(parents=True, exist_ok=True)
        self.publish(generation=1)
        create(self.data / "live.log", 32)
        self.started = self.clock.monotonic_ns()
        self.taps: dict[str, _FileTap] = {}
        self.recorder = self.open()

    office_key: pyrage.x25519.Identity = field(init=False)
    live_key: Identity = field(init=False)
    data: Path = field(init=False)
    started: int = field(init=False)
    taps: dict[str, _FileTap] = field(init=False)
    recorder: Recorder = field(init=False)
    hooks: dict[str, ScriptLine] = field(init=False)
    panels: dict[str, ScriptPanel] = field(init=False)
    _steps: int = 0

    def publish(self, *, generation: int, armed: bool = True) -> None:
        """Publish as the keeper does."""
        folder = self.data / "published"
        live = {"format": 1, "generation": generation, "recipient": self.live_key.recipient().text()}
        (folder / "live.json").write_text(json.dumps(live))
        proved = ["office"] if armed else []
        (folder / "armed.json").write_text(json.dumps({"format": 1, "proved": proved, "clock_trusted": True}))
        (folder / "bucket.key").write_bytes(bytes(32))

    def settings(self) -> Settings:
        """The settings of this office."""
        return parse(self.text(), "test.toml")

    def text(self) -> str:
        """The settings file of this office."""
        parts = [HEAD]
        for line in self.lines:
            card = self.folder / f"{line.name}.raw"
            if line.samples is not None:
                card.write_bytes(line.samples.astype("<i2").tobytes())
            hook = 'hook = {kind = "script", source = ""}' if line.hooked else ""
            sides = 1 if line.samples is None or line.samples.ndim == 1 else line.samples.shape[1]
            parts.append(
                f'[[department]]\nname = "dept-{line.name}"\npolicy = "standard"\n'
                f'opt_out = "{line.opt_out}"\ncontact = "a@example.org"\n'
                f'[[tap]]\nname = "tap-{line.name}"\nkind = "wav"\ncard = "{card}"\nrate = {RATE}\n'
                f"channels = {sides}\nblock = {STEP}\nlatency = 0.1\n"
                f'[[line]]\nname = "{line.name}"\ndepartment = "dept-{line.name}"\ntap = "tap-{line.name}"\n'
                f'channels = {list(range(sides))}\nrate = {RATE}\nposition = "{line.position}"\n'
                f"{line.extra}\n{hook}\n"
            )
        keys = (
            f'[[recipient]]\nname = "office"\nkey = "{self.office_key.to_public()}"\nholder = "DPO"\n'
            f'[storage]\ndata = "{self.data}"\nlive_log_mib = 32\nsingle_recipient = "accepted"\n'
            "[clock]\nservers = []\n"
        )
        return "\n".join([*parts, self.desks, self.tail, keys])

    def open(self) -> Recorder:
        """Start a recorder, as systemd would."""
        settings = self.settings()
        self.hooks = {
            line.name: ScriptLine(SensorAsk(line.name, "")) for line in settings.recorded_lines if line.hook
        }
        self.panels = {
            desk.name: ScriptPanel(PanelAsk(_inputs(desk.pause, desk.opt_out), desk.lamps))
            for desk in settings.desks
        }
        devices = Devices(self._start_tap, lambda _tap: self.present, self.panels, self.hooks)
        return Recorder(settings, Folders(self.data, self.data / "run"), self.clock, devices)

    def _start_tap(self, tap: Tap) -> _FileTap:
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        frames = round(tap.block * tap.rate)
        ask = Ask(tap.card, tap.rate, tap.channels, frames, tap.latency, origin_ns=self.started)
        source = open_source(tap.kind, ask)
        skip = bytearray(ask.block_bytes)
        for _ in range(self._steps):
            source.read_into(skip)
        self.taps[tap.name] = _FileTap(reading, writing, Pump(source, writing))
        return self.taps[tap.name]

    def run(self, seconds: float) -> None:
        """Let time go by, in steps of 50 ms; a tick every 250 ms."""
        for _ in range(round(seconds / STEP)):
            self.clock.advance(STEP)
            self._steps += 1
            for tap in self.taps.values():
                if tap.alive():
                    tap.pump.step()
            self.recorder.react()
            if self._steps % STEPS_A_TICK == 0:
                self.recorder.tick()

    def say(self, line: str, words: str) -> None:
        """Tell a line something now."""
        self.hooks[line].say(words, self.clock.monotonic_ns())
        self.recorder.react()

    def press(self, desk: str, words: str = "pause down") -> None:
        """Do something to a desk's button now: `pause down`, `opt-out up`, `pause unplugged` ..."""
        self.panels[desk].say(words, self.clock.monotonic_ns())
        self.recorder.react()

    def tap_once(self, desk: str) -> None:
        """Press the pause button for a fifth of a second."""
        self.press(desk, "pause down")
        self.run(0.2)
        self.press(desk, "pause up")

    @property
    def position(self) -> int:
        """How many frames have gone by."""
        return (self.clock.monotonic_ns() - self.started) * RATE // 1_000_000_000

    def lamps(self) -> dict[str, str]:
        """What the lamps of the lines say, from the notes."""
        told = json.loads((self.data / "run" / "lines").read_text())
        return {name: line["lamp"] for name, line in told["lines"].items()}

    def finish(self) -> None:
        """Let the recorder settle what is over, then stop it cleanly."""
        self.run(4)
        self.recorder.stop()

    def recordings(self) -> list[Opened]:
        """Every recording in the spool, opened as the office would."""
        paths = sorted((self.data / "spool").glob("*.json"))
        found = [self.opened(path) for path in paths if not path.name.startswith("coverage")]
        return sorted(found, key=lambda each: each.facts["began"]["boottime_ns"])  # type: ignore[index]

    def opened(self, path: Path) -> Opened:
        """One recording, opened with stock parts: pyrage and libsndfile."""
        told = json.loads(path.read_text())
        header = unlock(b64decode(told["header"]), self.live_key)
        body = path.with_suffix(".body").read_bytes()
        stream = b"".join(
            pyrage.decrypt(header + part, [self.office_key]) for part in _parts(body, told["kind"])
        )
        details = None
        if told["details"]:
            sealed = unlock(b64decode(told["details"]), self.live_key)
            details = json.loads(pyrage.decrypt(sealed, [self.office_key]))
        samples = np.zeros((0, 1), np.int16)
        if told["kind"] == "finished":
            samples = soundfile.read(io.BytesIO(stream), dtype="int16", always_2d=True)[0]
        return Opened(told["facts"], samples, details, told["kind"], stream)

    def coverage(self) -> list[dict[str, object]]:
        """Every coverage row in the spool, by time."""
        files = (self.data / "spool").glob("coverage-*.json")
        rows = [row for path in files for row in json.loads(path.read_text())["rows"]]
        return sorted(rows, key=lambda row: row["began"]["boottime_ns"])


def _inputs(pause: Sequence[str], opt_out: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    named = {"pause": tuple(pause), "opt-out": tuple(opt_out)}
    return {name: contacts for name, contacts in named.items() if contacts}


def _parts(body: bytes, kind: str) -> list[bytes]:
    if kind == "finished":
        return [body]
    parts = []
    while body:
        size = int.from_bytes(body[:4])
        parts.append(body[4 : 4 + size])
        body = body[4 + size :]
    return parts


def ramp(seconds: float) -> NDArray[np.int16]:
    """A signal in which every sample tells its position: i mod 20011, so that it never looks like silence."""
    return (np.arange(round(seconds * RATE)) % 20011 + 1).astype(np.int16)


DESK = """
[[desk]]
name = "front"
panel = "script"
pause = ["pause_no", "pause_nc"]
opt_out = []
lamps = ["recording", "withheld", "buzzer"]
lines = ["line1"]
button_lost = "withhold"
"""
