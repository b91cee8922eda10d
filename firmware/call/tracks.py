"""All causes of one line side by side, and the one precedence that reads them.

The precedence, strongest first: on hook (nothing) · restart in doubt · no call ·
internal or exempt · opted out · paused · not armed · disk behind · button lost ·
transferred · not answered · unclassified · card entry · keyed digits · samples
missing · recorded. What is
withheld because somebody wished it comes before what was lost, so that the
ledger never calls a pause a loss.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from firmware.call.events import CallClass, Reason
from firmware.call.orders import Part
from firmware.call.track import Track

_KEYED = (Reason.CARD_ENTRY, Reason.KEYED)

FOREVER = 1 << 62
"""A position later than any."""


def _off() -> Track[bool]:
    return Track(False)  # noqa: FBT003  the value of the track is a truth


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch on which nothing changes: from `at` up to `until`, of which part, and what becomes of it."""

    at: int
    until: int
    part: Part | None
    reason: Reason | None
    call_class: CallClass = CallClass.UNDECIDED
    keys: int = 0


@dataclass(slots=True)
class Tracks:
    """One track a cause; `off_hook` of a hookless line means that a call was detected."""

    withhold_unclassified: bool
    off_hook: Track[bool] = field(default_factory=_off)
    part: Track[Part | None] = field(default_factory=lambda: Track(None))
    call_class: Track[CallClass] = field(default_factory=lambda: Track(CallClass.UNDECIDED))
    answered: Track[bool] = field(default_factory=_off)
    paused: Track[Reason | None] = field(default_factory=lambda: Track(None))
    opted_out: Track[bool] = field(default_factory=_off)
    transferred: Track[bool] = field(default_factory=_off)
    doubt: Track[bool] = field(default_factory=_off)
    armed: Track[bool] = field(default_factory=_off)
    disk_behind: Track[bool] = field(default_factory=_off)
    button_lost: Track[bool] = field(default_factory=_off)
    missing: Track[bool] = field(default_factory=_off)
    card: Track[bool] = field(default_factory=_off)
    keyed: Track[bool] = field(default_factory=_off)
    keys: list[tuple[int, int]] = field(default_factory=list)

    def _truths(self) -> tuple[Track[bool], ...]:
        return (
            self.off_hook,
            self.answered,
            self.opted_out,
            self.transferred,
            self.doubt,
            self.armed,
            self.disk_behind,
            self.button_lost,
            self.missing,
            self.card,
            self.keyed,
        )

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """From `start` up to `stop`, in order, without a seam."""
        if self.settled:
            yield Piece(start, stop, self.part.last, self.reason(start), self.call_class.last)
            return
        edges = {start, stop}
        edges.update(*(track.changes(start, stop) for track in self._truths()))
        edges.update(self.part.changes(start, stop), self.call_class.changes(start, stop))
        edges.update(self.paused.changes(start, stop))
        for at, until in pairwise(sorted(edges)):
            yield self._piece(at, until)

    def _piece(self, at: int, until: int) -> Piece:
        reason = self.reason(at)
        keys = sum(count for where, count in self.keys if at <= where < until) if reason in _KEYED else 0
        return Piece(at, until, self.part.at(at), reason, self.call_class.at(at), keys)

    def from_now_on(self) -> Piece:
        """What goes on without end, once nothing changes any more."""
        return Piece(FOREVER, FOREVER, self.part.last, self.reason(FOREVER), self.call_class.last)

    @property
    def settled(self) -> bool:
        """Whether nothing changes any more behind what was forgotten: nearly always."""
        truths = all(track.settled for track in self._truths())
        return truths and self.part.settled and self.call_class.settled and self.paused.settled

    def reason(self, at: int) -> Reason | None:
        """What becomes of this position; None on hook."""
        if not self.off_hook.at(at):
            return None
        return self._by_doubt(at) or self._by_wish(at) or self._by_trouble(at) or self._by_call(at)

    def _by_doubt(self, at: int) -> Reason | None:
        if self.doubt.at(at):
            return Reason.LOST_RESTARTED
        return Reason.NO_CALL if self.part.at(at) is None else None

    def _by_wish(self, at: int) -> Reason | None:
        call_class = self.call_class.at(at)
        if call_class is CallClass.INTERNAL:
            return Reason.INTERNAL
        if call_class is CallClass.EXEMPT:
            return Reason.EXEMPT
        return Reason.OPTED_OUT if self.opted_out.at(at) else self.paused.at(at)

    def _by_trouble(self, at: int) -> Reason | None:
        if not self.armed.at(at):
            return Reason.LOST_NOT_ARMED
        if self.disk_behind.at(at):
            return Reason.LOST_DISK
        return Reason.BUTTON_LOST if self.button_lost.at(at) else None

    def _by_call(self, at: int) -> Reason:
        if self.transferred.at(at):
            return Reason.TRANSFERRED
        if not self.answered.at(at):
            return Reason.NOT_ANSWERED
        if self.withhold_unclassified and self.call_class.at(at) is CallClass.UNCLASSIFIED:
            return Reason.UNCLASSIFIED
        if self.card.at(at) or self.keyed.at(at):
            return Reason.CARD_ENTRY if self.card.at(at) else Reason.KEYED
        return Reason.LOST_SAMPLES if self.missing.at(at) else Reason.RECORDED

    def key(self, at: int, until: int, keys: int, *, card: bool) -> None:
        """Something was keyed in a stretch of which nothing was ordered yet."""
        (self.card if card else self.keyed).lay(at, until, value=True)
        self.keys.append((at, keys))

    def end_call(self, at: int) -> None:
        """From here on no call: what was said of the last one does not carry over."""
        self.part.put(at, None)
        self.paused.put(at, None)
        self.call_class.put(at, CallClass.UNDECIDED)
        for track in (self.answered, self.opted_out, self.transferred):
            track.put(at, value=False)

    def forget(self, before: int) -> None:
        """Let go of everything behind a position."""
        for track in self._truths():
            track.forget(before)
        self.keys = [each for each in self.keys if each[0] >= before]
        self.part.forget(before)
        self.call_class.forget(before)
        self.paused.forget(before)
