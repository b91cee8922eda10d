"""Who may ask the keeper: its own account, and every person whose key file stands.

1. A person is a Unix account. Who asks is known from the kernel, never from what is said.
2. The key file `persons/NAME` beside the settings is the truth, looked at for every request: gone, not root's
   own, writable by others, not as we write it, or past its day, and the account may ask for nothing more.
3. A key is past its day when the box's clock says so, or when a time that was believed before did: a clock that
   was set back gives nobody his rights again.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.faults import Refused
from firmware.keeper.door import Person
from firmware.keeper.judged import JudgedClock
from firmware.keeper.key_file import MOST, NAME, Login, parse
from firmware.vault.reading import UnreadableError

FOLDER: Final = "persons"
WRITABLE: Final = stat.S_IWGRP | stat.S_IWOTH
ROOT: Final = 0


@dataclass(frozen=True, slots=True)
class Persons:
    """The folder of key files, and the clock that they are judged by."""

    folder: Path
    clock: JudgedClock

    @property
    def group(self) -> int | None:
        """The group of the folder, whose members may come to the door; `None` where there is no folder."""
        try:
            return self.folder.stat().st_gid
        except OSError:
            return None

    def admit(self, person: Person) -> None:
        """Refuse everybody but the keeper's own account and a person whose key counts now."""
        if person.uid != os.geteuid():
            self.login(person)

    def login(self, person: Person) -> Login:
        """What the key file of a person says who may ask now; refuses where it stands no more (rule 2)."""
        try:
            login = parse(self._read(person.name), person.name)
        except FileNotFoundError as error:
            raise _not_one(person.name) from error
        except (OSError, UnreadableError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise Refused(
                "refused.key-file",
                f"account {person.name} may not ask the keeper for anything: {why}",
                f"write it anew, as root: callbox person add {person.name} --key FILE",
            ) from error
        self._refuse_expired(login)
        return login

    def _read(self, name: str) -> bytes:
        """The bytes of a file that only root can have written."""
        if not NAME.fullmatch(name):
            raise FileNotFoundError(name)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _require_root(os.fstat(folder), "the folder of key files", stat.S_IFDIR)
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(name, flags, dir_fd=folder)
        finally:
            os.close(folder)
        with os.fdopen(descriptor, "rb") as file:
            _require_root(os.fstat(descriptor), f"the key file of {name}", stat.S_IFREG)
            return file.read(MOST)

    def _refuse_expired(self, login: Login) -> None:
        """Rule 3."""
        standing = self.clock.standing()
        believed = standing.memory.mark_ns if standing.memory else 0
        if max(standing.now.wall_ns, believed) >= login.until_ns:
            raise Refused(
                "refused.key-expired",
                f"the key of {login.name} counted until {login.until:%Y-%m-%d %H:%M} UTC",
                f"whoever runs the box gives it more time, as root: callbox person add {login.name} --key FILE --until DAY",
            )


def _require_root(status: os.stat_result, what: str, kind: int) -> None:
    if stat.S_IFMT(status.st_mode) != kind or status.st_uid != ROOT or status.st_mode & WRITABLE:
        raise UnreadableError(f"{what} is not root's own, or others may write it")


def _not_one(name: str) -> Refused:
    return Refused(
        "refused.not-you",
        f"account {name} may not ask the keeper for anything",
        f"ask as the keeper's own account: sudo -u callbox-keeper callbox shell ...; or become a person, "
        f"as root: callbox person add {name} --key FILE",
    )
