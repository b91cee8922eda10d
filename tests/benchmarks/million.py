"""A box with as many recordings as years leave behind: made in minutes, by the product's own files and formats.

Shards are written day by day, as `Vault.lock_again` writes them; the catalogue is left to be rebuilt, and the
audit log is appended to in memory and moved into place. One signature stands for all: nothing that is measured
checks one. Bodies exist only for the day that is destroyed.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from firmware.audit.entries import Entry, What
from firmware.audit.log import AuditLog
from firmware.clock import ClockState, Stamp, london_date
from firmware.keeper.wiring import opened
from firmware.retention.schedule import due_on
from firmware.sealing.facts import Gap
from firmware.settings.period import parse_period
from firmware.vault.contents import Contents
from firmware.vault.facts import BUCKETS, Facts
from firmware.vault.keys import day_key
from firmware.vault.manifest import Manifest, Sealed
from firmware.vault.opaque import ALPHABET, LENGTH
from firmware.vault.shards import Kind, Plain, Shard
from tests.benchmarks.bench_sealing import _ram_disk
from tests.keeper.keeper_rig import MORNING, House

PERIOD: Final = "P2Y130D"
"""860 days: the longest period of the notices (requirements)."""

LINES: Final = 8
DEPARTMENTS: Final = 4
HEADER: Final = 415
"""Bytes of an age header for two recipients, as the design counts them."""

DETAILS: Final = 300
POLICY: Final = f"""
[[policy]]
name = "long"
period = "{PERIOD}"
from = 2020-01-01
reason = "the longest of the notices"
"""
DEPARTMENT: Final = """
[[department]]
name = "d{}"
policy = "long"
opt_out = "stop"
contact = "d@example.org"
"""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the box is: recordings over so many due days, bytes of a body, entries of the audit log."""

    recordings: int = 1_000_000
    days: int = 860
    body: int = 100_000
    entries: int = 450_000

    @property
    def a_day(self) -> int:
        """Recordings of one due day, rounded down: the first days have one more each."""
        return self.recordings // self.days

    def of_day(self, number: int) -> int:
        """Recordings of one due day."""
        return self.a_day + (number < self.recordings % self.days)


@dataclass(frozen=True, slots=True)
class Day:
    """The recordings that fall due on one day: that day, the date on which they were heard, and their names."""

    due: date
    on: date
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Big:
    """The made box: its rig, and what lies in it by due day, the first tomorrow."""

    house: House
    days: tuple[Day, ...]


def build(folder: Path, scale: Scale) -> Big:
    """Make the box; the bodies of the first day are there, and there is no catalogue yet."""
    more = POLICY + "".join(DEPARTMENT.format(number) for number in range(DEPARTMENTS))
    house, random = House(folder, more=more), Random(1)
    days = tuple(_days(scale, random))
    with opened(house.config, house.clock) as (box, _):
        template = _template(house)
        for day in days:
            key_id = day_key(day.due)
            key = box.vault.table.add(key_id)
            Shard(house.places.shards, key_id, key).write(_locks(template, day, scale.body, random))
    house.places.catalogue.unlink()
    _bodies(house.places.store, days[0], scale.body)
    _log(house, scale.entries, days)
    return Big(house, days)


def _days(scale: Scale, random: Random) -> Iterator[Day]:
    period = parse_period(PERIOD)
    assert period is not None
    first = london_date(round(MORNING.timestamp()) * 10**9) + timedelta(days=1)
    on = first - timedelta(days=scale.days + 1000)
    dated: dict[date, date] = {}
    while len(dated) < scale.days:
        on += timedelta(days=1)
        if due_on(on, period) >= first:
            dated[due_on(on, period)] = on
    for number, (due, heard) in enumerate(dated.items()):
        names = ("".join(random.choices(ALPHABET, k=LENGTH)) for _ in range(scale.of_day(number)))
        yield Day(due, heard, tuple(names))


MARKS: Final = {
    "id": "0" * LENGTH,
    "call": "1" * LENGTH,
    "line": "line-mark",
    "department": "department-mark",
    "body": "2" * 64,
    "on": "1001-01-01",
    "due": "1002-02-02",
    "began": "3" * 18,
    "samples": "44444444",
    "bucket": "7777777",
    "size": "5" * 9,
}
"""What stands in the template where each recording has its own."""


def _template(house: House) -> str:
    """A whole lock as it lies in a shard, with places for what differs."""
    header, details = os.urandom(HEADER), os.urandom(DETAILS)
    manifest = _manifest(house.settings.digest).canonical()
    written = Contents(header, details, manifest, bytes(64), "f" * 16).written().decode().replace("%", "%%")
    for name, mark in MARKS.items():
        assert mark in written, name
        written = written.replace(mark, f"%({name})s")
    return written


def _manifest(digest: str) -> Manifest:
    began = Stamp(int(MARKS["began"]), 123_456_789_012_345, "0f" * 16, ClockState.TRUSTED)
    facts = Facts(
        id=MARKS["id"],
        call=MARKS["call"],
        line=MARKS["line"],
        department=MARKS["department"],
        settings=digest,
        rate=8000,
        sides=1,
        samples=int(MARKS["samples"]),
        began=began,
        gaps=(Gap(800, 1600, "paused"), Gap(6000, 9000, "card digits")),
        call_class="external",
        direction="in",
        ended="hung up",
        continues=None,
        recipients=("office", "safe"),
        bucket=int(MARKS["bucket"]),
        parts=None,
    )
    sealed = Sealed("finished", "ab" * 32, "cd" * 32, MARKS["body"], int(MARKS["size"]), 0)
    policy = {"name": "long", "period": PERIOD, "from": "2020-01-01", "reason": "the longest of the notices"}
    basis = {"callers": "public task", "staff": "contract"}
    on, due = date.fromisoformat(MARKS["on"]), date.fromisoformat(MARKS["due"])
    return Manifest(facts, sealed, on, due, None, policy, basis, began)


def _locks(template: str, day: Day, body: int, random: Random) -> Iterator[Plain]:
    midnight = datetime(day.on.year, day.on.month, day.on.day, tzinfo=UTC)
    opens = round(midnight.timestamp()) + 9 * 3600
    for name in day.names:
        line = random.randrange(LINES)
        own = {
            "id": name,
            "call": name[::-1],
            "line": f"line{line}",
            "department": f"d{line * DEPARTMENTS // LINES}",
            "body": f"{random.getrandbits(256):064x}",
            "on": day.on.isoformat(),
            "due": day.due.isoformat(),
            "began": (opens + random.randrange(9 * 3600)) * 10**9,
            "samples": random.randrange(10_000, 5_000_000),
            "bucket": random.randrange(BUCKETS),
            "size": body,
        }
        yield Plain(Kind.LOCK, name, (template % own).encode())


def _bodies(store: Path, day: Day, size: int) -> None:
    content = os.urandom(size)
    for name in day.names:
        (store / f"{name}.body").write_bytes(content)
    os.sync()


def _log(house: House, entries: int, days: tuple[Day, ...]) -> None:
    """A year of entries, most of them of taking in; each is synced, so it is done in memory."""
    names = [name for day in days for name in day.names]
    step = 365 * 86_400 * 10**9 // max(1, entries)
    now = round(MORNING.timestamp()) * 10**9
    with tempfile.TemporaryDirectory(dir=_ram_disk()) as memory:
        folder = Path(memory) / "audit"
        shutil.copytree(house.places.audit, folder)
        log = AuditLog(folder)
        for number in range(entries):
            at = Stamp(now - (entries - number) * step, 0, "bench", ClockState.TRUSTED)
            fields = {
                "recording": names[number % len(names)],
                "due": days[0].due.isoformat(),
                "kind": "finished",
                "manifest_sha256": f"{number:064x}",
                "signer": "0" * 16,
            }
            log.append(Entry(What.TAKEN_IN, at, fields))
        log.close()
        shutil.rmtree(house.places.audit)
        shutil.copytree(folder, house.places.audit)
