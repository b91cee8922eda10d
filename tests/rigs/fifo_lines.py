"""Telephone lines for the real audio stack without a sound card: ALSA `type file` over `null`, fed through FIFOs.

Rules of this rig (research: audio-stack, section 1.A):

1. A FIFO is open for reading and writing before PortAudio starts: PortAudio opens each PCM to probe
   it, which waits for ever where there is no writer.
2. The plugin tops a short read up with stale bytes. So what is written at once is a whole multiple of
   what PortAudio reads at once, and at most 4,096 bytes, which a pipe takes whole or not at all.
3. A pipe of 4,096 bytes is the card's buffer. `feed` waits for room, so nothing is lost, at any speed.
   `play` keeps the line's own time and drops what finds no room, as a line does.
4. The configuration holds these lines and a `default` that is null, nothing else, as a tap's does.
"""

import fcntl
import os
import select
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

PIPE = 4096
DEADLINE = 10.0
"""Seconds in which a reader must have made room."""


class FifoLines:
    """Named lines in a folder; `configuration` is what `ALSA_CONFIG_PATH` must say."""

    def __init__(self, folder: Path, names: Iterable[str], chunk: int) -> None:
        """`chunk` is bytes written at once: whole blocks of the reader."""
        if not 0 < chunk <= PIPE:
            raise ValueError(f"a chunk of {chunk} bytes is not atomic: at most {PIPE}")
        self.configuration = folder / "lines.conf"
        self._chunk = chunk
        self._fds = {name: _fifo(folder / f"{name}.fifo") for name in names}
        pcms = [_pcm(name, folder / f"{name}.fifo") for name in self._fds]
        self.configuration.write_text("\n".join([*pcms, "pcm.default { type null }", ""]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a child needs to see these lines and no other."""
        return {"ALSA_CONFIG_PATH": str(self.configuration)}

    def feed(self, name: str, samples: bytes, seconds_a_chunk: float = 0.0) -> None:
        """Send all samples down a line as fast as they are read, but no faster than this pace."""
        poll = select.poll()
        poll.register(self._fds[name], select.POLLOUT)
        pace = threading.Event()
        for piece in self._chunks(samples):
            pace.wait(seconds_a_chunk)
            while not self._write(name, piece):
                if not poll.poll(DEADLINE * 1000):
                    raise TimeoutError(f"nobody reads line {name}")

    def play(self, name: str, samples: bytes, seconds_a_chunk: float) -> "Playing":
        """Send samples down a line at the line's own pace, on a thread; what finds no room is dropped."""
        return Playing(self, name, list(self._chunks(samples)), seconds_a_chunk)

    def close(self) -> None:
        """Close the FIFOs; a reader that is still there then waits for ever, so end it first."""
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()

    def _chunks(self, samples: bytes) -> Iterable[bytes]:
        """Whole chunks; a rest would break rule 2."""
        if len(samples) % self._chunk:
            raise ValueError(f"{len(samples)} bytes are no whole chunks of {self._chunk}")
        return (samples[at : at + self._chunk] for at in range(0, len(samples), self._chunk))

    def _write(self, name: str, piece: bytes) -> bool:
        """Whether there was room."""
        try:
            return os.write(self._fds[name], piece) == len(piece)
        except BlockingIOError:
            return False


class Playing:
    """A line that goes on whether anybody listens or not."""

    def __init__(self, lines: FifoLines, name: str, chunks: list[bytes], seconds_a_chunk: float) -> None:
        self._lines = lines
        self._name = name
        self._chunks = chunks
        self._pace = seconds_a_chunk
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self.sent = 0
        """Chunks whose time has come."""
        self.dropped = 0
        """Those of them that found no room."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, *, sent: int = 0, dropped: int = 0) -> None:
        """Until so many chunks were sent, and so many of them dropped."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.sent >= sent and self.dropped >= dropped, 30):
                raise TimeoutError(f"line {self._name}: {self.sent} sent, {self.dropped} dropped")

    def end(self) -> None:
        """Fall silent."""
        self._ended.set()
        self._thread.join(DEADLINE)

    def _run(self) -> None:
        begin = time.monotonic()
        for number, piece in enumerate(self._chunks):
            if self._ended.wait(max(0.0, begin + number * self._pace - time.monotonic())):
                return
            taken = self._lines._write(self._name, piece)
            with self._changed:
                self.sent += 1
                self.dropped += not taken
                self._changed.notify_all()


def _fifo(path: Path) -> int:
    """A FIFO of one page, held open at both ends."""
    os.mkfifo(path, 0o600)
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE)
    return fd


def _pcm(name: str, fifo: Path) -> str:
    """The ALSA configuration of one line."""
    return (
        f'pcm.{name} {{ type file slave.pcm {{ type null }} file "/dev/null" infile "{fifo}" format "raw" '
        f"hint {{ show on description {name} }} }}"
    )
