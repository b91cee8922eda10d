"""The tap: one card's samples go into a pipe, and nothing else happens.

`python -m drivers.audio.tap KIND CARD RATE CHANNELS FRAMES LATENCY FD`

Rules of this module:

1. Neither numpy nor firmware is imported: a tap is small and knows nothing of calls.
2. A record is one write that never waits. Where the pipe is full the frames are counted and the
   next block carries the count, so a reader that slept knows exactly what it missed.
3. No sample stays: one buffer, wiped in place as soon as it is written.
4. The tap ends on SIGTERM and when its reader has gone. It closes its card; where that or a
   read hangs (after an unplug it does: research: audio-stack, section 4) an alarm ends the process.
"""

import os
import select
import signal
import sys
import threading
import time

from drivers.audio import open_source, wire
from drivers.audio.contract import SAMPLE, Ask, AudioSource
from drivers.facts import Block, DriverError

CLOSING = 2
"""Seconds in which a tap closes its card before the alarm ends it; a close took 10 ms (research: audio-stack, section 4)."""

FAILED = 3
"""Exit status of a tap whose card failed; its last words say why."""


class Pump:
    """Moves blocks from a source into a pipe, one a step; says hello at once."""

    def __init__(self, source: AudioSource, fd: int) -> None:
        os.set_blocking(fd, False)
        self._source = source
        self._writer = Writer(fd)
        self._frame = source.channels * SAMPLE
        self._buffer = bytearray(source.frames * self._frame)
        self._view = memoryview(self._buffer)
        self._zeros = memoryview(bytes(len(self._buffer)))
        self._lost = 0
        hello = wire.HELLO.pack(source.rate, source.channels, source.latency)
        self._writer.write(wire.KIND_HELLO, memoryview(hello))

    def step(self) -> Block | None:
        """Read one block and write it; None at the end of a file. `BrokenPipeError` where nobody reads."""
        block = self.read()
        if block:
            self.write(block)
        return block

    def read(self) -> Block | None:
        """Wait for the next block; None at the end of a file."""
        block = self._source.read_into(self._buffer)
        return block if block.frames else None

    def write(self, block: Block) -> None:
        """Write the block that was read, and wipe it."""
        size = block.frames * self._frame
        try:
            self._write(block, self._view[:size])
        finally:
            self._view[:size] = self._zeros[:size]

    def _write(self, block: Block, samples: memoryview) -> None:
        """A block in as many records as it takes, each stamped with the instant of its own last frame."""
        most = wire.ROOM // self._frame * self._frame
        flags = wire.OVERFLOWED if block.overflowed else 0
        for begin in range(0, len(samples), most):
            part = samples[begin : begin + most]
            after = (len(samples) - begin - len(part)) // self._frame
            stamp_ns = block.stamp_ns - after * 1_000_000_000 // self._source.rate
            if self._writer.write(wire.KIND_BLOCK, part, flags, self._lost, stamp_ns):
                flags = self._lost = 0
            else:
                self._lost = min(self._lost + len(part) // self._frame, wire.MOST_LOST)


class Writer:
    """Writes records, each at once and whole, or not at all."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._header = bytearray(wire.HEADER.size)

    def write(self, kind: int, content: memoryview, flags: int = 0, lost: int = 0, stamp_ns: int = 0) -> bool:
        """Whether there was room."""
        wire.HEADER.pack_into(self._header, 0, wire.MAGIC, kind, flags, len(content), lost, stamp_ns)
        try:
            os.writev(self._fd, (self._header, content))
        except BlockingIOError:
            return False
        return True


class Ending:
    """Knows when the tap is to end: SIGTERM came, or the pipe's reader has gone.

    Python runs its signal functions only between two reads, and a read of an unplugged card never
    ends; so a thread waits for both, and sets the alarm that needs nobody's help.
    """

    def __init__(self, fd: int) -> None:
        self.asked = False
        woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the parent's to hand on
        poll = select.poll()
        poll.register(woken, select.POLLIN)
        poll.register(fd, 0)  # POLLERR is always told: the last reader has closed
        threading.Thread(target=self._wait, args=(poll,), daemon=True).start()

    def _wait(self, poll: select.poll) -> None:
        """Until either, then leave the main thread its seconds."""
        poll.poll()
        self.asked = True
        signal.alarm(CLOSING)


def pump_all(source: AudioSource, fd: int, ending: Ending) -> None:
    """Block after block until the end; a file's block waits for its instant, as a card's has done."""
    pump = Pump(source, fd)
    while not ending.asked and (block := pump.read()):
        ahead_ns = block.stamp_ns - time.monotonic_ns()
        if ahead_ns > 0:
            time.sleep(ahead_ns / 1e9)
        pump.write(block)


def run(kind: str, ask: Ask, fd: int) -> int:
    """The whole life of a tap; its exit status."""
    os.set_blocking(fd, False)
    ending = Ending(fd)
    try:
        source = open_source(kind, ask)
        try:
            pump_all(source, fd, ending)
        finally:
            signal.alarm(CLOSING)
            source.close()
    except BrokenPipeError:
        return 0
    except DriverError as error:
        text = str(error).encode()[: wire.ROOM]
        Writer(fd).write(wire.KIND_WORDS, memoryview(text))
        return FAILED
    return 0


def main(words: list[str]) -> int:
    """Read the command line that `spawn` writes."""
    kind, card, rate, channels, frames, latency, fd = words
    return run(kind, Ask(card, int(rate), int(channels), int(frames), float(latency)), int(fd))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
