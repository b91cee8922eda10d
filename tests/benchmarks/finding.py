"""Finding recordings in the catalogue, beside plain sqlite3 on a bare table, and a scan of JSON manifests in files.

Each query is asked as often as is told, each time for something else that is there. The peer asks the same of
a table without types, keys and synced journal, but with the same indices, and makes no rows of what it gets.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from firmware.catalogue.catalogue import MOST, Catalogue, Wanted
from firmware.catalogue.row import COLUMNS, Row
from firmware.catalogue.schema import INDICES
from firmware.vault.facts import BUCKETS
from tests.benchmarks.million import LINES, Big
from tests.benchmarks.rows import row

PAGE: Final = 100
"""The newest of a line or bucket that are shown first."""

SAMPLE: Final = 2000
"""Manifests in files that are really scanned; the rest is extrapolated."""

PARTS: Final = ("p50", "p99", "p99 of CPU")
"""The clock on the wall tells what a person waits for; the CPU's what is left of it on a machine that is not shared."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: of the catalogue, and in plain SQL of the bare table."""

    name: str
    wanted: Callable[[Random], Wanted | str]
    where: str


def queries(big: Big) -> tuple[Query, ...]:
    """By id, day, line and bucket."""

    def on(random: Random) -> str:
        return random.choice(big.days).on.isoformat()

    def line(random: Random) -> str:
        return f"line{random.randrange(LINES)}"

    return (
        Query("id", lambda random: random.choice(random.choice(big.days).names), "id = ?"),
        Query(f"day, newest {PAGE}", lambda random: Wanted(on=on(random), limit=PAGE), "on_date = ?"),
        Query("day, all of it", lambda random: Wanted(on=on(random)), "on_date = ?"),
        Query("line and day", lambda random: Wanted(line(random), on(random)), "line = ? AND on_date = ?"),
        Query(f"line, newest {PAGE}", lambda random: Wanted(line(random), limit=PAGE), "line = ?"),
        Query(
            f"bucket, newest {PAGE}",
            lambda random: Wanted(bucket=random.randrange(BUCKETS), limit=PAGE),
            "bucket = ?",
        ),
        Query("bucket, all of it", lambda random: Wanted(bucket=random.randrange(BUCKETS)), "bucket = ?"),
    )


def finding(big: Big, catalogue: Catalogue, folder: Path, turns: int) -> Iterator[dict[str, Any]]:
    """Percentiles of each query, in milliseconds."""
    bare = _bare(folder / "bare.db", big.house.places.catalogue)
    for query in queries(big):
        ours = _timed(lambda random, query=query: _ask(catalogue, query.wanted(random)), turns)
        plain = _timed(lambda random, query=query: _plain(bare, query, query.wanted(random)), turns)
        for name in PARTS:
            beside = ("plain sqlite3, bare table", plain[name])
            yield row(f"find by {query.name}, {name} of {turns:,}", ours[name], "ms", beside)
    bare.close()
    count = catalogue.count()
    scanned = _scan(big, catalogue, folder / "manifests") * count
    whole = next(each for each in queries(big) if each.name == "day, all of it")
    one = _timed(lambda random: _ask(catalogue, whole.wanted(random)), 50)["p50"]
    peer = (f"scan of JSON files, extrapolated from {SAMPLE:,}", scanned)
    yield row("find by day, beside a scan", one, "ms", peer)


def _ask(catalogue: Catalogue, wanted: Wanted | str) -> list[Row]:
    if isinstance(wanted, Wanted):
        return catalogue.find(wanted)
    return [found] if (found := catalogue.get(wanted)) else []


def _plain(bare: sqlite3.Connection, query: Query, wanted: Wanted | str) -> list[Any]:
    if isinstance(wanted, str):
        return bare.execute(f"SELECT * FROM bare WHERE {query.where}", (wanted,)).fetchall()  # noqa: S608  our own words
    asked = [each for each in (wanted.line, wanted.on, wanted.bucket) if each is not None]
    text = f"SELECT * FROM bare WHERE {query.where} ORDER BY began_ns DESC, id LIMIT ?"  # noqa: S608  our own words
    return bare.execute(text, (*asked, wanted.limit)).fetchall()


def _bare(path: Path, catalogue: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(path)
    bare.execute(f"CREATE TABLE bare ({', '.join(COLUMNS)})")
    bare.execute("ATTACH ? AS full", (str(catalogue),))
    bare.execute("INSERT INTO bare SELECT * FROM full.recordings")
    for number, columns in enumerate((("id",), *INDICES)):
        bare.execute(f"CREATE INDEX bare{number} ON bare ({', '.join(columns)})")
    bare.commit()
    bare.execute("DETACH full")
    return bare


def _timed(ask: Callable[[Random], list[Any]], turns: int) -> dict[str, float]:
    """Percentiles in milliseconds; an answer that finds nothing is an error."""
    walls, cpus, random = [], [], Random(2)
    for _ in range(turns):
        began, cpu = time.perf_counter(), time.thread_time()
        found = ask(random)
        cpus.append(time.thread_time() - cpu)
        walls.append(time.perf_counter() - began)
        if not found:
            raise RuntimeError("the benchmark asked for something that is not there")
    of = (_percentile(walls, 50), _percentile(walls, 99), _percentile(cpus, 99))
    return dict(zip(PARTS, of, strict=True))


def _percentile(seconds: list[float], part: int) -> float:
    """In milliseconds."""
    return sorted(seconds)[min(len(seconds) - 1, len(seconds) * part // 100)] * 1000


def _scan(big: Big, catalogue: Catalogue, folder: Path) -> float:
    """Milliseconds for each file of a scan that reads all of them."""
    folder.mkdir()
    rows = catalogue.find(Wanted(limit=min(SAMPLE, MOST)))
    for each in rows:
        (folder / f"{each.id}.json").write_text(json.dumps(asdict(each)))
    day = big.days[-1].on.isoformat()
    began = time.perf_counter()
    found = [path for path in folder.iterdir() if json.loads(path.read_bytes())["on_date"] == day]
    assert found
    return (time.perf_counter() - began) * 1000 / len(rows)
