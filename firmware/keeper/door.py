"""The keeper's one door: a Unix socket where the kernel says who asks.

1. A request is one line of JSON, at most 64 KiB; so is its answer, of any length. The
   descriptor of a sealed body travels with the answer's first byte.
2. Who asks is known from the kernel (SO_PEERCRED), asked at every request. Until there
   are persons it is the keeper's own account and no other.
3. Nobody can hold the keeper up: no read or write waits.
4. Who was given a body says at the end how much of it was sent. A connection that ends without that
   word, also because the keeper ends or who asks for another, is entered as such: with what was read of the body, for
   who was given it shares its place in the file with this side.
5. A keeper that begins anew in the same process hands its listening socket on to itself: whoever
   comes meanwhile waits, and is not turned away.
"""

import os
import pwd
import selectors
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.faults import Fault, Refused
from firmware.vault import durable
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object

NAME: Final = "keeper.sock"
MOST: Final = 64 * 1024
CREDENTIALS: Final = struct.Struct("3i")
"""`struct ucred`: pid, uid, gid (unix(7))."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, as the kernel named the account."""

    name: str
    uid: int


@dataclass(frozen=True, slots=True)
class Copy:
    """What was handed to somebody, under the name of the copy."""

    recording: str
    person: Person
    name: str = ""


@dataclass(frozen=True, slots=True)
class Went:
    """How much of a copy went, in bytes: `said` by who had it, or `read` of its body, as the kernel counted."""

    said: int | None = None
    read: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; a `descriptor` goes with a `copy` only, and is closed here once that one is told of."""

    content: dict[str, object]
    descriptor: int | None = None
    copy: Copy | None = None


Answering = Callable[[Person, Fields], Answer]
Sent = Callable[[Copy, Went], None]
"""Told how much of a copy went."""


class Door:
    """The listening socket and everybody who came in."""

    def __init__(
        self,
        path: Path,
        selector: selectors.BaseSelector,
        answering: Answering,
        sent: Sent,
        listener: socket.socket | None = None,
    ) -> None:
        """`listener` is the one that was handed on (rule 5), `None` where there is none."""
        self._path = path
        self._selector = selector
        self._answering = answering
        self._sent = sent
        self._listener = listener or _listening(path)
        self._listener.settimeout(0)
        selector.register(self._listener, selectors.EVENT_READ, self._let_in)

    def close(self) -> None:
        """Let nobody in any more."""
        self._selector.unregister(self._listener)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def turn_out(self) -> None:
        """End every conversation; who was given a body and did not say how much was sent is entered as such (rule 4)."""
        inside = [getattr(key.data, "__self__", None) for key in self._selector.get_map().values()]
        for each in inside:
            if isinstance(each, _Visitor):
                each.leave()

    def hand_on(self) -> int:
        """Let nobody in here any more; the descriptor of the listening socket, which stays open over an exec (rule 5)."""
        self._selector.unregister(self._listener)
        self._listener.set_inheritable(True)
        return self._listener.detach()

    @property
    def visited(self) -> bool:
        """Whether anybody is in a conversation."""
        inside = (getattr(key.data, "__self__", None) for key in self._selector.get_map().values())
        return any(isinstance(each, _Visitor) for each in inside)

    def _let_in(self, _: int) -> None:
        try:
            connection, _address = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        connection.settimeout(0)
        visitor = _Visitor(connection, self._selector, self._answering, self._sent)
        self._selector.register(connection, selectors.EVENT_READ, visitor.serve)


def _listening(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    listener.bind(str(path))
    path.chmod(durable.OWNER)
    listener.listen()
    return listener


class _Visitor:
    """One connection: reads a request, answers it, and reads the next once the answer is gone."""

    def __init__(
        self,
        connection: socket.socket,
        selector: selectors.BaseSelector,
        answering: Answering,
        sent: Sent,
    ) -> None:
        self._connection = connection
        self._selector = selector
        self._answering = answering
        self._sent = sent
        self._inbox = b""
        self._outbox = b""
        self._descriptor: int | None = None
        self._passed = False
        self._copy: Copy | None = None

    def serve(self, mask: int) -> None:
        """Do what can be done without waiting."""
        try:
            if mask & selectors.EVENT_WRITE:
                self._write()
            elif not self._read():
                self.leave()
        except BlockingIOError:
            return
        except (ConnectionError, UnreadableError):
            self.leave()

    def _read(self) -> bool:
        """Take in what came; false when nothing more will."""
        came = self._connection.recv(MOST)
        self._inbox += came
        line, ended, rest = self._inbox.partition(b"\n")
        if ended:
            self._inbox = rest
            self._reply(read_object(line, "request"))
        return bool(came) and len(self._inbox) < MOST

    def _reply(self, request: Fields) -> None:
        if self._copy is not None and _tells_of(request, self._copy):
            self._end_copy(Went(said=request.whole("bytes")))
            answer = Answer({"ok": True})
        else:
            answer = answered(self._answering, peer(self._connection), request)
        self._outbox = canonical(answer.content) + b"\n"
        if answer.copy is not None:
            self._unsaid()
            self._copy, self._descriptor = answer.copy, answer.descriptor
        self._selector.modify(self._connection, selectors.EVENT_WRITE, self.serve)

    def _write(self) -> None:
        if self._descriptor is None or self._passed:
            gone = self._connection.send(self._outbox)
        else:
            gone = socket.send_fds(self._connection, [self._outbox], [self._descriptor])
            self._passed = True
        self._outbox = self._outbox[gone:]
        if not self._outbox:
            self._selector.modify(self._connection, selectors.EVENT_READ, self.serve)

    def leave(self) -> None:
        """End this conversation (rule 4)."""
        self._selector.unregister(self._connection)
        self._connection.close()
        self._unsaid()

    def _unsaid(self) -> None:
        """Nobody says any more how much went of the copy that is out (rule 4)."""
        read = None if self._descriptor is None else os.lseek(self._descriptor, 0, os.SEEK_CUR)
        self._end_copy(Went(read=read))

    def _end_copy(self, went: Went) -> None:
        copy, descriptor = self._copy, self._descriptor
        self._copy, self._descriptor, self._passed = None, None, False
        if descriptor is not None:
            os.close(descriptor)
        if copy is not None:
            self._sent(copy, went)


def _tells_of(request: Fields, copy: Copy) -> bool:
    """Whether a request says how much of this copy went; one that names none means the one that is out."""
    return request.content.get("verb") == "sent" and request.content.get("copy", copy.name) == copy.name


def answered(answering: Answering, person: Person, request: Fields) -> Answer:
    """The answer, or the fault that stands in its way."""
    try:
        if person.uid != os.geteuid():
            raise Refused(
                "refused.not-you",
                f"account {person.name} may not ask the keeper for anything",
                "ask as the keeper's own account: sudo -u callbox-keeper callbox shell ...",
            )
        return answering(person, request)
    except Fault as fault:
        return Answer({"ok": False, "code": fault.code, "message": fault.message, "hint": fault.hint})


def peer(connection: socket.socket) -> Person:
    """Who is at the other end, from the kernel."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    _, uid, _ = CREDENTIALS.unpack(credentials)
    try:
        return Person(pwd.getpwuid(uid).pw_name, uid)
    except KeyError:
        return Person(f"uid {uid}", uid)
