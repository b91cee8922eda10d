"""What is heard before a call: rings and caller ids, and what they say of the call that will begin.

1. A caller id, by whatever standard, is told with what its number says; one without a number says
   less than the cadence of the ring.
2. Digits on an idle line that begin with A or D are a caller id that is keyed (ETSI EN 300 659-3).
3. What is told of a ring ends with the ring: the next one, later than `RING_SECONDS`, knows nothing.
4. Where a caller was announced and no ring is heard, it is taken to ring for `UNHEARD_RING_SECONDS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.call import events as ev
from firmware.call.events import CallClass
from firmware.hearing.told import CallerIdTold, Told
from firmware.hearing.ways import RING_SECONDS, UNHEARD_EVERY_SECONDS, UNHEARD_RING_SECONDS, Ways
from firmware.settings.model import Cadence
from firmware.signal.events import CallerId, Digit, RingBurst
from firmware.signal.keyed_id import keyed_caller_id
from firmware.signal.ringing import pattern

MOST_BURSTS = 4
MOST_DIGITS = 32
"""A keyed caller id has 20 digits, its codes and its end."""


@dataclass(slots=True)
class _Ring:
    """What is known of one ring: its last bursts, who calls, what its cadence says.

    `heard` is where the last of it ended that was heard, `last` until when it is taken to have rung.
    """

    bursts: tuple[RingBurst, ...] = ()
    heard: int = 0
    last: int | None = None
    caller: CallerId | None = None
    by_cadence: CallClass | None = None


class Approach:
    """The last ring of one line."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._ring = _Ring()
        self._digits: tuple[Digit, ...] = ()

    def forget(self) -> None:
        """A call began or ended: what was told of its ring says nothing of the next one."""
        self._ring, self._digits = _Ring(), ()

    def rung_for(self, at: int) -> bool:
        """Whether a call that begins at a position was rung for."""
        last = self._ring.last
        return last is not None and at - last <= self._ways.seconds(RING_SECONDS)

    @property
    def keying(self) -> bool:
        """Whether a caller id is being keyed."""
        return bool(self._digits)

    @property
    def rang_until(self) -> int:
        """The end of the last ring or caller id, or the beginning of time."""
        return self._ring.heard

    def ring(self, burst: RingBurst) -> Iterator[Told]:
        """The line rings."""
        ring = self._of(burst.at)
        ring.last = ring.heard = max(burst.until, ring.heard)
        ring.bursts = (*ring.bursts, burst)[-MOST_BURSTS:]
        yield ev.Rang(burst.until)

    def call(self, told: CallerId) -> Iterator[Told]:
        """Who calls was told."""
        ring = self._of(told.at)
        if ring.caller is not None and told.at < ring.caller.until:
            return  # heard on the other side, too
        ring.caller, ring.heard = told, max(told.until, ring.heard)
        ring.last = max(ring.heard, ring.last or 0)
        yield CallerIdTold(told.until, told.number, told.absent)
        yield from self._class(told.until)

    def _of(self, at: int) -> _Ring:
        """The ring to which belongs what was heard at a position."""
        if not self.rung_for(at):
            self._ring = _Ring()
        return self._ring

    def key(self, digit: Digit) -> Iterator[Told]:
        """A digit on the idle line."""
        if not self._digits or digit.at - self._digits[-1].until > self._ways.rate:
            self._digits = (digit,) if digit.digit in "ABD" else ()
        elif len(self._digits) < MOST_DIGITS:
            self._digits = (*self._digits, digit)
        told = keyed_caller_id(self._digits, self._ways.rate) if self._digits else None
        if told is not None:
            self._digits = ()
            yield from self.call(told)

    def listened(self, until: int) -> Iterator[Told]:
        """The cadence of the ring, once it can be told; and that it goes on, where it cannot be heard."""
        ring, numbering = self._ring, self._ways.numbering
        if ring.caller is not None and not ring.bursts:
            yield from self._unheard(ring, ring.caller, until)
        if not ring.bursts or numbering.internal_ring is Cadence.NONE:
            return
        cadence = pattern(ring.bursts, until, self._ways.rate)
        says = numbering.of_ring(Cadence(cadence.value)) if cadence else ring.by_cadence
        if says is not ring.by_cadence:
            ring.by_cadence = says
            yield from self._class(until)

    def _unheard(self, ring: _Ring, caller: CallerId, until: int) -> Iterator[Told]:
        """A tap that blocks what is below the voice hears no ring: one that was announced is taken to go on for a while."""
        again = self._ways.seconds(UNHEARD_EVERY_SECONDS)
        over = caller.until + self._ways.seconds(UNHEARD_RING_SECONDS)
        if until <= over and until - (ring.last or 0) >= again:
            ring.last = until
            yield ev.Rang(until)

    def _class(self, at: int) -> Iterator[Told]:
        """What is told of the ring, all in all."""
        caller, numbering = self._ring.caller, self._ways.numbering
        if caller is not None and caller.number is not None:
            says = numbering.of_caller(caller.number)
        else:
            says = self._ring.by_cadence or (numbering.of_caller(None) if caller else None)
        if says is not None:
            yield ev.Classed(at, says)
