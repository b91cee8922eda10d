"""Sealing alone, beside what two stock tools in a pipe need for the same audio in the same minute.

Unpaced: as fast as it goes, so that only its own work counts. Everything is included:
FLAC, MD5, quanta, parts, one commit for all lines every 250 ms on a RAM disk, hang-up,
read-back, the finished file. CPU seconds are user and system, in one process; the
least of three turns, taken in turn with the peers, since other work only ever adds.
"""

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from firmware.clock import ClockState, Stamp
from firmware.sealing import age, finish
from firmware.sealing.facts import Facts
from firmware.sealing.live import LiveLog, create
from firmware.sealing.making import Live, Making, fresh_id

RATE: Final = 8000
TICK: Final = RATE // 4
TURNS: Final = 3
MINUTES: Final = {1: 60, 8: 15, 64: 4}
"""Minutes of call on each line; the result is for each line-hour."""

PROMPTS: Final = Path("/usr/share/asterisk/sounds")
HISS: Final = 10 ** (-50 / 20) * 32768
"""A line's own noise, -50 dBFS."""


def run() -> list[dict[str, Any]]:
    """Each result with its name, value, unit, and the peer it stands beside."""
    found: dict[str | int, list[float]] = {}
    for _ in range(TURNS):
        with tempfile.TemporaryDirectory(dir=_ram_disk()) as folder:
            for peer, value in _peers(Path(folder)).items():
                found.setdefault(peer, []).append(value)
            for lines in MINUTES:
                found.setdefault(lines, []).append(_sealing(Path(folder), lines))
    peers = {name: min(values) for name, values in found.items() if isinstance(name, str)}
    return [each for lines in MINUTES for each in _beside(lines, min(found[lines]), peers)]


def _beside(lines: int, value: float, peers: dict[str, float]) -> Iterator[dict[str, Any]]:
    for peer, peer_value in peers.items():
        yield {
            "name": f"sealing alone, {lines} lines, 250 ms, unpaced",
            "value": round(value, 3),
            "unit": "CPU-s per line-hour",
            "peer": peer,
            "peer_value": round(peer_value, 3),
            "ratio": round(value / peer_value, 3),
        }


def _ram_disk() -> str | None:
    shm = Path("/dev", "shm")
    return str(shm) if os.access(shm, os.W_OK) else None


def speech(seconds: int) -> NDArray[np.int16]:
    """Two people taking turns: Debian's recorded prompts with pauses between them, and the hiss of a line."""
    samples = np.random.default_rng(1).normal(0, HISS, seconds * RATE)
    at = RATE
    for prompt in _prompts():
        if at + len(prompt) > len(samples):
            break
        samples[at : at + len(prompt)] += prompt
        at += len(prompt) + RATE // 2
    return np.clip(samples, -32768, 32767).astype(np.int16)


def _prompts() -> Iterator[NDArray[np.int16]]:
    """The prompts again and again; without the Debian package there is hiss alone."""
    found = sorted(PROMPTS.rglob("*.wav"))
    while found:
        for path in found:
            yield np.frombuffer(path.read_bytes()[44:], np.int16)


def _sealing(folder: Path, lines: int) -> float:
    seconds = MINUTES[lines] * 60
    audio = speech(seconds).reshape(-1, 1)
    box = folder / str(lines)
    box.mkdir()
    create(box / "live.log", 64 + lines * MINUTES[lines])
    log, _ = LiveLog.open(box / "live.log")
    office = [age.Identity.generate().recipient() for _ in range(2)]
    live = Live(age.Identity.generate().recipient(), 1)
    makings = [Making(_facts(), office, live) for _ in range(lines)]
    with _cpu() as spent:
        _record(makings, audio, log)
        for making in makings:
            log.commit(log.pack([finish.finish(making, log, box, lambda: None)]))
            finish.reveal(making.id, box)
    log.close()
    return spent[0] * 3600 / (seconds * lines)


def _record(makings: Sequence[Making], audio: NDArray[np.int16], log: LiveLog) -> None:
    for start in range(0, len(audio), TICK):
        for making in makings:
            making.keep(audio[start : start + TICK])
        log.commit(log.pack([record for making in makings for record in making.records()]))
    for making in makings:
        making.close("hung up")
    log.commit(log.pack([record for making in makings for record in making.records()]))


def _facts() -> Facts:
    began = Stamp(time.time_ns(), 0, "bench", ClockState.TRUSTED)
    return Facts(
        id=fresh_id(),
        call=fresh_id(),
        line="bench",
        department="bench",
        settings="0" * 64,
        rate=RATE,
        sides=1,
        began=began,
        classed="external",
        direction="in",
        recipients=("one", "two"),
    )


@contextmanager
def _cpu(who: int = resource.RUSAGE_SELF) -> Iterator[list[float]]:
    """CPU seconds, user and system, spent inside."""
    spent = [0.0]
    before = resource.getrusage(who)
    yield spent
    after = resource.getrusage(who)
    spent[0] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _peers(folder: Path) -> dict[str, float]:
    """An hour of the same audio through each pipe."""
    raw, out = folder / "hour.raw", folder / "hour.age"
    raw.write_bytes(speech(3600).tobytes())
    to = f"age -r {age.Identity.generate().recipient().text()} > {out}"
    flac = f"flac -5 -s -c --force-raw-format --endian=little --sign=signed --channels=1 --bps=16 --sample-rate={RATE} {raw}"
    ffmpeg = f"ffmpeg -v error -f s16le -ar {RATE} -ac 1 -i {raw} -f flac -"
    found = {}
    for name, command in (("flac -5 | age", flac), ("ffmpeg flac | age", ffmpeg)):
        with _cpu(resource.RUSAGE_CHILDREN) as spent:
            subprocess.run(
                ["bash", "-c", f"set -o pipefail; {command} | {to}"], check=True, stderr=subprocess.DEVNULL
            )
        found[name] = spent[0]
    return found


if __name__ == "__main__":
    for result in run():
        print(result)
