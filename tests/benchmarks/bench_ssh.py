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
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.benchmarks.hour import spool_long
from tests.keeper.keeper_rig import ROOT
from tests.rigs.sshd import Sshd, accounts

TURNS: Final = 9
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
    """One transfer: seconds until the first byte and until the last, and how many bytes."""

    first: float
    last: float
    count: int

    @property
    def rate(self) -> float:
        """MB/s between the first byte and the last."""
        return self.count / (self.last - self.first) / 1e6


def run() -> Iterator[dict[str, Any]]:
    """Rate, first byte, whole time; CPU of `list`."""
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
        yield _cpu(box, "list")


def _hour(box: Sshd) -> str:
    """A recording of an hour, taken in by the keeper of this box."""
    house = box.house
    name = spool_long(house.making(), house.places.spool, house.folder)
    body = box.house.places.store / f"{name}.body"
    _until(body.exists)
    return name


def _until(so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not so():
        if time.monotonic() > until:
            raise TimeoutError("the keeper does not take the recording in")
        time.sleep(0.05)


def _timed(argv: Sequence[str]) -> Fetched:
    began, count, first = time.perf_counter(), 0, 0.0
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, bufsize=0) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(CHUNK):
            first = first or time.perf_counter()
            count += len(piece)
        last = time.perf_counter()
    return Fetched(first - began, last - began, count)


def _login(box: Sshd) -> float:
    began = time.perf_counter()
    subprocess.run([*box.ssh("plain"), "true"], check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - began


def _compared(turns: Sequence[tuple[Fetched, Fetched, float]], size: int) -> Iterator[dict[str, Any]]:
    got, cat, login = zip(*turns, strict=True)
    assert {each.count for each in (*got, *cat)} == {size}
    name = f"an hour over ssh, {size / 1e6:.1f} MB"
    rates = [statistics.median(each.rate for each in of) for of in (got, cat)]
    yield _row(f"{name}: rate of `get`", rates[0], "MB/s", "`cat`", rates[1])
    first = statistics.median(each.first for each in got) - statistics.median(login)
    yield _row("first byte of `get` after `ssh BOX true`", first, "s", "limit", 0.3)
    lasts = [statistics.median(each.last for each in of) for of in (got, cat)]
    yield _row(f"{name}: whole `get`, login and all", lasts[0], "s", "`cat`", lasts[1])


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
