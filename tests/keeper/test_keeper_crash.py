"""kill -9 at every system call that changes a disk: afterwards nothing is lost, doubled or in clear."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest

from firmware.catalogue.catalogue import Wanted
from firmware.catalogue.rebuild import known_of
from tests.keeper.keeper_rig import OFFICE, ROOT, House, flac_accepts, stock_age

CALLS = "fsync,fdatasync,rename,unlink,pwrite64,ftruncate,mkdir"
SAMPLE = 4
"""Points in a run; CALLBOX_EXAMPLES=soak takes all of them."""

Point = tuple[str, int]


VICTIM = "tests.keeper.keeper_victim"


def killed(house: House, point: Point | None, named: str = VICTIM) -> int:
    """One turn of a keeper, killed as it makes that call; its exit status. Without a point calls are written down."""
    inject = [] if point is None else ["-e", f"inject={point[0]}:signal=SIGKILL:when={point[1]}"]
    argv = ["strace", "-f", "-qq", "-o", str(house.folder / "trace"), "-e", f"trace={CALLS}", *inject]
    elapsed = str(house.clock.monotonic_ns() / 1e9 - 1)
    victim = [sys.executable, "-m", named, str(house.config), elapsed]
    environment = os.environ | {"RUNTIME_DIRECTORY": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*argv, *victim], cwd=ROOT, env=environment, capture_output=True, check=False, timeout=60
    )
    return done.returncode


def points(house: House, victim: str = VICTIM) -> list[Point]:
    """Every call that changes the disk in a whole turn: its name, and the how-manieth of that name it is."""
    assert killed(house, None, victim) == 0
    names = [line.split()[1].partition("(")[0] for line in (house.folder / "trace").read_text().splitlines()]
    return [(name, names[: place + 1].count(name)) for place, name in enumerate(names)]


def stands(house: House, ids: set[str]) -> None:
    """Restarted, the keeper has each recording exactly once, openable, and everything agrees."""
    with house.keeper() as keeping:
        keeping.turn()
        rows = {row.id: row for row in keeping.box.catalogue.find(Wanted())}
        assert set(rows) == ids
        assert rows == {row.id: row for row in known_of(keeping.box.vault, ()).rows}
        taken = [each["recording"] for each in keeping.box.log.entries() if each["what"] == "taken in"]
        assert sorted(taken) == sorted(ids)
        assert len(list(keeping.box.ledger.rows())) == 1
        for recording, row in rows.items():
            contents = keeping.box.vault.contents(row.key, recording)
            assert contents is not None
            body = (house.places.store / f"{recording}.body").read_bytes()
            assert row.kind == "cut" or flac_accepts(stock_age(contents.header + body, house.folder))
            nowhere(house, contents.header.splitlines()[1])
    assert list(house.places.spool.iterdir()) == []
    assert list(house.places.aside.iterdir()) == []


def nowhere(house: House, secret: bytes) -> None:
    for path in house.places.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert secret not in content, path
            assert OFFICE.secret not in content, path


def each_point(house: House, prepared: Path, sample: int = SAMPLE, victim: str = VICTIM) -> Iterator[Point]:
    """The box as it was prepared, then killed at one call after another."""
    shutil.copytree(house.places.data, prepared)
    every = points(house, victim)
    chosen = every if os.environ.get("CALLBOX_EXAMPLES") == "soak" else sorted(random.sample(every, sample))
    for when in chosen:
        shutil.rmtree(house.places.data)
        shutil.copytree(prepared, house.places.data)
        assert killed(house, when, victim) == -SIGKILL
        yield when


needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed: no kill at every call"
)


@pytest.mark.rig
@needs_strace
def test_killed_at_any_call_of_taking_in(house: House, tmp_path: Path) -> None:
    """A finished and a cut recording and a coverage file, the keeper killed at each step of taking them in."""
    ids = {house.spool_finished(), house.spool_cut(1)}
    coverage = (
        '{"format":1,"rows":[{"line":"line1","call":null,"reason":"paused","duration_ns":5,'
        '"began":{"wall_ns":1772443800000000000,"boottime_ns":1,"boot_id":"b","state":"trusted"}}]}'
    )
    (house.places.spool / "coverage-0123456789abc.json").write_text(coverage)
    for _ in each_point(house, tmp_path / "prepared"):
        stands(house, ids)


@pytest.mark.rig
@needs_strace
def test_killed_at_any_call_of_replacing_and_destroying_a_live_key(house: House, tmp_path: Path) -> None:
    """One turn makes generation 3 and destroys 1: afterwards 1 opens nowhere, and what recordings need lives."""
    recording = house.spool_finished()
    with house.keeper() as keeping:
        house.write_lines(using=1, tainted=1)
        keeping.turn()
        dead = keeping.box.vault.table.key("live-1")
        root = keeping.box.vault.table._root.held.key
    house.write_lines(using=2, tainted=2)
    for _ in each_point(house, tmp_path / "prepared"):
        with house.keeper() as keeping:
            keeping.turn()
            assert [each for each in keeping.box.vault.table.ids() if "live" in each] == ["live-2", "live-3"]
            assert house.live.generation == 3
            assert keeping.box.catalogue.get(recording) is not None
            assert keeping.whats().count("destroyed key") == 1
            row = keeping.box.catalogue.get(recording)
            assert keeping.box.vault.contents(row.key, recording) is not None
        nowhere(house, dead)
        nowhere(house, root)
