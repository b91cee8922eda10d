"""The power goes at any moment: nothing undue is lost, nothing destroyed comes back, and the log forgets nothing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.faults.power_mutants import MUTANTS
from tests.rigs import figures, small_disk

CUTS = int(os.environ.get("CALLBOX_CUTS", "16"))
"""Cuts of the story; the soak takes 200 and more."""

OF_A_MUTANT = 40
"""Cuts within which a sync that is left out must be noticed; a third of all cuts show it."""

SEED = int(os.environ.get("CALLBOX_SEED", "1"))
REASON = small_disk.why_not(fuse=True)
pytestmark = [
    pytest.mark.rig,
    pytest.mark.skipif(REASON is not None, reason=f"no power cuts: {REASON}"),
    pytest.mark.timeout(240 + 3 * CUTS),
]


def cut(folder: Path, count: int, mutant: str = "") -> dict[str, Any]:
    """The story once, cut so often: figures and violations."""
    words = [str(folder), str(SEED), str(count), mutant]
    done = small_disk.alone("tests.faults.power_stage", *words, timeout=230 + 3 * CUTS)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nothing_is_lost_and_nothing_comes_back(tmp_path: Path) -> None:
    """Through intake, live keys and destructions, cut at any write: what was owed stands, what was gone is gone."""
    found = cut(tmp_path, CUTS)
    figures.keep("power-cuts", **found)
    assert found["violations"] == []
    assert found["flushes"] > 100, "the story reaches the disk"


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_a_sync_left_out_is_noticed(tmp_path: Path, mutant: str) -> None:
    """The same story by code that leaves out one fsync: the rig can fail."""
    found = cut(tmp_path, OF_A_MUTANT, mutant)
    figures.keep(f"power-cuts-without-{mutant}", **found)
    assert found["violations"], found
