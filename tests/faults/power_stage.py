"""The stage of the power cuts: a story on a logged disk, then the box opened after each of many cuts.

Runs alone in its mount namespace, and prints one line of JSON: figures and violations.
"""

import json
import os
import random
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.faults import power_judge, power_mutants, power_story
from tests.keeper.keeper_rig import House
from tests.rigs import small_disk
from tests.rigs.block_log import ACK, FLUSH, Disk, Event, cuts, events, owed
from tests.rigs.thief import used

MEBIBYTES = 12
FINDINGS, A_FINDING = 20, 2000
"""At most, of one cut: what a pipe takes at once."""


def main(folder: Path, seed: int, count: int, mutant: str) -> dict[str, object]:
    """Tell the story once, cut it `count` times; by a mutant only until something is noticed."""
    began = time.monotonic()
    house, cast, before = _prepared(folder)
    _told(folder, house, lambda acks: _tell(house, cast, acks, mutant))
    told, story = events(folder / "log"), time.monotonic() - began
    outcomes = []
    for violations in _each_cut(house, before, told, cuts(told, count, random.Random(seed))):
        outcomes.append(violations)
        if mutant and violations:
            break
    spent = time.monotonic() - began - story
    kinds = [each.kind for each in told]
    figures = {"events": len(told), "flushes": kinds.count(FLUSH), "acks": kinds.count(ACK)}
    times = {"story_s": round(story, 2), "cut_s": round(spent / len(outcomes), 3)}
    found = [each for violations in outcomes for each in violations]
    return {"seed": seed, "mutant": mutant, "cuts": len(outcomes), **figures, **times, "violations": found}


def _each_cut(
    house: House, before: bytes, told: Sequence[Event], places: Sequence[int]
) -> Iterator[list[str]]:
    """What is wrong after each cut; what a disk loses depends on the place of the cut alone."""
    disk, image = Disk(before, told), house.folder / "image"
    for place in places:
        image.write_bytes(disk.at(place, random.Random(place)))
        violations = _judged(house, image, [json.loads(each) for each in owed(told, place)])
        yield [f"cut {place}: {each}" for each in violations]


def _prepared(folder: Path) -> tuple[House, power_story.Cast, bytes]:
    """A box as it is before the story, on an image; its data directory becomes a place to mount it."""
    house = House(folder, more=power_story.SHORT)
    cast = power_story.prepare(house)
    image, data = folder / "before", house.places.data
    small_disk.make(image, MEBIBYTES, data)
    shutil.rmtree(data)
    data.mkdir()
    return house, cast, image.read_bytes()


def _told(folder: Path, house: House, tell: Callable[[Path], list[str]]) -> None:
    served = folder / "served"
    served.mkdir()
    with (
        small_disk.logged(folder / "before", folder / "log", served) as disk,
        small_disk.mounted(disk, house.places.data),
        small_disk.memory(house.places.run),
    ):
        outcome = forked(lambda: tell(served / "acks"))
    if outcome:
        raise RuntimeError(f"the story itself did not go through: {outcome[0]}")


def _tell(house: House, cast: power_story.Cast, acks: Path, mutant: str) -> list[str]:
    if mutant:
        power_mutants.mutate(mutant)
    power_story.tell(house, cast, acks)
    return []


def _judged(house: House, image: Path, told: list[power_judge.Said]) -> list[str]:
    """What is wrong after this cut: raw, opened, and raw again."""
    found = power_judge.raw(used(image.read_bytes()), power_judge.gone(told))
    with small_disk.mounted(image, house.places.data):
        found += forked(lambda: power_judge.opened(house, told))
        destroyed = power_judge.said_destroyed(house)
    left = used(image.read_bytes())
    return [*found, *power_judge.raw(left, destroyed), *power_judge.clear(left, told)]


def forked(work: Callable[[], list[str]]) -> list[str]:
    """What a process of its own finds; where it dies, that is what was found."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps([each[:A_FINDING] for each in _outcome(work)[:FINDINGS]]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return list(json.loads(answer)) if answer else ["died"]


def _outcome(work: Callable[[], list[str]]) -> list[str]:
    try:
        return work()
    except BaseException as error:  # noqa: BLE001  whatever it is, it is what was found
        return [f"{type(error).__name__}: {error} {traceback.format_exc()[-600:]}"]


if __name__ == "__main__":
    at, seed_, count_, mutant_ = sys.argv[1:]
    with small_disk.memory(Path(at)):
        print(json.dumps(main(Path(at), int(seed_), int(count_), mutant_)))
