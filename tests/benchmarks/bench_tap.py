"""What a tap costs: the real child on ALSA lines without a sound card, beside arecord on the same lines."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from drivers.audio import Ask
from drivers.audio.spawn import TapChild, start_tap
from tests.rigs.fifo_lines import FifoLines

RATE: Final = 8000
SECONDS: Final = 20
BLOCKS: Final = (0.05, 0.1)


def run() -> Iterator[dict[str, Any]]:
    """CPU seconds for a line-hour and resident memory, at 1 and 8 lines."""
    for lines in (1, 8):
        peer, _ = _measure(lines, 0.1, arecord=True)
        for block in BLOCKS:
            cpu, memory = _measure(lines, block, arecord=False)
            name = f"tap, {lines} lines, blocks of {round(block * 1000)} ms"
            yield _row(f"{name}, CPU", cpu, "CPU-s per line-hour", ("arecord", peer))
            yield _row(f"{name}, memory", memory, "MB resident a tap", ("limit of the design", 25.0))


def _row(name: str, value: float, unit: str, peer: tuple[str, float]) -> dict[str, Any]:
    ratio = round(value / peer[1], 3) if peer[1] else None
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "peer": peer[0],
        "peer_value": round(peer[1], 2),
        "ratio": ratio,
    }


def _measure(lines: int, block: float, *, arecord: bool) -> tuple[float, float]:
    names = [f"line{number}" for number in range(lines)]
    noise = np.random.default_rng(3).normal(0, 900, RATE * SECONDS).astype("<i2").tobytes()
    with (
        tempfile.TemporaryDirectory() as folder,
        FifoLines(Path(folder), names, round(RATE * 0.1) * 2) as fifo,
    ):
        os.environ["ALSA_CONFIG_PATH"] = str(fifo.configuration)
        running = _arecords(names) if arecord else _taps(names, block, Path(folder))
        playing = [fifo.play(name, noise, 0.1) for name in names]
        middle = SECONDS * 10 // 4
        playing[0].wait(sent=middle)
        before = [_cpu(pid) for pid, _ in running]
        playing[0].wait(sent=SECONDS * 10)
        spent = sum(_cpu(pid) - cpu for (pid, _), cpu in zip(running, before, strict=True))
        memory = max(_memory(pid) for pid, _ in running)
        for _, end in running:
            end()
        for each in playing:
            each.end()
    return spent * 3600 / (lines * SECONDS * 3 / 4), memory


Running = list[tuple[int, Any]]


def _taps(names: Sequence[str], block: float, folder: Path) -> Running:
    running: Running = []
    for name in names:
        ask = Ask(f"pcm:{name}", RATE, 1, round(RATE * block), block)
        child = start_tap("sounddevice", ask, folder / "unused.conf")
        threading.Thread(target=_drain, args=(child,), daemon=True).start()
        running.append((child.process.pid, child.kill))
    return running


def _drain(child: TapChild) -> None:
    """Read the pipe as the recorder would, so that it never fills."""
    os.set_blocking(child.fd, True)
    try:
        while os.read(child.fd, 65536):
            pass
    except OSError:
        return


def _arecords(names: Sequence[str]) -> Running:
    running: Running = []
    for name in names:
        command = ["arecord", "-q", "-D", name, "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.append((process.pid, lambda process=process: (process.kill(), process.wait())))
    return running


def _cpu(pid: int) -> float:
    """CPU seconds of all threads, to the nanosecond (Linux, Documentation/scheduler/sched-stats)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in tasks) / 1e9


def _memory(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    for result in run():
        print(result)
