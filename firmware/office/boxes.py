"""The office's own settings say which boxes there are and how to reach them; keys are named there by path alone.

person = "anna"                              as the office knows who sits here
identities = ["keys/office.txt"]             files; relative ones lie beside office.toml

[[box]]
name = "town-hall"
reach = "anna@callbox"                       an SSH destination, or a whole command: ["ssh", "-p", "22022", "anna@callbox"]
"""

import os
import re
import shlex
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware.faults import Fault, SettingsFault
from firmware.showing import quoted_twice

FILE: Final = "office.toml"
ENVIRONMENT: Final = "CALLBOX_OFFICE"

BOX_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""What a box may be called: it becomes part of the name of what is kept about it."""

DESTINATION: Final = re.compile(r"[^-\s\x00-\x1f\x7f][^\s\x00-\x1f\x7f]*")
"""Something for ssh to reach; never an option of it."""

HINT: Final = 'write it as in docs/office.md: [[box]], name = "town-hall", reach = "anna@callbox"'

_SHELL: Final = re.compile(r"(?<!callbox-keeper )callbox shell\b|\bssh [a-z][a-z0-9_-]*@[0-9A-Fa-f.:]+(?= )")
"""How a box names its shell: on itself, or to who came over SSH by the address that it has for itself."""


@dataclass(frozen=True, slots=True)
class OfficeBox:
    """One box: what the office calls it, and the command that reaches its shell."""

    name: str
    reach: tuple[str, ...]

    @property
    def by_ssh(self) -> bool:
        """Whether words travel as one argument of ssh, which a shell at the other end takes apart."""
        return Path(self.reach[0]).stem.lower() == "ssh"

    def told(self, fault: Fault) -> str:
        """A fault as a person reads it who has several boxes: it says which."""
        which = "" if fault.message.startswith(self.name) else f"{self.name}: "
        return f"callbox: {which}{fault}"

    def typed_here(self, text: str) -> str:
        """A sentence of the box that names its shell, as it is typed on this PC."""
        here = _SHELL.sub(lambda _: shlex.join(self.reach), text)
        return quoted_twice(here) if self.by_ssh else here


@dataclass(frozen=True, slots=True)
class Office:
    """What office.toml says; `folder` is where it lies, and where what is kept about boxes lies too."""

    folder: Path
    boxes: tuple[OfficeBox, ...] = ()
    identities: tuple[Path, ...] = ()
    person: str = ""
    file: str = FILE

    @property
    def place(self) -> Path:
        """The file that said it."""
        return self.folder / self.file

    def box(self, name: str | None) -> OfficeBox:
        """The box of this name; the only one where no name is given."""
        if name is None and len(self.boxes) == 1:
            return self.boxes[0]
        found = next((each for each in self.boxes if each.name == name), None)
        if found is None:
            raise self._unknown(name)
        return found

    def some(self, name: str | None) -> tuple[OfficeBox, ...]:
        """The box of this name, or all of them."""
        if name is not None or not self.boxes:
            return (self.box(name),)
        return self.boxes

    def _unknown(self, name: str | None) -> SettingsFault:
        known = ", ".join(each.name for each in self.boxes)
        if not known:
            return _fault(f"no box is named in {self.place}", HINT)
        if name is None:
            return _fault("there is more than one box, and none was named", f"say which: --box {known}")
        return _fault(f"there is no box {name!r}", f"the boxes are: {known}")


def standing_place() -> Path:
    """Where office.toml lies: `$CALLBOX_OFFICE`, or this platform's folder for settings."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return Path(given)
    match sys.platform:
        case "win32":
            top = Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
        case "darwin":
            top = Path.home() / "Library/Application Support"
        case _:
            top = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return top / "callbox" / FILE


def read(path: Path | None = None) -> Office:
    """The office's settings; a file that is not there names no box and no identity."""
    place = (path or standing_place()).expanduser().absolute()
    try:
        written = tomllib.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Office(place.parent, file=place.name)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFault("settings.unreadable", f"{place} cannot be read: {error}", HINT) from error
    except RecursionError as error:
        raise SettingsFault("settings.not-toml", f"{place} is nested too deeply", HINT) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsFault("settings.not-toml", f"{place}: {error}", HINT) from error
    return _office(place, written)


def _office(place: Path, written: Mapping[str, Any]) -> Office:
    unknown = sorted(written.keys() - {"person", "identities", "box"})
    if unknown:
        raise _fault(f"{place}: there is no setting {unknown[0]!r}", "there are person, identities, [[box]]")
    boxes = tuple(_box(place, each) for each in _listed(place, written, "box", dict))
    names = [each.name for each in boxes]
    if len(set(names)) != len(names):
        raise _fault(f"{place}: two boxes have the same name", "give each [[box]] a name of its own")
    identities = _listed(place, written, "identities", str)
    if not all(each and each.isprintable() for each in identities):
        raise _fault(f"{place}: an identity is no name of a file", HINT)
    person = written.get("person", "")
    if not isinstance(person, str):
        raise _fault(f"{place}: person is no text", 'write it as person = "anna"')
    paths = tuple(place.parent / Path(each).expanduser() for each in identities)
    return Office(place.parent, boxes, paths, person, place.name)


def _listed(place: Path, written: Mapping[str, Any], name: str, kind: type) -> list[Any]:
    found = written.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, kind) for each in found):
        raise _fault(f"{place}: {name} is not a list as it should be", HINT)
    return found


def _box(place: Path, written: Mapping[str, Any]) -> OfficeBox:
    name, reach = written.get("name"), written.get("reach")
    if not isinstance(name, str) or not BOX_NAME.fullmatch(name):
        raise _fault(f"{place}: a box is called {name!r}", "letters, digits, dot and hyphen, 40 at most")
    words = ["ssh", reach] if isinstance(reach, str) else reach
    if not isinstance(words, list) or not words or not all(map(_is_word, words)):
        raise _fault(f"{place}: how to reach {name} is not said", HINT)
    if not DESTINATION.fullmatch(words[-1] if Path(words[0]).stem.lower() == "ssh" else words[0]):
        raise _fault(f"{place}: {name} is reached by {words[-1]!r}, which is no destination", HINT)
    return OfficeBox(name, tuple(words))


def _is_word(word: object) -> bool:
    """Whether a program can be given it."""
    return isinstance(word, str) and bool(word) and "\0" not in word


def _fault(message: str, hint: str) -> SettingsFault:
    return SettingsFault("settings.office", message, hint)
