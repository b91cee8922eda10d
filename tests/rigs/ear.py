"""An ear at a tap's pipe: starts a tap, keeps what it says, and waits for it with a deadline."""

import os
import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from drivers.audio.contract import Ask
from drivers.audio.records import Hello, LastWords, Record, RecordReader
from drivers.audio.spawn import TapChild, start_tap
from drivers.facts import Block, Overrun
from tests.rigs.fifo_lines import FifoLines

DEADLINE = 20.0


class Ear:
    """One tap and all that came from it; ends the tap when it is left."""

    def __init__(self, kind: str, ask: Ask, folder: Path, lines: FifoLines | None = None) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (lines.environment if lines else {}).items():
                patch.setenv(name, value)
            self.child: TapChild = start_tap(kind, ask, folder / "card.conf")
        self.reader = RecordReader(self.child.fd)
        self.records: list[Record] = []
        self.samples = bytearray()
        self.open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.kill()

    def wait(self, done: Callable[[], bool]) -> Self:
        """Listen until it is done, or the pipe has ended."""
        poll = select.poll()
        poll.register(self.child.fd, select.POLLIN)
        until = time.monotonic() + DEADLINE
        while self.open and not done():
            if time.monotonic() > until:
                raise TimeoutError(f"the tap said only {[type(each).__name__ for each in self.records]}")
            poll.poll(100)
            self.open = self.reader.drain(self._take)
        return self

    def greeted(self) -> Self:
        """Wait for the tap's hello: its card is open."""
        return self.wait(lambda: bool(self.records))

    def heard(self, size: int) -> Self:
        """Wait for so many bytes of samples, lost ones not counted."""
        return self.wait(lambda: len(self.samples) >= size)

    def ended(self) -> int:
        """Wait for the tap's end; its exit status."""
        self.wait(lambda: False)
        return self.child.process.wait(DEADLINE)

    @property
    def hello(self) -> Hello:
        """The tap's hello."""
        (found,) = [each for each in self.records if isinstance(each, Hello)]
        return found

    @property
    def blocks(self) -> list[Block]:
        """Every block, without its samples."""
        return [each for each in self.records if isinstance(each, Block)]

    @property
    def lost(self) -> int:
        """Frames that the tap said it could not write."""
        return sum(each.frames for each in self.records if isinstance(each, Overrun))

    @property
    def words(self) -> str:
        """The tap's last words."""
        (found,) = [each.text for each in self.records if isinstance(each, LastWords)]
        return found

    def _take(self, record: Record, samples: memoryview) -> None:
        self.records.append(record)
        self.samples += samples


def leftovers(pid: int, pattern: bytes) -> int:
    """How often a pattern stands in the memory of a process that may be read."""
    try:
        memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    except PermissionError:
        pytest.skip("the memory of a child cannot be read here")
    found = 0
    with open(memory, "rb", buffering=0) as file:  # noqa: PTH123  a descriptor
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            begin, end = (int(each, 16) for each in line.split()[0].split("-"))
            if " rw" in line and "[v" not in line:
                file.seek(begin)
                found += file.read(end - begin).count(pattern)
    return found
