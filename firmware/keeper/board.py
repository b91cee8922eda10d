"""Every open fault of the keeper stands in `faults` in the run directory, with its age.

A fault is told under a subject (`undated`, `spool`, `recipient office` ...) and stands until
that subject is settled. What is no fault of the box is not told here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware.clock import Clock
from firmware.faults import Fault
from firmware.keeper.alarm import KEEPER, RECORDER, Alarm, Seen
from firmware.keeper.spooled import read_file
from firmware.vault import durable
from firmware.vault.reading import UnreadableError, canonical, read_object

NAME = "faults"


@dataclass(frozen=True, slots=True)
class Told:
    """One open fault, and since when, in nanoseconds of the wall clock; `extent` grows where it gets worse."""

    code: str
    message: str
    hint: str
    since_wall_ns: int
    subject: str
    extent: int

    def content(self) -> dict[str, object]:
        """As it is written."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "since_wall_ns": self.since_wall_ns,
            "subject": self.subject,
        }

    def seen(self) -> Seen:
        """As the alarms take it."""
        told = self.code, self.subject, self.message, self.hint
        return Seen(*told, self.extent, KEEPER, self.since_wall_ns)


class Board:
    """The open faults; the file is written when `publish` finds them changed."""

    def __init__(self, run: Path, clock: Clock) -> None:
        self._path = run / NAME
        self._clock = clock
        self._ages = _ages(self._path)
        self._open: dict[str, Told] = {}
        self._written: bytes | None = None

    def tell(self, subject: str, fault: Fault) -> None:
        """A fault is open; its age goes on, also over a restart, while its code stays the same."""
        told = self._open.get(subject)
        since = told.since_wall_ns if told and told.code == fault.code else self._ages.get(fault.code)
        since = self._clock.stamp().wall_ns if since is None else since
        self._open[subject] = Told(fault.code, fault.message, fault.hint, since, subject, fault.extent)

    def settle(self, subject: str) -> None:
        """No fault is open under this subject."""
        self._open.pop(subject, None)

    def judge(self, subject: str, fault: Fault | None) -> None:
        """Tell the fault there is, or settle."""
        if fault is None:
            self.settle(subject)
        else:
            self.tell(subject, fault)

    def faults(self) -> tuple[Told, ...]:
        """Every open fault, the oldest first."""
        return tuple(sorted(self._open.values(), key=lambda told: (told.since_wall_ns, told.code)))

    def publish(self, alarms: Sequence[Alarm]) -> None:
        """Write the file if it would change: the faults, which of them the lamps show, and which of the recorder's
        own they do not show any more.
        """
        shown = {each.seen.name for each in alarms if each.on_lamp}
        faults = [told.content() | {"lamp": told.seen().name in shown} for told in self.faults()]
        silenced = [each.seen for each in alarms if each.silenced and each.seen.by == RECORDER]
        names = [{"code": each.code, "subject": each.subject} for each in silenced]
        content = canonical({"format": 2, "faults": faults, "silenced": names})
        if content != self._written:
            durable.write(self._path, content)
            self._written = content
            self._ages.clear()


def _ages(path: Path) -> dict[str, int]:
    """Since when each code was open when this file was last written; nothing where it cannot be read."""
    try:
        faults = read_object(read_file(path), NAME).each("faults")
        return {each.text("code"): each.whole("since_wall_ns") for each in reversed(faults)}
    except UnreadableError:
        return {}
