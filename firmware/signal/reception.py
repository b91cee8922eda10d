"""One caller id burst being received: its samples, until they are read or make no sense."""

import numpy as np
from numpy.typing import NDArray

from firmware.signal import messages
from firmware.signal.events import CallerId, Standard
from firmware.signal.fsk import Reading, Receiver

BETWEEN = 1250.0
"""Hz, between the marks of both standards."""

FIRST_TRY = 0.25
"""Seconds of samples that show whether this is a message at all (our choice)."""

LONGEST = 4.0
"""Seconds: the longest message is 258 octets, 2.2 s, with ten mark bits behind each 4.3 s (our choice)."""


class Reception:
    """Samples of a row from somewhere within a mark run on; `began` is where its burst did."""

    def __init__(self, at: int, began: int, rate: int) -> None:
        self.at, self._began = at, began
        self.over = False
        self._needs = round(FIRST_TRY * rate)
        self._samples = np.zeros(round(LONGEST * rate), np.int16)
        self._size = 0

    @property
    def decided(self) -> int:
        """The sample that decided it, or will decide what becomes of it next."""
        return self.at + self._needs

    def take(self, samples: NDArray[np.int16], at: int) -> None:
        """Add what is new of the row's samples, which begin at a position."""
        new = samples[self.at + self._size - at :][: len(self._samples) - self._size]
        self._samples[self._size : self._size + len(new)] = new
        self._size += len(new)

    def told(self, receiver: Receiver) -> CallerId | None:
        """The caller id, once the samples for it are there; whatever comes of them, it is then over."""
        while not self.over and self._needs <= self._size:
            reading = receiver.read(self._samples[: self._needs])
            self.over = reading.needs is None or reading.needs > len(self._samples)
            if self.over:
                return self._believed(reading)
            self._needs = reading.needs or 0
        return None

    def wipe(self) -> None:
        """Keep nothing of it."""
        self._samples.fill(0)

    def _believed(self, reading: Reading) -> CallerId | None:
        message = messages.read(reading.octets)
        if message is None:
            return None
        standard = Standard.V23 if reading.mark > BETWEEN else Standard.BELL202
        until = self.at + reading.until
        return CallerId(
            self._began, until, standard, message.number, message.absent, message.name, message.datetime
        )
