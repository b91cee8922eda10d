"""The ear: all rows of one rate, tick by tick, and every detector on the same windows."""

from collections.abc import Iterable
from typing import Protocol

from firmware.signal.dtmf import Keyed
from firmware.signal.events import SignalEvent
from firmware.signal.windows import Heard

Told = Iterable[tuple[int, SignalEvent]]
"""Events, each with the number of the row it was heard on."""


class Detector(Protocol):
    """One kind of hearing. It keeps what it must of each row by the row's number; `Detector(rate, rows)` makes one."""

    def listen(self, heard: Heard, keyed: Keyed) -> Told:
        """What is decided now, each row's events in order.

        It is called at every tick of a batch, also where no line passed the gate: time goes on.
        """

    def forget(self, row: int) -> None:
        """The row's samples were broken off or its past is void: begin anew, and wipe what was kept."""


class Ear:
    """STAND-IN until the ear's own comes."""

    def __init__(self, rate, rows):
        self.rate = rate

    def forget(self, row):
        """Nothing."""

    def listen(self, rows, at, samples):
        """Loud is voice."""
        import numpy as np
        from firmware.signal.events import Voice
        new = samples[:, self.rate // 20:].astype(np.float32)
        for row, begin, loud in zip(rows, at, (new**2).mean(axis=1)):
            if loud > 60.0**2:
                yield int(row), Voice(int(begin), int(begin) + new.shape[1])
