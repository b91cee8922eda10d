"""A file heard as the recorder hears a line: the same ear, the same sense, the same call machine, tick by tick.

Rules of this module:

1. Nothing is decided here. What is heard, what it means and what would be kept come from
   `signal`, `hearing` and `call`, fed in ticks as the recorder feeds them.
2. The line is taken as armed, its hook as not sensed, and silence as what follows the file, so that
   everything the file began comes to its end.
3. Samples are let go tick by tick; of a file of any length only what was heard is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware.call import events as ev
from firmware.call.events import CallClass
from firmware.call.machine import Machine
from firmware.call.orders import Order
from firmware.call.rules import SILENCE_SECONDS, LineRules
from firmware.cli.sound import Block, Sound, at_rate
from firmware.hearing.sense import Sense
from firmware.hearing.told import Told
from firmware.signal.ear import Ear
from firmware.signal.events import SignalEvent

TICKS_A_SECOND: Final = 4
"""Ticks of 250 ms, as the recorder's."""

CONTEXTS_A_SECOND: Final = 20
"""50 ms of a row come again with each tick (`firmware.signal.windows`, rule 1)."""

SILENT_SECONDS: Final = SILENCE_SECONDS + 10
"""What follows the file while a call is on: long enough for it to end by silence."""

SETTLING_SECONDS: Final = 5
"""What follows it at least: nothing that is heard takes longer to be decided (a DTMF caller id's last pause)."""


@dataclass(frozen=True, slots=True)
class OnLine:
    """How the file's line is taken: the rules of its machine, and its sense."""

    rules: LineRules
    sense: Sense


@dataclass(frozen=True, slots=True)
class Classed:
    """What the call that goes on is taken for by now."""

    at: int
    call_class: CallClass


Heard = tuple[int, SignalEvent] | Told | Order | Classed
"""One thing that happened: heard (with its side), told of a call, or ordered of it."""


class Listening:
    """One file at work; `end` is how many samples of the line it had, once all was heard."""

    def __init__(self, sound: Sound, line: OnLine) -> None:
        self.rate = line.rules.rate
        self.end = 0
        self._sound, self._sense = sound, line.sense
        self._machine = Machine(line.rules)
        self._machine.take(ev.Armed(0))
        self._ear = Ear(self.rate, sound.sides)
        self._rows = np.arange(sound.sides)
        self._class = CallClass.UNDECIDED

    def heard(self) -> Iterator[Heard]:
        """Everything, in the order in which it was noticed."""
        context, tick = self.rate // CONTEXTS_A_SECOND, self.rate // TICKS_A_SECOND
        samples = np.zeros((self._sound.sides, context + tick), np.int16)
        at = 0
        for fresh in self._ticks(tick):
            samples[:, :context] = samples[:, tick:]
            samples[:, context:] = fresh
            yield from self._tick(at, samples)
            at += tick
        yield from self._machine.finish()

    def _tick(self, at: int, samples: Block) -> Iterator[Heard]:
        """One tick: what is heard goes to the sense, what that tells to the machine, what that orders out."""
        until = at + self.rate // TICKS_A_SECOND
        positions = np.full(len(self._rows), at, np.int64)
        for side, heard in self._ear.listen(self._rows, positions, samples):
            yield side, heard
            self._sense.take(side, heard)
        self._sense.listened(until, self._machine.standing)
        for told in self._sense.told():
            yield told
            if isinstance(told, ev.Event):
                self._machine.take(told)
        yield from self._machine.advance(until)
        yield from self._classed(until)

    def _classed(self, at: int) -> Iterator[Classed]:
        note = self._machine.note()
        if note.in_call and note.call_class is not self._class:
            yield Classed(at, note.call_class)
        self._class = note.call_class

    def _ticks(self, tick: int) -> Iterator[Block]:
        """The line's samples in whole ticks, then silence."""
        waiting = np.zeros((self._sound.sides, 0), np.int16)
        for block in at_rate(self._sound, self.rate):
            self.end += block.shape[1]
            waiting = np.concatenate([waiting, block], axis=1)
            while waiting.shape[1] >= tick:
                yield waiting[:, :tick]
                waiting = waiting[:, tick:]
        yield np.pad(waiting, ((0, 0), (0, tick - waiting.shape[1])))
        for ticks in range(SILENT_SECONDS * TICKS_A_SECOND):
            if self._machine.standing.in_call or ticks < SETTLING_SECONDS * TICKS_A_SECOND:
                yield np.zeros((self._sound.sides, tick), np.int16)
