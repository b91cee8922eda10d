"""Each card's tap: started, watched, killed and started again, without a word to the other lines.

A tap is lost when it brought no samples for 1 s, when the card's rate is off by
2 %, when its card id is gone, when it ended, or when what it says makes no sense
(DESIGN section 2; research: audio-stack, section 6.2). Its pipe is read to the end before it
is forgotten. While it is lost its lines go on in time as missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.audio.records import Hello, LastWords, Record, RecordReader
from drivers.facts import Block, DriverError, Overrun
from firmware.clock import Clock
from firmware.faults import DeviceFault
from firmware.recorder.feed import SECOND_NS, Feed
from firmware.settings.model import Tap

SILENT_NS = SECOND_NS
OPENING_NS = 5 * SECOND_NS
"""A card opens in 0.35 s (research: audio-stack, section 2); after this it never will."""

AGAIN_NS = SECOND_NS

AHEAD_NS = 10 * SECOND_NS
"""What lies further ahead than this was not seen by any clock of ours, hurried ones included."""

MOST_SECONDS = 2.0
"""What is taken from a pipe in one tick, so that a long backlog takes several."""


class Child(Protocol):
    """A running tap, whoever started it."""

    @property
    def fd(self) -> int:
        """The reading end of its pipe."""
        ...

    def alive(self) -> bool:
        """Whether it has not ended yet."""
        ...

    def kill(self) -> None:
        """End it at once, and close its pipe."""
        ...


Start = Callable[[Tap], Child]
"""Starts a tap, or raises `DriverError`."""


@dataclass(slots=True)
class _Running:
    child: Child
    reader: RecordReader
    since: int


class TapWatch:
    """One card: its feed, and the tap that fills it."""

    def __init__(self, tap: Tap, start: Start, present: Callable[[], bool], clock: Clock) -> None:
        self.tap = tap
        self.feed = Feed(tap.rate, tap.channels, clock.monotonic_ns())
        self.fault: DeviceFault | None = None
        self._start = start
        self._present = present
        self._clock = clock
        self._running: _Running | None = None
        self._newest: int | None = None
        self._retry_at = 0
        self._ticked = clock.monotonic_ns()
        self._latest = self._ticked + AHEAD_NS
        self._words = ""
        self._most = round(MOST_SECONDS * tap.rate) * tap.channels * 2

    @property
    def lost(self) -> bool:
        """Whether its lines get no samples now."""
        return self._running is None

    @property
    def hears(self) -> bool:
        """Whether samples come, as far as is known."""
        return self._running is not None and self._newest is not None

    def tick(self) -> None:
        """Take what is there, and see to the tap."""
        now = self._clock.monotonic_ns()
        slept, self._ticked = now - self._ticked > SILENT_NS, now
        self._latest = now + AHEAD_NS
        if self._running is None:
            self._begin(now)
        if self._running is not None:
            self._read(self._running, now, slept=slept)
        if self._running is None:
            self.feed.lose_until(now)

    def close(self) -> None:
        """End the tap."""
        if self._running is not None:
            self._running.child.kill()
            self._running = None

    def _begin(self, now: int) -> None:
        if now < self._retry_at or not self._present():
            return
        self._retry_at = now + AGAIN_NS
        try:
            child = self._start(self.tap)
        except (DriverError, OSError) as error:
            self._blame("device.tap-failed", f"the tap {self.tap.name} cannot be started: {error}")
            return
        self._words, self._newest = "", None
        self._running = _Running(child, RecordReader(child.fd), now)

    def _read(self, running: _Running, now: int, *, slept: bool) -> None:
        try:
            more = running.reader.drain(self._take, self._most)
        except DriverError as error:
            self._lose("device.tap-failed", f"the tap {self.tap.name} makes no sense: {error}")
            return
        if not more:
            self._lose(
                "device.tap-failed", f"the tap {self.tap.name} ended: {self._words or 'it said nothing'}"
            )
        elif not running.reader.pending:
            self._judge(running, now, slept=slept)

    def _judge(self, running: _Running, now: int, *, slept: bool) -> None:
        """The pipe is empty: is the tap still what it should be?"""
        name = self.tap.name
        silent = now - (running.since if self._newest is None else self._newest)
        if not self._present():
            self._lose("device.card-gone", f"card {self.tap.card} of tap {name} is gone")
        elif not slept and silent > (OPENING_NS if self._newest is None else SILENT_NS):
            self._lose("device.tap-silent", f"tap {name} brought no samples for {silent / SECOND_NS:.1f} s")
        elif self.feed.off_rate:
            self._lose("device.tap-off-rate", f"card {self.tap.card} does not run at {self.tap.rate} Hz")

    def _take(self, record: Record, samples: memoryview) -> None:
        if isinstance(record, Block):  # nearly every record is one
            at = self._clock.from_raw(record.stamp_ns)
            if at > self._latest:
                self._plausible(at)
            self._newest, self.fault = at, None
            self.feed.take_block(record, samples, at)
            return
        match record:
            case Hello(rate, channels) if (rate, channels) != (self.tap.rate, self.tap.channels):
                raise DriverError(f"it runs at {rate} Hz with {channels} channels")
            case LastWords(text):
                self._words = text
            case Overrun(frames):
                self._plausible(self.feed.instant(self.feed.ring.end + frames))
                self.feed.take(record, samples, 0)
            case _:
                self.feed.take(record, samples, 0)

    def _plausible(self, at: int) -> None:
        """Refuse what lies in the future: it would move every sample after it."""
        if at > self._latest:
            raise DriverError(f"it tells of {(at - self._ticked) / SECOND_NS:.0f} s from now")

    def _lose(self, code: str, message: str) -> None:
        self.close()
        self._blame(code, message)

    def _blame(self, code: str, message: str) -> None:
        hint = "look at the plug and the card's lamp; `callbox check` lists what the card offers"
        self.fault = DeviceFault(code, message, hint, about=f"tap {self.tap.name}")
