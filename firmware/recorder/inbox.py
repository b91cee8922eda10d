"""What foreign threads saw waits here for the main thread, which is woken at once.

A thread stamps, puts and goes on; it never waits. The box holds 4,096 facts: what
comes on top is counted and dropped, and the levels that are read again each tick
say what is true (a press is a level too).
"""

import os
import select
from collections import deque
from dataclasses import dataclass

from drivers.facts import Edge, Told

ROOM = 4096
CLOSED = -1


@dataclass(frozen=True, slots=True)
class Mail:
    """A fact and where it came from: `desk` or `line`, and its name."""

    source: str
    name: str
    fact: Edge | Told


class Inbox:
    """A bounded queue with a descriptor to wait on; once closed it wakes nobody."""

    def __init__(self) -> None:
        self._mail: deque[Mail] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.dropped = 0

    def put(self, mail: Mail) -> None:
        """From any thread: keep the fact and wake the main thread."""
        if len(self._mail) >= ROOM:
            self.dropped += 1
            return
        self._mail.append(mail)
        self.wake()

    def wake(self) -> None:
        """From any thread: there is something to look at."""
        if self._wake != CLOSED:
            os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Give the descriptor back; a signal or a foreign thread that comes late finds nobody to wake."""
        wake, self._wake = self._wake, CLOSED
        if wake != CLOSED:
            os.close(wake)

    def take(self) -> list[Mail]:
        """Everything that is in the box, in the order in which it was put."""
        mail: list[Mail] = []
        while self._mail:
            mail.append(self._mail.popleft())
        return mail

    def wait(self, seconds: float) -> None:
        """Until something is put or the time is over."""
        if select.select([self._wake], [], [], max(0.0, seconds))[0]:
            os.eventfd_read(self._wake)
