"""One line at work: samples and events go to its machine, its orders to the recordings in the making.

Rules of this module:

1. The machine decides, this obeys: nothing is kept that was not ordered.
2. Samples behind the machine's frontier are wiped from the ring at once; what is
   withheld is therefore gone from memory a look-back after it was heard.
3. Every `Account` order becomes time in a row of the coverage facts; what was keyed is pooled (`pool`).
4. The machine is told that samples have arrived once they were listened to, so that what is heard
   reaches back over all that was not ordered yet, and nothing is wiped unheard.
5. Numbers go to the details of their call, and to no one else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from firmware.call import events as ev
from firmware.call import orders as od
from firmware.call.events import Event, Reason
from firmware.call.machine import Machine
from firmware.call.orders import Order
from firmware.call.rules import TOLD_SECONDS, rules_of
from firmware.hearing.sense import sense_of
from firmware.hearing.told import CallerIdTold, DialledTold, TransferTold
from firmware.recorder.context import Context
from firmware.recorder.coverage import Row
from firmware.recorder.intake import LineIntake
from firmware.recorder.makings import Makings
from firmware.recorder.numbers import Numbers
from firmware.recorder.pool import POOL_SECONDS, Pool, Stretch
from firmware.sealing.facts import Facts
from firmware.sealing.flac import Samples
from firmware.sealing.making import Making, fresh_id
from firmware.settings.model import KeyedDigits, Line, Position
from firmware.signal.ear import SILENCE_DB
from firmware.signal.events import SignalEvent

PIECE = 8192
"""Frames that go to the encoder at once."""

REFUSED_NS = 3_000_000_000
"""How long the lamp says that an opt-out was refused."""


UNSURE_SECONDS = 0.05
"""What is keyed is known after so much of it: the five windows of a sure stroke (signal/strokes), and a step."""

FORGET_SECONDS = 60
"""A call that ended is still named by a late cut: 30 s of reach, 3 s of hold (DESIGN section 4)."""


@dataclass(slots=True)
class _Call:
    """What the orders of one call need: its id, its numbers, and where it ended."""

    id: str
    numbers: Numbers
    ended: int | None = None


class LineWork:
    """Everything of one line but its sensors; `intake` holds its samples."""

    def __init__(self, line: Line, intake: LineIntake, context: Context) -> None:
        self.line = line
        self.intake = intake
        department = context.settings.department_of(line)
        self.machine = Machine(rules_of(line, department.opt_out))
        self.sense = sense_of(context.settings, line)
        self.heard = 0
        """Up to where everything was listened to."""
        self.makings = Makings()
        self.meter: Callable[[], float] = lambda: SILENCE_DB
        """How loud the line is, for who looks: dBFS."""
        self.refused_until = 0
        self.began: list[int] = []
        self.carried: str | None = None
        self._context = context
        self._calls: dict[int, _Call] = {}
        self._call: int | None = None
        self._access = context.settings.numbering.access if line.position is Position.EXTENSION else ""
        self._told = Numbers()
        self._told_at = 0
        self._wiped = 0
        self._pool = Pool(POOL_SECONDS * line.rate)
        self._corrected: tuple[Stretch, Reason] | None = None
        self._interleaved = np.zeros((PIECE, line.sides), np.int16)

    @property
    def blanks(self) -> bool:
        """Whether keyed digits are left out."""
        return self.line.keyed_digits is KeyedDigits.BLANK

    @property
    def call_id(self) -> str | None:
        """The id of the call that is going on."""
        return self._id(self._call)

    def _id(self, call: int | None) -> str | None:
        known = self._calls.get(call) if call is not None else None
        return known.id if known else None

    def take(self, event: Event) -> None:
        """One event for the machine."""
        if isinstance(event, ev.Rang) and self._stands(event.at):
            self._told_at = event.at
        self.machine.take(event)

    def hooked(self, event: ev.Lifted | ev.Replaced | ev.Recalled) -> None:
        """What the hook sensor showed: both machine and sense must know."""
        self.take(event)
        self.sense.hooked(event)

    def listen(self, until: int, heard: Iterable[tuple[int, SignalEvent]]) -> None:
        """All that was heard up to a position, by side: what it means goes to the machine, and numbers to their call."""
        for side, event in heard:
            self.sense.take(side, event)
        self.sense.listened(until, self.machine.standing)
        for told in self.sense.told():
            match told:
                case CallerIdTold() | DialledTold() | TransferTold():
                    self.advance()  # calls that ended or began just now are known as such
                    self.numbers(told.at).take(told)
                case _:
                    self.take(told)
        self.heard = until

    def numbers(self, at: int) -> Numbers:
        """The numbers of the call that is going on, or of the next one, as told by a position."""
        if self._call is not None:
            return self._calls[self._call].numbers
        self._told = self._told if self._stands(at) else Numbers()
        self._told_at = at
        return self._told

    def _stands(self, at: int) -> bool:
        """Whether what was told before a call still belongs to one that begins now."""
        return at - self._told_at <= TOLD_SECONDS * self.line.rate

    def miss(self) -> None:
        """Tell the machine what never arrived, and what was overwritten before it could be ordered."""
        for start, stop in self.intake.feed.missing:
            self.machine.take(ev.Missing(self.intake.of_feed(start), self.intake.of_feed(stop)))
        if self.machine.oldest < self.intake.ring.oldest:
            self.machine.take(ev.Missing(self.machine.oldest, self.intake.ring.oldest))

    def advance(self) -> None:
        """Carry out everything that is old enough by now, then wipe it."""
        self.obey(self.machine.advance(self.heard))

    def finish(self) -> None:
        """The recorder stops: everything that was listened to is carried out, closed and accounted for.

        But not the very last of it where keys are blanked: it may be the beginning of one.
        """
        self.advance()
        self.obey(self.machine.finish(round(UNSURE_SECONDS * self.line.rate) if self.blanks else 0))
        self.account(whole=True)

    def obey(self, orders: list[Order]) -> None:
        """Carry out orders, in their order."""
        for order in orders:
            self._obey(order)
        self._put_right()
        gone = min(self.machine.oldest, self.intake.ring.end)
        if gone > self._wiped:
            self.intake.ring.wipe(self._wiped, gone)
            self._wiped = gone
            self._forget(gone - FORGET_SECONDS * self.line.rate)

    def _forget(self, before: int) -> None:
        """Let go of calls that no order can name any more."""
        for number in [each for each, call in self._calls.items() if call.ended is not None]:
            if (self._calls[number].ended or 0) < before:
                del self._calls[number]
        if not self._calls:
            self._pool.forget(before)

    def _obey(self, order: Order) -> None:
        match order:
            case od.Keep(at, until):
                self._keep(at, until)
            case od.Gap(at, until, reason, keys):
                self.makings.gap(until - at, reason, keys if reason is Reason.CARD_ENTRY else 0)
            case od.Account():
                self._account(order)
            case od.Open():
                self._open(order)
            case od.Close(_, part, why):
                self.makings.close(part, why)
            case od.Cut():
                self.makings.cut(order)
            case od.Discard(part):
                self.makings.discard(part)
            case od.Settled(part):
                self.makings.settle(part, self._calls[part.call].numbers.details())
            case od.Began() | od.Ended() | od.Refused():
                self._note_call(order)

    def _note_call(self, order: od.Began | od.Ended | od.Refused) -> None:
        match order:
            case od.Began(at, call, continues):
                self._begin(at, call, continues)
            case od.Ended(at, call):
                self._calls[call].ended = at
                self._call = None
            case od.Refused(at):
                self.refused_until = self._context.clock.monotonic_ns() + REFUSED_NS
                self._row(at, at, self.call_id, "opt-out refused")

    def _begin(self, at: int, call: int, continues: int | None) -> None:
        """A call has an id and numbers of its own, or those of the call that it goes on from."""
        earlier = self._calls.get(continues) if continues is not None else None
        numbers = earlier.numbers if earlier else self.numbers(at)
        self._calls[call] = _Call(earlier.id if earlier else self.carried or fresh_id(), numbers)
        self._call, self.carried, self._told = call, None, Numbers()
        self.began.append(at)

    def _keep(self, at: int, until: int) -> None:
        for start in range(at, until, PIECE):
            for piece in self.intake.ring.views(start, min(start + PIECE, until)):
                self._encode(piece.T)

    def _encode(self, samples: Samples) -> None:
        """One side lies in the ring as it is encoded; two are interleaved first."""
        if self.line.sides == 1:
            self.makings.keep(samples)
            return
        interleaved = self._interleaved[: len(samples)]
        interleaved[:] = samples
        self.makings.keep(interleaved)
        interleaved[:] = 0

    def _open(self, order: od.Open) -> None:
        context, live = self._context, self._context.notice.live
        assert live is not None  # noqa: S101  lines without a live key are not armed
        call = self._calls[order.part.call]
        facts = Facts(
            id=fresh_id(),
            call=call.id,
            line=self.line.name,
            department=self.line.department,
            settings=context.settings.digest,
            rate=self.line.rate,
            sides=self.line.sides,
            began=context.stamp_at(self.intake.instant(order.at)),
            classed=str(order.call_class),
            direction=call.numbers.direction,
            recipients=context.names,
            continues=self.makings.predecessor(continues=order.continues),
            bucket=call.numbers.bucket(context.notice.bucket_key, self._access),
        )
        making = Making(facts, context.recipients, live, call.numbers.details())
        self.makings.open(order.at, order.part, making)

    def _account(self, order: od.Account) -> None:
        """Time becomes a row once it is certain; what puts another row right is laid where that has the time."""
        call = self._id(order.call)
        if order.instead is None:
            for row in self._pool.take(Stretch(order.at, order.until, call, order.reason)):
                self._tell(row)
            return
        for at, until in self._pool.places(order.at, order.until):
            self._correct(Stretch(at, until, call, order.reason), order.instead)

    def _correct(self, new: Stretch, instead: Reason) -> None:
        """What goes on from the last correction is one with it."""
        before = self._corrected
        if before and before[0].goes_on(new) and (before[0].reason, before[1]) == (new.reason, instead):
            new = Stretch(before[0].at, new.until, new.call, new.reason)
        else:
            self._put_right()
        self._corrected = new, instead

    def _put_right(self) -> None:
        corrected, self._corrected = self._corrected, None
        if corrected is not None:
            self._tell(corrected[0], str(corrected[1]))

    def account(self, *, whole: bool = False) -> None:
        """Hand on what is certain of the coverage; `whole` for everything, a pool that is still gathered, too."""
        for row in self._pool.end() if whole else self._pool.plain():
            self._tell(row)

    def _tell(self, stretch: Stretch, instead: str | None = None) -> None:
        self._row(stretch.at, stretch.until, stretch.call, stretch.reason, instead)

    def _row(self, at: int, until: int, call: str | None, reason: str, instead: str | None = None) -> None:
        instant = self.intake.instant(at)
        duration = self.intake.instant(until) - instant
        began = self._context.stamp_at(instant)
        row = Row(self.line.name, call, reason, began, duration, instead)
        self._context.coverage.add(row, self._context.clock.monotonic_ns())

    @property
    def reason(self) -> Reason | None:
        """What becomes of what the line hears now."""
        return self.machine.standing.reason
