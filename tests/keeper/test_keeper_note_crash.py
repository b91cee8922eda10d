"""kill -9 at every system call of a note that changes a disk: a note is found again or is not there, never half."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL

import pytest

from firmware.catalogue.rebuild import known_of
from tests.keeper.keeper_rig import ROOT, House
from tests.keeper.note_victim import SAID
from tests.keeper.test_keeper_crash import CALLS, Point, needs_strace
from tests.keeper.test_keeper_disposal import ask, taken_in

SAMPLE = 2
"""Points in a run; CALLBOX_EXAMPLES=soak takes all of them."""


def killed(house: House, recording: str, point: Point | None) -> int:
    """A note that is killed as it makes that call; its exit status. Without a point calls are written down."""
    begun = house.folder / "begun"
    begun.unlink(missing_ok=True)
    trace = house.folder / "trace"
    argv = ["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={CALLS},utimensat"]
    inject = ["-e", f"inject={point[0]}:signal=SIGKILL:when={point[1]}"] if point else []
    victim = [sys.executable, "-m", "tests.keeper.note_victim", str(house.config), str(begun), recording]
    environment = os.environ | {"RUNTIME_DIRECTORY": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*argv, *inject, *victim], cwd=ROOT, env=environment, capture_output=True, check=False, timeout=60
    )
    return done.returncode


def points(house: House, recording: str) -> list[Point]:
    """Every call of a note that changes the disk: its name, and the how-manieth of that name it is."""
    assert killed(house, recording, None) == 0
    names = [line.split()[1].partition("(")[0] for line in (house.folder / "trace").read_text().splitlines()]
    begun = names.index("utimensat")
    return [(names[place], names[: place + 1].count(names[place])) for place in range(begun + 1, len(names))]


@pytest.mark.rig
@needs_strace
def test_killed_at_any_call_of_a_note(tmp_path: Path) -> None:
    """Restarted, the catalogue says what the vault's notes say; what is entered in the log is found."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        ask(keeping, "hold", id=recording, case="H", owner="dpo", reason="r")
    prepared = tmp_path / "prepared"
    shutil.copytree(house.places.data, prepared)
    every = points(house, recording)
    assert len(every) > 5
    whole = os.environ.get("CALLBOX_EXAMPLES") == "soak"
    for when in every if whole else random.sample(every, SAMPLE):
        shutil.rmtree(house.places.data)
        shutil.copytree(prepared, house.places.data)
        assert killed(house, recording, when) == -SIGKILL
        stands(house, recording)


def stands(house: House, recording: str) -> None:
    with house.keeper() as keeping:
        tags = keeping.box.catalogue.known()[3]
        known = known_of(keeping.box.vault, ())
        assert len(list(known.rows)) == 2, "its day and its hold"
        assert sorted(tags) == sorted(known.tags)  # type: ignore[type-var]
        found = [each["id"] for each in ask(keeping, "by-ref", ref=SAID["ref"])["recordings"]]
        assert found == ([recording] if tags else [])
        assert found or "noted" not in keeping.whats()
    for path in house.places.data.rglob("*"):
        assert not path.is_file() or SAID["text"].encode() not in path.read_bytes()
