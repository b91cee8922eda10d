"""A keeper that takes one turn, so many seconds after the morning, and ends: it is killed on its way by its tests."""

import sys
from pathlib import Path

from firmware.clock import GivenClock
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from tests.keeper.keeper_rig import MORNING

if __name__ == "__main__":
    clock = GivenClock(MORNING)
    clock.advance(float(sys.argv[2]))
    with opened(Path(sys.argv[1]), clock) as (box, history):
        print("go", flush=True)
        Keeper(box, history, Notifier({})).turn()
