"""A process of ours as systemd has it: started, waited for by what it tells, stopped or killed."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0


class Daemon:
    """One module run as a process; `said` is what it told systemd since its last start."""

    def __init__(self, module: str, words: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        self._command = [sys.executable, "-m", module, *words]
        self._printed = folder / f"{module}.log"
        self._environment = {
            "NOTIFY_SOCKET": str(folder / module),
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        self._notes = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._notes.bind(str(folder / module))
        self._process: subprocess.Popen[bytes] | None = None
        self.said: list[str] = []

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self._process is not None
        return self._process.pid

    def start(self, **environment: str) -> None:
        """Start it, and wait until it says that it is ready."""
        self.said.clear()
        with self._printed.open("ab") as printed:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=os.environ | self._environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
            )
        self.wait(lambda: "READY=1" in self.said, lambda: "it is not ready")

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(DEADLINE)

    def kill(self) -> None:
        """SIGKILL, as a bug or the kernel would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(DEADLINE)

    def close(self) -> None:
        """End it if it runs, and hear nothing more of it."""
        self.kill()
        self._notes.close()

    def wait(self, done: Callable[[], bool], otherwise: Callable[[], str]) -> None:
        """Look at every note, and at least every 50 ms, until it is done."""
        until = time.monotonic() + DEADLINE
        while not done():
            if time.monotonic() > until:
                raise TimeoutError(f"{otherwise()}; it printed:\n{self.printed()[-2000:]}")
            self.wait_a_little(0.05)
            self.listen()

    def wait_a_little(self, seconds: float) -> None:
        """Until the next note, or so many seconds: a moment of no particular phase."""
        select.select([self._notes], [], [], seconds)

    def listen(self) -> None:
        """Take in what it told."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.said += self._notes.recv(4096).decode().split("\n")

    def printed(self) -> str:
        """What it printed, over all its lives."""
        return self._printed.read_text()
