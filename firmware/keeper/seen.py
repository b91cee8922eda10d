"""Every fault that is seen now, the keeper's and the recorder's, as the alarms of the box take them."""

from collections.abc import Mapping
from typing import Any

from firmware.keeper.alarm import RECORDER, Seen
from firmware.keeper.box import Box
from firmware.keeper.live import recorder_says


def look(box: Box) -> None:
    """Let the alarms take in what is seen now."""
    told = (seen_by_recorder(each) for each in recorder_says(box.places.run)["faults"])
    found = [each.seen() for each in box.board.faults()]
    box.alarms.look([*found, *told], box.clock.stamp())


def seen_by_recorder(told: Mapping[str, Any]) -> Seen:
    """A fault as the recorder's note has it; of an older recorder's, nobody says what it is about."""
    subject, extent = told.get("about"), told.get("extent")
    return Seen(
        told["code"],
        subject if isinstance(subject, str) and subject else RECORDER,
        told["message"],
        told["hint"],
        extent if isinstance(extent, int) else 0,
        RECORDER,
    )
