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
from collections.abc import Callable, Iterator

from firmware.call import orders as od
from firmware.call.events import Reason
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
        self._why: dict[Part, str] = {}
        self._closed: list[od.Close] = []
        self._written: deque[Piece] = deque()

    def end(self, part: Part | None, why: str) -> None:
        """Remember why a part ends, for when the frontier comes to its end."""
        if part is not None:
            self._why[part] = why

    def write(self, piece: Piece) -> Iterator[Order]:
        """The orders of one stretch; the frontier moves to its end."""
        self.frontier = piece.until
        if self._open is not None and (piece.part != self._source or piece.reason in _CLOSES):
            yield self._close(piece.at, self._why_closed(piece))
        if piece.reason is None:
            return
        yield from self._fill(piece)
        call = piece.part.call if piece.part else None
        yield od.Account(piece.at, piece.until, call, piece.reason)
        self._written.append(piece)

    def _why_closed(self, piece: Piece) -> str:
        told = self._why.pop(self._source, "call ended") if self._source else "call ended"
        return str(piece.reason) if piece.reason in _CLOSES else told

    def _fill(self, piece: Piece) -> Iterator[Order]:
        if self._open is None and (piece.reason is not Reason.RECORDED or piece.part is None):
            return
        at = piece.at
        if self._open is None and piece.part is not None:
            self._source = piece.part
            yield self._begin(at, piece.part, continues=False)
        longest = self._rules.seconds(ROLL_OVER_SECONDS)
        while piece.until > self._open_from + longest:
            seam = self._open_from + longest
            yield from _stretch(at, seam, piece.reason)
            call = self._close(seam, "two hours")
            yield call
            yield self._begin(seam, self._new_part(call.part.call), continues=True)
            at = seam
        yield from _stretch(at, piece.until, piece.reason)

    def _begin(self, at: int, part: Part, *, continues: bool) -> od.Open:
        self._open, self._open_from = part, at
        return od.Open(at, part, continues)

    def _close(self, at: int, why: str) -> od.Close:
        assert self._open is not None  # noqa: S101  asked for with a recording open
        closed = od.Close(at, self._open, why)
        self._closed.append(closed)
        self._open = None
        return closed

    def cut(self, start: int, reason: Reason) -> Iterator[Order]:
        """Leave out what was sealed from `start` to the frontier, and account for it anew."""
        recorded = [each for each in self._written if each.until > start and each.reason is Reason.RECORDED]
        if not recorded:
            return
        yield od.Cut(start, self.frontier, reason)
        for each in recorded:
            call = each.part.call if each.part else None
            yield od.Account(max(each.at, start), each.until, call, reason, instead=Reason.RECORDED)

    def discard(self) -> Iterator[Order]:
        """Nothing of the open part, or of what is not settled yet, may remain."""
        doomed = [each.part for each in self._closed]
        if self._open is not None:
            doomed.append(self._open)
        self._closed.clear()
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


def _stretch(at: int, until: int, reason: Reason | None) -> Iterator[Order]:
    if until > at and reason is not None:
        yield od.Keep(at, until) if reason is Reason.RECORDED else od.Gap(at, until, reason)
