"""Bringing a card's rate to the line's: one filter for all lines, beside sox doing one line in a pipe."""

import subprocess
import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from firmware.signal.decimate import Decimator
from tests.benchmarks.bench_sealing import _cpu

TICK: Final = 0.25
SECONDS: Final = 60


def run() -> Iterator[dict[str, Any]]:
    """CPU seconds for a line-hour at 1, 8 and 64 lines, from 48 and 44.1 kHz."""
    for card in (48000, 44100):
        peer = _sox(card)
        for lines in (1, 8, 64):
            value = _ours(card, lines)
            yield {
                "name": f"decimation, {lines} lines, {card} to 8000 Hz, 250 ms",
                "value": round(value, 3),
                "unit": "CPU-s per line-hour",
                "peer": "sox rate",
                "peer_value": round(peer, 3),
                "ratio": round(value / peer, 3),
            }


def _ours(card: int, lines: int) -> float:
    decimator = Decimator(card, 8000)
    width = round(card * TICK) + 2 * decimator.half + 1
    rows = np.random.default_rng(1).normal(0, 3000, (lines, width)).astype(np.float32)
    ticks = max(8, 240 // lines)
    decimator.run(rows, 0, 1990)
    began = time.process_time()
    for _ in range(ticks):
        decimator.run(rows, 0, 1990)
    return (time.process_time() - began) * 3600 / (ticks * TICK * lines)


def _sox(card: int) -> float:
    import resource  # noqa: PLC0415

    noise = np.random.default_rng(1).normal(0, 3000, card * SECONDS).astype("<i2").tobytes()
    raw = ["-t", "raw", "-e", "signed", "-b", "16", "-c", "1"]
    command = ["sox", *raw, "-r", str(card), "-", *raw, "-r", "8000", "-", "rate"]
    with _cpu(resource.RUSAGE_CHILDREN) as spent:
        subprocess.run(command, input=noise, stdout=subprocess.DEVNULL, check=True)
    return spent[0] * 3600 / SECONDS
