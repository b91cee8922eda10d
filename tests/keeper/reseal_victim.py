"""A keeper that is asked what stands in `asked.json` beside its settings, then takes turns: killed on its way by its tests."""

import json
import sys
from pathlib import Path

from firmware.clock import GivenClock
from firmware.keeper.door import Person
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import MORNING

TURNS = 8

if __name__ == "__main__":
    clock = GivenClock(MORNING)
    clock.advance(float(sys.argv[2]))
    config = Path(sys.argv[1])
    with opened(config, clock) as (box, history):
        keeper = Keeper(box, history, Notifier({}))
        for asked in json.loads((config.parent / "asked.json").read_text()):
            keeper._verbs.answer(Person("it", 0), Fields("request", asked))
        for _ in range(TURNS):
            keeper.turn()
