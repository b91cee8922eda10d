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
        from firmware.signal.dtmf import Dtmf
        from firmware.signal.exchange import Exchange
        from firmware.signal.suppressor import Suppressor
        from firmware.signal.tones import Tones
        from firmware.signal.windows import Bench
        self.rate = rate
        self.bench = Bench(rate, rows, 100)
        self.dtmf = Dtmf(rate)
        self.detectors = [Suppressor(rate), Tones(rate, rows), Exchange(rate, rows)]

    def forget(self, row):
        """Nothing."""

    def listen(self, rows, at, samples):
        """Loud is voice."""
        from firmware.signal.events import Voice
        heard = self.bench.hear(rows, at, samples)
        keyed = self.dtmf.listen(heard)
        yield from keyed.digits
        for each in self.detectors:
            yield from each.listen(heard, keyed)
        for line in heard.open:
            loud = heard.raw[line, 10:].mean()
            if loud > 10**-5:
                begin = int(at[line])
                yield int(rows[line]), Voice(begin, begin + samples.shape[1] - self.rate // 20)
