"""A recording of an hour through a real sshd, beside `cat` of the same bytes by an account without forced command.

1. Both are the stock client against one server in one run, in turns; the medians are compared.
2. The rate is that of the bytes once they come; until the first byte comes is told by itself, beside `ssh BOX true`.
3. What a login imports is printed with the CPU time of a whole `list`.
"""

import os
import pwd
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.benchmarks.hour import spool_long
from tests.keeper.keeper_rig import ROOT
from tests.rigs.sshd import Sshd, accounts

TURNS: Final = 45
CHUNK: Final = 1 << 20
MODULES: Final = """
import atexit, runpy, sys
atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))
runpy.run_module("firmware.shell", run_name="__main__")
"""
"""Starts the shell, and tells at its end what was imported."""

WHY: Final = ("--purpose", "complaint", "--ref", "C12")


@dataclass(frozen=True)
class Fetched:
    """One transfer: seconds until the first byte, until the last, and until all is over; and how many bytes."""

    first: float
    last: float
    over: float
    count: int

    @property
    def rate(self) -> float:
        """MB/s between the first byte and the last."""
        return self.count / (self.last - self.first) / 1e6


def run() -> Iterator[dict[str, Any]]:
    """Rate, first byte, whole time; CPU of `list`. Nothing, with the reason, where accounts cannot be made."""
    try:
        yield from _measured()
    except pytest.skip.Exception as reason:
        print(f"not measured: {reason}")


def _measured() -> Iterator[dict[str, Any]]:
    with accounts("anna") as box:
        hour = _hour(box)
        fetch = [*box.ssh("anna"), f"get {hour} {' '.join(WHY)}"]
        whole = subprocess.run(fetch, capture_output=True, check=True).stdout
        copy = box.folder / "copy.age"
        copy.write_bytes(whole)
        copy.chmod(0o644)
        turns = [
            (_timed(fetch), _timed([*box.ssh("plain"), f"cat {copy}"]), _login(box)) for _ in range(TURNS)
        ]
        yield from _compared(turns, len(whole))
        files = [_by_sftp(box, hour) for _ in range(TURNS)]
        name = f"an hour over sftp, {len(whole) / 1e6:.1f} MB: whole, login and all"
        gets = statistics.median(got.over for got, *_ in turns)
        yield _row(name, statistics.median(files), "s", "`get`", gets)
        yield _cpu(box, "list")


def _hour(box: Sshd) -> str:
    """A recording of an hour, taken in by the keeper of this box."""
    house = box.house
    name = spool_long(house.making(), house.places.spool, house.folder)
    body = box.house.places.store / f"{name}.body"
    _until(body.exists)
    return name


def _until(so: Callable[[], bool]) -> None:
    until, pause = time.monotonic() + 60, threading.Event()
    while not so():
        if time.monotonic() > until:
            raise TimeoutError("the keeper does not take the recording in")
        pause.wait(0.05)


def _timed(argv: Sequence[str]) -> Fetched:
    began, count, first, last = time.perf_counter(), 0, 0.0, 0.0
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, bufsize=0) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(CHUNK):
            last = time.perf_counter()
            first = first or last
            count += len(piece)
    return Fetched(first - began, last - began, time.perf_counter() - began, count)


def _login(box: Sshd) -> float:
    began = time.perf_counter()
    subprocess.run([*box.ssh("plain"), "true"], check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - began


def _by_sftp(box: Sshd, hour: str) -> float:
    """Seconds of a fetch with the stock sftp."""
    ssh = box.ssh("anna")
    keyed = [word for word in ssh[1:-1] if word not in {"-T", "-p", str(box.port)}]
    argv = ["sftp", *keyed, "-P", str(box.port), f"{ssh[-1]}:/complaint/C12/{hour}.age", os.devnull]
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _compared(turns: Sequence[tuple[Fetched, Fetched, float]], size: int) -> Iterator[dict[str, Any]]:
    got, cat, login = zip(*turns, strict=True)
    assert {each.count for each in (*got, *cat)} == {size}
    name = f"an hour over ssh, {size / 1e6:.1f} MB"
    rates = [statistics.median(each.rate for each in of) for of in (got, cat)]
    yield _row(f"{name}: rate of `get`", rates[0], "MB/s", "`cat`", rates[1])
    first = statistics.median(each.first for each in got) - statistics.median(login)
    yield _row("first byte of `get` after `ssh BOX true`", first, "s", "limit", 0.3)
    over = [statistics.median(each.over for each in of) for of in (got, cat)]
    yield _row(f"{name}: whole `get`, login, entries and all", over[0], "s", "`cat`", over[1])


def _cpu(box: Sshd, verb: str) -> dict[str, Any]:
    """CPU seconds of a whole command as sshd starts it, and what it imports."""
    argv = [sys.executable, "-P", "-s", "-m", "firmware.shell", "--ssh"]
    argv += ["--socket", str(box.house.places.run / "keeper.sock")]
    environment = {
        "PATH": os.environ["PATH"],
        "SSH_ORIGINAL_COMMAND": verb,
        "USER": pwd.getpwuid(os.geteuid()).pw_name,
    }
    found = []
    for _ in range(TURNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, env=environment, check=True, capture_output=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    imported = subprocess.run(
        [argv[0], "-c", MODULES, *argv[5:]], env=environment, check=True, capture_output=True, cwd=ROOT
    )
    names = imported.stderr.decode().split()
    print(
        f"`{verb}` imports {len(names)} modules, of them: {', '.join(name for name in names if '.' not in name)}"
    )
    print(f"and ours: {', '.join(name for name in names if name.startswith('firmware.'))}")
    return _row(f"CPU of a whole `{verb}`", statistics.median(found), "CPU-s", "limit", 0.25)


def _row(name: str, value: float, unit: str, peer: str, peer_value: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "peer": peer,
        "peer_value": round(peer_value, 3),
        "ratio": round(value / peer_value, 3),
    }
