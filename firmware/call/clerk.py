"""From stretches with a reason to orders: open, keep, gap, close, account, settle.

Rules of this module:

1. Orders come in the order of positions, each position once; a cut alone
   reaches behind what was ordered.
2. A recording opens at its first kept sample, so an empty call is a ledger row
   and no recording; it closes where its part ends, at an opt-out, and at 2 h.
3. A closed part is settled, and may be finished, only when no late cut and no
   discard can reach it any more.
4. No part is opened twice: what goes on after a discard is another part.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from firmware.call import orders as od
from firmware.call.events import CallClass, Reason
from firmware.call.orders import Order, Part
from firmware.call.rules import ROLL_OVER_SECONDS, LineRules
from firmware.call.tracks import Piece

_CLOSES = {Reason.OPTED_OUT, Reason.INTERNAL, Reason.EXEMPT, Reason.LOST_RESTARTED}
"""Reasons that cannot turn back into recording within the part."""


@dataclass(frozen=True, slots=True)
class _Closed:
    """A part that is not settled, where it ended, and whether a discard must still reach it."""

    part: Part
    at: int
    waits: bool = True


@dataclass(slots=True)
class _Kept:
    """What was sealed into a part that is not settled: a cut may still take it out again. It grows in place."""

    part: Part
    at: int
    until: int


class Clerk:
    """Writes the orders of one line up to the frontier; `new_part` numbers a continuation."""

    def __init__(self, rules: LineRules, at: int, new_part: Callable[[int], Part]) -> None:
        self.frontier = at
        self._longest = rules.seconds(ROLL_OVER_SECONDS)
        self._new_part = new_part
        self._part: Part | None = None
        self._opened = False
        self._open: Part | None = None
        self._open_from = 0
        self._class = CallClass.UNDECIDED
        self._why: dict[Part, str] = {}
        self._closed: list[_Closed] = []
        self._kept: list[_Kept] = []

    def end(self, part: Part | None, why: str) -> None:
        """Remember why a part ends, for when the frontier comes to its end."""
        if part is not None:
            self._why[part] = why

    def write(self, piece: Piece) -> Iterator[Order]:
        """The orders of one stretch; the frontier moves to its end."""
        if piece.part != self._part:
            yield from self._close(piece.at, self._why_ended())
            self._part, self._opened = piece.part, False
        elif piece.reason in _CLOSES:
            yield from self._close(piece.at, str(piece.reason))
        if piece.reason is not None:
            yield from self._account(piece, piece.reason)
        self.frontier = piece.until

    def go_on(self, same: Piece, until: int) -> list[Order]:
        """The orders of more of a stretch on which nothing changes; one in an open recording only grows."""
        at, kept = self.frontier, self._kept[-1] if self._kept else None
        recorded = same.reason is Reason.RECORDED and same.part is self._part
        if recorded and same.part and kept and self._grows(kept, until):
            kept.until = self.frontier = until
            return [od.Keep(at, until), od.Account(at, until, same.part.call, Reason.RECORDED)]
        return list(self.write(Piece(at, until, same.part, same.reason, same.call_class)))

    def _grows(self, kept: _Kept, until: int) -> bool:
        """Whether the open recording was kept up to the frontier, and is long enough away from its end."""
        unbroken = kept.part is self._open and kept.until == self.frontier
        return unbroken and until <= self._open_from + self._longest

    @property
    def settled(self) -> bool:
        """Whether no closed part waits for its cuts and discards."""
        return not self._closed

    def _why_ended(self) -> str:
        """Why the part at the frontier ends; what was remembered of it, or of parts of no length, goes."""
        part = self._part
        why = self._why.get(part, "call ended") if part else "call ended"
        self._why = {each: told for each, told in self._why.items() if part and each.number > part.number}
        return why

    def _account(self, piece: Piece, reason: Reason) -> Iterator[Order]:
        yield from self._fill(piece, reason)
        call = piece.part.call if piece.part else None
        yield od.Account(piece.at, piece.until, call, reason)

    def _fill(self, piece: Piece, reason: Reason) -> Iterator[Order]:
        if self._open is None and reason is Reason.RECORDED and piece.part is not None:
            part = self._new_part(piece.part.call) if self._opened else piece.part
            self._class, self._opened = piece.call_class, True
            yield self._begin(piece.at, part, continues=False)
        if self._open is None:
            return
        at = piece.at
        while piece.until > self._open_from + self._longest:
            seam = self._open_from + self._longest
            yield from self._stretch(at, seam, reason)
            self.frontier, at = seam, seam
            yield from self._go_on("two hours")
        yield from self._stretch(at, piece.until, reason, piece.keys)

    def _stretch(self, at: int, until: int, reason: Reason, keys: int = 0) -> Iterator[Order]:
        if until <= at:
            return
        if reason is not Reason.RECORDED:
            yield od.Gap(at, until, reason, keys)
            return
        self._remember(at, until)
        yield od.Keep(at, until)

    def _remember(self, at: int, until: int) -> None:
        last = self._kept[-1] if self._kept else None
        if last and last.until == at and last.part == self._open:
            last.until = until
        elif self._open is not None:
            self._kept.append(_Kept(self._open, at, until))

    def _begin(self, at: int, part: Part, *, continues: bool) -> od.Open:
        self._open, self._open_from = part, at
        return od.Open(at, part, self._class, continues)

    def _close(self, at: int, why: str) -> Iterator[Order]:
        if self._open is None:
            return
        closed, self._open = self._open, None
        self._closed.append(_Closed(closed, at))
        yield od.Close(at, closed, why)

    def roll_over(self, why: str) -> Iterator[Order]:
        """Close the open recording here and go on in another, without a seam, to make room.

        Room comes before a discard that may never be asked for: what is closed waits for it no longer.
        """
        yield from self._go_on(why)
        self._closed = [replace(each, waits=False) for each in self._closed]

    def _go_on(self, why: str) -> Iterator[Order]:
        ended = self._open
        if ended is None:
            return
        yield from self._close(self.frontier, why)
        yield self._begin(self.frontier, self._new_part(ended.call), continues=True)

    def cut(self, start: int, reason: Reason) -> Iterator[Order]:
        """Leave out what was sealed from `start` to the frontier, and account for it anew."""
        lost = [each for each in self._kept if each.until > start]
        if not lost:
            return
        yield od.Cut(max(start, lost[0].at), self.frontier, reason)
        for each in lost:
            at = max(each.at, start)
            yield od.Account(at, each.until, each.part.call, reason, instead=Reason.RECORDED)
        self._kept = [replace(each, until=min(each.until, start)) for each in self._kept if each.at < start]

    def discard(self, start: int) -> Iterator[Order]:
        """Nothing may remain of a part that holds anything from `start` on and is not settled yet."""
        doomed = [each.part for each in self._closed if each.at > start]
        self._closed = [each for each in self._closed if each.at <= start]
        if self._open is not None and self.frontier > start:
            doomed.append(self._open)
            self._open = None
        yield from (od.Discard(part) for part in doomed)

    def settle(self, cut_reach: int, discard_reach: int) -> Iterator[Order]:
        """The closed parts that lie before the reach of every cut and every discard."""
        waiting = min(cut_reach, discard_reach)
        done = [each for each in self._closed if each.at <= (waiting if each.waits else cut_reach)]
        self._closed = [each for each in self._closed if each not in done]
        for each in done:
            self._kept = [kept for kept in self._kept if kept.part != each.part]
            yield od.Settled(each.part)
