"""From stretches with a reason to orders: open, keep, gap, close, account, settle.

Rules of this module:

1. Orders come in the order of positions, each position once; a cut alone
   reaches behind what was ordered.
2. A recording opens at its first kept sample, so an empty call is a ledger row
   and no recording; it closes where its part ends, at an opt-out, and at 2 h.
3. A closed part is settled, and may be finished, only when no late cut can
   reach it any more.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from firmware.call import orders as od
from firmware.call.events import CallClass, Reason
from firmware.call.orders import Order, Part
from firmware.call.rules import HOLD_SECONDS, REACH_SECONDS, ROLL_OVER_SECONDS, LineRules
from firmware.call.tracks import Piece

_CLOSES = {Reason.OPTED_OUT, Reason.INTERNAL, Reason.EXEMPT, Reason.LOST_RESTARTED}
"""Reasons that cannot turn back into recording within the part."""


class Clerk:
    """Writes the orders of one line up to the frontier; `new_part` numbers a continuation."""

    def __init__(self, rules: LineRules, at: int, new_part: Callable[[int], Part]) -> None:
        self.frontier = at
        self._rules = rules
        self._new_part = new_part
        self._open: Part | None = None
        self._open_from = 0
        self._source: Part | None = None
        self._class = CallClass.UNDECIDED
        self._why: dict[Part, str] = {}
        self._closed: list[od.Close] = []
        self._written: deque[Piece] = deque()

    def end(self, part: Part | None, why: str) -> None:
        """Remember why a part ends, for when the frontier comes to its end."""
        if part is not None:
            self._why[part] = why

    def write(self, piece: Piece) -> Iterator[Order]:
        """The orders of one stretch; the frontier moves to its end."""
        if self._open is not None and (piece.part != self._source or piece.reason in _CLOSES):
            yield self._close(piece.at, self._why_closed(piece))
        if piece.reason is not None:
            yield from self._account(piece, piece.reason)
        self.frontier = piece.until

    def _account(self, piece: Piece, reason: Reason) -> Iterator[Order]:
        yield from self._fill(piece)
        call = piece.part.call if piece.part else None
        yield od.Account(piece.at, piece.until, call, reason)
        self._written.append(piece)

    def _why_closed(self, piece: Piece) -> str:
        told = self._why.pop(self._source, "call ended") if self._source else "call ended"
        return str(piece.reason) if piece.reason in _CLOSES else told

    def _fill(self, piece: Piece) -> Iterator[Order]:
        if self._open is None and (piece.reason is not Reason.RECORDED or piece.part is None):
            return
        at = piece.at
        if self._open is None and piece.part is not None:
            self._source, self._class = piece.part, piece.call_class
            yield self._begin(at, piece.part, continues=False)
        longest = self._rules.seconds(ROLL_OVER_SECONDS)
        while piece.until > self._open_from + longest:
            seam = self._open_from + longest
            yield from _stretch(at, seam, piece.reason)
            self.frontier, at = seam, seam
            yield from self.roll_over("two hours")
        yield from _stretch(at, piece.until, piece.reason)

    def _begin(self, at: int, part: Part, *, continues: bool) -> od.Open:
        self._open, self._open_from = part, at
        return od.Open(at, part, self._class, continues)

    def _close(self, at: int, why: str) -> od.Close:
        assert self._open is not None  # noqa: S101  asked for with a recording open
        closed = od.Close(at, self._open, why)
        self._closed.append(closed)
        self._open = None
        return closed

    def roll_over(self, why: str) -> Iterator[Order]:
        """Close the open recording here and go on in another, without a seam."""
        if self._open is None:
            return
        closed = self._close(self.frontier, why)
        yield closed
        yield self._begin(self.frontier, self._new_part(closed.part.call), continues=True)

    def cut(self, start: int, reason: Reason) -> Iterator[Order]:
        """Leave out what was sealed from `start` to the frontier, and account for it anew."""
        recorded = [each for each in self._written if each.until > start and each.reason is Reason.RECORDED]
        if not recorded:
            return
        yield od.Cut(start, self.frontier, reason)
        for each in recorded:
            call = each.part.call if each.part else None
            yield od.Account(max(each.at, start), each.until, call, reason, instead=Reason.RECORDED)
        self._written = deque(_less_recorded(self._written, start))

    def discard(self, call: int) -> Iterator[Order]:
        """Nothing of a call's open part, or of its parts that are not settled yet, may remain."""
        doomed = [each.part for each in self._closed if each.part.call == call]
        self._closed = [each for each in self._closed if each.part.call != call]
        if self._open is not None and self._open.call == call:
            doomed.append(self._open)
            self._open = None
        yield from (od.Discard(part) for part in doomed)

    def settle(self, heard: int, paused_at: int | None, *, call_over: bool) -> Iterator[Order]:
        """The closed parts that no press can reach any more."""
        reach = self._rules.seconds(REACH_SECONDS)
        wait = self._rules.seconds(HOLD_SECONDS) + (0 if call_over else reach)
        out_of_reach = paused_at is None or call_over
        for each in list(self._closed):
            if heard >= each.at + wait and (out_of_reach or each.at < (paused_at or 0) - reach):
                self._closed.remove(each)
                yield od.Settled(each.part)
        self._forget(min(self.frontier, paused_at or self.frontier) - reach - self._rules.lag)

    def _forget(self, before: int) -> None:
        while self._written and self._written[0].until < before:
            self._written.popleft()


def _less_recorded(written: Iterable[Piece], start: int) -> Iterator[Piece]:
    """What was written, but for what was recorded from `start` on: that has been cut and is accounted for."""
    for piece in written:
        if piece.reason is not Reason.RECORDED or piece.until <= start:
            yield piece
        elif piece.at < start:
            yield replace(piece, until=start)


def _stretch(at: int, until: int, reason: Reason | None) -> Iterator[Order]:
    if until > at and reason is not None:
        yield od.Keep(at, until) if reason is Reason.RECORDED else od.Gap(at, until, reason)
