"""The ledger shrinks: what is known about the calls of a day ends with their recordings.

1. A line's day shrinks once its due day has come and no recording that holds any time of it lives: due or not,
   held or not, dated or not.
2. The due day is that of the policy in force on the date, under the settings of now, for the department that the
   line had. Where no policy is known there is none, and the rows stay.
3. It is done at the first turn of a London date and after each run that destroyed something, and never
   while the clock may not destroy.
"""

from datetime import date

from firmware.clock import london_date
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.ledger.row import begins_ns, ends_ns
from firmware.ledger.totals import DayTotals, Whose
from firmware.retention.schedule import due
from firmware.settings import Settings

UNKNOWN = "not known"
"""The department of a line that is in no settings."""


class Shrinking:
    """Shrinks once a London date, and after each run."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._done: date | None = None

    def again(self) -> None:
        """Recordings were destroyed: at the next turn their days may be due too."""
        self._done = None

    def turn(self) -> None:
        """Shrink what is due, if this is a new date (rule 3); what stands in its way is a fault until the next."""
        now = self._box.clock.stamp()
        today = london_date(now.wall_ns)
        if today == self._done or not self._box.clock.may_destroy:
            return
        self._done = today
        try:
            shrink_due(self._box, today)
        except OSError as error:
            self._box.board.tell("ledger", _disk(error))
        except VaultFault as fault:
            self._box.board.tell("ledger", fault)
        else:
            self._box.board.judge("ledger", None)


def shrink_due(box: Box, today: date) -> None:
    """Put totals in place of the rows of every line and date that is due (rules 1 and 2); twice is once."""
    totals = box.ledger.totals()
    over = [key for key in box.ledger.unshrunk() if _is_due(box.settings, totals[key], today)]
    box.ledger.shrink([(line, on) for line, on in over if not _lives(box, line, on)])
    box.ledger.keep_indices()


def whose(settings: Settings) -> dict[str, Whose]:
    """What each line is under these settings."""
    return {line.name: Whose(line.department, hook=line.hook is not None) for line in settings.recorded_lines}


def department_of(settings: Settings, day: DayTotals) -> str:
    """The department that a line had on a day, else the one that it has now."""
    known = day.whose or whose(settings).get(day.line)
    return known.department if known else UNKNOWN


def _is_due(settings: Settings, day: DayTotals, today: date) -> bool:
    name = department_of(settings, day)
    policy = next((each.policy for each in settings.departments if each.name == name), None)
    found = due(settings.policies, policy, day.on) if policy else None
    return found is not None and found.on <= today


def _lives(box: Box, line: str, on: date) -> bool:
    return bool(box.catalogue.heard(line, begins_ns(on), ends_ns(on)))


def _disk(error: OSError) -> VaultFault:
    return VaultFault(
        "vault.disk",
        f"the disk refuses to shrink the coverage ledger: {error.strerror}",
        "look at room and health of the disk: df -h, dmesg; it is tried again tomorrow and at the next start",
    )
