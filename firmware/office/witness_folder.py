"""What a witness keeps of each box: the last checkpoint, how far it told its log, and proofs of what was wrong.

    witness/BOX.json                the state: whole and synced, or not written at all
    witness/evidence/...            what did not fit; never overwritten, never removed by the program
    witness/reports/YYYY-MM-DD.txt  what each run of a day said

1. A checkpoint is kept before it is cosigned, so that no older one is ever cosigned after it.
2. A state is never replaced by one of a smaller log, whoever asks.
3. Two runs never work in one folder at once: the second one is refused.
"""

import json
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.audit.checkpoint import ROOT
from firmware.audit.note import read_note
from firmware.audit.tree import Frontier
from firmware.audit.watching import Known
from firmware.faults import LogFault, Refused
from firmware.office.placing import disk_of
from firmware.settings.verifier_key import parse_verifier_key
from firmware.vault.reading import Fields, UnreadableError, read_object

FOLDER: Final = "witness"

BYTES: Final = getattr(os, "O_BINARY", 0)
"""Windows would write line breaks of its own otherwise."""

NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | BYTES
END: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | BYTES


@dataclass(frozen=True, slots=True)
class Told:
    """How far the log of a box was told to people: a size, and the roots of that log's whole subtrees."""

    size: int
    peaks: tuple[bytes, ...]

    def frontier(self) -> Frontier:
        """From where its hash goes on."""
        return Frontier(self.size, self.peaks)


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of one box.

    `at_s` is when this PC last cosigned, by its own clock; `told` and `digests` say how far and under which
    settings, program and recipients people were told what happened; `told_s` when that was.
    """

    known: Known
    at_s: int
    told: Told | None = None
    told_s: int = 0
    digests: Mapping[str, str] | None = None

    def content(self) -> dict[str, object]:
        """As it is written, format 1."""
        told = self.told and {"size": self.told.size, "peaks": [_base64(each) for each in self.told.peaks]}
        known = {"key": self.known.key.text(), "note": self.known.note.whole()}
        return {
            "format": 1,
            **known,
            "at_s": self.at_s,
            "told": told,
            "told_s": self.told_s,
            "digests": dict(self.digests) if self.digests is not None else None,
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """The folder of a witness."""

    folder: Path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Rule 3; the system gives the lock back also where a run is killed."""
        with disk_of(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = (self.folder / "lock").open("a+b")
        with file:
            try:
                _lock(file.fileno())
            except OSError:
                busy = f"another run of the witness is working in {self.folder}"
                raise Refused("refused.witness-busy", busy, "wait until it is done") from None
            yield

    def state(self, box: str) -> State | None:
        """What is kept of a box, `None` before the first visit; a `LogFault` where it cannot be read."""
        path = self._path(box)
        try:
            return _state(read_object(path.read_bytes(), path.name))
        except FileNotFoundError:
            return None
        except (OSError, UnreadableError, ValueError) as error:
            damaged = f"what this PC kept of {box} cannot be read: {error}"
            hint = f"bring {path} back from a copy; or begin anew: callbox office witness --anew {box}"
            raise LogFault("log.damaged", damaged, hint) from None

    def keep(self, box: str, state: State) -> None:
        """Put it in place of what was there; durable on return (rule 2)."""
        before = self.state(box)
        if before is not None and before.known.checkpoint.size > state.known.checkpoint.size:
            raise ValueError("a state is never replaced by that of a smaller log")
        with disk_of(self.folder):
            write(self._path(box), json.dumps(state.content(), indent=1).encode())

    def others(self, box: str) -> Iterator[tuple[str, State]]:
        """What is kept of the other boxes, those that can be read."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                if path.stem != box and (state := self.state(path.stem)):
                    yield path.stem, state
            except LogFault:
                continue

    def begin_anew(self, box: str, when: str) -> Path | None:
        """Set what is kept of a box aside; the next visit is the first. Gives where it lies now."""
        path = self._path(box)
        if not path.exists():
            return None
        aside = self._evidence(f"{box}-{when}-set-aside.json")
        path.rename(aside)
        return aside

    def prove(self, name: str, content: str) -> Path:
        """Keep what was wrong; nothing that is there is overwritten."""
        path = self._evidence(name)
        with disk_of(self.folder), os.fdopen(os.open(path, NEW, 0o600), "wb") as file:
            file.write(content.encode())
            file.flush()
            os.fsync(file.fileno())
        return path

    def report(self, day: str, text: str) -> Path:
        """Add to the report of a day; durable on return."""
        path = self.folder / "reports" / f"{day}.txt"
        with disk_of(self.folder):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with disk_of(self.folder), os.fdopen(os.open(path, END, 0o600), "ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
            _sync(path.parent)
        return path

    def _path(self, box: str) -> Path:
        return self.folder / f"{box}.json"

    def _evidence(self, name: str) -> Path:
        folder = self.folder / "evidence"
        with disk_of(self.folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, number = folder / name, 1
        while path.exists():
            number += 1
            path = folder / f"{number}-{name}"
        return path


def write(path: Path, content: bytes) -> None:
    """Put a whole file in place of what was there, synced; on any system."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, NEW, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    if sys.platform != "win32":  # there a folder is not synced by its users
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _state(told: Fields) -> State:
    told.require_format(1)
    key = parse_verifier_key(told.text("key"))
    if key is None:
        raise UnreadableError("the key in it is none")
    digests = told.inner("digests") if told.content.get("digests") is not None else None
    return State(
        known=Known(key, read_note(told.text("note"))),
        at_s=told.whole("at_s"),
        told=_told(told.inner("told")) if told.content.get("told") is not None else None,
        told_s=told.whole("told_s"),
        digests={name: digests.text(name) for name in digests.content} if digests else None,
    )


def _told(told: Fields) -> Told:
    peaks = tuple(b64decode(each, validate=True) for each in told.texts("peaks"))
    size = told.whole("size")
    if len(peaks) != size.bit_count() or any(len(each) != ROOT for each in peaks):
        raise UnreadableError("the roots in it do not fit its size")
    return Told(size, peaks)


def _lock(descriptor: int) -> None:
    """Held until the file is closed; an `OSError` where another process holds it."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  there is none elsewhere

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415  there is none on Windows

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
