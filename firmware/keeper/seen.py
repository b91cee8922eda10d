"""Every fault that is seen now, the keeper's and the recorder's, as the alarms of the box take them.

That security updates have ended is seen here: the day stands in the settings, and a clock that is not believed tells no day.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from firmware.clock import ClockState, Stamp, london_date
from firmware.keeper.alarm import KEEPER, RECORDER, Seen
from firmware.keeper.box import Box
from firmware.keeper.live import recorder_says
from firmware.settings.model import Support


def look(box: Box) -> None:
    """Let the alarms take in what is seen now."""
    told = (seen_by_recorder(each) for each in recorder_says(box.places.run)["faults"])
    found, now = [each.seen() for each in box.board.faults()], box.clock.stamp()
    box.alarms.look([*found, *told, *_unsupported(box.settings.support, now)], now)


def _unsupported(support: Support | None, now: Stamp) -> Iterator[Seen]:
    if support is None or now.state is ClockState.UNTRUSTED or london_date(now.wall_ns) <= support.until:
        return
    ended = f"security updates for this box ended on {support.until}"
    hint = f"ask {support.contact} for a newer one; what the box keeps stays sealed meanwhile"
    yield Seen("settings.support-ended", "support", ended, hint, 0, KEEPER)


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
