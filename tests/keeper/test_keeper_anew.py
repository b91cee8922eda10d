"""A keeper that destroyed keys begins anew: no key that was destroyed stays in its memory, and nobody is turned away."""

import json
import os
import time
from base64 import b64encode
from pathlib import Path

import pytest

from firmware.clock import GivenClock
from firmware.keeper.renewal import Renewal
from firmware.vault.keys import LIVE
from tests.keeper.keeper_rig import MORNING, House, notified, start
from tests.rigs.memory import Memory

SPEED = 100
"""The minute that a keeper is old at least goes by in 0.6 s."""


def asked(house: House) -> int:
    """How many entries the audit log has, as a person at the shell is told; every ask must be answered."""
    done = house.shell("status", "--json")
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["entries"])


def logged(house: House) -> list[str]:
    paths = sorted(house.places.audit.glob("entries*.log"))
    return [
        json.loads(line.split(b" ", 1)[1])["what"]
        for path in paths
        for line in path.read_bytes().splitlines()
    ]


@pytest.mark.rig
def test_a_destroyed_key_is_in_no_memory_and_the_door_is_never_shut(tmp_path: Path) -> None:
    """The same process id, another memory; whoever asked meanwhile was answered."""
    if os.geteuid():
        pytest.skip("reading another process's memory needs root")
    house = House(tmp_path)
    with house.keeper() as keeping:
        key = keeping.box.vault.table.key(f"{LIVE}1")
    with notified(house.folder) as (address, ready):
        process = start(house, address, speed=SPEED)
        try:
            assert ready()
            assert any(key in memory for _, memory in Memory.of(process.pid).mappings)
            house.write_lines(using=1, tainted=1)
            until = time.monotonic() + 30
            while logged(house).count("keeper started") < 3:
                assert time.monotonic() < until, logged(house)
                asked(house)
                house.write_lines(using=house.live.generation)
            assert "destroyed key" in logged(house)
            assert asked(house) >= 8
            memory = Memory.of(process.pid)
            for form in (key, b64encode(key)):
                assert not [name for name, held in memory.mappings if form in held]
            assert process.poll() is None
        finally:
            process.terminate()
            process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_conversation_puts_it_off_for_ten_minutes_however_old_the_keeper_is(tmp_path: Path) -> None:
    """A key that goes after weeks ends no conversation at once, and one that never ends does not hold it up."""
    clock = GivenClock(MORNING)
    house = House(tmp_path, clock)
    with house.keeper() as keeping:
        renewal = Renewal(keeping.box)
        assert not renewal.due(visited=False)
        keeping.box.vault.table.remembers = True
        clock.advance(14 * 86_400)
        assert not renewal.due(visited=True)
        clock.advance(599)
        assert not renewal.due(visited=True)
        assert renewal.due(visited=False)
        assert not renewal.due(visited=True)
        clock.advance(600)
        assert renewal.due(visited=True)
