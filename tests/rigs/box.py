"""A box as an office has it: the real recorder and its taps as processes, lines of the real audio stack.

Rules of this rig:

1. Only what the office or systemd could do is done: words to sockets, signals to processes.
2. Nothing sleeps: the recorder's own notes to its systemd (one a tick) are what is waited on, each
   wait with a deadline, and the lines' own time goes by with `lines.hear`.
3. Keys are fresh: one native age key, one ssh-ed25519, one ssh-rsa; stock tools open with them.
"""

import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from firmware.sealing.age import Identity
from firmware.sealing.live import create
from tests.rigs.daemon import Daemon
from tests.rigs.feeding import Feeding, Line
from tests.rigs.keys import Keys
from tests.rigs.office import HEAD


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of the box: what it carries, and how the settings describe it."""

    name: str
    line: Line
    kind: str = "sounddevice"
    hooked: bool = True
    extra: str = 'position = "port"'
    opt_out: str = "stop"
    card: str = ""
    """Another PCM than the line's own."""

    def text(self, run: Path) -> str:
        """Its part of the settings."""
        name, line = self.name, self.line
        hook = f'hook = {{kind = "script", source = "{run}/hook-{name}"}}' if self.hooked else ""
        return (
            f'[[department]]\nname = "dept-{name}"\npolicy = "standard"\nopt_out = "{self.opt_out}"\n'
            f'contact = "a@example.org"\n[[tap]]\nname = "tap-{name}"\nkind = "{self.kind}"\n'
            f'card = "pcm:{self.card or name}"\nrate = {line.rate}\nchannels = 1\nblock = {line.pace / 2}\nlatency = 0.2\n'
            f'[[line]]\nname = "{name}"\ndepartment = "dept-{name}"\ntap = "tap-{name}"\n'
            f"channels = [0]\nrate = 8000\n{self.extra}\n{hook}\n"
            f'[[desk]]\nname = "{name}"\npanel = "script"\nsource = "{run}/desk-{name}"\npause = ["a{name}", "b{name}"]\n'
            f'opt_out = ["c{name}", "d{name}"]\nlamps = ["e{name}"]\nlines = ["{name}"]\n'
        )


class Box:
    """One box; `recorder` is the process that runs now."""

    def __init__(
        self, folder: Path, asks: Sequence[Ask], data: Path | None = None, words: Sequence[str] = ()
    ) -> None:
        """`words` are more of the recorder's command line."""
        self.folder = folder
        self.data = data or folder / "data"
        self.run = folder / "run"
        self.config = folder / "callbox.toml"
        self.keys = Keys.generate(folder / "keys")
        self.live_key = Identity.generate()
        self.lines = Feeding(folder, {each.name: each.line for each in asks})
        self.asks = asks
        self.environment = {
            "ALSA_CONFIG_PATH": str(self.lines.configuration),
            "RUNTIME_DIRECTORY": str(self.run),
        }
        self.words = ["--config", str(self.config), *words]
        self.recorder = Daemon("firmware.recorder", self.words, folder, self.environment)
        self._mouth = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for each, mode in ((self.data, 0o755), (self.run, 0o750)):
            each.mkdir(mode=mode, exist_ok=True)
        self.config.write_text(self.settings())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.recorder.close()
        self.lines.close()
        self._mouth.close()

    def settings(self) -> str:
        """The settings file."""
        keys = [
            f'[[recipient]]\nname = "{name}"\nkey = "{public}"\nholder = "DPO"\n'
            for name, public in self.keys.public.items()
        ]
        storage = f'[storage]\ndata = "{self.data}"\nlive_log_mib = 64\n[clock]\nservers = []\n'
        return "\n".join([HEAD, *(each.text(self.run) for each in self.asks), *keys, storage])

    def make(self) -> Self:
        """Publish what the keeper publishes, and lay the live log."""
        published = self.data / "published"
        (self.data / "spool").mkdir(mode=0o770)
        published.mkdir(mode=0o750)
        told: Mapping[str, dict[str, Any]] = {
            "live.json": {"generation": 1, "recipient": self.live_key.recipient().text()},
            "armed.json": {"proved": ["office"], "clock_trusted": True},
        }
        for name, each in told.items():
            (published / name).write_text(json.dumps({"format": 1, **each}))
        (published / "bucket.key").write_bytes(bytes(32))
        create(self.data / "live.log", 64)
        return self

    def start(self, **environment: str) -> Self:
        """Start the recorder as systemd does, and wait until it says that it is ready."""
        self.recorder.start(**environment)
        return self

    def stop(self) -> int:
        """A clean stop of the recorder; its exit status."""
        return self.recorder.stop()

    def kill(self) -> None:
        """SIGKILL to the recorder."""
        self.recorder.kill()

    def taps(self) -> dict[str, int]:
        """The running taps, by line."""
        return {name: pid for pid in _children(self.recorder.pid) if (name := _card(pid))}

    def tell(self, line: str, words: str) -> None:
        """Say something to a line's script."""
        self._say(self.run / f"hook-{line}", words)

    def press(self, line: str, words: str) -> None:
        """Move a button of the line's desk: `pause down`, `opt-out up` ..."""
        self._say(self.run / f"desk-{line}", words)

    def push(self, line: str) -> int:
        """Press and release the pause button of a line; when it was pressed, on CLOCK_MONOTONIC."""
        pressed = time.monotonic_ns()
        self.press(line, "pause down")
        self.lines.hear(0.1)
        self.press(line, "pause up")
        return pressed

    def _say(self, path: Path, words: str) -> None:
        self.wait(path.is_socket, f"nobody listens at {path.name}")
        self._mouth.sendto(words.encode(), str(path))

    def state(self) -> dict[str, Any]:
        """The notes in the run directory."""
        told: dict[str, Any] = json.loads((self.run / "lines").read_text())
        return told

    def of(self, line: str) -> dict[str, Any]:
        """What the notes say of a line."""
        told: dict[str, Any] = self.state()["lines"][line]
        return told

    def reasons(self, reason: str | None, *names: str) -> None:
        """Wait until lines stand at a reason."""
        self.wait(lambda: all(self.of(name)["reason"] == reason for name in names), f"no {reason} at {names}")

    def wait(self, done: Callable[[], bool], otherwise: str) -> None:
        """Until it is done, looking at every tick of the recorder."""
        self.recorder.wait(done, lambda: f"{otherwise}; {self._stand()}")

    def _stand(self) -> dict[str, str]:
        """How each line stands, in short."""
        return {name: f"{line['lamp']}, {line['reason']}" for name, line in self.state()["lines"].items()}

    def revealed(self) -> list[Path]:
        """The spool's recordings."""
        found = (self.data / "spool").glob("*.json")
        return sorted(path for path in found if not path.name.startswith("coverage"))

    def coverage(self) -> list[dict[str, Any]]:
        """Every coverage row, by time."""
        files = (self.data / "spool").glob("coverage-*.json")
        rows = [row for path in files for row in json.loads(path.read_text())["rows"]]
        return sorted(rows, key=lambda row: int(row["began"]["boottime_ns"]))


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _card(pid: int) -> str:
    """The line of a tap's process; empty for another, or one that just ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return ""
    return next((word.decode()[4:] for word in words if word.startswith(b"pcm:")), "")
