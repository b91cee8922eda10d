"""Two telephone lines for the real audio stack without a sound card: ALSA's own `file` plugin, fed by FIFOs.

Measured (research: audio-stack, section 1.A): the FIFO must be open at both ends
before PortAudio probes it, and each write must be a whole multiple of what is
read at once and at most 4,096 bytes. Then what arrives is bit for bit what was fed.
"""

import fcntl
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CHUNK_SECONDS = 0.1
PIPE = 4096


class FifoLines:
    """Lines by name; `configuration` is what ALSA_CONFIG_PATH must say."""

    def __init__(self, folder: Path, sounds: Mapping[str, NDArray[np.int16]], rate: int) -> None:
        self.configuration = folder / "alsa.conf"
        self._sounds = {name: sound.astype("<i2").tobytes() for name, sound in sounds.items()}
        self._chunk = round(rate * CHUNK_SECONDS) * 2
        self._fds = {name: _fifo(folder / f"{name}.fifo") for name in sounds}
        pcms = [_pcm(name, folder / f"{name}.fifo") for name in sounds]
        self.configuration.write_text("\n".join([*pcms, "pcm.default { type null }", ""]))
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def play(self, speed: float) -> None:
        """Let the lines sound, at their own pace times a speed; behind their end they are silent."""
        self._thread = threading.Thread(target=self._run, args=(CHUNK_SECONDS / speed,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Fall silent for good."""
        self._ended.set()
        if self._thread:
            self._thread.join()
        for fd in self._fds.values():
            os.close(fd)

    def _run(self, pace: float) -> None:
        began, number = time.monotonic(), 0
        while not self._ended.wait(max(0.0, began + number * pace - time.monotonic())):
            for name, sound in self._sounds.items():
                at = number * self._chunk
                self._write(self._fds[name], sound[at : at + self._chunk].ljust(self._chunk, b"\0"))
            number += 1

    @staticmethod
    def _write(fd: int, piece: bytes) -> None:
        """A line does not wait for a listener: what finds no room is gone."""
        try:
            os.write(fd, piece)
        except BlockingIOError:
            return


def _fifo(path: Path) -> int:
    os.mkfifo(path, 0o600)
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE)
    return fd


def _pcm(name: str, fifo: Path) -> str:
    plugin = f'type file slave.pcm {{ type null }} file "/dev/null" infile "{fifo}" format "raw"'
    return f"pcm.{name} {{ {plugin} hint {{ show on description {name} }} }}"
