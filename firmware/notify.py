"""What systemd is told: ready, alive, stopping, and one line of status.

The protocol is one datagram of `NAME=value` lines to `$NOTIFY_SOCKET` (sd_notify(3)).
Without that variable everything here is silent, so that a daemon runs in the foreground too.
"""

import os
import socket
from collections.abc import Mapping


class Notifier:
    """One process's line to systemd."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._socket: socket.socket | None = None
        self._usec = _watchdog_usec(environment)
        where = environment.get("NOTIFY_SOCKET", "")
        if where.startswith(("/", "@")):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.settimeout(0)
            self._address = where.replace("@", "\0", 1) if where[0] == "@" else where

    @property
    def watchdog_s(self) -> float | None:
        """How often `alive` is to be said, in seconds: half of what systemd allows; `None` without a watchdog."""
        return self._usec / 2e6 if self._usec else None

    def ready(self) -> None:
        """The start is over."""
        self._tell("READY=1")

    def alive(self) -> None:
        """There was progress; starves the watchdog if it is no longer said."""
        self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """What `systemctl status` shows, in one line."""
        self._tell(f"STATUS={' '.join(text.split())}")

    def stopping(self) -> None:
        """A clean stop has begun."""
        self._tell("STOPPING=1")

    def close(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _tell(self, message: str) -> None:
        """A note that systemd cannot take just now is lost: the next one says the same."""
        if self._socket is None:
            return
        try:
            self._socket.sendto(message.encode(), self._address)
        except (BlockingIOError, ConnectionRefusedError, FileNotFoundError):
            return


def _watchdog_usec(environment: Mapping[str, str]) -> int:
    """Microseconds between signs of life, 0 where the watchdog is not meant for this process."""
    meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    usec = environment.get("WATCHDOG_USEC", "0")
    return int(usec) if meant and usec.isascii() and usec.isdigit() else 0
