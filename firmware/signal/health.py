"""The health of lines, a second at a time: what a plug, a card or a wire does to all that is heard. Pure.

Rules of this module:

1. It tells, and decides nothing: no ailment withholds or begins a recording.
2. An ailment is raised only by what no healthy line does, and goes when it is gone; what
   raises one and what clears it lie apart, so that none flickers.
3. A row is one side of a line; a line ails where one of its rows does.
4. No sample is kept: a second is looked at and let go, of the last half minute there are levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.signal.gain import Gain
from firmware.signal.hum import Hum
from firmware.signal.seconds import Second, measured

DEAD_SPAN: Final = 2
"""Two steps of 16 bits from lowest to highest: a card's own noise is no less, a line's is far more."""

DEAD_SECONDS, DEAD_SECONDS_IN_TALK = 60, 10
"""How long digital silence lasts before it is a fault; a phone in use is heard at once. Our choice."""

FULL: Final = 32766
CLIPPED_SAMPLES: Final = 4
"""A second with so many samples at either end of the scale was cut off by it: a single one may just touch it."""

CLIPPED_KEPT, CLIPPED_RAISED = 60, 3
"""Of the last sixty seconds of calls, so many that were cut off are a fault; none of them is none any more."""

TALK_DBM0, TALK_FRAMES = -40.0, 4
"""A side talks in a second of which so many frames of 50 ms are louder than this."""

SILENT_DBM0: Final = -50.0
"""Nothing of a living microphone stays below this while somebody holds the receiver. Our choice."""

SILENT_SECONDS: Final = 20
"""Seconds of the other side's talk (requirement of the issue: one side silent for 20 s of talk)."""

HOUR: Final = 3600


class Ill(StrEnum):
    """What ails a line."""

    DEAD = "dead"
    SIDE_SILENT = "side silent"
    HUM = "hum"
    CLIPPED = "clipped"
    GAIN = "gain control"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Ailment:
    """What ails a line: on which side (0 or 1), and its figure.

    The figure is the level of hum in dBm0, seconds cut off of the last sixty, the rise of
    noise in pauses in dB, or hours without a call; the share is hum's of all that is heard.
    """

    ill: Ill
    side: int
    figure: float = 0.0
    share: float = 0.0


class Health:
    """All lines of one rate. `sides` are the sides of each line; its rows follow one another in this order.

    `unused_hours` is for each line after how many working hours without a call it is
    unused, 0 for never.
    """

    def __init__(self, rate: int, sides: Sequence[int], unused_hours: Sequence[float]) -> None:
        rows = sum(sides)
        self.rate = rate
        self._sides = list(sides)
        self._first = np.cumsum([0, *sides]).tolist()
        self._line = np.repeat(np.arange(len(sides)), sides).tolist()
        self._hum, self._gain = Hum(rate, rows), Gain(rows)
        self._two_sided = rows > len(sides)
        self._still = np.zeros(rows, np.int64)
        self._dead = np.zeros(rows, np.bool_)
        self._cut = np.zeros((rows, CLIPPED_KEPT), np.bool_)
        self._cut_at = np.zeros(rows, np.int64)
        self._clips = np.zeros(rows, np.bool_)
        self._silent = np.zeros(rows, np.int64)
        self._unused = [0] * len(sides)
        self._unused_after = [hours * HOUR for hours in unused_hours]

    def look(
        self,
        rows: NDArray[np.intp],
        samples: NDArray[np.int16],
        talk: NDArray[np.bool_],
        *,
        working: bool,
    ) -> None:
        """Take in one second of some rows, both of a line or none: `samples` is (rows, samples a second).

        `talk` says of each row whether a call is on, `working` whether the office is open.
        """
        second = measured(rows, samples, talk)
        self._hum.look(second)
        self._gain.look(second)
        self._look_dead(second)
        self._look_clipped(second)
        self._look_sides(second)
        if working or talk.any():
            self._count(rows.tolist(), talk.tolist(), working=working)

    def _count(self, rows: list[int], talk: list[bool], *, working: bool) -> None:
        """Seconds in which the office was open and no call was on."""
        for row, on in zip(rows, talk, strict=True):
            line = self._line[row]
            if row == self._first[line]:
                self._unused[line] = 0 if on else self._unused[line] + working

    def _look_dead(self, second: Second) -> None:
        span = np.subtract(second.highest, second.lowest, dtype=np.int32)
        rows, still = second.rows, span <= DEAD_SPAN
        self._still[rows] = np.where(still, self._still[rows] + 1, 0)
        longest = np.where(second.talk, DEAD_SECONDS_IN_TALK, DEAD_SECONDS)
        self._dead[rows] = still & (self._dead[rows] | (self._still[rows] >= longest))

    def _look_clipped(self, second: Second) -> None:
        """Only where a sample comes near either end are samples counted."""
        if not second.talk.any():
            return
        near = second.talk & ((second.highest >= FULL) | (second.lowest <= -FULL))
        cut = np.zeros(len(second.rows), np.bool_)
        for index in near.nonzero()[0].tolist():
            ends = np.abs(second.samples[index]) >= FULL / 32768
            cut[index] = np.count_nonzero(ends) >= CLIPPED_SAMPLES
        rows = second.rows[second.talk]
        self._cut[rows, self._cut_at[rows] % CLIPPED_KEPT] = cut[second.talk]
        self._cut_at[rows] += 1
        count = self._cut[rows].sum(axis=1)
        self._clips[rows] = (count >= CLIPPED_RAISED) | (self._clips[rows] & (count > 0))

    def _look_sides(self, second: Second) -> None:
        """Of lines with two sides: for how many seconds of the other's talk a side has been silent."""
        if not self._two_sided:
            return
        talks = (second.levels > TALK_DBM0).sum(axis=1) >= TALK_FRAMES
        silent = second.levels.max(axis=1) <= SILENT_DBM0
        rows = second.rows.tolist()
        for index, row in enumerate(rows):
            line = self._line[row]
            if second.talk[index] and self._sides[line] == 2 and row == self._first[line]:
                for mine, other in ((index, index + 1), (index + 1, index)):
                    self._look_side(rows[mine], silent=bool(silent[mine]), talk=bool(talks[other]))

    def _look_side(self, row: int, *, silent: bool, talk: bool) -> None:
        if not silent:
            self._silent[row] = 0
        elif talk:
            self._silent[row] += 1

    def ailments(self, line: int) -> list[Ailment]:
        """What ails a line now, each ill once, with the side that has it worst."""
        found = [self._worst(line, self._dead, Ill.DEAD, self._still)]
        found.append(self._worst(line, self._silent >= SILENT_SECONDS, Ill.SIDE_SILENT, self._silent))
        found.append(self._worst(line, self._hum.ailing, Ill.HUM, self._hum.level))
        found.append(self._worst(line, self._clips, Ill.CLIPPED, self._cut.sum(axis=1)))
        found.append(self._worst(line, self._gain.ailing, Ill.GAIN, self._gain.rise))
        if 0 < self._unused_after[line] <= self._unused[line]:
            found.append(Ailment(Ill.UNUSED, 0, self._unused[line] / HOUR))
        return [each for each in found if each is not None]

    def _worst(
        self, line: int, ailing: NDArray[np.bool_], ill: Ill, figure: NDArray[np.generic]
    ) -> Ailment | None:
        rows = [row for row in range(self._first[line], self._first[line + 1]) if ailing[row]]
        if not rows:
            return None
        worst = max(rows, key=lambda row: float(figure[row]))
        return Ailment(ill, worst - self._first[line], float(figure[worst]), float(self._hum.share[worst]))

    def hum(self, line: int) -> float:
        """The steady level at the mains, dBm0, of the side that has more of it."""
        return float(self._hum.level[self._first[line] : self._first[line + 1]].max())
