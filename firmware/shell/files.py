"""sftp, and the scp that speaks it: recordings are read as `/PURPOSE/REF/ID.age`, and nothing is ever written.

1. Every path says what `get` asks for. Opening a file is a `get`: entered in the audit log before its first byte; how
   many bytes went is told when it is closed, or when the session ends.
2. To look is not to fetch: names, lengths and times are shown without a copy being opened. Lengths are exact.
3. What is refused is said in a sentence with the status. OpenSSH's clients show their own words for a status and no others;
   for them each folder in which something has to be known has a page, README.txt.
4. Of paramiko only the server's half of the protocol is used, over this process's own standard input and output.
"""

import logging
import os
import posixpath
import signal
import struct
from collections.abc import Sequence
from types import FrameType
from typing import Any, Final

import paramiko
from paramiko import sftp_server

from firmware.call.typed import said
from firmware.faults import Fault, Refused
from firmware.shell.client import Client
from firmware.shell.file_open import (
    PAGE,
    SUFFIXES,
    Page,
    Saying,
    Told,
    file_of,
    folder_of,
    name_of,
    opened,
    page_of,
)
from firmware.shell.told import SIGNALLED

PAGES: Final = (
    """\
Recordings are read here, and nothing is written. Each is at /PURPOSE/REF/ID.age, or ID.tar where a loss of power cut it:
PURPOSE is what it is fetched for ({purposes}), REF the case, any text without a slash.
Opening one is entered in the audit log with your name, the purpose and a commitment to the reference; what you have
then is a copy, and it is asked back when the recording falls due. To look is not to fetch.
A purpose that is an exception needs a reason in words: ssh YOU@BOX get ID --purpose P --ref REF --because REASON
""",
    """\
Enter the case that you fetch for, whatever it is called: cd C12. Below it are the recordings of the last seven days;
any other is there as well by its name (ssh YOU@BOX list names them): get /{purpose}/C12/ID.age
""",
)
"""The page of the root, and that of a purpose."""

WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


def serve(client: Client) -> None:
    """Speak sftp until the other end has had enough."""
    logging.disable()  # what paramiko says of a session is for nobody
    client.ask("looked", of="sftp", code=None)
    for each in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _end)
    server = _Server(_Pipes(), "sftp", None, _Tree, client)
    try:
        server.start_subsystem("sftp", None, _Pipes())
    except (
        EOFError,
        paramiko.SFTPError,
        struct.error,
    ) as error:  # before the first answer; later ones it bears
        raise Refused(
            "refused.transfer", "what came is not sftp", "sftp is spoken by a client: sftp YOU@BOX"
        ) from error
    finally:
        server.finish_subsystem()


def _end(number: int, _frame: FrameType | None) -> None:
    """The session ends, and what is open is told of."""
    raise SystemExit(SIGNALLED + number)


class _Pipes:
    """What paramiko takes for its channel: our standard input and output."""

    def get_transport(self) -> "_Pipes":
        return self

    def get_log_channel(self) -> str:
        return "paramiko"

    def get_hexdump(self) -> bool:
        return False

    def get_name(self) -> str:
        return "sftp"

    def close(self) -> None:
        """They end with this process."""

    def recv(self, most: int) -> bytes:
        return os.read(0, most)

    def send(self, content: bytes) -> int:
        return os.write(1, content)


class _Server(sftp_server.SFTPServer):  # type: ignore[misc]  # paramiko has no types
    """paramiko's, with our sentences, and without its extension that reads a file at whatever length it is told."""

    def _send_status(self, number: int, code: int, text: str | None = None) -> None:
        super()._send_status(number, code, self.server.saying.taken() or text)

    def _check_file(self, number: int, _message: object) -> None:
        self._send_status(number, paramiko.SFTP_OP_UNSUPPORTED)


class _Tree(paramiko.SFTPServerInterface):  # type: ignore[misc]  # paramiko has no types
    """Purposes, references, recordings."""

    def __init__(self, _server: object, client: Client) -> None:
        super().__init__(_server)
        self._client = client
        self.saying = Saying()

    def canonicalize(self, path: str) -> str:
        """From the root on, without detours."""
        return "/" + posixpath.normpath(f"/{path}").lstrip("/")

    def list_folder(self, path: str) -> object:
        """Purposes; nothing, for any reference may be entered; the recordings of the last days."""
        try:
            return self._listed(self._parts(path))
        except Fault as fault:
            return self.saying.fault(fault)

    def _listed(self, parts: Sequence[str]) -> list[Any]:
        match parts:
            case []:
                return [page_of(self._page([])), *map(folder_of, self._purposes())]
            case [purpose]:
                self._require(purpose)
                return [page_of(self._page(parts))]
            case [purpose, reference]:
                found = self._client.ask("files", id=None, **_why(purpose, reference)).content["files"]
                return [file_of(each) for each in found]
        raise _nowhere()

    def stat(self, path: str) -> object:
        """A folder, or a file with its exact length."""
        try:
            return self._stat(self._parts(path))
        except Fault as fault:
            return self.saying.fault(fault)

    lstat = stat

    def _stat(self, parts: Sequence[str]) -> Any:  # noqa: ANN401  paramiko has no types
        match parts:
            case []:
                return folder_of("/")
            case [*above, name] if name == PAGE and len(above) < len(PAGES):
                return page_of(self._page(above))
            case [purpose]:
                self._require(purpose)
                return folder_of(purpose)
            case [purpose, reference]:
                self._client.ask("files", folder=True, **_why(purpose, reference))
                return folder_of(reference)
            case [purpose, reference, name]:
                return file_of(self._found(purpose, reference, name))
        raise _nowhere()

    def open(self, path: str, flags: int, _attr: object) -> object:
        """A file to be read (rule 1)."""
        if flags & WRITES:
            return self.saying.read_only()
        try:
            match self._parts(path):
                case [*above, name] if name == PAGE and len(above) < len(PAGES):
                    return Page(self._page(above))
                case [purpose, reference, name]:
                    found = self._found(purpose, reference, name)
                    return opened(self._client.door, found, _why(purpose, reference), self.saying)
            raise _nowhere()
        except Fault as fault:
            return self.saying.fault(fault)

    def remove(self, _path: str) -> int:
        """Refused."""
        return self.saying.read_only()

    rmdir = readlink = remove

    def rename(self, _old: str, _new: str) -> int:
        """Refused."""
        return self.saying.read_only()

    posix_rename = mkdir = chattr = symlink = rename

    def _parts(self, path: str) -> list[str]:
        return [each for each in self.canonicalize(path).split("/") if each]

    def _purposes(self) -> list[str]:
        return list(self._client.ask("files").content["purposes"])

    def _page(self, above: Sequence[str]) -> str:
        """What has to be known in a folder."""
        if above:
            self._require(above[0])
        return PAGES[len(above)].format(
            purposes=", ".join(self._purposes()), purpose=above[0] if above else ""
        )

    def _require(self, purpose: str) -> None:
        """Refuse a purpose that is none here."""
        shown = self._purposes()
        if purpose not in shown:
            none = f"{said(purpose)} is not a purpose that is shown here"
            hint = f"those are: {', '.join(shown)}; an exceptional one is fetched for with get --because"
            raise Refused("refused.no-path", none, hint)

    def _found(self, purpose: str, reference: str, name: str) -> Told:
        recording, dot, suffix = name.partition(".")
        (found,) = self._client.ask("files", id=recording, **_why(purpose, reference)).content["files"]
        if dot + suffix != SUFFIXES[found["kind"]]:
            raise Refused(
                "refused.no-path",
                f"there is no {said(name, 'file of that name')}",
                f"it is called {name_of(found)}",
            )
        return dict(found)


def _why(purpose: str, reference: str) -> dict[str, str]:
    """What a path says of why it is asked for."""
    return {"purpose": purpose, "ref": reference}


def _nowhere() -> Refused:
    none = "there is nothing at that path"
    return Refused(
        "refused.no-path", none, "recordings are at /PURPOSE/REF/ID.age, and ID.tar where one was cut"
    )
