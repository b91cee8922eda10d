"""Every change of who may ask is seen and entered, whoever made it and however.

1. The key files themselves are looked at, four times a second: what `callbox person` did, what was edited by hand, and
   what happened while no keeper ran.
2. What was known before is what the audit log says; no other file has to agree with it. A person whose entry was
   dropped with its year is entered as added once more.
3. A file that counts for nothing is a fault as long as it is there: somebody meant it to count.
"""

import os
from dataclasses import dataclass
from typing import Final

from firmware.audit.entries import Entry, What
from firmware.faults import SettingsFault
from firmware.keeper.box import Box
from firmware.keeper.history import History
from firmware.keeper.key_file import Login
from firmware.keeper.verbs import disk_fault
from firmware.vault.reading import UnreadableError

Signature = tuple[tuple[str, int, int, int], ...]

NEVER: Final[Signature] = (("", 0, 0, 0),)


@dataclass(frozen=True, slots=True)
class _Found:
    """One key file: SHA-256 of it, and what it says where it counts."""

    digest: str
    login: Login | None


class KeyFiles:
    """What stands in the folder of key files, over one box."""

    def __init__(self, box: Box, history: History) -> None:
        self._box = box
        self._history = history
        self._last = NEVER

    def turn(self) -> None:
        """Enter what changed since the last turn; where the disk refuses that is a fault, and it is tried again."""
        now = self._signature()
        if now == self._last:
            return
        found = {name: self._found(name) for name in self._box.persons.files.names()}
        try:
            self._enter(found)
        except OSError as error:
            self._box.board.tell("persons", disk_fault(error))
            return
        self._last = now
        wrong = sorted(name for name, each in found.items() if each.login is None)
        self._box.board.judge("persons", _fault(wrong) if wrong else None)

    def _signature(self) -> Signature:
        """What changes when a file does; cheaper than to read them."""
        found = []
        for name in ("", *self._box.persons.files.names()):
            try:
                status = os.lstat(self._box.persons.files.path / name)
            except OSError:
                continue
            found.append((name, status.st_ino, status.st_mtime_ns, status.st_ctime_ns))
        return tuple(found)

    def _found(self, name: str) -> _Found:
        digest = self._box.persons.files.digest(name)
        try:
            return _Found(digest, self._box.persons.files.read(name))
        except (OSError, UnreadableError):
            return _Found(digest, None)

    def _enter(self, found: dict[str, _Found]) -> None:
        known = self._history.persons
        for name in sorted(known.keys() - found.keys()):
            self._append(What.PERSON_REMOVED, {"person": name})
        for name, each in sorted(found.items()):
            if known.get(name) != (each.digest, each.login is not None):
                what = What.PERSON_CHANGED if name in known else What.PERSON_ADDED
                self._append(what, {"person": name, "file": each.digest, **_told(each.login)})

    def _append(self, what: What, fields: dict[str, object]) -> None:
        entry = Entry(what, self._box.clock.stamp(), fields)
        self._box.log.append(entry)
        self._history.note(entry)


def _told(login: Login | None) -> dict[str, object]:
    """Key and last moment of a file that counts."""
    if login is None:
        return {"counts": False}
    return {"key": login.key.fingerprint, "until": f"{login.until:%Y-%m-%dT%H:%MZ}"}


def _fault(names: list[str]) -> SettingsFault:
    which = ", ".join(names)
    return SettingsFault(
        "settings.key-file",
        f"the key file of {which} is not as `callbox person` writes it, so it lets nobody ask",
        f"find out who changed it; then, as root: callbox person add {names[0]} --key FILE, or callbox person remove {names[0]}",
    )
