"""A checkpoint is signed at start, each day and after each run that destroyed, and old years of the audit log are dropped.

1. Nothing is signed that does not go on from the last checkpoint: that is a fault for the
   controller, and the keeper goes on.
2. A year is dropped only under a clock that can be believed, once its successor began
   `audit.keep` ago, and after this day's checkpoint. It stays while a recording that was begun
   before its end is on the box: who has copies of it, and who asked for what, stands in the log alone.
3. A witness of the settings that has said nothing for seven days is a fault (DESIGN, section 1.6), counted from its
   last word or from when it was named; so is a box for which nobody was named for as long. A start changes neither.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from firmware.audit.digests import extensions
from firmware.audit.note import Note
from firmware.clock import ClockState, Stamp, london_date
from firmware.faults import LogFault
from firmware.keeper.box import Box
from firmware.retention.schedule import due_on
from firmware.settings import Settings
from firmware.settings.model import Witness
from firmware.settings.period import parse_period

SILENT_DAYS: Final = 7
"""DESIGN, section 1.6."""

DAY_NS: Final = 86_400_000_000_000
REST_NS: Final = 30_000_000_000
"""How long is waited after the log or the disk refused; our choice."""


class Witnessing:
    """The checkpoints of one opened box."""

    def __init__(self, box: Box, alive: Callable[[], object]) -> None:
        """`alive` is told in the middle of long work that it goes on."""
        self._box = box
        self.alive = alive
        self._extensions = extensions(box.settings, box.code)
        self._since: dict[str, int] = {}
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
        """The fault where a witness has been silent for too long, or nobody is one (rule 3)."""
        box, witnesses = self._box, self._box.settings.witnesses
        limit = box.clock.stamp().wall_ns - SILENT_DAYS * DAY_NS
        heard = {each.witness: each.at_s * 1_000_000_000 for each in box.checkpoints.cosigned()}
        silent = [
            each.name
            for each in witnesses
            if (heard.get(each.name) or self._named(each.name, _naming(each)) or limit) < limit
        ]
        if silent:
            return _unwitnessed(silent)
        if not witnesses and (self._named("", lambda settings: not settings.witnesses) or limit) < limit:
            return _nobody()
        return None

    def _named(self, name: str, is_so: Callable[[Settings], bool]) -> int | None:
        """Since when the settings have said so without a break, wall clock, ns; `None` before the first checkpoint."""
        if name not in self._since:
            for since_ns, digest in reversed(self._box.checkpoints.versions):
                settings = self._box.versions.find(digest)
                if settings is None or not is_so(settings):
                    break
                self._since[name] = since_ns
        return self._since.get(name)

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


def _naming(witness: Witness) -> Callable[[Settings], bool]:
    return lambda settings: witness in settings.witnesses


def _unwitnessed(silent: Sequence[str]) -> LogFault:
    return LogFault(
        "log.unwitnessed",
        f"nothing has been heard of the witness {', '.join(silent)} for {SILENT_DAYS} days",
        "let it run on the controller's PC: callbox office witness",
        extent=len(silent),
    )


def _nobody() -> LogFault:
    return LogFault(
        "log.no-witness",
        f"for {SILENT_DAYS} days nobody has been named who watches this box: its audit log could be replaced unseen",
        "on the controller's PC: callbox office enrol --witness; put what it prints into the settings",
    )
