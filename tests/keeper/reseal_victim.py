"""A keeper that is asked what stands in `asked.json` beside its settings, then takes turns: killed on its way by its tests."""

import json
import os
import sys
from base64 import b64decode
from pathlib import Path

from firmware.clock import GivenClock
from firmware.keeper.door import Person
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from firmware.sealing.age import Identity, open_bytes
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import MORNING

TURNS = 8
KEY = "CALLBOX_TEST_KEY"
"""In the environment of this process: the key of who confirms, which lives as long as the test."""

if __name__ == "__main__":
    clock = GivenClock(MORNING)
    clock.advance(float(sys.argv[2]))
    config = Path(sys.argv[1])
    with opened(config, clock) as (box, history):
        keeper = Keeper(box, history, Notifier({}))

        def ask(**fields: object) -> dict[str, object]:
            return keeper._verbs.answer(Person("it", 0), Fields("request", fields)).content

        for asked in json.loads((config.parent / "asked.json").read_text()):
            if asked["verb"] == "reseal-confirm":
                ask(**{"verb": "reseal-try", "with": asked["with"]})
                sealed = b64decode(str(ask(verb="ask", name=asked["with"])["sealed"]))
                word = open_bytes(sealed, Identity.parse(os.environ[KEY])).decode()
                ask(verb="prove", name=asked["with"], word=word)
            ask(**asked)
        for _ in range(TURNS):
            keeper.turn()
