"""A keeper on a disk that falls ill under it and gets well again: what it does, and what it believes afterwards.

Runs alone in its mount namespace and prints one line of JSON: the state before, ill, and well again. As the
disk falls ill a day is marked and not yet destroyed, and two recordings wait in the spool.
"""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.audit.certificate import content_of
from firmware.catalogue.catalogue import Wanted
from firmware.clock import GivenClock
from firmware.faults import Fault
from tests.faults.power_story import DAY_S, HOUR_S, SHORT, spooled
from tests.keeper.keeper_rig import House, Keeping
from tests.rigs import small_disk

MEBIBYTES = 8
TURNS = 8
REST_S = 0.4 * HOUR_S
"""Between two turns: longer than the keeper's own rests, so that each turn tries everything."""

State = dict[str, object]


def made(folder: Path) -> House:
    """A box on its second day: what is due today was taken in and foretold two days ago, and is not marked yet."""
    house = House(folder, more=SHORT)
    spooled(house, "desk")
    house.spool_cut(1)
    with house.keeper() as keeping:
        house.write_lines(using=1)
        keeping.turn()
    advance(house, 2 * DAY_S)
    return house


def advance(house: House, seconds: float) -> None:
    """Let time go by."""
    assert isinstance(house.clock, GivenClock)
    house.clock.advance(seconds)


def on_image(folder: Path) -> tuple[House, Path]:
    """That box on an image of its own."""
    house = made(folder)
    image, data = folder / "image", house.places.data
    shutil.rmtree(house.places.run)
    house.places.run.mkdir(mode=0o700)
    small_disk.make(image, MEBIBYTES, data)
    shutil.rmtree(data)
    data.mkdir()
    return house, image


@contextmanager
def mounted(house: House, disk: Path) -> Iterator[None]:
    """The data directory on this disk; the run directory in memory, as systemd has it."""
    with small_disk.mounted(disk, house.places.data), small_disk.memory(house.places.run):
        yield


def healthy(house: House, keeping: Keeping) -> State:
    """The day is marked; then two more recordings wait."""
    house.write_lines(using=house.live.generation)
    keeping.turn()
    before = state(house, keeping)
    for _ in range(2):
        spooled(house, "repairs")
    return before


def turns(house: House, keeping: Keeping) -> State:
    """What stands after some turns with rests between them."""
    for _ in range(TURNS):
        advance(house, REST_S)
        house.write_lines(using=house.live.generation)
        keeping.turn()
    return state(house, keeping)


def state(house: House, keeping: Keeping) -> State:
    """What the box believes, and what it says."""
    box = keeping.box
    certified = [content_of(path.read_bytes()) for path in box.places.certificates.glob("*.json")]
    return {
        "codes": house.codes(),
        "open": sorted({recording for _, recording, _ in box.vault.everything()}),
        "listed": sorted(row.id for row in box.catalogue.find(Wanted())),
        "stored": sorted(path.stem for path in box.places.store.iterdir()),
        "certified": sorted(each.text("id") for content in certified for each in content.each("recordings")),
        "waiting": len(list(box.places.spool.glob("*.json"))),
        "aside": len(list(box.places.aside.iterdir())),
        "keys": [each for each in box.vault.table.ids() if not each.startswith("live-")],
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
    house, image = on_image(folder)
    filler = house.places.data / "filler"
    with mounted(house, image):
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
    house, image = on_image(folder)
    with mounted(house, image):
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
    house, image = on_image(folder)
    served = folder / "served"
    served.mkdir()
    with small_disk.logged(image, folder / "log", served) as disk:
        with mounted(house, disk), house.keeper() as keeping:
            before = healthy(house, keeping)
            os.sync()
            (served / "refuse").write_text("yes")
            ill = turns(house, keeping)
            (served / "refuse").write_text("no")
        with mounted(house, disk), house.keeper() as keeping:
            well = turns(house, keeping)
        with mounted(house, disk):
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
