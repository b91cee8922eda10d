"""`callbox run`: recorder and keeper in the foreground, as whoever calls it.

1. The keeper starts first, and the recorder once the keeper is ready: what stands in
   the way is said once, by the one who knows.
2. The recorder stops first, so that what it finishes while it stops is taken in.
3. If one of the two ends, the other is stopped too; if `callbox run` is killed, both stop.
   A stop that is asked for twice is one stop.
"""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

from firmware.cli import CONFIG
from firmware.notify import Notifier
from firmware.settings import read

STOP_SECONDS = 60
PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.25

RUNS = """\
The box runs here: recorder and keeper, data in {data}. Ctrl-C stops both; open calls are finished first.
Ask it from another terminal: callbox shell status --config {config}
or watch it there: callbox shell watch --config {config}"""

KEEPER, RECORDER = "keeper", "recorder"
Process = subprocess.Popen[bytes]


def main(arguments: Sequence[str]) -> int:
    """Read the command line, then run both."""
    parser = argparse.ArgumentParser(prog="callbox run", description="Recorder and keeper in the foreground.")
    parser.add_argument("--config", metavar="F", type=Path, default=CONFIG, help=f"settings file ({CONFIG})")
    parser.add_argument("--clock", metavar="SPEED,RAW_NS,WALL_NS", help="the demo's clock")
    given = parser.parse_args(arguments)
    return run(given.config, ("--clock", given.clock) if given.clock else ())


@dataclass(slots=True)
class _Stop:
    """Whether a stop was asked for."""

    asked: bool = False

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl-C or SIGTERM."""
        self.asked = True


def run(path: Path, extra: tuple[str, ...] = ()) -> int:
    """Run both until one ends or a stop is asked for; the exit status of the first that failed."""
    data = read(path).storage.data
    stop = _Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.ask)
    words = ["--config", str(path), *extra]
    running: dict[str, Process] = {}
    with _ear() as (address, ear):
        for name in (KEEPER, RECORDER):
            running[name] = _start(name, words, address)
            if not _ready(ear, running, stop):
                break
        else:
            print(RUNS.format(data=data, config=path), flush=True)
            Notifier().ready()
        while not stop.asked and not _ended(running):
            _heard(ear)
    return _stop_all(running, stop)


@contextmanager
def _ear() -> Iterator[tuple[str, socket.socket]]:
    """Where both tell that they are ready, as they would tell systemd."""
    address = f"@callbox-run-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as ear:
        ear.bind(address.replace("@", "\0", 1))
        ear.settimeout(LOOK_SECONDS)
        yield address, ear


def _start(name: str, words: Sequence[str], address: str) -> Process:
    return subprocess.Popen(
        [sys.executable, "-m", f"firmware.{name}", *words],
        env=os.environ | {"NOTIFY_SOCKET": address},
        start_new_session=True,
        preexec_fn=partial(_end_with, os.getpid()),  # noqa: PLW1509  there is one thread here
    )


def _end_with(parent: int) -> None:
    """In the child: SIGTERM comes when `callbox run` is gone, however it went (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _ready(ear: socket.socket, running: dict[str, Process], stop: _Stop) -> bool:
    """Wait until the newest one is ready; False where one ended, or a stop was asked for."""
    while not stop.asked and not _ended(running):
        if "READY=1" in _heard(ear):
            return True
    return False


def _heard(ear: socket.socket) -> str:
    """One note, or nothing within a moment."""
    try:
        return ear.recv(4096).decode()
    except TimeoutError:
        return ""


def _ended(running: dict[str, Process]) -> list[str]:
    return [name for name, process in running.items() if process.poll() is not None]


def _stop_all(running: dict[str, Process], stop: _Stop) -> int:
    """The recorder, then the keeper; the exit status of the first that failed."""
    ended = _ended(running)
    if ended and not stop.asked and len(running) > 1:
        print(f"callbox: the {ended[0]} ended by itself; the box stops", file=sys.stderr)
    elif stop.asked:
        print("stopping: open calls are being finished", file=sys.stderr)
    statuses = [_stop(running[name]) for name in (RECORDER, KEEPER) if name in running]
    return next((status for status in statuses if status), 0)


def _stop(process: Process) -> int:
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
