"""A recording that was opened by sftp, and how files and folders look there.

A copy that is read has a conversation with the keeper of its own: in one, the keeper hands out one copy at a time. Each second
of reading the keeper is asked again whether this person still counts.
"""

import os
import stat
import time
from base64 import b64decode
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import paramiko

from firmware.faults import Fault, Refused, VaultFault
from firmware.shell.client import Client, connected
from firmware.shell.image import Image, Sealed, image_of, tar_size
from firmware.shell.told import asked, tell

FOLDER: Final = stat.S_IFDIR | 0o555
FILE: Final = stat.S_IFREG | 0o444
PAGE: Final = "README.txt"
ASK_S: Final = 1.0
"""Our choice: a removed person's key ends within a second, and a keeper is asked once a second by each file that is read."""

SUFFIXES: Final = {"finished": ".age", "cut": ".tar"}

Told = Mapping[str, Any]


@dataclass(slots=True)
class Saying:
    """What stands in the way, as the status that comes nearest and a sentence that goes with it."""

    text: str | None = None

    def fault(self, fault: Fault) -> int:
        """Keep what it says; gives the status."""
        self.text = f"{fault.message}; {fault.hint}"
        match fault.code:
            case "refused.unknown-recording" | "refused.no-path":
                return int(paramiko.SFTP_NO_SUCH_FILE)
            case code if code.startswith("refused."):
                return int(paramiko.SFTP_PERMISSION_DENIED)
        return int(paramiko.SFTP_FAILURE)

    def read_only(self) -> int:
        """Whatever would change something."""
        never = "nothing is written, renamed, removed or linked here: recordings are only read"
        return self.fault(Refused("refused.transfer", never, "get ID.age fetches one"))

    def taken(self) -> str | None:
        """The sentence, once."""
        text, self.text = self.text, None
        return text


class Page(paramiko.SFTPHandle):  # type: ignore[misc]  # paramiko has no types
    """A short text that is read like a file, and is no copy of anything."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._content = text.encode()

    def read(self, offset: int, length: int) -> bytes:
        """A stretch of it."""
        return self._content[offset : offset + length]

    def stat(self) -> object:
        """Its length."""
        return page_of(self._content.decode())


class _OpenFile(paramiko.SFTPHandle):  # type: ignore[misc]  # paramiko has no types
    """A copy that is being read."""

    def __init__(self, copy: "_Copy", told: Told, saying: Saying) -> None:
        super().__init__()
        self._copy = copy
        self._told = told
        self._saying = saying
        self._closed = False
        self._reached = 0
        self._ask_at = time.monotonic() + ASK_S

    def read(self, offset: int, length: int) -> object:
        """A stretch of it, which is counted; refused once the person counts no more, or no keeper says so, and behind a gap.

        So what was read is all before the farthest place that was read, which is what the keeper enters.
        """
        try:
            self._ask_again()
            if self._reached < offset < self._copy.image.size:
                raise _no_rest()
            piece = self._copy.image.read(self._copy.body, offset, length)
        except Fault as fault:
            return self._saying.fault(fault)
        self._reached = max(self._reached, offset + len(piece))
        self._copy.served += len(piece)
        return piece

    def _ask_again(self) -> None:
        now = time.monotonic()
        if now < self._ask_at:
            return
        if not asked(self._copy.client, "files"):
            raise VaultFault(
                "vault.keeper-absent", "the keeper ended meanwhile", "systemctl start callbox-keeper"
            )
        self._ask_at = now + ASK_S

    def stat(self) -> object:
        """What it is."""
        return file_of(self._told)

    def chattr(self, _attr: object) -> int:
        """Refused."""
        return self._saying.read_only()

    def write(self, _offset: int, _data: bytes) -> int:
        """Refused."""
        return self._saying.read_only()

    def close(self) -> None:
        """The keeper is told how much of it went; twice is once."""
        if self._closed:
            return
        self._closed = True
        with self._copy.conversation:
            try:
                tell(self._copy.client, self._copy.name, self._copy.served)
            except Fault as fault:
                self._saying.fault(fault)


@dataclass(slots=True)
class _Copy:
    """A copy that the keeper handed out, in a conversation of its own: one has one copy at a time."""

    name: str
    client: Client
    conversation: ExitStack
    image: Image
    body: int
    served: int = 0


def opened(door: str, told: Told, why: Mapping[str, str], saying: Saying) -> _OpenFile:
    """What `get` gives, as a file."""
    with ExitStack() as conversation:
        client = conversation.enter_context(connected(door))
        reply = client.ask("get", id=told["id"], **why)
        content, body = reply.content, reply.body()
        conversation.callback(os.close, body)
        sealed = Sealed(
            content["id"], b64decode(content["header"]), body, content["size"], content["began_ns"]
        )
        image = image_of(sealed, content["kind"])
        copy = _Copy(content["copy"], client, conversation.pop_all(), image, body)
    return _OpenFile(copy, told, saying)


def _no_rest() -> Refused:
    rest = "a recording is fetched from its beginning: the rest of a fetch that broke off cannot be had"
    return Refused("refused.no-part", rest, "take the half away, and fetch it whole")


def name_of(told: Told) -> str:
    """What it is called below a reference."""
    return f"{told['id']}{SUFFIXES[told['kind']]}"


def folder_of(name: str) -> Any:  # noqa: ANN401  paramiko has no types
    """What a folder looks like."""
    found = _attributes(name, FOLDER)
    found.st_size = 0
    return found


def file_of(told: Told) -> Any:  # noqa: ANN401  as above
    """What a recording looks like: its exact length, and when it began."""
    found = _attributes(name_of(told), FILE)
    found.st_mtime = found.st_atime = told["began_ns"] // 1_000_000_000
    header, size, parts = told["header"], told["size"], told["parts"]
    found.st_size = header + size if parts is None else tar_size(header, parts)
    return found


def page_of(text: str) -> Any:  # noqa: ANN401  as above
    """What a page looks like."""
    found = _attributes(PAGE, FILE)
    found.st_size = len(text.encode())
    return found


def _attributes(name: str, mode: int) -> Any:  # noqa: ANN401  as above
    found = paramiko.SFTPAttributes()
    found.filename, found.st_mode, found.st_uid, found.st_gid = name, mode, 0, 0
    found.st_mtime = found.st_atime = 0
    return found
