"""One card's samples, each at its true place in time.

Rules of this module:

1. A position is time: frame p of a feed lies at `origin + (p - lead) / rate`.
   `lead` follows the card's own clock, so that drift moves no sample.
2. What a tap counted as lost is skipped at once. What a card lost silently shows
   as blocks that come late and stay late: overflow flags never say how much
   (research: audio-stack, section 3). From the first late block on, blocks are *held*
   until one comes on time (a stall: nothing was lost) or 400 ms have passed (then the
   least lateness seen is what was lost, and becomes a gap exactly there).
3. While no tap delivers, time goes on as missing frames; a tap that comes back
   starts at the instant of its first block.
4. Samples lie in the ring, in one holding buffer, and nowhere else; both are wiped.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from drivers.audio.records import Hello, Record
from drivers.facts import Block, Overrun
from drivers.ring import Ring

SECOND_NS = 1_000_000_000
LATE_SECONDS = 0.03
"""A block that comes later than this is suspected of a loss before it."""

HOLD_SECONDS = 0.4
HELD_SECONDS = 4.0
"""Room of the holding buffer: the longest hold, and twice the largest burst after it (a latency of 1.5 s)."""

WINDOW_NS = 5 * SECOND_NS
OFF_RATE = 0.02
"""A card whose rate is off by 2 % over 5 s is not what it says (research: audio-stack, section 6.2)."""

RING_SECONDS = 8


class Feed:
    """The frames of one tap, from `origin_ns` of the recorder's clock on."""

    def __init__(self, rate: int, channels: int, origin_ns: int) -> None:
        self.rate = rate
        self.channels = channels
        self.ring = Ring(rate * RING_SECONDS, channels)
        self.missing: list[tuple[int, int]] = []
        self._origin = origin_ns
        self._lead = 0
        self._started = False
        self._held = np.zeros((round(rate * HELD_SECONDS), channels), np.int16)
        self._filled = 0
        self._late_since: int | None = None
        self._least = 0
        self._late = LATE_SECONDS * rate
        self._pace = Pace(rate)

    def position(self, at_ns: int) -> int:
        """The frame that lies at an instant."""
        return (at_ns - self._origin) * self.rate // SECOND_NS + self._lead

    def instant(self, position: int) -> int:
        """The instant at which a frame lies, in nanoseconds."""
        return self._origin + (position - self._lead) * SECOND_NS // self.rate

    @property
    def off_rate(self) -> bool:
        """Whether the card delivers at another rate than it says."""
        return self._pace.off

    def take(self, record: Record, samples: memoryview, at_ns: int) -> None:
        """One record of the tap; `at_ns` is its stamp on the recorder's clock."""
        if isinstance(record, Block):
            self.take_block(record, samples, at_ns)
            return
        self._settle_held()
        if isinstance(record, Hello):
            self._started = False
        elif isinstance(record, Overrun):
            self._skip(record.frames)
            self._pace.count(record.frames)

    def lose_until(self, now_ns: int) -> None:
        """No tap delivers: what should have come by now is missing, and the next tap is judged by itself."""
        self._settle_held()
        self._started = False
        self._pace = Pace(self.rate)
        self._skip(self.position(now_ns) - self.ring.end)

    def take_block(self, block: Block, samples: memoryview, at_ns: int) -> None:
        """One block of the tap, which nearly every record is."""
        frames = np.frombuffer(samples, np.int16).reshape(-1, self.channels)
        if not self._started:
            frames = self._start(frames, at_ns)
        self._pace.count(len(frames))
        late = self.position(at_ns) - self.ring.end - self._filled - len(frames)
        if self._late_since is not None:
            self._hold(frames, at_ns, late)
        elif block.overflowed or late > self._late:
            self._late_since, self._least = at_ns, late
            self._hold(frames, at_ns, late)
        else:
            self.ring.write(frames.T)
            self._lead = -self._pace.least(at_ns, late - self._lead)

    def _start(self, block: NDArray[np.int16], at_ns: int) -> NDArray[np.int16]:
        """The first block of a tap says where it lies; what time has already gone past is dropped."""
        self._started = True
        self._pace = Pace(self.rate)
        begins = self.position(at_ns) - len(block)
        self._skip(begins - self.ring.end)
        return block[max(0, self.ring.end - begins) :]

    def _hold(self, block: NDArray[np.int16], at_ns: int, late: int) -> None:
        self._least = min(self._least, late)
        since = at_ns if self._late_since is None else self._late_since
        if self._filled + len(block) > len(self._held):
            self._settle_held()
            self.ring.write(block.T)
            return
        self._held[self._filled : self._filled + len(block)] = block
        self._filled += len(block)
        if late <= LATE_SECONDS * self.rate / 2 or at_ns - since >= HOLD_SECONDS * SECOND_NS:
            self._settle_held()

    def _settle_held(self) -> None:
        """Decide what the late blocks meant: a loss before them, or none."""
        if self._late_since is None:
            return
        if self._least > LATE_SECONDS * self.rate / 2:
            self._skip(self._least)
            self._pace.lost()
        self.ring.write(self._held[: self._filled].T)
        self._held[: self._filled] = 0
        self._filled, self._late_since = 0, None

    def _skip(self, frames: int) -> None:
        if frames > 0:
            self.missing.append((self.ring.end, self.ring.end + frames))
            self.ring.skip(frames)


class Pace:
    """How a card's own clock runs against ours, over the last five seconds."""

    def __init__(self, rate: int) -> None:
        self.off = False
        self._rate = rate
        self._recent: deque[tuple[int, int]] = deque()
        self._since: int | None = None
        self._frames = 0
        self._losses = 0

    def count(self, frames: int) -> None:
        """So many frames were delivered."""
        self._frames += frames

    def lost(self) -> None:
        """Frames were lost silently: what came before says nothing of the card's place any more."""
        self._losses += 1
        self._recent.clear()

    def least(self, at_ns: int, late: int) -> int:
        """The least lateness against the bare clock that a block on time had lately; this one had `late`."""
        recent = self._recent
        while recent and recent[-1][1] >= late:
            recent.pop()
        recent.append((at_ns, late))
        while recent[0][0] < at_ns - WINDOW_NS:
            recent.popleft()
        if self._since is None:
            self._since, self._frames = at_ns, 0
        elif at_ns - self._since >= WINDOW_NS:
            self._judge(at_ns, (at_ns - self._since) / SECOND_NS)
        return recent[0][1]

    def _judge(self, at_ns: int, elapsed: float) -> None:
        wrong = abs(self._frames / (elapsed * self._rate) - 1) > OFF_RATE
        self.off = wrong and self._losses != 1
        self._since, self._frames, self._losses = at_ns, 0, 0
