"""A recording as a strip of a few cells: what was kept of it and what was withheld, never exactly where.

1. A cell in which anything was withheld says so: no gap is too short to be seen.
2. Cells are coarse by design: the gaps of keyed digits tell the rhythm of a hand, a strip does not.
3. What is known is kept for the recordings that were asked for last, and for no others.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final

from firmware.call.events import Reason
from firmware.catalogue.row import Row
from firmware.faults import VaultFault
from firmware.sealing.facts import Gap
from firmware.vault.manifest import read_manifest
from firmware.vault.reading import UnreadableError
from firmware.vault.vault import Vault

CELLS: Final = 48
"""Cells of a strip; our choice: a screen of 120 columns has room for as many, one of 80 for half."""

Runs = tuple[tuple[str, int], ...]
"""A strip as what became of it and over how many cells, one after another."""


def strip(samples: int, gaps: Sequence[Gap]) -> Runs:
    """The strip of a recording of so many samples a side; nothing where it has none."""
    if not samples:
        return ()
    edges = [cell * samples // CELLS for cell in range(CELLS + 1)]
    cells = [_cell(gaps, start, max(stop, start + 1)) for start, stop in pairwise(edges)]
    return tuple(_runs(cells))


def _cell(gaps: Sequence[Gap], start: int, stop: int) -> str:
    """The reason of the gap that has most of these samples (rule 1)."""
    within = [(min(gap.stop, stop) - max(gap.start, start), gap.reason) for gap in gaps]
    most = max(within, key=lambda each: each[0], default=(0, ""))
    return most[1] if most[0] > 0 else str(Reason.RECORDED)


def _runs(cells: Iterable[str]) -> Iterable[tuple[str, int]]:
    before, count = "", 0
    for cell in cells:
        if cell != before and count:
            yield before, count
            count = 0
        before, count = cell, count + 1
    yield before, count


class Strips:
    """The strips of the recordings that were asked for last (rule 3)."""

    def __init__(self) -> None:
        self._known: dict[str, Runs] = {}

    def of(self, vault: Vault, rows: Collection[Row]) -> dict[str, Runs]:
        """The strip of each recording whose lock opens; one that is damaged has none, and is a fault elsewhere."""
        fresh: dict[str, set[str]] = {}
        for row in rows:
            if row.id not in self._known:
                fresh.setdefault(row.key, set()).add(row.id)
        known = self._known | {
            name: runs for key, ids in fresh.items() for name, runs in _read(vault, key, ids)
        }
        self._known = {row.id: known[row.id] for row in rows if row.id in known}
        return self._known


def _read(vault: Vault, key: str, recordings: Collection[str]) -> list[tuple[str, Runs]]:
    try:
        facts = [read_manifest(each.manifest).facts for each in vault.contents_of(key, recordings)]
    except (VaultFault, UnreadableError):
        return []
    return [(each.id, strip(each.samples, each.gaps)) for each in facts]
