"""The whole path without the sound card: from a tap's pipe to the finished file, beside stock pipes without any of it.

Pipe, feed, (decimation,) the ear, the sense, decisions, FLAC, age, one commit for all lines every
250 ms on a RAM disk, hang-up, finish. Unpaced, on a given clock; what the bench itself
needs to fill the pipes is measured and taken off. CPU seconds of all threads. An idle line is
on hook and has its hiss.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from drivers.audio import wire
from drivers.line import SensorAsk
from drivers.line.script_line import ScriptLine
from firmware.clock import GivenClock
from firmware.recorder.devices import Devices
from firmware.recorder.recorder import Folders, Recorder
from firmware.sealing.age import Identity
from firmware.sealing.live import create
from firmware.settings.load import parse
from firmware.settings.model import Tap
from tests.benchmarks.bench_sealing import HISS, _peers, _ram_disk, speech
from tests.rigs.office import HEAD, NOON

RATE: Final = 8000
MINUTES: Final = {1: 20, 8: 6, 64: 1}
BLOCK: Final = 0.1
KINDS: Final = ("call", "idle")


@dataclass(slots=True)
class PipeTap:
    """A tap whose pipe the bench fills."""

    fd: int
    writing: int

    def alive(self) -> bool:
        """It never ends by itself."""
        return True

    def kill(self) -> None:
        """Close both ends."""
        os.close(self.fd)
        os.close(self.writing)


class Bench:
    """So many lines on a given clock; `card_rate` is what their cards run at."""

    def __init__(self, folder: Path, lines: int, card_rate: int = RATE) -> None:
        self._card_rate = card_rate
        self._clock = GivenClock(NOON)
        self._taps: list[PipeTap] = []
        self._names = [f"line{number}" for number in range(lines)]
        for name in ("spool", "published", "run"):
            (folder / name).mkdir(parents=True)
        key = Identity.generate().recipient().text()
        live = {"format": 1, "generation": 1, "recipient": key}
        (folder / "published" / "live.json").write_text(json.dumps(live))
        armed = {"format": 1, "proved": ["office"], "clock_trusted": True}
        (folder / "published" / "armed.json").write_text(json.dumps(armed))
        create(folder / "live.log", 64 + 8 * lines)
        settings = parse(self._settings(folder, key), "bench.toml")
        self._hooks = {name: ScriptLine(SensorAsk(name, "")) for name in self._names}
        devices = Devices(self._start, lambda _tap: True, {}, self._hooks)
        self.recorder = Recorder(settings, Folders(folder, folder / "run"), self._clock, devices)
        self.pumping = 0.0

    def _settings(self, folder: Path, key: str) -> str:
        parts = [
            HEAD,
            '[[department]]\nname = "d"\npolicy = "standard"\nopt_out = "stop"\ncontact = "a@example.org"',
        ]
        parts += [
            f'[[tap]]\nname = "tap-{name}"\nkind = "wav"\ncard = "/{name}.raw"\nrate = {self._card_rate}\n'
            f"channels = 1\nblock = {BLOCK}\nlatency = 0.1\n"
            f'[[line]]\nname = "{name}"\ndepartment = "d"\ntap = "tap-{name}"\nchannels = [0]\n'
            f'rate = {RATE}\nposition = "port"\nhook = {{kind = "script", source = ""}}'
            for name in self._names
        ]
        parts.append(
            f'[[recipient]]\nname = "office"\nkey = "{key}"\nholder = "DPO"\n[storage]\ndata = "{folder}"\n'
            'live_log_mib = 64\nsingle_recipient = "accepted"\n[clock]\nservers = []\n'
        )
        return "\n".join(parts)

    def _start(self, tap: Tap) -> PipeTap:
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(writing, _record(wire.KIND_HELLO, wire.HELLO.pack(tap.rate, tap.channels, 0.1), 0))
        self._taps.append(PipeTap(reading, writing))
        return self._taps[-1]

    def lift(self) -> None:
        """All phones are lifted."""
        for hook in self._hooks.values():
            hook.say("lift", self._clock.monotonic_ns())

    def replace(self) -> None:
        """All phones are hung up."""
        for hook in self._hooks.values():
            hook.say("replace", self._clock.monotonic_ns())

    def play(self, audio: NDArray[np.int16]) -> None:
        """Let all lines hear this, in ticks of 250 ms."""
        step = round(self._card_rate * 0.05)
        block = 2
        blocks = [audio[at : at + block * step] for at in range(0, len(audio), block * step)]
        steps = 0
        for piece in blocks:
            self._clock.advance(BLOCK)
            self._pump(piece.tobytes())
            steps += block
            if steps >= 5:
                steps -= 5
                self.recorder.tick()

    def _pump(self, samples: bytes) -> None:
        began = time.thread_time()
        stamp = self._clock.monotonic_ns()
        most = wire.ROOM // 2 * 2
        for tap in self._taps:
            for at in range(0, len(samples), most):
                piece = samples[at : at + most]
                after = (len(samples) - at - len(piece)) // 2
                at_ns = stamp - after * 1_000_000_000 // self._card_rate
                os.write(tap.writing, _record(wire.KIND_BLOCK, piece, at_ns))
        self.pumping += time.thread_time() - began


def _record(kind: int, content: bytes, stamp_ns: int) -> bytes:
    return wire.HEADER.pack(wire.MAGIC, kind, 0, len(content), 0, stamp_ns) + content


def hiss(seconds: int) -> NDArray[np.int16]:
    """A line on which nobody speaks."""
    return np.random.default_rng(2).normal(0, HISS, seconds * RATE).astype(np.int16)


def _measure(folder: Path, lines: int, card_rate: int, kind: str) -> float:
    seconds = MINUTES[lines] * 60
    audio = speech(seconds) if kind == "call" else hiss(seconds)
    if card_rate != RATE:
        audio = np.repeat(audio, card_rate // RATE)
    bench = Bench(folder, lines, card_rate)
    bench.play(audio[:card_rate])
    bench.pumping = 0.0
    began = time.process_time()
    if kind == "call":
        bench.lift()
    bench.play(audio)
    if kind == "call":
        bench.replace()
        bench.play(audio[: 4 * card_rate])
    bench.recorder.stop()
    spent = time.process_time() - began - bench.pumping
    return spent * 3600 / (seconds * lines)


def run() -> Iterator[dict[str, Any]]:
    """Each result with its name, value, unit, and the peer it stands beside."""
    with tempfile.TemporaryDirectory(dir=_ram_disk()) as folder:
        peers = _peers(Path(folder))
        for lines in MINUTES:
            for card_rate, kind in ((RATE, "call"), (RATE, "idle"), (6 * RATE, "call")):
                value = _measure(Path(folder) / f"{lines}-{card_rate}-{kind}", lines, card_rate, kind)
                yield from _beside(
                    f"whole path, {lines} lines, {kind}, {card_rate // 1000} kHz card", value, peers
                )


def _beside(name: str, value: float, peers: dict[str, float]) -> Iterator[dict[str, Any]]:
    for peer, peer_value in peers.items():
        yield {
            "name": name,
            "value": round(value, 3),
            "unit": "CPU-s per line-hour",
            "peer": peer,
            "peer_value": round(peer_value, 3),
            "ratio": round(value / peer_value, 3),
        }


if __name__ == "__main__":
    for result in run():
        print(result)
