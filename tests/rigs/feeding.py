"""Telephone lines that go on in real time, whoever listens: every chunk of every line is known, taken or dropped.

Rules of this rig:

1. Sample i of a line has its time: chunk k leaves at the line's start plus k chunks. An unplugged
   line drops everything.
2. The line's pipe is its card's buffer. Where a chunk finds no room, all that waits is dropped, as a
   card does at an overrun (research: audio-stack, section 3), and until somebody reads again only
   the newest chunk waits. So a reader that comes back, or comes late, begins with what is now.
3. The signal is noise of a seed, never zero, so that eight samples name their place and silence
   is never mistaken for sound.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.rigs.fifo_lines import FifoLines

DEADLINE = 60.0
LOUD = 6000
PIPE = 4096
"""Bytes of a line's pipe, which is its card's buffer: 256 ms at 8 kHz."""


def noise(seed: int, seconds: float, rate: int = 8000) -> NDArray[np.int16]:
    """So many seconds of white noise at -15 dBFS, without a zero."""
    made = np.random.default_rng(seed).integers(-LOUD, LOUD, round(seconds * rate), np.int16)
    made[made == 0] = 1
    return made


@dataclass(slots=True)
class Line:
    """One line: its signal (int16, mono), its rate, the frames of a chunk, and what became of each chunk."""

    samples: NDArray[np.int16]
    rate: int = 8000
    chunk: int = 800
    pipe: int = PIPE
    sent_ns: list[int] = field(default_factory=list)
    """When each chunk left, on CLOCK_MONOTONIC."""
    dropped: list[tuple[int, int]] = field(default_factory=list)
    """From which sample to which nobody can have heard it."""
    plugged: bool = True
    overrun: bool = True
    """Whether nobody reads: then only the newest chunk waits."""

    @property
    def pace(self) -> float:
        """Seconds from chunk to chunk."""
        return self.chunk / self.rate

    def time_of(self, sample: int) -> int:
        """When a sample was heard: the last of a chunk as the chunk left, the others before it."""
        number, at = divmod(sample, self.chunk)
        return self.sent_ns[number] - (self.chunk - 1 - at) * 1_000_000_000 // self.rate

    @property
    def position(self) -> int:
        """How far the line has gone on, in samples."""
        return len(self.sent_ns) * self.chunk

    def lost(self, start: int, stop: int) -> int:
        """Samples of a range that nobody can have heard."""
        return sum(max(0, min(end, stop) - max(begin, start)) for begin, end in self.dropped)


class Feeding:
    """All lines, from one thread each, until the signal or the test ends."""

    def __init__(self, folder: Path, lines: Mapping[str, Line]) -> None:
        self.lines = lines
        self._fifos: dict[str, FifoLines] = {}
        for name, line in lines.items():
            place = folder / f"line-{name}"
            place.mkdir()
            self._fifos[name] = fifos = FifoLines(place, [name], 2 * line.chunk)
            fcntl.fcntl(fifos._fds[name], fcntl.F_SETPIPE_SZ, line.pipe)
        self.configuration = folder / "lines.conf"
        texts = [each.configuration.read_text().splitlines()[0] for each in self._fifos.values()]
        self.configuration.write_text("\n".join([*texts, "pcm.default { type null }", ""]))
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._play, args=[each], daemon=True) for each in lines]

    def start(self) -> None:
        """Every line goes on from here."""
        for each in self._threads:
            each.start()

    def hear(self, seconds: float) -> None:
        """Until every line has gone on by so much."""
        marks = {name: len(line.sent_ns) + round(seconds / line.pace) for name, line in self.lines.items()}
        with self._changed:
            if not self._changed.wait_for(lambda: self._past(marks), DEADLINE + seconds):
                raise TimeoutError("the lines do not go on")

    def close(self) -> None:
        """Fall silent, and take the lines away."""
        self._ended.set()
        for each in self._threads:
            if each.is_alive():
                each.join()
        for fifos in self._fifos.values():
            fifos.close()

    def _past(self, marks: Mapping[str, int]) -> bool:
        return all(len(self.lines[name].sent_ns) >= mark for name, mark in marks.items())

    def _play(self, name: str) -> None:
        line = self.lines[name]
        sound = line.samples.astype("<i2").tobytes()
        begin = time.monotonic()
        for number in range(len(line.samples) // line.chunk):
            if self._ended.wait(max(0.0, begin + number * line.pace - time.monotonic())):
                return
            self._send(name, line, number * line.chunk, sound)
            with self._changed:
                line.sent_ns.append(time.monotonic_ns())
                self._changed.notify_all()

    def _send(self, name: str, line: Line, at: int, sound: bytes) -> None:
        """One chunk; where nobody read the last one for too long, what waits is dropped first."""
        end = at + line.chunk
        piece = sound[2 * at : 2 * end]
        if not line.plugged:
            line.dropped.append((at, end))
            return
        if line.overrun and at:
            line.overrun = self._drop(name, line, at) >= line.chunk
        if not self._fifos[name]._write(name, piece):
            line.overrun = True
            self._drop(name, line, at)
            self._fifos[name]._write(name, piece)

    def _drop(self, name: str, line: Line, at: int) -> int:
        """Take out what waits; how many samples that was."""
        try:
            waiting = len(os.read(self._fifos[name]._fds[name], line.pipe)) // 2
        except BlockingIOError:
            return 0
        line.dropped.append((at - waiting, at))
        return waiting


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples `start` to `stop` of a recording are those of its line from `heard` on, to the bit."""

    start: int
    stop: int
    heard: int


class UnknownSamplesError(AssertionError):
    """A recording holds samples that its line never carried there."""


def find(line: Line, samples: NDArray[np.int16]) -> int:
    """Where on a line these samples are; -1 for nowhere."""
    sound, wanted = line.samples.astype("<i2").tobytes(), samples.astype("<i2").tobytes()
    at = sound.find(wanted)
    while at % 2 and at > 0:
        at = sound.find(wanted, at + 1)
    return at // 2 if at >= 0 else -1


def stretches(line: Line, samples: NDArray[np.int16], gaps: Sequence[tuple[int, int, str]]) -> list[Stretch]:
    """A recording taken apart: every sample outside its gaps is found on its line, every one inside is zero.

    Where the line's card dropped samples and no gap says so, one stretch ends and the next begins.
    """
    found: list[Stretch] = []
    at = 0
    for start, stop, _ in [*gaps, (len(samples), len(samples), "")]:
        if start > at:
            found += _pieces(line, samples, at, min(start, len(samples)))
        if samples[start:stop].any():
            raise UnknownSamplesError(f"the gap from {start} to {stop} is not silent")
        at = max(at, stop)
    return found


def _pieces(line: Line, samples: NDArray[np.int16], start: int, stop: int) -> Iterator[Stretch]:
    """One kept stretch, which the line must have carried without a break but for what it dropped itself."""
    heard = find(line, samples[start : min(stop, start + 8)])
    while start < stop:
        wanted = samples[start:stop]
        there = line.samples[max(heard, 0) :][: len(wanted)]
        same = _alike(wanted, there) if heard >= 0 else 0
        if start + same < stop and (not same or not _resumes(line, heard + same)):
            raise UnknownSamplesError(
                f"kept samples {start} to {stop} leave the line after {same} samples at {heard}"
            )
        yield Stretch(start, start + same, heard)
        start, heard = start + same, _resumes(line, heard + same)


def _alike(wanted: NDArray[np.int16], there: NDArray[np.int16]) -> int:
    """How many samples are the same before the first that is not."""
    length = min(len(wanted), len(there))
    other = np.flatnonzero(wanted[:length] != there[:length])
    return int(other[0]) if len(other) else length


def _resumes(line: Line, at: int) -> int:
    """Where a line goes on that dropped what came from here; 0 where it dropped nothing here."""
    ends = dict(line.dropped)
    stop = 0
    while at in ends:
        stop = at = ends[at]
    return stop
