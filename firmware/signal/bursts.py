"""Bursts: windows of one pitch, one after another.

Rules of this module:

1. Time is counted in blocks of 5 ms of the row's grid. A *window* is 60 ms of sound, one
   every 25 ms; it has one pitch or none.
2. A quiet window ends a burst, or 150 ms of something else: what is spoken or clicks over
   a tone does not break it.
3. A burst whose frequencies are off in the mean by more than 1.6 % (one frequency) or
   1.9 % (two) is none: it is nearer to music (392 Hz is a G) than to an exchange.
4. Where it begins and ends is told within 15 ms: a window counts from three quarters on.
"""

from types import MappingProxyType
from typing import NamedTuple

from firmware.signal.cadences import Pitch
from firmware.signal.windows import BLOCKS_A_SECOND, LONG, STEP, power_of

QUIET = power_of(-6.0)
"""Below a burst by this much is no burst: a window that a burst fills to a quarter."""

LONGEST_BRIDGE = round(0.15 * BLOCKS_A_SECOND)
"""Something louder than a pause may hide a tone for so long."""

FEWEST = 2
"""Windows of a burst."""

MOST_OFF = MappingProxyType({1: 0.016, 2: 0.019})
"""By how many frequencies a pitch has."""

STEADY = 2.5
"""Highest over lowest power, 4 dB: notes that are struck fade by more within a second."""

FILLED = 0.8
"""Share of a steady burst's windows that have its pitch."""

PURE = 0.94
"""Share of the power that is the tone alone; 15 dB of noise leave 97 %, frequencies between two ratios 95 %."""

EDGE = power_of(-10.0)
"""Against the burst, what is just before and after one that was switched on and off, 15 dB of noise beside it."""

GLIDES = 0.003
"""Of its frequency, from window to window: voices glide by more, noise 15 dB down moves a tone by a third of it."""


class Window(NamedTuple):
    """60 ms of a row from block `at` on: its pitch, how far that is off (a ratio), its share of the power.

    `before` is the power of the block 15 ms before it. There are forty a second of every row.
    """

    at: int
    power: float
    pitch: Pitch | None = None
    off: float = 0.0
    share: float = 0.0
    before: float = 0.0


class Burst:
    """One burst: so far while it sounds, altogether when it is over."""

    __slots__ = (
        "_before",
        "_glides",
        "_high",
        "_last",
        "_last_off",
        "_low",
        "_off",
        "_share",
        "at",
        "pitch",
        "until",
        "windows",
    )

    def __init__(self, window: Window, pitch: Pitch) -> None:
        self.pitch = pitch
        self.at = window.at
        self.until = window.at + LONG
        self.windows = 1
        self._off, self._share, self._before = window.off, window.share, window.before
        self._last, self._last_off, self._glides = window.power, window.off, 0.0
        # of all windows but the outermost, which the burst may not fill
        self._low, self._high = float("inf"), 0.0

    def add(self, window: Window) -> None:
        """It sounds for one window more."""
        if self.windows >= FEWEST:
            self._low = min(self._low, self._last)
            self._high = max(self._high, self._last)
        self.until = window.at + LONG
        self.windows += 1
        self._off += window.off
        self._glides = max(self._glides, abs(window.off - self._last_off))
        self._share = max(self._share, window.share)
        self._last, self._last_off = window.power, window.off

    @property
    def power(self) -> float:
        """Of the tone."""
        return max(self._high, self._last)

    def bridges(self, window: Window) -> bool:
        """Whether the window, which has another pitch or none, may still be in the midst of it."""
        hidden = window.at + LONG - self.until <= LONGEST_BRIDGE
        return window.pitch is None and hidden and window.power > QUIET * self.power

    def counts(self) -> bool:
        """Whether it is one of an exchange."""
        most = MOST_OFF[len(self.pitch.value)] * self.windows
        return self.windows >= FEWEST and abs(self._off) <= most

    def steady(self) -> bool:
        """Whether it sounds all the time, equally loud."""
        could = (self.until - self.at - LONG) / STEP + 1
        return self.windows >= FILLED * could and self._high <= STEADY * self._low

    def pure(self) -> bool:
        """Whether nothing else sounded with it or just before, and it kept its frequency."""
        alone = self._share >= PURE and self._before <= EDGE * self.power
        return alone and self._glides <= GLIDES
