"""One conversation with the keeper: a line of JSON each way, and a sealed body's descriptor with it."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from firmware.faults import Fault, Refused, VaultFault
from firmware.shell.calling import over_ssh

INSTALLED: Final = "/run/callbox"
"""The run directory of an installed box (systemd/)."""

NAME: Final = "keeper.sock"
MOST: Final = 1 << 16
PATIENCE_S: Final = 60.0
"""How long one piece of an answer may take; our choice: a keeper that begins anew reads the log of years first."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the keeper answered, and the descriptor that came with it."""

    content: Mapping[str, Any]
    descriptor: int | None

    def body(self) -> int:
        """The descriptor; an answer without one is a fault."""
        if self.descriptor is None:
            raise _absent("it handed over no body")
        return self.descriptor


class Client:
    """An open conversation; `door` is where the keeper listens.

    The keeper waits for nobody who says nothing: what it ended before anything was asked in it, while a person typed say, is begun anew.
    """

    def __init__(self, connection: socket.socket, door: str) -> None:
        self._connection = connection
        self._asked = False
        self.door = door
        self.fault: Fault | None = None
        """The last fault that the keeper answered, and so has entered itself."""

    def ask(self, verb: str, **fields: object) -> Reply:
        """Ask one thing; the fault that the keeper answers is raised here, and a keeper that says nothing is one."""
        if not self._asked and _is_shut(self._connection):
            ended, self._connection = self._connection, _opened(self.door)
            ended.close()
        self._asked = True
        try:
            with suppress(BrokenPipeError):  # a keeper that has no place says so before it shuts
                self._connection.sendall(json.dumps({"verb": verb, **fields}).encode() + b"\n")
            line, descriptor = self._line()
        except ConnectionError as error:
            raise _absent("it ended the conversation") from error
        except TimeoutError as error:
            raise _absent(f"it said nothing for {PATIENCE_S:g} seconds") from error
        content = json.loads(line)
        if not content.get("ok"):
            self.fault = _fault(content)
            raise self.fault
        return Reply(content, descriptor)

    def close(self) -> None:
        """End the conversation."""
        self._connection.close()

    def _line(self) -> tuple[bytes, int | None]:
        came, descriptors, _, _ = socket.recv_fds(self._connection, MOST, 1)
        pieces = [came]
        while came and not came.endswith(b"\n"):
            came = self._connection.recv(MOST)
            pieces.append(came)
        if not came:
            raise _absent("it ended the conversation")
        return b"".join(pieces), descriptors[0] if descriptors else None


@contextmanager
def connected(path: str) -> Iterator[Client]:
    """A conversation at this socket; a keeper that is not there is a fault."""
    client = Client(_opened(path), path)
    try:
        yield client
    finally:
        client.close()


def _opened(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    connection.settimeout(PATIENCE_S)
    try:
        connection.connect(path)
    except PermissionError as error:
        connection.close()
        raise Refused(
            "refused.not-you",
            f"this account may not ask the keeper for anything ({path}: {error.strerror})",
            "ask as the keeper's own account: sudo -u callbox-keeper callbox shell ...",
        ) from error
    except OSError as error:
        connection.close()
        raise _absent(f"{path}: {error.strerror}") from error
    return connection


def _is_shut(connection: socket.socket) -> bool:
    """Whether the other side has ended it, and left nothing to be read."""
    connection.settimeout(0)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(PATIENCE_S)


def socket_path(options: Mapping[str, str]) -> str:
    """Where the keeper listens: `--socket`, the settings of `--config`, `$RUNTIME_DIRECTORY`, or as installed."""
    if "socket" in options:
        return options["socket"]
    run = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    if "config" in options and not run:
        from pathlib import Path  # noqa: PLC0415  a login needs no settings

        from firmware.settings import read  # noqa: PLC0415  as above

        run = str(read(Path(options["config"])).storage.data / "run")
    return f"{run or INSTALLED}/{NAME}"


def _fault(content: Mapping[str, Any]) -> Fault:
    """The keeper's fault, as one of the same kind."""
    code = str(content["code"])
    kinds = {each.kind: each for each in Fault.__subclasses__()}
    return kinds[code.partition(".")[0]](code, str(content["message"]), str(content["hint"]))


def _absent(why: str) -> VaultFault:
    hint = "start it: systemctl start callbox-keeper, or callbox run; `--config F` finds a box elsewhere"
    if over_ssh():
        hint = "tell whoever runs the box; there, systemctl status callbox-keeper says why"
    return VaultFault("vault.keeper-absent", f"the keeper does not answer ({why})", hint)
