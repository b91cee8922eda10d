"""What a person waits for who searches: the names of a bucket, a page of candidates, all of them, and a reference.

A page is what holds the keeper's door: it reads a few files of the vault. Tags are there of as many notes as a big
office writes: one recording in ten.
"""

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from firmware.catalogue.sought import Sought
from firmware.catalogue.tags import reference_tag, tag_key
from firmware.keeper.box import Box
from firmware.keeper.door import Person
from firmware.keeper.find_verbs import FindVerbs
from firmware.keeper.history import History
from firmware.keeper.searches import Hands, Searches
from firmware.vault.facts import BUCKETS
from firmware.vault.reading import MOST_WHOLE, Fields
from tests.benchmarks.million import Big
from tests.benchmarks.rows import row

ME: Final = Person("bench", 0)
NOBODY: Final = ("none", None)
REACH_MS: Final = ("reach of the design, ms", 10.0)
NOTED: Final = 10
"""One recording in so many has a note."""

PAGES: Final = 20
"""First pages that are timed: each reads files of the vault, which `queries` times over would take minutes."""


def searching(big: Big, box: Box, history: History, turns: int) -> Iterator[dict[str, Any]]:
    """Percentiles in milliseconds, and a whole search in seconds."""
    random = Random(3)
    references = _noted(big, box)
    verbs = FindVerbs(box, history, Searches())

    def names() -> list[str]:
        return box.catalogue.seek(Sought((random.randrange(BUCKETS),), 0, MOST_WHOLE, limit=MOST_WHOLE))

    def page() -> object:
        return verbs._page(verbs.searches.begin(ME, names(), Hands.DETAILS))

    def by_reference() -> object:
        asked = Fields("by-ref", {"ref": random.choice(references)})
        return verbs.known()["by-ref"](ME, asked).content["recordings"]

    yield from _rows("find: all names of a bucket", names, turns)
    yield from _rows("find: a first page of candidates, sealed details read", page, PAGES)
    yield from _rows(f"find by reference, {len(references):,} tags", by_reference, turns, REACH_MS)
    yield _whole(verbs, names())


def _noted(big: Big, box: Box) -> list[str]:
    """Tags of notes, entered at once; a reference each, of which some recordings share one."""
    key = tag_key(box.vault.table)
    noted = [name for day in big.days for name in day.names][::NOTED]
    references = [f"CASE/{number // 2}" for number in range(len(noted))]
    box.catalogue.tag(
        (reference_tag(key, reference), name) for reference, name in zip(references, noted, strict=True)
    )
    return references


def _whole(verbs: FindVerbs, names: list[str]) -> dict[str, Any]:
    """Every page of one search, as a person's shell asks for them."""
    began = time.monotonic()
    search = verbs.searches.begin(ME, names, Hands.DETAILS)
    pages = [verbs._page(search)]
    while pages[-1]["search"] is not None:
        pages.append(verbs._page(search))
    seconds = time.monotonic() - began
    found = sum(len(each["candidates"]) for each in pages)  # type: ignore[arg-type,misc]
    if found != len(names):
        raise RuntimeError(f"{found} candidates went out, not {len(names)}")
    return row(f"find: all {found:,} candidates, {len(pages):,} pages", seconds, "s", NOBODY)


def _rows(
    name: str, ask: Callable[[], object], turns: int, peer: tuple[str, float | None] = NOBODY
) -> Iterator[dict[str, Any]]:
    walls, cpus = [], []
    for _ in range(turns):
        began, cpu = time.perf_counter(), time.thread_time()
        if not ask():
            raise RuntimeError("the benchmark asked for something that is not there")
        cpus.append(time.thread_time() - cpu)
        walls.append(time.perf_counter() - began)
    last = min(turns - 1, turns * 99 // 100)
    for part, values in (("p99", walls), ("p99 of CPU", cpus)):
        yield row(f"{name}, {part} of {turns:,}", sorted(values)[last] * 1000, "ms", peer)
    yield row(f"{name}, p50 of {turns:,}", sorted(walls)[turns // 2] * 1000, "ms", peer)
