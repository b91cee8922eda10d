"""An office on a given clock: the real recorder, fed from files, pressed and told by scripts.

Nothing of it is a stand-in for our own code: `wav` sources, script panels and
script lines are shipped drivers; the live key is published as the keeper would.
"""

import fcntl
import io
import json
import os
import subprocess
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyrage
import soundfile
from numpy.typing import NDArray

from drivers.audio import Ask, open_source
from drivers.audio.contract import AudioSource
from drivers.audio.tap import Pump
from drivers.line import SensorAsk
from drivers.line.script_line import ScriptLine
from drivers.panel import PanelAsk
from drivers.panel.script_panel import ScriptPanel
from firmware.clock import LONDON, GivenClock
from firmware.recorder.devices import Devices
from firmware.recorder.recorder import Folders, Recorder
from firmware.recorder.taps import Child
from firmware.sealing.age import Identity, unlock
from firmware.sealing.live import create
from firmware.sealing.mac_key import apart
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
    card_rate: int = RATE
    channels: tuple[int, ...] = ()


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
class FileTap:
    """A tap that this process pumps itself, one block a step."""

    fd: int
    writing: int
    source: AudioSource
    pump: Pump = field(init=False)
    dead: bool = False

    def __post_init__(self) -> None:
        self.pump = Pump(self.source, self.writing)

    def alive(self) -> bool:
        return not self.dead

    def kill(self) -> None:
        self.dead = True
        self.source.close()
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
    starter: Callable[[Tap], Child] | None = None

    def __post_init__(self) -> None:
        self.office_key = pyrage.x25519.Identity.generate()
        self.live_key = Identity.generate()
        self.data = self.folder / "data"
        for name in ("spool", "published", "run"):
            (self.data / name).mkdir(parents=True, exist_ok=True)
        self.publish(generation=1)
        create(self.data / "live.log", 32)
        self.started = self.clock.monotonic_ns()
        self.taps: dict[str, FileTap] = {}
        self.recorder = self.open()

    office_key: pyrage.x25519.Identity = field(init=False)
    live_key: Identity = field(init=False)
    data: Path = field(init=False)
    started: int = field(init=False)
    taps: dict[str, FileTap] = field(init=False)
    recorder: Recorder = field(init=False)
    hooks: dict[str, ScriptLine] = field(init=False)
    panels: dict[str, ScriptPanel] = field(init=False)
    _steps: int = 0
    waits: bool = True
    """Whether each tick's commit is waited for, so that a given clock never outruns a real disk."""

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
                f'[[tap]]\nname = "tap-{line.name}"\nkind = "wav"\ncard = "{card}"\nrate = {line.card_rate}\n'
                f"channels = {sides}\nblock = {STEP}\nlatency = 0.1\n"
                f'[[line]]\nname = "{line.name}"\ndepartment = "dept-{line.name}"\ntap = "tap-{line.name}"\n'
                f'channels = {list(line.channels or range(sides))}\nrate = {RATE}\nposition = "{line.position}"\n'
                f"{line.extra}\n{hook}\n"
            )
        keys = (
            f'[[recipient]]\nname = "office"\nkey = "{self.office_key.to_public()}"\nholder = "DPO"\n'
            f'[storage]\ndata = "{self.data}"\nlive_log_mib = 32\nsingle_recipient = "accepted"\n'
            "[clock]\nservers = []\n"
        )
        return "\n".join([*parts, self.desks, self.tail, keys])

    def open(self, lifted: Sequence[str] = ()) -> Recorder:
        """Start a recorder, as systemd would; the phones of these lines are lifted."""
        settings = self.settings()
        self.hooks = {
            line.name: ScriptLine(SensorAsk(line.name, "")) for line in settings.recorded_lines if line.hook
        }
        self.panels = {
            desk.name: ScriptPanel(PanelAsk(inputs_of(desk.pause, desk.opt_out), desk.lamps))
            for desk in settings.desks
        }
        for name in lifted:
            self.hooks[name].say("lift", self.clock.monotonic_ns())
        devices = Devices(self.starter or self._start_tap, lambda _tap: self.present, self.panels, self.hooks)
        return Recorder(settings, Folders(self.data, self.data / "run"), self.clock, devices)

    def _start_tap(self, tap: Tap) -> FileTap:
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)
        frames = round(tap.block * tap.rate)
        ask = Ask(tap.card, tap.rate, tap.channels, frames, tap.latency, origin_ns=self.started)
        source = open_source(tap.kind, ask)
        skip = bytearray(ask.block_bytes)
        for _ in range(self._steps):
            source.read_into(skip)
        self.taps[tap.name] = FileTap(reading, writing, source)
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
                self._wait()

    def _wait(self) -> None:
        if self.waits:
            self.recorder.seals.wait(10)

    def crash(self) -> None:
        """As `kill -9` would: nothing more is packed, committed, finished or written; the kernel closes the log."""
        seals = self.recorder.seals
        seals._finisher._jobs.clear()
        seals._finisher.stop()
        seals._scribe.stop()
        os.close(seals.log._fd)
        self.recorder.inbox.close()
        for tap in self.taps.values():
            if tap.alive():
                tap.kill()

    def restart(self, away: float = 0.5, lifted: Sequence[str] = ()) -> None:
        """After a crash or a stop: time goes by, and a recorder starts again."""
        steps = round(away / STEP)
        self._steps += steps
        self.clock.advance(steps * STEP)
        self.taps.clear()
        self.recorder = self.open(lifted)

    def notes(self, line: str = "line1") -> dict[str, Any]:
        """What R/lines says of a line."""
        told: dict[str, Any] = self.told()["lines"][line]
        return told

    def told(self) -> dict[str, Any]:
        """All of R/lines."""
        whole: dict[str, Any] = json.loads((self.data / "run" / "lines").read_text())
        return whole

    def rows(self, line: str = "line1") -> list[tuple[str, float]]:
        """The coverage of a line: reasons with seconds, like next to like joined."""
        joined: list[tuple[str, float]] = []
        for row in self.coverage():
            if row["line"] != line or "instead" in row:
                continue
            reason, seconds = str(row["reason"]), float(str(row["duration_ns"])) / 1e9
            if joined and joined[-1][0] == reason:
                seconds += joined.pop()[1]
            joined.append((reason, round(seconds, 3)))
        return joined

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
        header, _ = apart(unlock(b64decode(told["header"]), self.live_key))
        body = path.with_suffix(".body").read_bytes()
        stream = b"".join(
            pyrage.decrypt(header + part, [self.office_key]) for part in _parts(body, told["kind"])
        )
        details = None
        if told["details"]:
            sealed, _ = apart(unlock(b64decode(told["details"]), self.live_key))
            details = json.loads(pyrage.decrypt(sealed, [self.office_key]))
        if told["kind"] == "finished":
            samples = soundfile.read(io.BytesIO(stream), dtype="int16", always_2d=True)[0]
        else:
            samples = _decoded(stream)[: told["facts"]["samples"] * told["facts"]["sides"]]
            samples = samples.reshape(-1, told["facts"]["sides"])
        return Opened(told["facts"], samples, details, told["kind"], stream)

    def coverage(self) -> list[dict[str, object]]:
        """Every coverage row in the spool, by time."""
        files = (self.data / "spool").glob("coverage-*.json")
        rows = [row for path in files for row in json.loads(path.read_text())["rows"]]
        return sorted(rows, key=lambda row: row["began"]["boottime_ns"])


def inputs_of(pause: Sequence[str], opt_out: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
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


def _decoded(stream: bytes) -> NDArray[np.int16]:
    """What Debian's `flac` makes of a stream that was cut off."""
    words = ["flac", "-d", "-F", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", "-"]
    done = subprocess.run(words, input=stream, capture_output=True, check=False)
    return np.frombuffer(done.stdout, "<i2")


def details(**told: str) -> dict[str, object]:
    """The details of a recording of whose numbers this was told and nothing else."""
    nothing = dict.fromkeys(("caller_id", "absent", "dialled", "transfer"))
    return {"format": 1, **nothing, **told}


def ramp(seconds: float) -> NDArray[np.int16]:
    """A signal in which every sample tells its position: i mod 20011, so that it never looks like silence."""
    return (np.arange(round(seconds * RATE)) % 20011 + 1).astype(np.int16)


def talk(seconds: float, seed: int = 5) -> NDArray[np.int16]:
    """Somebody speaks, as an ear hears it: loud for 350 ms, nearly still for 150; without a zero."""
    dice, count = np.random.default_rng(seed), round(seconds * RATE)
    loud, still = dice.integers(1, 9000, count) * dice.choice((-1, 1), count), dice.integers(1, 9, count)
    return np.where(np.arange(count) % 4000 < 2800, loud, still).astype(np.int16)


def noise(seconds: float, seed: int = 7) -> NDArray[np.int16]:
    """Noise of which no eight samples occur twice."""
    made = np.random.default_rng(seed).integers(1, 8000, round(seconds * RATE))
    return made.astype(np.int16)


def desk(name: str, *lines: str, opt_out: bool = False, button_lost: str = "withhold") -> str:
    """A desk of the settings, with a changeover button; `opt_out` gives it a second one."""
    second = f'["{name}_opt_out_no", "{name}_opt_out_nc"]' if opt_out else "[]"
    named = ", ".join(f'"{line}"' for line in lines)
    return (
        f'[[desk]]\nname = "{name}"\npanel = "script"\npause = ["{name}_no", "{name}_nc"]\n'
        f'opt_out = {second}\nlamps = ["{name}_recording", "{name}_withheld", "{name}_buzzer"]\n'
        f'lines = [{named}]\nbutton_lost = "{button_lost}"\n'
    )


DESK = desk("front", "line1")
