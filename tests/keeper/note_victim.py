"""A keeper that notes something about its one recording, and ends: it is killed on its way by its tests."""

import sys
from pathlib import Path

from firmware.clock import GivenClock
from firmware.keeper.door import Person
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import MORNING

SAID = {"ref": "C99", "subject": "Ada Byron", "text": "rang about her roof"}

if __name__ == "__main__":
    with opened(Path(sys.argv[1]), GivenClock(MORNING)) as (box, history):
        keeper = Keeper(box, history, Notifier({}))
        Path(sys.argv[2]).touch()
        keeper._verbs.answer(Person("it", 0), Fields("note", {"verb": "note", "id": sys.argv[3], **SAID}))
