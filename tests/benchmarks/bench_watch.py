"""What watching costs: the session and the keeper, CPU-s a minute, beside `top` at the same pace in the same terminal."""

import os
import random
import select
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.rigs.tmux import Tmux
from tests.rigs.watched import Said, Watched

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS: Final = 20
SIZES: Final = ((8, 80, 24), (64, 120, 40))
"""Lines, columns, rows."""


def run() -> Iterator[dict[str, Any]]:
    """The levels of every line change each second."""
    for lines, width, height in SIZES:
        with tempfile.TemporaryDirectory() as name:
            yield from _watch(Path(name), lines, (width, height))


def _watch(folder: Path, lines: int, size: tuple[int, int]) -> Iterator[dict[str, Any]]:
    box = Watched(folder, [(f"line-{number:02}", f"desk-{number:02}") for number in range(lines - 1)])
    for number in range(20):
        box.call("line1", f"{8 + number // 60:02}:{number % 60:02}:00", 60, (20, 10, "paused"))
    _say(box)
    with box.serving():
        before = time.process_time()
        _pass(box)
        alone = time.process_time() - before
        before = time.process_time()
        session = _session(folder, box, size)
        watched = time.process_time() - before
    what = f"{lines} lines, {size[0]} by {size[1]}"
    yield _told(f"a session of watch, {what}", session, "top -d 0.5", _top(folder, size))
    yield _told(f"the keeper and its rig while watched, {what}", watched, "unwatched", alone)


def _session(folder: Path, box: Watched, size: tuple[int, int]) -> float:
    command = [sys.executable, "-m", "firmware.shell", "--socket", str(box.socket), "watch"]
    with Tmux(folder, *size) as terminal:
        terminal.run(command, {"PYTHONPATH": str(ROOT)})
        terminal.shows("q quit", "RECORDING")
        before = _cpu(terminal.pid())
        _pass(box)
        return _cpu(terminal.pid()) - before


def _top(folder: Path, size: tuple[int, int]) -> float:
    if shutil.which("top") is None:
        return 0.0
    with Tmux(folder, *size) as terminal:
        terminal.run(["top", "-d", "0.5"])
        terminal.shows("PID")
        before = _cpu(terminal.pid())
        select.select([], [], [], SECONDS)
        return _cpu(terminal.pid()) - before


def _pass(box: Watched) -> None:
    """So many seconds, with another level on every line in each."""
    for _ in range(SECONDS):
        select.select([], [], [], 1)
        box.clock.advance(1)
        _say(box)


def _say(box: Watched) -> None:
    names = ["line1", *(name for name, _ in box.lines)]
    box.say({name: Said("RECORDING", -random.uniform(10, 60), "recorded", "external", 100) for name in names})


def _cpu(pid: int) -> float:
    """Seconds that a process has used (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _told(name: str, seconds: float, peer: str, other: float) -> dict[str, Any]:
    value, beside = (round(each * 60 / SECONDS, 2) for each in (seconds, other))
    return {
        "name": name,
        "value": value,
        "unit": "CPU-s per minute",
        "peer": peer,
        "peer_value": beside,
        "ratio": round(value / beside, 2) if beside else 0.0,
    }
