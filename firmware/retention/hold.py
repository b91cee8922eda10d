"""A hold keeps a recording beyond its day for a case, and says what the office owes while it stands.

1. A hold names a case, an owner and the day on which it is to be reviewed. It catches one recording, or
   whatever was heard on a line between two instants, also what is taken in later.
2. It is *incomplete* until the person concerned was told (how, and when) or an exemption is entered
   (HTS.15, HAR.11), and until a copy is confirmed to be in the office's hands or waived: the box may die.
3. A duty that is not done in time is *overdue*: an alarm, never a reason to destroy.
4. A *restriction* is a hold whose recordings are not handed out (UK GDPR article 18; SHD.10).
5. A hold ends by its release, and by nothing else: no date, no settings, no clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

TELL_WITHIN: Final = timedelta(days=7)
"""The requirements' own choice for "you will be informed" (HTS.15)."""

COPY_WITHIN: Final = timedelta(days=30)
"""Our choice: a box that dies in the first month of a hold is rarer than a month is long."""

REVIEW_AFTER: Final = timedelta(days=90)
"""When a hold is reviewed where nobody named a day (HTS.16)."""


class Owed(StrEnum):
    """What the office still has to do for a hold."""

    TELL = "tell the person concerned"
    COPY = "confirm a copy"
    REVIEW = "review the hold"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a line's time: everything recorded in it, in nanoseconds of the wall clock."""

    line: str
    start_ns: int
    stop_ns: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What a hold looks at of a recording."""

    id: str
    line: str
    start_ns: int
    stop_ns: int


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold as it stands. `told` and `copy` say what was done, `None` while it is owed.

    Exactly one of `recording` and `window` is there. `reason` is why it is kept, in the office's
    words; for an erasure refused, the exemption relied on.
    """

    id: str
    case: str
    owner: str
    reason: str
    made: date
    review: date
    restricted: bool
    recording: str | None = None
    window: Window | None = None
    told: str | None = None
    copy: str | None = None

    def catches(self, heard: Heard) -> bool:
        """Whether this recording is meant: by its name, or because it was heard in the window."""
        if self.window is None:
            return heard.id == self.recording
        within = heard.start_ns < self.window.stop_ns and heard.stop_ns > self.window.start_ns
        return within and heard.line == self.window.line

    @property
    def complete(self) -> bool:
        """Whether the person was told and a copy is safe, or each waived with a reason (rule 2)."""
        return self.told is not None and self.copy is not None


@dataclass(frozen=True, slots=True)
class Duty:
    """Something owed, and the day by which it is to be done."""

    owed: Owed
    by: date

    def overdue(self, today: date) -> bool:
        """Whether its day has passed."""
        return today > self.by


def duties(hold: Hold) -> Iterator[Duty]:
    """What is owed for a hold, in the order of its rules."""
    if hold.told is None:
        yield Duty(Owed.TELL, hold.made + TELL_WITHIN)
    if hold.copy is None:
        yield Duty(Owed.COPY, hold.made + COPY_WITHIN)
    yield Duty(Owed.REVIEW, hold.review)
