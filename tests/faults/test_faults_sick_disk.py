"""The disk is full, read-only or failing: nothing is destroyed early, nothing half-written is believed, and it mends itself."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.sick_disk import ILLNESSES
from tests.keeper.keeper_rig import ROOT, House
from tests.rigs import figures, small_disk

SEED = int(os.environ.get("CALLBOX_SEED", "1"))
SAMPLE = 3
"""Refused calls in a run; CALLBOX_EXAMPLES=soak takes all of them."""

REFUSED = {"fsync": "EIO", "rename": "EIO", "pwrite64": "ENOSPC", "ftruncate": "EIO", "unlink": "EROFS"}
"""The calls by which the keeper changes a disk, and what each is answered."""

REASON = small_disk.why_not(fuse=True)
pytestmark = pytest.mark.rig


@pytest.fixture(scope="module", params=sorted(ILLNESSES))
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One illness, from health to health."""
    if REASON is not None:
        pytest.skip(f"no sick disk: {REASON}")
    folder = tmp_path_factory.mktemp("sick")
    done = small_disk.alone("tests.faults.sick_disk", request.param, str(folder), timeout=60)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nothing_is_lost_or_destroyed_while_the_disk_is_ill(told: dict[str, Any]) -> None:
    """What opened goes on opening, every undue key lives, and no entry of the log is gone."""
    before, ill = told["before"], told["ill"]
    assert set(before["open"]) <= set(ill["open"])
    assert {"undated", "live-2", before["keys"][0]} <= set(ill["keys"])
    assert ill["log"][: len(before["log"])] == before["log"]
    assert ill["aside"] == 0


def test_it_says_that_the_disk_is_ill(told: dict[str, Any]) -> None:
    """A keeper that runs has an open fault; one that starts says what stands in its way."""
    assert "vault.disk" in [told.get("at_start"), *told["ill"]["codes"]]
    assert "vault.disk" not in told["well"]["codes"]


def test_it_goes_on_by_itself_once_the_disk_is_well(told: dict[str, Any]) -> None:
    """Everything that waited is taken in once, the live key that was due is gone, and another start changes nothing."""
    before, well, again = told["before"], told["well"], told["again"]
    assert len(well["open"]) == len(before["open"]) + 2
    assert well["open"] == well["listed"] == well["stored"]
    assert well["waiting"] == 0
    assert "live-1" not in well["keys"]
    assert well["log"].count("taken in") == len(well["open"])
    assert {name: again[name] for name in ("open", "listed", "stored", "keys")} == {
        name: well[name] for name in ("open", "listed", "stored", "keys")
    }


Point = tuple[str, int]


def refused(house: House, point: Point | None) -> subprocess.CompletedProcess[bytes]:
    """Some turns of a keeper to whom that call is refused once; without a point calls are written down."""
    inject = [] if point is None else ["-e", f"inject={point[0]}:error={REFUSED[point[0]]}:when={point[1]}"]
    calls = ",".join(REFUSED)
    trace = ["strace", "-f", "-qq", "-o", str(house.folder / "trace"), "-e", f"trace={calls}", *inject]
    victim = [sys.executable, "-m", "tests.faults.sick_victim", str(house.config)]
    environment = os.environ | {"RUNTIME_DIRECTORY": "", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([*trace, *victim], cwd=ROOT, env=environment, capture_output=True, check=False)


def points(house: House) -> list[Point]:
    """Every call that changes the disk: its name, and the how-manieth of that name; the run directory is in memory."""
    assert refused(house, None).returncode == 0
    lines = (house.folder / "trace").read_text().splitlines()
    names = [line.split()[1].partition("(")[0] for line in lines]
    every = [(name, names[: place + 1].count(name)) for place, name in enumerate(names)]
    return [point for point, line in zip(every, lines, strict=True) if f'"{house.places.run}/' not in line]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: no call can be refused")
def test_any_call_may_be_refused_once(tmp_path: Path) -> None:
    """Taking in, and replacing and destroying live keys: one refused call of any kind delays, and loses nothing."""
    house = House(tmp_path)
    house.write_lines(using=1, tainted=1)
    with house.keeper() as keeping:
        keeping.turn()
    ids = {house.spool_finished(seconds=0.5), house.spool_cut(1)}
    house.write_lines(using=2, tainted=2)
    prepared = tmp_path / "prepared"
    shutil.copytree(house.places.data, prepared)
    every = points(house)
    soak = os.environ.get("CALLBOX_EXAMPLES") == "soak"
    chosen = every if soak else random.Random(SEED).sample(every, SAMPLE)
    for point in chosen:
        restored(house, prepared)
        first = refused(house, point)
        assert first.returncode == 0 or b"vault.disk" in first.stderr, (point, first.stderr)
        stands(house, ids, point)
    figures.keep("refused-calls", calls=len(every), refused=len(chosen))


def restored(house: House, prepared: Path) -> None:
    """The box as it was prepared."""
    shutil.rmtree(house.places.data)
    shutil.copytree(prepared, house.places.data)


def stands(house: House, ids: set[str], point: Point) -> None:
    """Everything that was to be done is done once, by that keeper or the next."""
    with house.keeper() as keeping:
        keeping.turn()
        opened = {recording for _, recording, _ in keeping.box.vault.everything()}
        assert opened == ids, point
        taken = [each["recording"] for each in keeping.box.log.entries() if each["what"] == "taken in"]
        assert sorted(taken) == sorted(ids), point
        assert "live-1" not in keeping.box.vault.table, point
        assert {"undated", "live-2"} <= set(keeping.box.vault.table.ids()), point
