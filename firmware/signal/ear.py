"""The ear: all rows of one rate, tick by tick, and every detector on the same windows.

Rules of this module:

1. A tick of a row is whole steps of 25 ms on the row's grid, and the 50 ms before them; its rows
   come in any company. What is told does not depend on how ticks and batches are cut,
   but for voice beside ringing and caller ids, which is told a tick sooner or later.
2. Ticks of a row follow each other. Where they cannot, the row is forgotten first: then its
   context may be anything, silence as a rule.
3. A batch is at most 64 rows; more are heard one batch after another.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware.signal.bench import Bench
from firmware.signal.dtmf import Dtmf, Keyed
from firmware.signal.events import SignalEvent
from firmware.signal.exchange import Exchange
from firmware.signal.suppressor import Suppressor
from firmware.signal.tones import Tones
from firmware.signal.voice import Calibration, Voices
from firmware.signal.windows import BLOCKS_A_SECOND, CONTEXT, FAINT, FULL_SCALE_DBM0, GATE_DBM0, Heard

ROWS_AT_ONCE = 64
"""All that a box has, as a rule: on a processor with little cache fewer may be cheaper."""

LONGEST = BLOCKS_A_SECOND
"""Blocks of the longest tick: one second."""

DBFS = 10 * np.log10(2) + FULL_SCALE_DBM0
"""dBm0 of a mean square of full scale, which meters show as 0 dBFS."""

SILENCE_DB = -96.0
"""What a row shows before anything was heard, in dBFS: below the lowest step of 16 bits."""

Told = tuple[int, SignalEvent]
"""An event, with the number of the row that it was heard on."""


class Detector(Protocol):
    """One kind of hearing. It keeps what it must of each row by the row's number."""

    def listen(self, heard: Heard, keyed: Keyed) -> Iterator[Told] | list[Told]:
        """What is decided now, each row's events in order.

        It is called at every tick of a batch, also where no row passed the gate: time goes on.
        """

    def forget(self, row: int) -> None:
        """The row's samples were broken off or its past is void: begin anew, and wipe what was kept."""


class Ear:
    """Hears rows 0 to `rows` of one rate (samples a second)."""

    def __init__(self, rate: int, rows: int, gate_dbm0: float = GATE_DBM0) -> None:
        self.context = CONTEXT * rate // BLOCKS_A_SECOND
        """Samples that every tick brings again."""

        self.step = rate // 40
        """Samples of which a tick's new part is a multiple."""

        self._bench = Bench(rate, min(rows, ROWS_AT_ONCE), LONGEST, gate_dbm0)
        self._dtmf = Dtmf(rate)
        self._exchange = Exchange(rate, rows)
        self._detectors: tuple[Detector, ...] = (Suppressor(rate), Tones(rate), self._exchange)
        self._voices = Voices(rows)
        self._peaks = np.full(rows, FAINT, np.float32)

    def listen(self, rows: NDArray[np.intp], at: NDArray[np.int64], samples: NDArray[np.int16]) -> list[Told]:
        """One tick of some rows: `samples` is (rows, context and new), `at` where each row's new part begins."""
        told: list[Told] = []
        for first in range(0, len(rows), ROWS_AT_ONCE):
            batch = slice(first, first + ROWS_AT_ONCE)
            told += self._batch(rows[batch], at[batch], samples[batch])
        return told

    def _batch(self, rows: NDArray[np.intp], at: NDArray[np.int64], samples: NDArray[np.int16]) -> list[Told]:
        heard = self._bench.hear(rows, at, samples)
        self._peaks[rows] = heard.peak
        keyed = self._dtmf.listen(heard)
        busy = self._exchange.busy
        told: list[Told] = [*keyed.digits]
        for detector in self._detectors:
            told += detector.listen(heard, keyed)
        told += self._voices.listen(heard, keyed.candidates, busy | self._exchange.busy)
        return told

    def forget(self, row: int) -> None:
        """The row's samples were broken off: begin anew with it."""
        self._peaks[row] = FAINT
        self._dtmf.forget(row)
        self._voices.forget(row)
        for detector in self._detectors:
            detector.forget(row)

    def level_db(self, row: int) -> float:
        """The loudest 20 ms of the row's last tick, in dBFS (mean square, full scale is 0)."""
        return float(10 * np.log10(self._peaks[row] + FAINT) - DBFS)

    def calibration(self, row: int) -> Calibration:
        """What the row is like, as far as it was heard."""
        return self._voices.calibration(row)
