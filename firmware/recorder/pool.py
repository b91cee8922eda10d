"""Coverage of keyed stretches is pooled: a row a minute tells how long keys were, never when each was pressed.

Rules of this module:

1. Keyed digits and card entries leave gaps of a tenth of a second, whose rhythm says more than a
   ledger must know. From the first of them on, time that is recorded and time that is blanked
   is gathered for a minute, or until something else becomes of the line.
2. What was gathered becomes one row a reason: the recorded time first, then what was blanked. Their
   lengths are exact, and together they are as long as what they stand for, so that each
   second is accounted for once. The exact places stand in the recording's own gaps.
3. A correction of time that was recorded lies where the rows have that time.

All in positions of one line, or all in nanoseconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from firmware.call.events import Reason

KEYS: Final = (Reason.CARD_ENTRY, Reason.KEYED)
"""What is pooled, in the order of the rows."""

POOL_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """One thing that became of a line from `at` up to `until`; `call` is the call's id."""

    at: int
    until: int
    call: str | None
    reason: str

    def goes_on(self, after: "Stretch") -> bool:
        """Whether another follows it without a seam, in the same call."""
        return self.until == after.at and self.call == after.call


@dataclass(slots=True)
class _Window:
    """What is gathered of one minute: its stretches, the like joined."""

    stretches: list[Stretch] = field(default_factory=list)

    @property
    def at(self) -> int:
        return self.stretches[0].at

    @property
    def until(self) -> int:
        return self.stretches[-1].until

    def take(self, new: Stretch) -> None:
        last = self.stretches[-1] if self.stretches else None
        if last and last.reason == new.reason:
            self.stretches[-1] = Stretch(last.at, new.until, new.call, new.reason)
        else:
            self.stretches.append(new)

    def blanked(self, before: int) -> int:
        """How much was blanked in it before a position."""
        ends = [(each.at, min(each.until, before)) for each in self.stretches if each.reason in KEYS]
        return sum(max(0, until - at) for at, until in ends)

    def rows(self) -> list[Stretch]:
        reasons = (Reason.RECORDED, *KEYS)
        lengths = [sum(s.until - s.at for s in self.stretches if s.reason == each) for each in reasons]
        edges = [self.at + sum(lengths[:number]) for number in range(len(lengths) + 1)]
        call = self.stretches[0].call
        rows = [Stretch(*ends, call, each) for ends, each in zip(pairwise(edges), reasons, strict=True)]
        return [row for row in rows if row.until > row.at]


class Pool:
    """The coverage of one line on its way to rows; `minute` is the length of a pool in positions."""

    def __init__(self, minute: int) -> None:
        self._minute = minute
        self._plain: Stretch | None = None
        self._window: _Window | None = None
        self._closed: list[_Window] = []

    def take(self, new: Stretch) -> list[Stretch]:
        """One stretch more, behind the others; the rows that are certain now."""
        if self._window is not None and self._gathers(self._window, new):
            self._window.take(new)
            return []
        rows = self._close()
        if new.reason in KEYS:
            rows += self.plain()
            self._window = _Window([new])
        elif self._plain and self._plain.reason == new.reason and self._plain.goes_on(new):
            self._plain = Stretch(self._plain.at, new.until, new.call, new.reason)
        else:
            rows += self.plain()
            self._plain = new
        return rows

    def _gathers(self, window: _Window, new: Stretch) -> bool:
        last = window.stretches[-1]
        if not last.goes_on(new) or new.reason not in (Reason.RECORDED, *KEYS):
            return False
        return new.at < window.at + self._minute or new.reason == last.reason != Reason.RECORDED

    def plain(self) -> list[Stretch]:
        """The row of what goes on without keys, as far as it has come; a minute that is gathered stays."""
        plain, self._plain = self._plain, None
        return [plain] if plain else []

    def end(self) -> list[Stretch]:
        """The rows of everything that was taken."""
        return [*self.plain(), *self._close()]

    def _close(self) -> list[Stretch]:
        window, self._window = self._window, None
        if window is None:
            return []
        self._closed.append(window)
        return window.rows()

    def places(self, at: int, until: int) -> Iterator[tuple[int, int]]:
        """Where the rows have time that was recorded from one position up to another, in order (rule 3)."""
        windows = [*self._closed, *([self._window] if self._window else [])]
        for window in windows:
            if window.until <= at or window.at >= until:
                continue
            if at < window.at:
                yield at, window.at
            start, stop = max(at, window.at), min(until, window.until)
            moved = start - window.blanked(start), stop - window.blanked(stop)
            if moved[1] > moved[0]:
                yield moved
            at = stop
        if until > at:
            yield at, until

    def forget(self, before: int) -> None:
        """No correction reaches behind this position any more."""
        if self._closed:
            self._closed = [each for each in self._closed if each.until > before]
