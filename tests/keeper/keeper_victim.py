"""A keeper that takes one turn and ends: it is killed on its way by tests/keeper/test_keeper_crash.py."""

import sys
from pathlib import Path

from firmware.clock import GivenClock
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from tests.keeper.keeper_rig import MORNING

if __name__ == "__main__":
    with opened(Path(sys.argv[1]), GivenClock(MORNING)) as (box, history):
        print("go", flush=True)
        Keeper(box, history, Notifier({})).turn()
