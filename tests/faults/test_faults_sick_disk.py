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

from firmware.clock import GivenClock
from tests.faults.power_story import DAY_S, spooled
from tests.faults.sick_disk import ILLNESSES, REST_S, TURNS, made, turns
from tests.keeper.keeper_rig import MORNING, ROOT, House
from tests.rigs import figures, small_disk
from tests.rigs.thief import BLOCK, stolen

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
    done = small_disk.alone("tests.faults.sick_disk", request.param, str(folder), timeout=110)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nothing_is_lost_or_destroyed_early_while_the_disk_is_ill(told: dict[str, Any]) -> None:
    """What opens and is not due goes on opening, and no entry of the log is gone."""
    before, ill = told["before"], told["ill"]
    due = set(told["well"]["certified"])
    assert set(before["open"]) - due <= set(ill["open"])
    assert {"undated", "day-2026-04-01"} <= set(ill["keys"])
    assert ill["log"][: len(before["log"])] == before["log"]
    assert ill["aside"] == 0


def test_it_says_that_the_disk_is_ill(told: dict[str, Any]) -> None:
    """A keeper that runs has an open fault; one that starts says what stands in its way."""
    assert "vault.disk" in [told.get("at_start"), *told["ill"]["codes"]]
    assert "vault.disk" not in told["well"]["codes"]


def test_it_goes_on_by_itself_once_the_disk_is_well(told: dict[str, Any]) -> None:
    """What waited is taken in once, what was due is gone and certified once; another start changes nothing."""
    before, well, again = told["before"], told["well"], told["again"]
    (due,) = well["certified"]
    assert due in before["open"]
    assert len(well["open"]) == len(before["open"]) - 1 + 2
    assert well["open"] == well["listed"] == well["stored"]
    assert due not in well["open"]
    assert well["keys"] == ["alarms", "day-2026-04-01", "day-2026-04-03", "undated"]
    assert well["waiting"] == 0
    assert [well["log"].count(each) for each in ("taken in", "destroyed", "certified")] == [4, 1, 1]
    same = ("open", "listed", "stored", "keys", "certified")
    assert {name: again[name] for name in same} == {name: well[name] for name in same}


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
    """Intake, live keys, a forecast, a day destroyed: one refused call of any kind delays, and loses nothing."""
    house = made(tmp_path)
    ids = {spooled(house, "repairs"), house.spool_cut(1)}
    prepared = tmp_path / "prepared"
    shutil.copytree(house.places.data, prepared)
    every = points(house)
    soak = os.environ.get("CALLBOX_EXAMPLES") == "soak"
    chosen = every if soak else random.Random(SEED).sample(every, SAMPLE)
    for point in chosen:
        restored(house, prepared)
        first = refused(house, point)
        assert first.returncode == 0 or b"[vault." in first.stderr, (point, first.stderr.decode())
        stands(house, ids, point)
    figures.keep("refused-calls", calls=len(every), refused=len(chosen))


def restored(house: House, prepared: Path) -> None:
    """The box as it was prepared; the clock of who looks afterwards is behind nobody's."""
    house.clock = GivenClock(MORNING)
    house.clock.advance(2 * DAY_S + TURNS * REST_S)
    shutil.rmtree(house.places.data)
    shutil.copytree(prepared, house.places.data)


def stands(house: House, ids: set[str], point: Point) -> None:
    """Everything that was to be done is done once, by that keeper or the next, and the thief has nothing of it."""
    with house.keeper() as keeping:
        well: Any = turns(house, keeping)
    (due,) = well["certified"]
    assert well["open"] == well["listed"] == well["stored"], point
    assert ids <= set(well["open"]), point
    assert len(well["open"]) == 3, point
    assert due not in well["open"], point
    assert well["log"].count("taken in") == 4, point
    his = stolen(b"".join(map(blocks, house.places.data.rglob("*"))))
    assert "undated" in his, "the thief is a thief"
    assert "day-2026-03-04" not in his, point


def blocks(path: Path) -> bytes:
    """A file as it would lie on a disk."""
    content = path.read_bytes() if path.is_file() else b""
    return content + bytes(-len(content) % BLOCK)
