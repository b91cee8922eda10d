"""From feeds to lines: every line's samples at its own rate, all lines of two rates in one batch.

Rules of this module:

1. A line whose rate is its card's is a plain copy, bit for bit.
2. All other lines of the same two rates go through one filter call a tick; a
   line whose card stalls is left behind and catches up alone.
3. A line's positions are its feed's, divided by the ratio of the rates, so that
   missing frames and instants carry over exactly.
4. Scratch is taken once, overwritten and wiped: no sample stays in it.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from drivers.ring import Ring
from firmware.recorder.feed import Feed
from firmware.settings.model import Line
from firmware.signal.decimate import Decimator

RING_SECONDS = 75
"""The undecided minute, look-back and pre-roll, with room for a tick that came late (DESIGN section 2)."""

FILTER_REACH = 100
"""A filter reaches back 1.5 ms (24 line samples wide); the hundredth part of a second is kept for it."""

SCRATCH_SECONDS = 2
"""The most that one filter call takes in; a longer backlog takes several ticks."""


class LineIntake:
    """One line's samples, shape (sides, frames), at the line's rate."""

    def __init__(self, line: Line, feed: Feed) -> None:
        self.name = line.name
        self.rate = line.rate
        self.channels = list(line.channels)
        self.rows = _rows(self.channels)
        self.feed = feed
        self.ring = Ring(line.rate * RING_SECONDS, line.sides)

    def position(self, at_ns: int) -> int:
        """The line's position of an instant."""
        return self.feed.position(at_ns) * self.rate // self.feed.rate

    def instant(self, position: int) -> int:
        """The instant of a position, in nanoseconds."""
        return self.feed.instant(position * self.feed.rate // self.rate)

    def catch_up(self, reach: int) -> None:
        """What the feed no longer holds, or not as far as a filter reaches, is missing: time goes on without it."""
        oldest = self.feed.ring.oldest
        begins = -(-(oldest + reach) * self.rate // self.feed.rate) if oldest else 0
        if begins > self.ring.end:
            self.feed.missing.append((self.ring.end * self.feed.rate // self.rate, oldest + reach))
            self.ring.skip(begins - self.ring.end)

    def of_feed(self, frame: int) -> int:
        """The line's position of a frame of its feed."""
        return frame * self.rate // self.feed.rate


def _rows(channels: Sequence[int]) -> slice:
    """The one or two channels of a line as a slice of its feed: unlike a list of them, it makes no copy."""
    first, last = channels[0], channels[-1]
    step = last - first or 1
    stop = last + step
    return slice(first, stop if stop >= 0 else None, step)


def batches(lines: Sequence[LineIntake]) -> list["Batch"]:
    """One batch for each pair of rates."""
    pairs: dict[tuple[int, int], list[LineIntake]] = defaultdict(list)
    for line in lines:
        pairs[(line.feed.rate, line.rate)].append(line)
    return [Batch(group) for group in pairs.values()]


class Batch:
    """All lines of one card rate and one line rate."""

    def __init__(self, lines: Sequence[LineIntake]) -> None:
        self._lines = lines
        self._filter = Decimator(lines[0].feed.rate, lines[0].rate)
        self._most = lines[0].rate * SCRATCH_SECONDS
        width = lines[0].feed.rate * (SCRATCH_SECONDS + 1)
        self._raw = np.zeros((max(line.feed.channels for line in lines), width), np.int16)
        sides = 0 if self._filter.identity else sum(len(line.channels) for line in lines)
        self._rows = np.zeros((sides, width), np.float32)

    def move(self) -> None:
        """Bring every line as far as its feed has come."""
        for line in self._lines:
            line.catch_up(0 if self._filter.identity else self._filter.half)
        if self._filter.identity:
            for line in self._lines:
                for piece in line.feed.ring.views(line.ring.end, line.feed.ring.end):
                    line.ring.write(piece[line.rows])
            return
        ends = sorted({line.ring.end for line in self._lines})
        for end, later in zip(ends, [*ends[1:], None], strict=True):
            here = [line for line in self._lines if line.ring.end == end]
            if here:
                self._move_group(end, here, later)

    def _move_group(self, end: int, group: Sequence[LineIntake], later: int | None) -> None:
        """Lines that stand at the same position go on together, at most to where others stand."""
        ready = {line.name: self._filter.outputs(line.feed.ring.end) - end for line in group}
        best = max(ready.values())
        together = [line for line in group if 2 * ready[line.name] >= best]
        count = min(*(ready[line.name] for line in together), self._most, (later or end + self._most) - end)
        if count > 0:
            self._run(together, end, count)

    def _run(self, lines: Sequence[LineIntake], first: int, count: int) -> None:
        begin = self._filter.first_input(first)
        width = self._filter.first_input(first + count - 1) - begin + 2 * self._filter.half + 1
        row = 0
        for line in lines:
            row = self._load(line, row, begin, width)
        made = self._filter.run(self._rows[:row, :width], first, count)
        row = 0
        for line in lines:
            line.ring.write(made[row : row + len(line.channels)])
            row += len(line.channels)
        made[:] = 0
        self._rows[:row, :width] = 0

    def _load(self, line: LineIntake, row: int, begin: int, width: int) -> int:
        """Put the frames that the filter needs into rows; before the start of time there was silence."""
        early = max(0, -begin)
        line.feed.ring.copy(begin + early, begin + width, self._raw[: line.feed.channels])
        for channel in line.channels:
            self._rows[row, :early] = 0
            self._rows[row, early:width] = self._raw[channel, : width - early]
            row += 1
        self._raw[:, :width] = 0
        return row


class Wiper:
    """Wipes a feed behind what all its lines have taken, but for what a filter still reaches."""

    def __init__(self, feed: Feed, lines: Sequence[LineIntake]) -> None:
        self._feed = feed
        self._lines = [line for line in lines if line.feed is feed]
        self._wiped = 0

    def wipe(self) -> None:
        """Wipe what is new since the last time."""
        feed = self._feed
        taken = min(line.ring.end * feed.rate // line.rate for line in self._lines)
        gone = max(self._wiped, taken - feed.rate // FILTER_REACH)
        feed.ring.wipe(self._wiped, gone)
        self._wiped = gone
