"""Four times a second the faults of keeper and recorder become the alarms of the box.

A disk that refuses what is to be entered of them is one of them, and hides none: it is tried again after half a minute.
"""

from collections.abc import Callable
from typing import Final

from firmware.clock import SECOND, Stamp
from firmware.keeper.box import Box
from firmware.keeper.outbox import Outbox
from firmware.keeper.seen import look
from firmware.keeper.supported import support_fault
from firmware.keeper.verbs import disk_fault

REST_NS: Final = 30 * SECOND
"""How long is waited after the disk refused; our choice, as for the spool."""


class AlarmWatch:
    """The alarms of one box, what is to be mailed of them, and until when the disk is left alone."""

    def __init__(self, box: Box) -> None:
        self.outbox = Outbox(box)
        self._box = box
        self._resting_until = 0

    def turn(self) -> None:
        """Look at every fault there is; enter what is to be entered."""
        box, now = self._box, self._box.clock.stamp()
        box.board.judge("mail", self.outbox.fault())
        box.board.judge("support", support_fault(box.settings.support, now))
        look(box)
        if now.boottime_ns >= self._resting_until:
            self._kept(box.alarms.settle, now)

    def rest(self) -> None:
        """Keep what counts on, before the keeper ends; a disk that refuses costs minutes of it."""
        self._kept(self._box.alarms.rest, self._box.clock.stamp())

    def _kept(self, keep: Callable[[Stamp], None], now: Stamp) -> None:
        box = self._box
        try:
            keep(now)
            box.board.settle("alarms")
        except OSError as error:
            self._resting_until = now.boottime_ns + REST_NS
            box.board.tell("alarms", disk_fault(error))
