"""The folder of key files, `persons/` beside the settings: only what root alone can have written is read from it.

Its group is the group of all persons: whoever is in it may come to the keeper's door, and sshd reads the files as them.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.keeper.key_file import MOST, NAME, Login, parse
from firmware.vault.reading import UnreadableError

FOLDER: Final = "persons"
WRITABLE: Final = stat.S_IWGRP | stat.S_IWOTH
ROOT: Final = 0


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The key files of one box."""

    path: Path

    @classmethod
    def beside(cls, config: Path) -> "KeyFolder":
        """The folder that belongs to a settings file."""
        return cls(config.absolute().parent / FOLDER)

    @property
    def group(self) -> int | None:
        """The group of the folder; `None` where there is no folder."""
        try:
            return self.path.stat().st_gid
        except OSError:
            return None

    def names(self) -> list[str]:
        """Everybody who has a key file, whether it counts or not; nobody where there is no folder, or it is shut."""
        try:
            return sorted(each.name for each in self.path.iterdir() if NAME.fullmatch(each.name))
        except OSError:
            return []

    def read(self, name: str) -> Login:
        """What a key file says; refuses one that is not as we write it, as an `OSError` or `UnreadableError`."""
        return parse(self._bytes(name), name)

    def digest(self, name: str) -> str:
        """SHA-256 of what stands in a key file, whoever wrote it; of nothing where it cannot be read."""
        try:
            content = self._bytes(name, trusted=False)
        except OSError:
            content = b""
        return hashlib.sha256(content).hexdigest()

    def _bytes(self, name: str, *, trusted: bool = True) -> bytes:
        """The bytes of a file; a `trusted` one only root can have written."""
        if not NAME.fullmatch(name):
            raise FileNotFoundError(name)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if trusted:
                require_root(os.fstat(folder), "the folder of key files", stat.S_IFDIR)
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(name, flags, dir_fd=folder)
        finally:
            os.close(folder)
        try:
            if trusted:
                require_root(os.fstat(descriptor), f"the key file of {name}", stat.S_IFREG)
            return os.read(descriptor, MOST + 1)
        finally:
            os.close(descriptor)


def require_root(status: os.stat_result, what: str, kind: int) -> None:
    """Refuse what is of another kind, belongs to another account than root, or may be written by others."""
    if stat.S_IFMT(status.st_mode) != kind or status.st_uid != ROOT or status.st_mode & WRITABLE:
        raise UnreadableError(f"{what} is not root's own, or others may write it")
