"""A hold and the day it would prevent, from two processes: what was held lives, what was not is gone."""

import json
import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from firmware.clock import GivenClock
from tests.keeper.keeper_rig import MORNING, ROOT, House, notified
from tests.rigs import figures

SEED = int(os.environ.get("CALLBOX_SEED", "1"))
RACES = int(os.environ.get("CALLBOX_RACES", "20"))
A_DAY = 20 if RACES < 100 else 50
DAYS = max(1, RACES // A_DAY)
"""Days one after another, on each of which so many recordings fall due; at most 20 in the soak."""

SPEED = 7200
"""The clock's: half an hour goes by in one turn of the keeper, twelve seconds are a day."""

BEFORE_S = 6
"""Seconds from the start of the keeper until the first midnight."""

DAY = timedelta(days=1)
MIDNIGHT = MORNING.replace(hour=0, minute=0) + DAY
"""London's, in March: when the first recordings fall due."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 60 * DAYS)]


DEPARTMENT = """
[[policy]]
name = "race-{days}"
period = "P{days}D"
from = 2020-01-01
reason = "a race"
[[department]]
name = "kept-{days}"
policy = "race-{days}"
opt_out = "stop"
contact = "race@example.org"
"""


def prepare(house: House) -> list[list[str]]:
    """For each day the recordings that fall due on it, taken in and foretold; one of them nobody will hold."""
    days = []
    for day in range(1, DAYS + 1):
        making = [house.making(department=f"kept-{day}") for _ in range(A_DAY + 1)]
        days.append([house.spool_finished(each, seconds=0.2) for each in making])
    with house.keeper() as keeping:
        house.write_lines(using=1)
        while list(house.places.spool.glob("*.json")):
            keeping.turn()
        keeping.turn()
    return days


def moments(days: list[list[str]], origin_ns: int, dice: random.Random) -> list[tuple[str, int]]:
    """When each recording is held: from two hours before its midnight until two and a half after."""
    found = []
    for day, recordings in enumerate(days):
        midnight = origin_ns + round(day * 86_400 / SPEED * 1e9)
        found += [
            (each, midnight + round(dice.uniform(-7200, 9000) / SPEED * 1e9)) for each in recordings[1:]
        ]
    return sorted(found, key=lambda each: each[1])


def raced(house: House, days: list[list[str]]) -> dict[str, bool]:
    """What the client was answered, by a keeper in a process of its own on a hurried clock."""
    origin = time.monotonic_ns() + BEFORE_S * 10**9
    clock = f"{SPEED},{origin},{round(MIDNIGHT.timestamp()) * 10**9}"
    words = ["--config", str(house.config), "--clock", clock]
    with notified(house.folder) as (address, ready):
        environment = os.environ | {"NOTIFY_SOCKET": address, "RUNTIME_DIRECTORY": ""}
        argv = [sys.executable, "-m", "firmware.keeper", *words]
        keeper = subprocess.Popen(argv, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        try:
            assert ready()
            told = client(house, moments(days, origin, random.Random(SEED)))
            wait_gone(house, [each[0] for each in days])
        finally:
            keeper.terminate()
            keeper.communicate(timeout=20)
    return told


def client(house: House, planned: list[tuple[str, int]]) -> dict[str, bool]:
    """The other process."""
    argv = [sys.executable, "-m", "tests.faults.race_client", str(house.places.run / "keeper.sock")]
    given = "".join(f"{name} {moment}\n" for name, moment in planned)
    done = subprocess.run(argv, input=given, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers: dict[str, bool] = json.loads(done.stdout)
    return answers


def wait_gone(house: House, nobodys: list[str]) -> None:
    """Until the keeper destroyed everything that nobody held, the last of it included."""
    until = time.monotonic() + 30
    while any((house.places.store / f"{each}.body").exists() for each in nobodys):
        assert time.monotonic() < until, "what nobody held is still there"
        house.shell("status")


def test_what_was_held_lives_and_what_was_not_is_gone(tmp_path: Path) -> None:
    """Held at a moment around its destruction: answered yes, it opens for good; answered no, it is gone."""
    house = House(tmp_path, more="".join(DEPARTMENT.format(days=day) for day in range(1, DAYS + 1)))
    days = prepare(house)
    answers = raced(house, days)
    house.clock = GivenClock(MIDNIGHT + (DAYS + 1) * DAY)
    with house.keeper() as keeping:
        alive = {recording for _, recording, _ in keeping.box.vault.everything()}
        bodies = {path.stem for path in house.places.store.iterdir()}
    late = [each for each, yes in answers.items() if not yes]
    figures.keep("hold-against-day", races=len(answers), held=len(answers) - len(late), late=len(late))
    assert len(answers) == DAYS * A_DAY
    assert alive == {each for each, yes in answers.items() if yes}
    assert bodies == alive
    assert RACES < 100 or min(len(late), len(answers) - len(late)) > RACES // 50, "both of them win at times"
