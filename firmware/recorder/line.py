"""One line at work: samples and events go to its machine, its orders to the recordings in the making.

Rules of this module:

1. The machine decides, this obeys: nothing is kept that was not ordered.
2. Samples behind the machine's frontier are wiped from the ring at once; what is
   withheld is therefore gone from memory a look-back after it was heard.
3. Every `Account` order becomes a row of the coverage facts.
"""

from dataclasses import replace

import numpy as np

from firmware.call import events as ev
from firmware.call import orders as od
from firmware.call.events import Event, Reason
from firmware.call.machine import Machine
from firmware.call.orders import Order
from firmware.call.rules import rules_of
from firmware.recorder.context import Context
from firmware.recorder.coverage import Row
from firmware.recorder.intake import LineIntake
from firmware.recorder.makings import Makings
from firmware.recorder.numbers import Numbers
from firmware.sealing.facts import Facts
from firmware.sealing.making import Making, fresh_id
from firmware.settings.model import Line
from firmware.signal.levels import SILENCE_DB

PIECE = 8192
"""Frames that go to the encoder at once."""

REFUSED_NS = 3_000_000_000
"""How long the lamp says that an opt-out was refused."""


class LineWork:
    """Everything of one line but its sensors; `intake` holds its samples."""

    def __init__(self, line: Line, intake: LineIntake, context: Context) -> None:
        self.line = line
        self.intake = intake
        department = context.settings.department_of(line)
        self.machine = Machine(rules_of(line, department.opt_out))
        self.makings = Makings()
        self.level_db = SILENCE_DB
        self.refused_until = 0
        self.began: list[int] = []
        self.calls: dict[int, str] = {}
        self.carried: str | None = None
        self._context = context
        self._numbers: dict[int, Numbers] = {}
        self._told = Numbers()
        self._call: int | None = None
        self._wiped = 0
        self._pending: od.Account | None = None
        self._take = np.zeros((line.sides, PIECE), np.int16)
        self._kept = np.zeros((PIECE, line.sides), np.int16)

    @property
    def call_id(self) -> str | None:
        """The id of the call that is going on."""
        return self.calls.get(self._call) if self._call is not None else None

    def take(self, event: Event) -> None:
        """One event for the machine."""
        self.machine.take(event)

    def tell_caller_id(self, number: str) -> None:
        """The caller's number was told: for the sealed details of this or the next call."""
        self._current_numbers().caller_id = number

    def tell_dialled(self, digits: str) -> None:
        """Digits were dialled before the answer: for the sealed details."""
        self._current_numbers().dialled += digits

    def _current_numbers(self) -> Numbers:
        return self._told if self._call is None else self._numbers[self._call]

    def miss(self) -> None:
        """Tell the machine what never arrived."""
        for start, stop in self.intake.feed.missing:
            self.machine.take(ev.Missing(self.intake.of_feed(start), self.intake.of_feed(stop)))

    def advance(self) -> None:
        """Carry out everything that is old enough by now, then wipe it."""
        self.obey(self.machine.advance(self.intake.ring.end))

    def obey(self, orders: list[Order]) -> None:
        """Carry out orders, in their order."""
        for order in orders:
            self._obey(order)
        ring = self.intake.ring
        gone = max(self._wiped, min(self.machine.oldest, ring.end))
        ring.wipe(self._wiped, gone)
        self._wiped = gone

    def _obey(self, order: Order) -> None:
        match order:
            case od.Keep(at, until):
                self._keep(at, until)
            case od.Gap(at, until, reason):
                self.makings.gap(until - at, reason)
            case od.Account():
                self._account(order)
            case od.Open():
                self._open(order)
            case od.Close(_, part, why):
                self.makings.close(part, why, self._numbers[part.call].details())
            case od.Cut():
                self.makings.cut(order)
            case od.Discard(part):
                self.makings.discard(part)
            case od.Settled(part):
                self.makings.settle(part)
            case od.Began() | od.Ended() | od.Refused():
                self._note_call(order)

    def _note_call(self, order: od.Began | od.Ended | od.Refused) -> None:
        match order:
            case od.Began(at, call):
                self._call = call
                self.calls[call] = self.carried or fresh_id()
                self.carried = None
                self._numbers[call], self._told = self._told, Numbers()
                self.began.append(at)
            case od.Ended():
                self._call = None
            case od.Refused(at):
                self.refused_until = self._context.clock.monotonic_ns() + REFUSED_NS
                self._row(at, at, self._call, "opt-out refused")

    def _keep(self, at: int, until: int) -> None:
        for start in range(at, until, PIECE):
            count = min(PIECE, until - start)
            samples, kept = self._take[:, :count], self._kept[:count]
            self.intake.ring.copy(start, start + count, samples)
            kept[:] = samples.T
            self.makings.keep(kept)
            samples[:] = 0
            kept[:] = 0

    def _open(self, order: od.Open) -> None:
        context, live = self._context, self._context.notice.live
        assert live is not None  # noqa: S101  lines without a live key are not armed
        numbers = self._numbers[order.part.call]
        facts = Facts(
            id=fresh_id(),
            call=self.calls[order.part.call],
            line=self.line.name,
            department=self.line.department,
            settings=context.settings.digest,
            rate=self.line.rate,
            sides=self.line.sides,
            began=context.stamp_at(self.intake.instant(order.at)),
            classed=str(order.call_class),
            direction=numbers.direction,
            recipients=context.names,
            continues=self.makings.predecessor(continues=order.continues),
            bucket=numbers.bucket(context.notice.bucket_key),
        )
        making = Making(facts, context.recipients, live, numbers.details())
        self.makings.open(order.at, order.part, making)

    def _account(self, order: od.Account) -> None:
        """Gather orders that go on from one another; each stretch becomes one row."""
        pending = self._pending
        if order.instead is not None:
            self._row(order.at, order.until, order.call, str(order.reason), str(order.instead))
        elif pending and (pending.until, pending.call, pending.reason) == (
            order.at,
            order.call,
            order.reason,
        ):
            self._pending = replace(pending, until=order.until)
        else:
            self.account()
            self._pending = order

    def account(self) -> None:
        """Hand the stretch gathered so far to the coverage facts."""
        pending, self._pending = self._pending, None
        if pending is not None:
            self._row(pending.at, pending.until, pending.call, str(pending.reason))

    def _row(self, at: int, until: int, call: int | None, reason: str, instead: str | None = None) -> None:
        instant = self.intake.instant(at)
        duration = self.intake.instant(until) - instant
        began = self._context.stamp_at(instant)
        name = self.calls.get(call) if call is not None else None
        row = Row(self.line.name, name, reason, began, duration, instead)
        self._context.coverage.add(row, self._context.clock.monotonic_ns())

    @property
    def reason(self) -> Reason | None:
        """What becomes of what the line hears now."""
        return self.machine.standing.reason
