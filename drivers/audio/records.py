"""Whoever reads a tap's pipe is handed each record in order, and the reader keeps no sample.

Rules of this module:

1. Samples are read into one preallocated buffer and handed out in place; that buffer is wiped before
   `drain` returns. The view is good until `deliver` returns, and whoever wants the samples copies them.
2. A record is handed out whole or not at all; the start of one that the end cut off is dropped and counted.
3. What a tap cannot have written is a `DriverError`, never a guess: the tap is then killed and started again.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from drivers.audio import wire
from drivers.audio.contract import SAMPLE
from drivers.facts import Block, DriverError, Overrun

BUFFER = 1 << 16


@dataclass(frozen=True, slots=True)
class Hello:
    """The tap has opened its card: at what rate (samples per second), channels and latency (seconds)."""

    rate: int
    channels: int
    latency: float


@dataclass(frozen=True, slots=True)
class LastWords:
    """The tap says why it ends."""

    text: str


Record = Hello | Block | Overrun | LastWords
Deliver = Callable[[Record, memoryview], None]
"""Takes a record and, for a `Block`, its interleaved samples as bytes; for all others an empty view."""


class RecordReader:
    """The reading end of one tap's pipe. An `Overrun` is handed out before the block that told of it."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._zeros = memoryview(bytes(BUFFER))
        self._filled = 0
        self._hello: Hello | None = None
        self._frame = SAMPLE
        self.torn = 0
        """Bytes of an unfinished record that the end of the pipe cut off."""
        self.pending = False
        """Whether the last `drain` stopped at its limit, so that more may wait in the pipe."""

    def drain(self, deliver: Deliver, most: int = sys.maxsize) -> bool:
        """Hand out what is in the pipe now, at most so many bytes of it; False at its end, True while more may come."""
        taken = 0
        while taken < most:
            room = self._view[self._filled : self._filled + most - taken]
            try:
                got = os.readv(self._fd, [room])
            except BlockingIOError:
                self.pending = False
                return True
            if not got:
                self._end()
                return False
            taken += got
            self._filled += got
            self._hand_out(deliver)
        self.pending = True
        return True

    def _end(self) -> None:
        """The pipe has ended: what is left will never be whole."""
        self.pending = False
        self.torn = self._filled
        self._keep_from(self._filled)

    def _hand_out(self, deliver: Deliver) -> None:
        """Every whole record in the buffer; wiped behind, whatever happens in between."""
        done = 0
        try:
            while size := self._one(done, deliver):
                done += size
        except BaseException:
            done = self._filled
            raise
        finally:
            self._keep_from(done)

    def _keep_from(self, done: int) -> None:
        """Move what is unfinished to the front and wipe the rest in place."""
        left = self._filled - done
        if left:
            self._view[:left] = self._view[done : self._filled]
        self._view[left : self._filled] = self._zeros[left : self._filled]
        self._filled = left

    def _one(self, at: int, deliver: Deliver) -> int:
        """Hand out the record that begins here; its size, or 0 while it is not all there."""
        begin = at + wire.HEADER.size
        if self._filled < begin:
            return 0
        magic, kind, flags, size, lost, stamp = wire.HEADER.unpack_from(self._buffer, at)
        if magic != wire.MAGIC or size > wire.ROOM or kind not in wire.KINDS:
            raise DriverError("the tap's pipe holds what no tap writes")
        if kind == wire.KIND_BLOCK and self._hello is None:
            raise DriverError("the tap's pipe holds a block before the tap's hello")
        if self._filled < begin + size:
            return 0
        content = self._view[begin : begin + size]
        if kind != wire.KIND_BLOCK:
            self._words(kind, content, deliver)
            return wire.HEADER.size + int(size)
        frames, odd = divmod(size, self._frame)
        if odd:
            raise DriverError("the tap's pipe holds part of a frame")
        block = Block(frames, stamp, bool(flags & wire.OVERFLOWED))
        if lost:
            self._lost(lost, block, deliver)
        deliver(block, content)
        return wire.HEADER.size + int(size)

    def _lost(self, frames: int, before: Block, deliver: Deliver) -> None:
        """Hand out what was lost before a block."""
        rate = self._hello.rate if self._hello else 1
        deliver(Overrun(frames, before.stamp_ns - before.frames * 1_000_000_000 // rate), self._zeros[:0])

    def _words(self, kind: int, content: memoryview, deliver: Deliver) -> None:
        """Hand out what the tap says of itself."""
        if kind == wire.KIND_HELLO:
            self._hello = _hello(content)
            self._frame = self._hello.channels * SAMPLE
            deliver(self._hello, self._zeros[:0])
        else:
            deliver(LastWords(str(content, "utf-8", "replace")), self._zeros[:0])


def _hello(content: memoryview) -> Hello:
    """What the tap said of its card; nothing that would divide by zero."""
    if len(content) != wire.HELLO.size:
        raise DriverError("the tap's hello has another length")
    rate, channels, latency = wire.HELLO.unpack_from(content)
    if not rate or not channels:
        raise DriverError(f"the tap's hello says rate {rate} and {channels} channels")
    return Hello(rate, channels, latency)
