"""A keeper on a disk that falls ill under it and gets well again: what it does, and what it believes afterwards.

Runs alone in its mount namespace and prints one line of JSON: the state before, ill, and well again.
"""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.catalogue.catalogue import Wanted
from firmware.clock import GivenClock
from firmware.faults import Fault
from tests.keeper.keeper_rig import House, Keeping
from tests.rigs import small_disk

MEBIBYTES = 8
TURNS = 4
REST_S = 31
"""Seconds after which the keeper tries again (firmware/keeper/loop.py)."""

State = dict[str, object]


@contextmanager
def on_disk(house: House, disk: Path) -> Iterator[None]:
    """The data directory on this disk; the run directory in memory, as systemd has it."""
    with small_disk.mounted(disk, house.places.data), small_disk.memory(house.places.run):
        house.places.run.chmod(0o700)
        yield


def prepared(folder: Path) -> tuple[House, Path]:
    """A box on an image of its own: two recordings in the spool, and a live key that is to be replaced."""
    house = House(folder)
    house.spool_finished(seconds=0.5)
    house.spool_cut(1)
    image, data = folder / "image", house.places.data
    small_disk.make(image, MEBIBYTES, data)
    shutil.rmtree(data)
    data.mkdir()
    return house, image


def healthy(house: House, keeping: Keeping) -> State:
    """What stands before: two recordings, two live keys. Then two more recordings wait, and a live key may go."""
    house.write_lines(using=1, tainted=1)
    before = turns(house, keeping)
    for _ in range(2):
        house.spool_finished(seconds=0.5)
    house.write_lines(using=2)
    return before


def turns(house: House, keeping: Keeping) -> State:
    """What stands after some turns with rests between them."""
    assert isinstance(house.clock, GivenClock)
    for _ in range(TURNS):
        house.clock.advance(REST_S)
        keeping.turn()
    return state(house, keeping)


def state(house: House, keeping: Keeping) -> State:
    """What the box believes, and what it says."""
    box = keeping.box
    return {
        "codes": house.codes(),
        "open": sorted({recording for _, recording, _ in box.vault.everything()}),
        "listed": sorted(row.id for row in box.catalogue.find(Wanted())),
        "stored": sorted(path.stem for path in box.places.store.iterdir()),
        "waiting": len(list(box.places.spool.glob("*.json"))),
        "aside": len(list(box.places.aside.iterdir())),
        "keys": list(box.vault.table.ids()),
        "log": [each["what"] for each in box.log.entries()],
    }


def started(house: House) -> str:
    """How a keeper fares that starts on the sick disk."""
    try:
        with house.keeper():
            return "started"
    except Fault as fault:
        return fault.code


def full(folder: Path) -> State:
    """Not a byte is free, then the room comes back."""
    house, image = prepared(folder)
    filler = house.places.data / "filler"
    with on_disk(house, image):
        with house.keeper() as keeping:
            before = healthy(house, keeping)
            _fill(filler)
            ill = turns(house, keeping)
            filler.unlink()
            well = turns(house, keeping)
        return {"before": before, "ill": ill, "well": well, "again": _again(house)}


def _fill(path: Path) -> None:
    """Everything that is free, to the last block."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
            os.fsync(file.fileno())


def read_only(folder: Path) -> State:
    """The disk takes no write when the keeper starts, then it does; ill is what it was before."""
    house, image = prepared(folder)
    with on_disk(house, image):
        with house.keeper() as keeping:
            before = healthy(house, keeping)
        small_disk.remount(house.places.data, "ro")
        at_start = started(house)
        small_disk.remount(house.places.data, "rw")
        with house.keeper() as keeping:
            well = turns(house, keeping)
        again = _again(house)
        return {"before": before, "ill": before, "at_start": at_start, "well": well, "again": again}


def failing(folder: Path) -> State:
    """The disk answers EIO to every write and flush while the keeper runs; mounted again it is well."""
    house, image = prepared(folder)
    served = folder / "served"
    served.mkdir()
    with small_disk.logged(image, folder / "log", served) as disk:
        with on_disk(house, disk), house.keeper() as keeping:
            before = healthy(house, keeping)
            os.sync()
            (served / "refuse").write_text("yes")
            ill = turns(house, keeping)
            (served / "refuse").write_text("no")
        with on_disk(house, disk), house.keeper() as keeping:
            house.write_lines(using=2)
            well = turns(house, keeping)
        with on_disk(house, disk):
            return {"before": before, "ill": ill, "well": well, "again": _again(house)}


def _again(house: House) -> State:
    with house.keeper() as keeping:
        keeping.turn()
        return state(house, keeping)


ILLNESSES = {"full": full, "read-only": read_only, "failing": failing}

if __name__ == "__main__":
    illness, at = sys.argv[1:]
    with small_disk.memory(Path(at)):
        print(json.dumps(ILLNESSES[illness](Path(at))))
