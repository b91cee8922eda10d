"""A million recordings: finding one, destroying a day, one early, a hold, taking one in, and starting with them.

`CALLBOX_RECORDINGS` says how many instead. The box lies below build/, on the disk that is
there, and goes afterwards; a million take 4 GB and some minutes. What is destroyed, held or taken in is counted
again afterwards: a figure of work that was not done is an error, not a result.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any, Final

from firmware.clock import GivenClock
from firmware.keeper import intake, runs
from firmware.keeper.box import Box
from firmware.keeper.destroy_verbs import DestroyVerbs
from firmware.keeper.disposal import Disposal
from firmware.keeper.door import Person
from firmware.keeper.forecast import Forecasts
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import HoldVerbs, Known
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.keeper.witnessing import Witnessing
from firmware.notify import Notifier
from firmware.vault.keys import hold_key
from firmware.vault.reading import Fields
from tests.benchmarks.finding import finding
from tests.benchmarks.flat import lock_all_again, write_all
from tests.benchmarks.million import HEADER, Big, Scale, build
from tests.benchmarks.rows import row
from tests.benchmarks.searching import searching
from tests.keeper.keeper_rig import MORNING

HOUR: Final = 3_600
DAY: Final = 86_400
AGAIN: Final = 7
"""How often what changes nothing is done; the middle one counts."""

REACH_S: Final = ("reach of the design, s", 5.0)
KEY_TABLE: Final = ("reach of the design, KiB", 64.0)
NOBODY: Final = ("none", None)
ME: Final = Person("bench", 0)


def run() -> Iterator[dict[str, Any]]:
    """Everything, on a box of the size that is asked for."""
    recordings = int(os.environ.get("CALLBOX_RECORDINGS", "1000000"))
    days = min(860, max(10, recordings // 100))
    scale = Scale(recordings, days, entries=min(450_000, recordings // 2))
    Path("build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir="build", prefix="million-") as folder:
        yield from measure(Path(folder).resolve(), scale, queries=3000)


def measure(folder: Path, scale: Scale, queries: int) -> Iterator[dict[str, Any]]:
    """Build a box of this size in a folder and measure it, each figure as soon as it is there."""
    (folder / "box").mkdir()
    big = build(folder / "box", scale)
    many = f"{scale.recordings:,} recordings"
    yield from _starting(big, many)
    with opened(big.house.config, big.house.clock) as (box, history):
        _require(box.catalogue.count(), scale.recordings)
        yield from finding(big, box.catalogue, folder, queries)
        yield from searching(big, box, history, queries)
        bench = Bench(big, box, history, Disposal(box, history), Witnessing(box, lambda: None))
        yield from _looking(bench, many)
        yield from _one(bench, many)
        yield from _a_day(bench, folder, scale, many)


@dataclass(frozen=True, slots=True)
class Bench:
    """The open box, what its log remembers, and the parts of its keeper that work here."""

    big: Big
    box: Box
    history: History
    disposal: Disposal
    witnessing: Witnessing

    def go(self, seconds: float) -> None:
        """Let time go by."""
        clock = self.big.house.clock
        assert isinstance(clock, GivenClock)
        clock.advance(seconds)

    def mark(self) -> None:
        """Mark what is wanted, and let its hour go by."""
        self.disposal.look()
        self.go(HOUR)

    def destroy(self) -> None:
        """Destroy what was marked, and certify it under a checkpoint."""
        self.disposal.look()
        self.witnessing.checkpoint()
        runs.certify(self.box, self.history, runs.waiting(self.box))


def _starting(big: Big, many: str) -> Iterator[dict[str, Any]]:
    """A keeper in a process of its own: with a catalogue to be rebuilt, then with all that is there."""
    for name in ("rebuilding the catalogue", "with its catalogue"):
        found = _child(big.house.config)
        yield row(f"keeper starts {name}, {many}", found["seconds"], "s", NOBODY)
        yield row(f"keeper starts {name}, {many}: most memory", found["most"], "MB resident", NOBODY)
    yield row(f"keeper at rest, {many}: memory", found["now"], "MB resident", NOBODY)
    yield row(f"keeper at rest, {many}: a turn", found["turn_ms"], "ms, four a second", NOBODY)


def _child(config: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.bench_million", str(config)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def start(config: Path) -> dict[str, float]:
    """Start a keeper here, take one turn and 20 more; seconds until ready, memory, and a turn."""
    began = time.monotonic()
    with opened(config, GivenClock(MORNING)) as (box, history):
        keeper = Keeper(box, history, Notifier({}))
        keeper.turn()
        seconds = time.monotonic() - began
        turn = _middle(keeper.turn, 20)
        keeper.close()
        return {"seconds": seconds, "turn_ms": turn, "most": _memory("VmHWM"), "now": _memory("VmRSS")}


def _looking(bench: Bench, many: str) -> Iterator[dict[str, Any]]:
    """What is done every ten minutes though nothing is due."""
    bench.disposal.look()
    look = _middle(bench.disposal.look, AGAIN)
    yield row(f"disposal looks, nothing is due, {many}", look, "ms, once in 10 min", NOBODY)
    named = {f"day-{day.due.isoformat()}": day.due for day in bench.big.days}
    now, folder = bench.box.clock.stamp(), bench.big.house.folder / "forecast"
    folder.mkdir()
    today = bench.big.days[0].on
    write = _middle(lambda: Forecasts(folder, bench.box.signer).write(today, named, now), AGAIN)
    yield row("forecast signed and written", write, "ms, once a day", NOBODY)
    shutil.rmtree(folder)
    status = _middle(bench.box.catalogue.count, AGAIN)
    yield row(f"counting, {many}", status, "ms, once a status", NOBODY)


def _one(bench: Bench, many: str) -> Iterator[dict[str, Any]]:
    """Hold, release, destroy early and take in, one recording each."""
    box, house, middle = bench.box, bench.big.house, bench.big.days[len(bench.big.days) // 2]
    held, early = middle.names[0], middle.names[1]
    holds = HoldVerbs(box, bench.history).known()
    fields = {"id": held, "case": "C1", "owner": "DPO", "reason": "a dispute"}
    with _spent() as spent:
        answer = holds["hold"](ME, Fields("hold", fields))
    _require(box.catalogue.holds_of(held), [answer.content["hold"]["id"]])
    yield row(f"a hold on one, {many}", spent.wall * 1000, "ms", NOBODY)
    yield _a_month(bench, holds)
    with _spent() as spent:
        holds["release"](ME, Fields("release", {"hold": answer.content["hold"]["id"], "said": "settled"}))
    yield row(f"its release, {many}", spent.wall * 1000, "ms", NOBODY)
    DestroyVerbs(box, bench.history).known()["destroy"](
        ME, Fields("destroy", {"id": early, "reason": "asked"})
    )
    bench.mark()
    with _spent() as spent:
        bench.destroy()
    _require((box.catalogue.get(early), box.catalogue.holds_of(held)), (None, []))
    name = f"one destroyed early and two released holds' keys, {many}"
    yield row(name, spent.wall * 1000, "ms, two runs", NOBODY)
    yield row(f"{name}: written", spent.written / 1024, "KiB, all of it", NOBODY)
    taken = house.spool_finished()
    with _spent() as spent:
        intake.take(box, house.places.spool / f"{taken}.json")
    _require(box.catalogue.get(taken) is not None, expected=True)
    yield row(f"one taken in, {many}", spent.wall * 1000, "ms", NOBODY)


def _a_month(bench: Bench, holds: Known) -> dict[str, Any]:
    """A hold on one line for a month or what there is of it, released at once: its key goes with the next run."""
    days = bench.big.days[1:31]
    start = round(datetime.combine(days[0].on, time_of_day(), UTC).timestamp()) * 10**9
    stop = round(datetime.combine(days[-1].on, time_of_day(), UTC).timestamp() + DAY) * 10**9
    fields = {"line": "line1", "from_ns": start, "to_ns": stop, "case": "C2", "owner": "DPO", "reason": "r"}
    with _spent() as spent:
        answer = holds["hold"](ME, Fields("hold", fields))
    caught, hold = answer.content["recordings"], answer.content["hold"]["id"]
    _require((bool(caught), set(caught)), (True, bench.box.vault.locked(hold_key(hold))))
    holds["release"](ME, Fields("release", {"hold": hold, "said": "settled"}))
    return row(f"a hold on one line's month, {len(caught):,} caught", spent.wall, "s", NOBODY)


def _a_day(bench: Bench, folder: Path, scale: Scale, many: str) -> Iterator[dict[str, Any]]:
    """The day that is due: keys, shard, bodies, catalogue, audit log and certificate."""
    box, day = bench.box, bench.big.days[0]
    before, serial = box.catalogue.count(), box.vault.table.serial
    bench.go(DAY)
    bench.mark()
    with _spent() as spent:
        bench.destroy()
    table = box.places.vault / f"keys.{box.vault.table.serial}"
    gone = before - box.catalogue.count()
    left = [each for each in day.names if (box.places.store / f"{each}.body").exists()]
    issued = len(list(box.places.certificates.glob("*.json")))
    _require((gone, left, box.vault.table.serial - serial), (len(day.names), [], 1))
    _require((issued, runs.waiting(box)), (3, []))
    name = f"a day destroyed, {gone:,} of {many}"
    yield row(name, spent.wall, "s", REACH_S)
    yield row(f"{name}: CPU", spent.cpu, "CPU-s", NOBODY)
    yield row(f"{name}: key table", table.stat().st_size / 1024, "KiB written", KEY_TABLE)
    write_all(folder / "flat", scale.recordings, HEADER)
    with _spent() as flat:
        again = lock_all_again(folder / "flat")
    _require(again, scale.recordings)
    peer = "every header locked again"
    yield row(f"{name}: written", spent.written / 1e6, "MB, all of it", (f"{peer}, MB", flat.written / 1e6))
    yield row(f"{name}, beside it", spent.wall, "s", (f"{peer}, s", flat.wall))
    yield row(f"{name}, beside it: CPU", spent.cpu, "CPU-s", (f"{peer}, CPU-s", flat.cpu))


@dataclass(slots=True)
class Spent:
    """Seconds and bytes that something took; bytes are those that Linux sends to the disk."""

    wall: float = 0.0
    cpu: float = 0.0
    written: int = 0


@contextmanager
def _spent() -> Iterator[Spent]:
    spent = Spent()
    wall, cpu, written = time.monotonic(), time.process_time(), _written()
    yield spent
    spent.wall, spent.cpu = time.monotonic() - wall, time.process_time() - cpu
    spent.written = _written() - written


def _written() -> int:
    """Bytes that this process had sent to a disk (proc_pid_io(5), write_bytes)."""
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["write_bytes"])


def _memory(name: str) -> float:
    """A line of /proc/self/status (proc_pid_status(5)), in MB; of this process alone, not of its parent."""
    told = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(told[name].split()[0]) * 1024 / 1e6


def _middle(work: Callable[[], object], turns: int) -> float:
    """Milliseconds of the middle one of so many turns."""
    took = []
    for _ in range(turns):
        began = time.monotonic()
        work()
        took.append(time.monotonic() - began)
    return sorted(took)[turns // 2] * 1000


def _require(found: object, expected: object) -> None:
    """A figure of work that was not done is no figure."""
    if found != expected:
        raise RuntimeError(f"the benchmark does not add up: {str(found)[:200]}, not {str(expected)[:200]}")


if __name__ == "__main__":
    print(json.dumps(start(Path(sys.argv[1]))))
