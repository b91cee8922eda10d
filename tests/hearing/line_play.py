"""A line from its sound alone: ear, sense and machine as the recorder ties them, and a book of what was ordered."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmware.call import events as ev
from firmware.call import hook as hk
from firmware.call.machine import Machine
from firmware.call.rules import rules_of
from firmware.hearing.sense import Sense, sense_of
from firmware.hearing.told import CallerIdTold, DialledTold, Told, TransferTold
from firmware.settings.model import Line, OptOut, Settings
from firmware.signal.ear import Ear
from firmware.signal.events import SignalEvent
from tests.call.call_play import Book

CONTEXT_SECONDS = 0.05


@dataclass(slots=True)
class Numbers:
    """The numbers that were told, in order."""

    callers: list[CallerIdTold] = field(default_factory=list)
    dialled: str = ""
    transfer: str = ""

    def take(self, told: CallerIdTold | DialledTold | TransferTold) -> None:
        """One number more."""
        match told:
            case CallerIdTold():
                self.callers.append(told)
            case DialledTold(_, digits):
                self.dialled = digits
            case TransferTold(_, digits):
                self.transfer += digits


class Script:
    """A line of which somebody tells signal events; the machine's book and the numbers are kept."""

    def __init__(self, settings: Settings, line: Line) -> None:
        self.rate = line.rate
        self.machine = Machine(rules_of(line, OptOut.STOP))
        self.sense: Sense = sense_of(settings, line)
        self.book, self.numbers = Book(), Numbers()
        self.events: list[Told] = []
        self.hook = hk.Hook(lifted=False)
        self.now = 0
        self.machine.take(ev.Armed(0))

    def hooked(self, at: int, *, lifted: bool) -> None:
        """The hook sensor shows this from a position on."""
        self._hook(self.hook.level(self._instant(at), lifted=lifted))

    def listen(self, until: int, heard: Sequence[tuple[int, SignalEvent]]) -> None:
        """One tick up to a position: what was heard on each side in it, and what comes of it."""
        self._hook(self.hook.settle(self._instant(until)))
        for side, event in heard:
            self.sense.take(side, event)
        self.sense.listened(until, self.machine.standing)
        for told in self.sense.told():
            self.events.append(told)
            if isinstance(told, CallerIdTold | DialledTold | TransferTold):
                self.numbers.take(told)
            else:
                self.machine.take(told)
        self.now = until
        self.book.take(self.machine.advance(until), until)

    def _instant(self, at: int) -> int:
        return at * 1_000_000_000 // self.rate

    def _hook(self, said: Sequence[hk.HookEvent]) -> None:
        kinds = {hk.HookLifted: ev.Lifted, hk.HookReplaced: ev.Replaced, hk.Recall: ev.Recalled}
        for each in said:
            event = kinds[type(each)](each.at * self.rate // 1_000_000_000)
            self.events.append(event)
            self.machine.take(event)
            self.sense.hooked(event)

    def finish(self) -> Book:
        """Stop, and give the book."""
        self.book.take(self.machine.finish(), self.now)
        return self.book


Ticks = list[tuple[int, list[tuple[int, SignalEvent]]]]
"""Up to which position was listened, and what was heard in that tick on which row."""


def heard(rate: int, samples: NDArray[np.int16], tick: float = 0.25) -> Ticks:
    """All that an ear hears on rows of sound, of shape (rows, samples)."""
    ear, rows = Ear(rate, len(samples)), np.arange(len(samples))
    context, step = round(CONTEXT_SECONDS * rate), round(tick * rate)
    padded = np.concatenate([np.zeros((len(samples), context), np.int16), samples], axis=1)
    ticks: Ticks = []
    for start in range(0, samples.shape[1] // step * step, step):
        at = np.full(len(samples), start)
        told = ear.listen(rows, at, padded[:, start : start + context + step].copy())
        ticks.append((start + step, [(int(row), event) for row, event in told]))
    return ticks


def play(settings: Settings, line: Line, ticks: Ticks, row: int, hook: Sequence[tuple[int, bool]]) -> Script:
    """One row as a line of one side, with what a hook sensor shows: positions, and whether lifted."""
    script, edges = Script(settings, line), list(hook)
    for until, told in ticks:
        while edges and edges[0][0] < until:
            at, lifted = edges.pop(0)
            script.hooked(at, lifted=lifted)
        script.listen(until, [(0, event) for number, event in told if number == row])
    return script
