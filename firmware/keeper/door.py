"""The keeper's one door: a Unix socket where the kernel says who asks.

1. A request is one line of JSON, at most 64 KiB; so is its answer, of any length. The
   descriptor of a sealed body travels with the answer's first byte.
2. Who asks is known from the kernel (SO_PEERCRED), asked at every request; whether he may, from
   `firmware.keeper.persons`, at every request too. The socket is the group's of all persons, if there is one.
3. Nobody can hold the keeper up: no read or write waits.
4. Who was given a body says at the end how much of it was sent. A connection that ends without that
   word, also because the keeper ends or who asks for another, is entered as such: with what was read of the body, for
   who was given it shares its place in the file with this side.
5. Each verb that is asked for in a conversation is entered once, and again where another code stands in its way: durable before the answer
   leaves. A conversation is one command line of a person.
6. Conversations are bounded (`firmware.keeper.places_inside`): who holds many open shuts nobody else out. Who finds no place is told,
   and entered.
7. A keeper that begins anew in the same process hands its listening socket on to itself: whoever
   comes meanwhile waits, and is not turned away.
"""

import os
import pwd
import selectors
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.faults import Fault
from firmware.keeper.handed import Handed, Went
from firmware.keeper.places_inside import QUIET_NS, full, too_many
from firmware.vault import durable
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object

NAME: Final = "keeper.sock"
MOST: Final = 64 * 1024
GROUP: Final = 0o060
"""To connect takes the right to write (unix(7)); a group has it with the right to read."""

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
class Look:
    """What somebody asked for, by its verb, and the code of what stood in its way."""

    verb: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; a `descriptor` goes with a `copy` only, and is closed here once that one is told of.

    `look` is what is entered, where it is another than the verb that was asked.
    """

    content: dict[str, object]
    descriptor: int | None = None
    copy: Copy | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """What is behind the door: who is let in, what is answered, and who is told what of a copy was sent."""

    admit: Callable[[Person], None]
    """Raises the fault of one who may not ask."""
    answer: Callable[[Person, Fields], Answer]
    looked: Callable[[Person, Look], None]
    """Enters that somebody asked, before he is answered."""
    sent: Callable[[Copy, Went], None]
    """Told how much of a copy went."""
    turned_away: Callable[[Person, str], None]
    """Told who found no place, and the code of that."""
    group: int | None = None
    """Whose members may knock besides the keeper's own account."""


class Door:
    """The listening socket and everybody who came in."""

    def __init__(
        self,
        path: Path,
        selector: selectors.BaseSelector,
        inside: Inside,
        listener: socket.socket | None = None,
    ) -> None:
        """`listener` is the one that was handed on (rule 7), `None` where there is none."""
        self._path = path
        self._selector = selector
        self._inside = inside
        self._listener = listener or _listening(path)
        self._open_to(inside.group)
        self._listener.settimeout(0)
        selector.register(self._listener, selectors.EVENT_READ, self._let_in)

    def close(self) -> None:
        """Let nobody in any more."""
        self._selector.unregister(self._listener)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def turn_out(self) -> None:
        """End every conversation; who was given a body and did not say how much was sent is entered as such (rule 4)."""
        for each in self._visitors():
            each.leave()

    def turn(self, now_ns: int) -> None:
        """End the conversations in which nothing was asked for too long (rule 6)."""
        for each in self._visitors():
            if each.silent(now_ns):
                each.leave()

    def hand_on(self) -> int:
        """Let nobody in here any more; the descriptor of the listening socket, which stays open over an exec (rule 7)."""
        self._selector.unregister(self._listener)
        self._listener.set_inheritable(True)
        return self._listener.detach()

    @property
    def visited(self) -> bool:
        """Whether anybody is in a conversation."""
        return bool(self._visitors())

    def _open_to(self, group: int | None) -> None:
        """Let this group knock, too; where the keeper is not in it, or there is none, only its own account can."""
        if group is None:
            return
        with suppress(PermissionError):
            os.chown(self._path, -1, group)
            self._path.chmod(durable.OWNER | GROUP)

    def _visitors(self) -> list["_Visitor"]:
        found = [getattr(key.data, "__self__", None) for key in self._selector.get_map().values()]
        return [each for each in found if isinstance(each, _Visitor)]

    def _let_in(self, _: int) -> None:
        try:
            connection, _address = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        connection.settimeout(0)
        person = peer(connection)
        if full(self._visitors(), person.name, person.uid):
            fault = too_many()
            self._inside.turned_away(person, fault.code)
            with connection, suppress(OSError):
                connection.send(canonical(_told(fault).content) + b"\n")
            return
        visitor = _Visitor(connection, self._selector, self._inside)
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

    def __init__(self, connection: socket.socket, selector: selectors.BaseSelector, inside: Inside) -> None:
        person = peer(connection)
        self.name, self.uid, self.asked = person.name, person.uid, False
        self._since_ns: int | None = None
        self._shut = False
        self._connection = connection
        self._selector = selector
        self._inside = inside
        self._inbox = b""
        self._outbox = b""
        self._handed = Handed(inside.sent)
        self._looks: set[Look] = set()

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

    def silent(self, now_ns: int) -> bool:
        """Whether nothing was asked since the first time that this was looked at, which is too long ago."""
        self._since_ns = now_ns if self._since_ns is None else self._since_ns
        return not self.asked and now_ns - self._since_ns >= QUIET_NS

    def _reply(self, request: Fields) -> None:
        self.asked = True
        if self._handed.told(request):
            answer = Answer({"ok": True})
        else:
            answer = self._answered(peer(self._connection), request)
        self._outbox = canonical(answer.content) + b"\n"
        if answer.copy is not None:
            self._handed.begin(answer.copy, answer.descriptor)
        self._selector.modify(self._connection, selectors.EVENT_WRITE, self.serve)

    def _answered(self, person: Person, request: Fields) -> Answer:
        """The answer, once the look is entered (rule 5); where that cannot be, the fault, and nothing leaves."""
        try:
            self._inside.admit(person)
        except Fault as fault:
            self._shut = True
            return _told(fault)
        answer = answered(self._inside, person, request)
        look = answer.look or _look(request, answer)
        if look in self._looks:
            return answer
        try:
            self._inside.looked(person, look)
        except Fault as fault:
            if answer.descriptor is not None:
                os.close(answer.descriptor)
            return _told(fault)
        self._looks.add(look)
        return answer

    def _write(self) -> None:
        gone = self._handed.send(self._connection, self._outbox)
        self._outbox = self._outbox[gone:]
        if not self._outbox and self._shut:
            self.leave()
        elif not self._outbox:
            self._selector.modify(self._connection, selectors.EVENT_READ, self.serve)

    def leave(self) -> None:
        """End this conversation (rule 4)."""
        self._selector.unregister(self._connection)
        self._connection.close()
        self._handed.unsaid()


def answered(inside: Inside, person: Person, request: Fields) -> Answer:
    """The answer, or the fault that stands in its way."""
    try:
        return inside.answer(person, request)
    except Fault as fault:
        return _told(fault)


def _look(request: Fields, answer: Answer) -> Look:
    """The verb as it came, whatever it is."""
    verb, code = request.content.get("verb"), answer.content.get("code")
    return Look(verb if isinstance(verb, str) else "", None if answer.content["ok"] else str(code))


def _told(fault: Fault) -> Answer:
    return Answer({"ok": False, "code": fault.code, "message": fault.message, "hint": fault.hint})


def peer(connection: socket.socket) -> Person:
    """Who is at the other end, from the kernel."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    _, uid, _ = CREDENTIALS.unpack(credentials)
    try:
        return Person(pwd.getpwuid(uid).pw_name, uid)
    except KeyError:
        return Person(f"uid {uid}", uid)
