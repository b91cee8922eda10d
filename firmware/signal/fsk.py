"""Octets out of a caller id burst: V.23 (1300/2100 Hz) and Bell 202 (1200/2200 Hz) by one receiver.

1. Both sit around 1700 Hz at 1200 bit/s, 8-N-1, so both are read by one discriminator:
   what turns faster than 1700 Hz is space. It looks at phase only. Neither level nor twist
   nor a click before the burst (20 to 50 dB louder than it) moves a threshold, for there is none.
2. A bit is the turn of the phase over its middle. Each octet is timed anew by the edge of
   its start bit, so a clock that is off by two per cent is read as well.
3. Refused at once: an octet without stop bit, one that does not follow in time, and a type
   that is not known. Whatever else is wrong is for the checksum (`messages`).

V.23: ITU-T V.23; its use for caller id: ETSI EN 300 659-1, BT SIN 227. Bell 202: Telcordia GR-30.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, pi

import numpy as np
from numpy.typing import NDArray

from firmware.signal.messages import left

BAUD = 1200
CENTRE = 1700.0
"""Hz, half way between mark and space of both standards."""
CUT_OFF = 1000.0
"""Hz to each side of the centre that are heard: the first sidebands of both (our choice)."""
REACH_SECONDS = 0.002
"""How far the filter reaches to each side: so hum and the alert stay out (our choice)."""
MIDDLE = (0.2, 0.8)
"""The part of a bit that decides it: the rest is edge (our choice)."""
BITS = 10
"""Start, eight data bits (lowest first), stop."""
AGAIN = 9.4
"""Bits after an edge from where the next octet may begin: clocks differ (our choice)."""
LATEST = AGAIN + 12
"""Bits after which it must have begun: up to ten mark bits may lie between two octets (EN 300 659-1)."""
LONGEST_MARK = 0.5
"""Seconds: standards send 205 bits of mark at most, three times that is a whistle (our choice)."""
ON = 0.1
"""Seconds: by so much more is a burst read on at least, so that it is not read too often (our choice)."""

_TINY = 1e-9
"""Against nought by nought in digital silence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a burst: its mark in Hz, and `until`, the sample after its last octet.

    `needs` is how many samples bring what is still to come, as far as is known; None where nothing is.
    """

    octets: bytes = field(repr=False)
    mark: float
    until: int
    needs: int | None


class Receiver:
    """Reads bursts of one sample rate, in samples a second; it keeps nothing of them."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._bit = rate / BAUD
        self._reach = round(REACH_SECONDS * rate)
        there = np.arange(-self._reach, self._reach + 1)
        self._taps = np.sinc(2 * CUT_OFF / rate * there) * np.hamming(len(there))
        self._smooth = np.ones(2 * int(self._bit / 4) + 1)
        self._centre = np.zeros(0, np.complex128)
        self._points = self._bit * (np.arange(BITS)[:, None] + MIDDLE)

    def read(self, samples: NDArray[np.int16]) -> Reading:
        """What can be read of a burst; `samples`, shape (n,), begin within its mark run.

        However many more follow, what was read is read again.
        """
        turns = self._turns(samples)
        sums = np.concatenate([[0], np.cumsum(turns)])
        octets, at, mark = b"", 0.0, 0.0
        for edge, octet in self._octets(self._edges(turns), sums.imag, len(samples) - self._reach):
            mark = mark or self._frequency(sums[max(0, int(edge - self._bit))])
            octets += bytes([octet])
            at = edge + BITS * self._bit
            if not left(octets):
                break
        return Reading(octets, mark, round(at), self._needs(octets, at, len(samples)))

    def _turns(self, samples: NDArray[np.int16]) -> NDArray[np.complex128]:
        """How the phase turns from each sample to the next, seen from the centre: numbers of size one."""
        if len(self._centre) < len(samples):
            self._centre = np.exp(-2j * pi * CENTRE / self._rate * np.arange(len(samples)))
        base = np.convolve(samples * self._centre[: len(samples)], self._taps, "same")
        turns = base[1:] * base[:-1].conj()
        return np.asarray(turns / (np.abs(turns) + _TINY), np.complex128)

    def _edges(self, turns: NDArray[np.complex128]) -> list[float]:
        """Where mark turns to space: the beginnings of start bits, and others."""
        speed = np.convolve(turns.imag, self._smooth, "same")
        up = ((speed[:-1] < 0) & (speed[1:] >= 0)).nonzero()[0]
        edges: list[float] = (up + 0.5 + speed[up] / (speed[up] - speed[up + 1])).tolist()
        return edges

    def _octets(
        self, edges: list[float], turned: NDArray[np.float64], end: int
    ) -> Iterator[tuple[float, int]]:
        """The octets that follow one another, each with its edge; `turned` is the turn up to each sample."""
        least, most = 0.0, float(end)
        for edge in edges:
            if edge > min(most, end - BITS * self._bit):
                return
            if edge < least:
                continue
            space = self._spaces(turned, edge)
            if space[0]:
                if space[-1]:
                    return
                yield edge, int(np.packbits(~space[1:-1], bitorder="little")[0])
                least, most = edge + AGAIN * self._bit, edge + LATEST * self._bit

    def _spaces(self, turned: NDArray[np.float64], edge: float) -> NDArray[np.bool_]:
        """Which of the ten bits after an edge are space."""
        points = np.minimum(edge + self._points, len(turned) - 1)
        whole = np.minimum(points.astype(np.intp), len(turned) - 2)
        before = turned[whole]
        ends = before + (turned[whole + 1] - before) * (points - whole)
        return np.asarray(ends[:, 1] > ends[:, 0])

    def _frequency(self, turn: complex) -> float:
        return CENTRE + float(np.angle(turn)) * self._rate / (2 * pi)

    def _needs(self, octets: bytes, at: float, size: int) -> int | None:
        patience = (LATEST + BITS) * self._bit if octets else LONGEST_MARK * self._rate
        to_come = left(octets)
        if not to_come or size - self._reach - at > patience:
            return None
        return ceil(max(at + (to_come * BITS + 2) * self._bit + self._reach, size + ON * self._rate))
