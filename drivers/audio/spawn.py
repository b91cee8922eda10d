"""A tap is started as a child with a pipe of up to 64 s of telephone sound, which outlives it.

The child inherits one descriptor and an ALSA configuration that holds its card alone.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from drivers.audio import alsa
from drivers.audio.contract import Ask

PIPE = 1 << 20
"""Bytes asked for a tap's pipe: 64 s of one side at 8 kHz in blocks of 50 ms, five to a page of 4 KiB."""

REAPING = 1.0
"""Seconds in which a killed tap is expected to be gone."""

MOST = Path("/proc/sys/fs/pipe-max-size")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class TapChild:
    """A running tap: its process, the reading end of its pipe, and how many bytes the pipe really holds."""

    process: subprocess.Popen[bytes]
    fd: int
    capacity: int

    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it at once and close its pipe; what is still in the pipe is read before, or never."""
        self.process.kill()
        with contextlib.suppress(
            subprocess.TimeoutExpired
        ):  # the kernel is not done with its card: it reaps later
            self.process.wait(REAPING)
        os.close(self.fd)


def start_tap(kind: str, ask: Ask, configuration: Path) -> TapChild:
    """Start a tap. For a card id, its ALSA configuration is written to the path given; a `pcm:` uses the one in force."""
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        capacity = widen(writing)
        process = subprocess.Popen(
            [sys.executable, "-m", "drivers.audio.tap", *_words(kind, ask), str(writing)],
            stdin=subprocess.DEVNULL,
            pass_fds=(writing,),
            env=card_environment(kind, ask.card, configuration),
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return TapChild(process, reading, capacity)


def card_environment(kind: str, card: str, configuration: Path) -> dict[str, str]:
    """The environment of a child that opens this card and can find no other."""
    environment = {**os.environ, "PYTHONPATH": _import_path(), "JACK_NO_START_SERVER": "1"}
    if kind != "wav" and not card.startswith(alsa.PREFIX):
        configuration.write_text(alsa.config_text(card))
        environment["ALSA_CONFIG_PATH"] = str(configuration)
    return environment


def widen(pipe: int, most: Path = MOST) -> int:
    """Make a pipe as wide as asked, or as wide as this machine allows; how many bytes it holds now."""
    for size in (PIPE, int(most.read_text())):
        try:
            return fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, size)
        except PermissionError:
            continue
    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)


def _words(kind: str, ask: Ask) -> list[str]:
    """The ask as a tap's command line reads it."""
    return [kind, ask.card, str(ask.rate), str(ask.channels), str(ask.frames), str(ask.latency)]


def _import_path() -> str:
    """Where the child finds the same drivers as we did."""
    inherited = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(ROOT), *([inherited] if inherited else [])])
