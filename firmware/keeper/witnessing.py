"""A checkpoint is signed at start, each day and after each run that destroyed, and old years of the audit log are dropped.

1. Nothing is signed that does not go on from the last checkpoint: that is a fault for the
   controller, and the keeper goes on.
2. A year is dropped only under a clock that can be believed, once its successor began
   `audit.keep` ago, and after this day's checkpoint. It stays while a recording that was begun
   before its end is on the box: who has copies of it, and who asked for what, stands in the log alone.
3. A witness of the settings that has said nothing for seven days is a fault (DESIGN, section 1.6).
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

import firmware
from firmware.audit.digests import code_digest, extensions
from firmware.audit.note import Note
from firmware.clock import ClockState, Stamp, london_date
from firmware.faults import LogFault
from firmware.keeper.box import Box
from firmware.retention.schedule import due_on
from firmware.settings.period import parse_period

SILENT_DAYS: Final = 7
"""DESIGN, section 1.6."""

DAY_NS: Final = 86_400_000_000_000
REST_NS: Final = 30_000_000_000
"""How long is waited after the log or the disk refused; our choice."""


class Witnessing:
    """The checkpoints of one opened box; the code is hashed once, when it is made."""

    def __init__(self, box: Box, alive: Callable[[], object]) -> None:
        """`alive` is told in the middle of long work that it goes on."""
        self._box = box
        self.alive = alive
        self._extensions = extensions(box.settings, code_digest(Path(firmware.__file__).parent.parent))
        self._done: tuple[date, int] | None = None
        self._resting_until = 0

    def checkpoint(self) -> Note:
        """Sign the log as it stands now; durable on return."""
        return self._box.checkpoints.make(self._box.clock.stamp(), self._extensions)

    def turn(self, runs: int) -> None:
        """What this day and these many runs ask for, once; a fault where the log does not go on from its last checkpoint."""
        box, now = self._box, self._box.clock.stamp()
        today = london_date(now.wall_ns)
        if self._done == (today, runs) or now.boottime_ns < self._resting_until:
            return
        self._resting_until = now.boottime_ns + REST_NS
        try:
            self.checkpoint()
        except LogFault as fault:
            box.board.tell("checkpoints", fault)
            return
        box.board.judge("checkpoints", None)
        self._drop(now, today)
        self._done = today, runs
        self._resting_until = 0

    def silence(self) -> LogFault | None:
        """The fault where a witness has been silent for too long (rule 3)."""
        box = self._box
        since = box.checkpoints.since_ns
        heard = {each.witness: each.at_s * 1_000_000_000 for each in box.checkpoints.cosigned()}
        limit = box.clock.stamp().wall_ns - SILENT_DAYS * DAY_NS
        silent = [
            each.name for each in box.settings.witnesses if heard.get(each.name, since or limit) < limit
        ]
        if not silent:
            return None
        return LogFault(
            "log.unwitnessed",
            f"nothing has been heard of the witness {', '.join(silent)} for {SILENT_DAYS} days",
            "let it cosign: `callbox shell checkpoint`, then `callbox shell cosign` with what it signed",
            extent=len(silent),
        )

    def _drop(self, now: Stamp, today: date) -> None:
        box, keep = self._box, parse_period(self._box.settings.audit.keep)
        if now.state is ClockState.UNTRUSTED or keep is None:
            return
        oldest_ns = box.catalogue.oldest_ns()
        oldest = today if oldest_ns is None else london_date(oldest_ns)
        ended = [day for day in box.log.begun() if day is not None and day <= oldest]
        over = [day for day in ended if due_on(day, keep) <= today]
        if over:
            box.log.drop_before(max(over), box.checkpoints.sign)
