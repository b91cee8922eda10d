"""Whatever arrives at a descriptor is handed on at once, stamped, from one thread that ends when it is told to.

Also: lines of words from another process, through a FIFO, a file or a Unix datagram socket.
"""

import logging
import os
import select
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

from drivers.facts import DriverError

CHUNK = 4096
"""Bytes taken at once, and the longest line; PIPE_BUF, so that what one writer says stays together."""

LOG = logging.getLogger(__name__)


class Listener:
    """Reads a descriptor, which it then owns, until its end or until `close`."""

    def __init__(self, fd: int, take: Callable[[bytes, int], None]) -> None:
        """`take` gets what arrived and the instant, on a thread of its own."""
        self._fd = fd
        self._take = take
        self._wake = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and give the descriptor back; not from within `take`."""
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._fd)
        os.close(self._wake)

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(self._fd, select.POLLIN)
        while self._wake not in [fd for fd, _ in poll.poll()]:
            came = os.read(self._fd, CHUNK)
            if not came:
                return
            self._take(came, time.monotonic_ns())


class Script:
    """Lines of words that another process says; the path decides how they come.

    A FIFO is heard for ever, a file to its end, and where there is nothing (or the socket of one that died)
    a Unix datagram socket is made, mode 0600, and removed at `close`. A line that
    `say` refuses with a `DriverError` is logged by its reason, never by its words.
    """

    def __init__(self, path: Path, say: Callable[[str, int], None]) -> None:
        self._path = path
        self._say = say
        self._rest = b""
        fd, self._datagrams = _open(path)
        self._listener = Listener(fd, self._lines)

    def close(self) -> None:
        """Hear nothing more."""
        self._listener.close()
        if self._datagrams:
            self._path.unlink(missing_ok=True)

    def _lines(self, came: bytes, stamp_ns: int) -> None:
        """Say each whole line; a datagram is whole."""
        *lines, self._rest = (self._rest + came + (b"\n" if self._datagrams else b"")).split(b"\n")
        self._rest = self._rest[:CHUNK]
        for line in lines:
            try:
                self._say(line.decode("ascii", "replace"), stamp_ns)
            except DriverError as error:
                LOG.warning("%s: %s", self._path, error)


def _open(path: Path) -> tuple[int, bool]:
    """A descriptor to read, and whether it brings datagrams."""
    mode = path.stat().st_mode if path.exists() else stat.S_IFSOCK
    try:
        if stat.S_ISFIFO(mode):
            return os.open(path, os.O_RDWR | os.O_CLOEXEC), False  # our own writing end: never an end of file
        if stat.S_ISREG(mode):
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC), False
        if stat.S_ISSOCK(mode):
            return _bind(path), True
    except OSError as error:
        raise DriverError(f"{path} cannot be listened to: {error.strerror}") from error
    raise DriverError(f"{path} is no FIFO, file or socket")


def _bind(path: Path) -> int:
    """A datagram socket at this path, in place of one that died."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        os.fchmod(listening.fileno(), 0o600)
        listening.bind(str(path))
        return listening.detach()
