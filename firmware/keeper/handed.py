"""The copy that is out in one conversation, and how much of it went.

The descriptor that was passed on shares its place in the file with this side: where nobody says how much went, that place does.
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.vault.reading import Fields

if TYPE_CHECKING:
    from firmware.keeper.door import Copy


@dataclass(frozen=True, slots=True)
class Went:
    """How much of a copy went, in bytes: `said` by who had it, and `read` of its body, as the kernel counted.

    What was read may be more than went, by what waited to go; `None` is for what nobody said, or nobody can know.
    """

    said: int | None = None
    read: int | None = None


class Handed:
    """At most one copy at a time; `sent` is told of each at its end."""

    def __init__(self, sent: Callable[["Copy", Went], None]) -> None:
        self._sent = sent
        self._copy: Copy | None = None
        self._descriptor: int | None = None
        self._passed = False

    def begin(self, copy: "Copy", descriptor: int | None) -> None:
        """Another copy goes out: of the one before it nobody says anything any more."""
        self.unsaid()
        self._copy, self._descriptor, self._passed = copy, descriptor, False

    def send(self, connection: socket.socket, content: bytes) -> int:
        """Some of an answer; the descriptor goes with its first byte. Gives how many bytes went."""
        if self._descriptor is None or self._passed:
            return connection.send(content)
        gone = socket.send_fds(connection, [content], [self._descriptor])
        self._passed = True
        return gone

    def told(self, request: Fields) -> bool:
        """Whether a request says how much of the copy went, which is taken; one that names no copy means this one."""
        copy = self._copy
        if copy is None or request.content.get("verb") != "sent":
            return False
        if request.content.get("copy", copy.name) != copy.name:
            return False
        self._end(Went(said=request.whole("bytes"), read=self._read()))
        return True

    def unsaid(self) -> None:
        """Nobody says any more how much went of the copy that is out."""
        self._end(Went(read=self._read()))

    def _read(self) -> int | None:
        return None if self._descriptor is None else os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def _end(self, went: Went) -> None:
        copy, descriptor = self._copy, self._descriptor
        self._copy, self._descriptor, self._passed = None, None, False
        if descriptor is not None:
            os.close(descriptor)
        if copy is not None:
            self._sent(copy, went)
