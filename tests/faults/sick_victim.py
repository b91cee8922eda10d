"""A keeper that takes a few turns with rests between them and ends; tests/faults/test_faults_sick_disk.py refuses it a call."""

import sys
from pathlib import Path

from firmware.clock import GivenClock
from firmware.faults import Fault
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from tests.faults.sick_disk import REST_S, TURNS
from tests.keeper.keeper_rig import MORNING


def main(config: Path) -> None:
    """Open, turn and rest."""
    clock = GivenClock(MORNING)
    with opened(config, clock) as (box, history):
        keeper = Keeper(box, history, Notifier({}))
        for _ in range(TURNS):
            keeper.turn()
            clock.advance(REST_S)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Fault as fault:
        sys.exit(str(fault))
