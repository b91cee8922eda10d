"""What the tests of the keeper share: a made box, real spool files, and a keeper in this process or its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.clock import Clock, ClockState, GivenClock, Stamp
from firmware.keeper.box import Box
from firmware.keeper.init import make
from firmware.keeper.loop import Keeper
from firmware.keeper.proof import ARMED
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from firmware.sealing import finish
from firmware.sealing.age import Identity
from firmware.sealing.facts import Facts, stamp_json
from firmware.sealing.live import LiveLog, create
from firmware.sealing.making import Live, Making, fresh_id
from firmware.sealing.recipients import parse as parse_recipient
from firmware.settings import Settings, parse
from firmware.vault.places import Places

ROOT = Path(__file__).resolve().parents[2]
SLOT = 64 * 1024
"""Bytes; the product's slots are 4 MiB."""

MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OFFICE, SAFE = Identity.generate(), Identity.generate()
NUMBER = "07700900123"
"""Ofcom's drama range; it must be nowhere on disk."""

DEAD = {"code": "device.dead", "message": "a card is gone", "hint": "look at the plug"}

TOML = """
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
callers = "public task"
staff = "contract"
[[policy]]
name = "standard"
period = "P30D"
from = 2020-01-01
reason = "complaints come within a month"
[[department]]
name = "repairs"
policy = "standard"
opt_out = "stop"
contact = "repairs@example.org"
[[tap]]
name = "card"
kind = "wav"
card = "/dev/null"
rate = 8000
channels = 1
[[line]]
name = "line1"
department = "repairs"
tap = "card"
position = "port"
hook = { kind = "script", source = "s" }
[[recipient]]
name = "office"
key = "OFFICE"
holder = "IT"
[[recipient]]
name = "safe"
key = "SAFE"
holder = "DPO"
[storage]
data = "DATA"
live_log_mib = 32
"""


def at_once() -> None:
    """The pace of a test: no rest."""


def noise(frames: int, seed: int = 0) -> NDArray[np.int16]:
    return np.random.default_rng(seed).integers(-9000, 9000, (frames, 1)).astype(np.int16)


@dataclass
class House:
    """One box in a folder of its own, made, with spool files on demand. `more` is added to the settings."""

    folder: Path
    clock: Clock = field(default_factory=lambda: GivenClock(MORNING))
    more: str = ""
    sealed_to: tuple[Identity, ...] = (OFFICE, SAFE)

    def __post_init__(self) -> None:
        self.config = self.folder / "callbox.toml"
        told = {"OFFICE": OFFICE.recipient().text(), "SAFE": SAFE.recipient().text()}
        text = TOML + self.more
        for name, value in {**told, "DATA": str(self.folder / "data")}.items():
            text = text.replace(name, value)
        self.config.write_text(text)
        self.places = Places.of(self.settings.storage.data, {})
        make(self.settings, self.places, self.clock)
        self.places.run.mkdir(mode=0o700)
        self.places.live_log.unlink()
        create(self.places.live_log, 2, SLOT)
        self.places.live_log.chmod(0o600)

    @property
    def settings(self) -> Settings:
        return parse(self.config.read_text(), "callbox.toml")

    @property
    def live(self) -> Live:
        """The live key as the recorder reads it."""
        told = json.loads((self.places.published / "live.json").read_text())
        return Live(parse_recipient(told["recipient"]), told["generation"])

    def making(self, began: Stamp | None = None, live: Live | None = None, **more: object) -> Making:
        told = {
            "line": "line1",
            "department": "repairs",
            "settings": self.settings.digest,
            "classed": "external",
            "direction": "in",
            "recipients": ("office", "safe"),
            "bucket": 77,
        }
        facts = Facts(
            id=fresh_id(),
            call=fresh_id(),
            rate=8000,
            sides=1,
            began=began or self.clock.stamp(),
            **(told | more),
        )
        to = [each.recipient() for each in self.sealed_to]
        return Making(facts, to, live or self.live, {"number": NUMBER})

    def spool_finished(self, making: Making | None = None, seconds: float = 2) -> str:
        """A finished recording in the spool, as the recorder leaves it."""
        making = making or self.making()
        log, _ = LiveLog.open(self.places.live_log)
        making.keep(noise(round(seconds * 8000), seed=len(making.id)))
        making.gap(800, "paused")
        making.close("hung up")
        log.commit(log.pack(making.records()))
        log.commit(log.pack([finish.finish(making, log, self.places.spool, at_once)]))
        finish.reveal(making.id, self.places.spool)
        log.close()
        return making.id

    def spool_cut(self, seconds: float = 3) -> str:
        """A recording that the power cut, salvaged into the spool."""
        making = self.making()
        log, _ = LiveLog.open(self.places.live_log)
        for second in range(round(seconds)):
            making.keep(noise(8000, second))
            log.commit(log.pack(making.records()))
        log.close()
        log, recovered = LiveLog.open(self.places.live_log)
        (cut,) = [each for each in recovered.cut if each.id == making.id]
        log.commit(log.pack([finish.salvage(cut, log, self.places.spool, at_once)]))
        finish.reveal(cut.id, self.places.spool)
        log.close()
        return cut.id

    def write_lines(
        self,
        using: int | None,
        oldest: int | None = None,
        tainted: int | None = None,
        faults: Sequence[Mapping[str, object]] = (DEAD,),
    ) -> None:
        """What the recorder says of live keys and of what is wrong."""
        told = {"using": using, "oldest": oldest, "tainted": tainted}
        content = {
            "format": 1,
            "at": stamp_json(self.clock.stamp()),
            "lines": {},
            "live": told,
            "faults": list(faults),
        }
        (self.places.run / "lines").write_text(json.dumps(content))

    @contextmanager
    def keeper(self) -> Iterator["Keeping"]:
        """A keeper in this process; every turn is asked for."""
        with opened(self.config, self.clock) as (box, history):
            keeper = Keeper(box, history, Notifier({}))
            try:
                yield Keeping(keeper, box)
            finally:
                keeper.close()

    def armed(self) -> dict[str, Any]:
        return json.loads((self.places.published / ARMED).read_text())

    def codes(self) -> list[str]:
        """The open faults that stand in the run directory."""
        told = json.loads((self.places.run / "faults").read_text())
        return [each["code"] for each in told["faults"]]

    def shell(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """What a person types, in a process of its own."""
        argv = [
            sys.executable,
            "-m",
            "firmware.shell",
            "--socket",
            str(self.places.run / "keeper.sock"),
            *words,
        ]
        return subprocess.run(argv, input=given, capture_output=True, check=False, cwd=ROOT, timeout=30)


@dataclass(frozen=True)
class Keeping:
    """A running keeper and its box."""

    keeper: Keeper
    box: Box

    def turn(self) -> None:
        self.keeper.turn()

    def whats(self) -> list[str]:
        """What the audit log says, in order."""
        return [entry["what"] for entry in self.box.log.entries()]


@contextmanager
def running(house: House, wrap: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """A keeper in its own process, ready; ended by SIGTERM."""
    with notified(house.folder) as (address, ready):
        process = start(house, address, wrap)
        try:
            assert ready(), process.stderr and process.stderr.read()
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=20)


def start(
    house: House, address: str, wrap: tuple[str, ...] = (), speed: float = 1
) -> subprocess.Popen[bytes]:
    """A keeper in its own process, on the machine's clock, which it is told to trust."""
    clock = f"{speed},{time.monotonic_ns()},{round(MORNING.timestamp()) * 10**9}"
    argv = [*wrap, sys.executable, "-m", "firmware.keeper", "--config", str(house.config), "--clock", clock]
    environment = os.environ | {"NOTIFY_SOCKET": address}
    environment.pop("RUNTIME_DIRECTORY", None)
    return subprocess.Popen(argv, cwd=ROOT, env=environment, stderr=subprocess.PIPE)


@contextmanager
def notified(folder: Path) -> Iterator[tuple[str, Any]]:
    """The socket that systemd would have given, and a function that waits for READY."""
    path = folder / "notify"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(path))
        path.chmod(0o666)  # for a keeper of another account
        heard.settimeout(20)

        def ready() -> bool:
            try:
                return any(heard.recv(4096) == b"READY=1" for _ in range(1000))
            except TimeoutError:
                return False

        yield str(path), ready


def untrusted(stamp: Stamp) -> Stamp:
    """The same, under a clock not to be believed, in a boot of which nothing is left to tell its time."""
    return replace(stamp, state=ClockState.UNTRUSTED, boot_id="an earlier boot")


def stock_age(sealed: bytes, folder: Path, identity: Identity = OFFICE) -> bytes:
    """The plaintext, by Debian's age."""
    key = folder / "key.txt"
    key.write_text(identity.text() + "\n")
    done = subprocess.run(["age", "-d", "-i", key], input=sealed, capture_output=True, check=False)
    key.unlink()
    assert done.returncode == 0, done.stderr
    return done.stdout


def flac_accepts(flac: bytes) -> bool:
    done = subprocess.run(["flac", "-t", "-s", "-w", "-"], input=flac, capture_output=True, check=False)
    return done.returncode == 0 and not done.stderr
