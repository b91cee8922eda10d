"""A story of the keeper to cut the power in: the real code, which says after each step what it now owes.

What is said: `kept` (each of these recordings opens from now on, by one of these keys), `going` (these keys
or recordings may be gone from now on), `gone` (they are destroyed), each with size and root of the audit log.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from firmware.clock import GivenClock
from firmware.keeper import intake
from firmware.keeper.box import Box
from firmware.vault import durable, shards, table
from tests.keeper.keeper_rig import MORNING, House, Keeping

DAY_S = 86_400
BEFORE = 3
"""Finished recordings that lie in the spool as the story begins, beside a cut one and one of the day before."""


@dataclass(frozen=True)
class Teller:
    """Writes what is owed into the log of the disk."""

    acks: Path
    box: Box

    def say(self, kind: str, *names: str) -> None:
        """Of some keys or recordings, `going` or `gone`; of all of them, `kept`."""
        at = {"size": self.box.log.size, "root": self.box.log.root.hex()}
        told = {"say": kind, "names": names, "log": at, "wall_ns": self.box.clock.stamp().wall_ns}
        told["locks"] = {} if kind != "kept" else locks(self.box)
        descriptor = os.open(self.acks, os.O_WRONLY)
        os.write(descriptor, json.dumps(told).encode())
        os.close(descriptor)


def locks(box: Box) -> dict[str, list[str]]:
    """Every recording with a lock that opens, and the keys that open it."""
    found: dict[str, list[str]] = {}
    for key_id, recording, _ in box.vault.everything():
        found.setdefault(recording, []).append(key_id)
    return found


def prepare(house: House) -> None:
    """What lies in the spool before the power can fail."""
    for _ in range(BEFORE):
        house.spool_finished(seconds=0.5)
    house.spool_cut(1)
    yesterday = GivenClock(MORNING - timedelta(days=1))
    house.spool_finished(house.making(began=yesterday.stamp()), seconds=0.5)


def tell(house: House, acks: Path) -> None:
    """Taking in, two live keys made, two destroyed, a day destroyed, and taking in again."""
    with house.keeper() as keeping:
        teller = Teller(acks, keeping.box)
        teller.say("begun")
        _one_by_one(keeping.box, teller)
        _night(house, keeping, teller)
        _old_live_key_goes(house, keeping, teller, 1)
        _spooled(house, keeping, teller)
        _day_goes(keeping.box, teller)
        house.write_lines(using=2, tainted=2)
        keeping.turn()
        _old_live_key_goes(house, keeping, teller, 2)
        _spooled(house, keeping, teller)


def _one_by_one(box: Box, teller: Teller) -> None:
    for path in intake.waiting(box):
        intake.take(box, path)
        teller.say("kept")


def _night(house: House, keeping: Keeping, teller: Teller) -> None:
    assert isinstance(house.clock, GivenClock)
    house.clock.advance(DAY_S)
    house.write_lines(using=1)
    keeping.turn()
    teller.say("night")


def _old_live_key_goes(house: House, keeping: Keeping, teller: Teller, old: int) -> None:
    teller.say("going", f"live-{old}")
    house.write_lines(using=old + 1)
    keeping.turn()
    teller.say("gone", f"live-{old}")


def _spooled(house: House, keeping: Keeping, teller: Teller) -> None:
    house.spool_finished(seconds=0.5)
    keeping.turn()
    teller.say("kept")


def _day_goes(box: Box, teller: Teller) -> None:
    day = min(key_id for key_id, _, _ in box.vault.everything())
    teller.say("going", day)
    box.vault.destroy([day])
    teller.say("gone", day)


def _without_sync(of: SimpleNamespace) -> None:
    """What was appended is not synced."""

    def append(descriptor: int, content: bytes, size: int) -> int:
        return size + os.pwrite(descriptor, content, size)

    of.append = append


def _written_without_sync(of: SimpleNamespace) -> None:
    """What was written whole is not synced, only its name."""

    def write(path: Path, content: bytes) -> None:
        temporary = path.with_name(path.name + durable.TEMPORARY)
        temporary.write_bytes(content)
        temporary.rename(path)

    of.write = write


MUTANTS: dict[str, tuple[object, Callable[[SimpleNamespace], None]]] = {
    "shards": (shards, _without_sync),
    "table": (table, _written_without_sync),
}
"""One sync left out, by where: the rig must notice each."""


def mutate(name: str) -> None:
    """Leave out one sync in this process."""
    module, leave_out = MUTANTS[name]
    changed = SimpleNamespace(**vars(durable))
    leave_out(changed)
    module.durable = changed  # type: ignore[attr-defined]
