"""`callbox run`: recorder and keeper in the foreground, as whoever calls it.

The keeper starts first and ends last, so that what the recorder finishes while
it stops is taken in. If one of the two ends, the other is ended too.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from firmware.cli import CONFIG

STOP_SECONDS = 60


def main(arguments: Sequence[str]) -> int:
    """Read the command line, then run both."""
    parser = argparse.ArgumentParser(prog="callbox run", description="Recorder and keeper in the foreground.")
    parser.add_argument("--config", metavar="F", type=Path, default=CONFIG, help=f"settings file ({CONFIG})")
    parser.add_argument("--clock", metavar="SPEED,RAW_NS,WALL_NS", help="the demo's clock")
    given = parser.parse_args(arguments)
    return run(given.config, ("--clock", given.clock) if given.clock else ())


def run(path: Path, extra: tuple[str, ...] = ()) -> int:
    """Run both until one ends or Ctrl-C; the exit status of the first that failed."""
    signal.signal(signal.SIGTERM, _interrupt)
    keeper = _start("firmware.keeper", path, extra)
    recorder = _start("firmware.recorder", path, extra)
    try:
        while keeper.poll() is None and recorder.poll() is None:
            _wait_any(keeper, recorder)
    except KeyboardInterrupt:
        print("stopping: open calls are being finished", file=sys.stderr)
    return _stop(recorder) or _stop(keeper)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _start(module: str, path: Path, extra: tuple[str, ...]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", module, "--config", str(path), *extra]
    return subprocess.Popen(command, start_new_session=True)


def _wait_any(first: subprocess.Popen[bytes], second: subprocess.Popen[bytes]) -> None:
    for process in (first, second):
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            continue
        return


def _stop(process: subprocess.Popen[bytes]) -> int:
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
