"""`get`: recordings come to this PC sealed, are compared with what the box signed, and are opened only if asked.

1. Keys are read and names are looked at before anything is fetched: what the box hands out is a copy that it
   will ask back, so nothing is fetched that could not be kept.
2. A file has its name only once it is whole and what the box signed; nothing is ever written over.
3. What is opened lies where the person asked, as FLAC, and nowhere else.
"""

import platform
import shlex
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from firmware.faults import Fault, Refused
from firmware.office.asked import parser, understood
from firmware.office.boxes import Office
from firmware.office.identities import Keys, load
from firmware.office.joining import Joined, join_into, tell_missing
from firmware.office.placing import Partial, partial, refuse_existing
from firmware.office.progress import Progress, size
from firmware.office.recordings import Shown, named, place_of, shown
from firmware.office.sealed import CHUNK, MOST_HEADER, check, damaged
from firmware.office.texts import is_name
from firmware.showing import counted, length
from firmware.vault.reading import Fields

FLAC: Final = ".flac"
LONGEST_PLACE: Final = 200
"""Characters that a box takes (docs/keeper.md)."""

TAR_BLOCK: Final = 1024
TAR_END: Final = 10240
"""What a tar adds: at most two blocks of 512 bytes a member, and its last record (POSIX pax, ustar)."""


@dataclass(frozen=True, slots=True)
class Why:
    """What a copy is for, where it will lie, and under which case."""

    purpose: str | None
    reference: str | None
    where: str | None = None
    because: str | None = None

    def words(self) -> tuple[str, ...]:
        """As the box's shell takes them; what was not given it asks for, with what it would take."""
        said = {
            "--purpose": self.purpose,
            "--ref": self.reference,
            "--where": self.where,
            "--because": self.because,
        }
        return tuple(f"{name}={text}" for name, text in said.items() if text)


def get(argv: Sequence[str]) -> int:
    """`get`."""
    made = parser("get", "Fetch recordings, sealed as they are, or opened.")
    made.add_argument(
        "ids", metavar="ID", nargs="+", help="a recording, or BOX/ID where there are several boxes"
    )
    why_arguments(made)
    made.add_argument(
        "-o", "--out", metavar="FILE|DIR", type=Path, help="where to (here, named after the ID)"
    )
    made.add_argument("--open", action="store_true", help="open it with the office's key: FLAC")
    asked, office = understood(made, argv)
    if asked.out and len(asked.ids) > 1 and not asked.out.is_dir():
        raise Refused(
            "refused.file", f"{asked.out} is no folder", "several recordings go into a folder: -o FOLDER"
        )
    keys = load(office) if asked.open else None
    return max([_told(office, asked, keys, each) for each in asked.ids])


def why_arguments(made: ArgumentParser) -> None:
    """What the box asks before it hands out anything."""
    made.add_argument("--purpose", help="what for, one of the office's list: the box asks for it")
    made.add_argument("--ref", help="the case that it is for: the box asks for it")
    made.add_argument("--where", help="where a copy will lie, instead of what is told by itself")
    made.add_argument("--because", help="the ground, for a purpose that is an exception")


READ: Final = "read on the office's PC; no file was left"
"""Where what was found or noted lies once it was read."""


def why_of(asked: Namespace, where: str = READ) -> Why:
    """The same, as it was typed; `where` is where the copy will lie if nothing was said of it."""
    return Why(asked.purpose, asked.ref, asked.where or where, asked.because)


def here(final: Path) -> str:
    """This PC and the file, as one line that a box takes."""
    place = f"{platform.node()}: {final.absolute()}"
    return "".join(each if each.isprintable() else "?" for each in place)[-LONGEST_PLACE:]


def fetch(recording: Shown, why: Why, into: IO[bytes]) -> None:
    """The sealed recording, whole and as the box signed it, in a fresh file or in memory."""
    sealed = recording.manifest.sealed
    progress, most = Progress(recording.named.id, sealed.body_size), _most(recording)
    with recording.named.remote.stream("get", recording.named.id, *why.words()) as came:
        while chunk := came.read1(CHUNK):  # type: ignore[attr-defined]
            into.write(chunk)
            progress.add(len(chunk))
            if progress.done > most:
                raise damaged("more comes than the box signed")
    progress.end()
    into.flush()
    check(into, sealed)


def _most(recording: Shown) -> int:
    """Bytes that may come: the body, and what stands before each part of a cut one; a tar ends in 10 KiB of zeros."""
    parts = len(recording.manifest.facts.parts or ())
    return recording.manifest.sealed.body_size + (parts + 1) * (MOST_HEADER + TAR_BLOCK) + TAR_END


def _told(office: Office, asked: Namespace, keys: Keys | None, word: str) -> int:
    """Fetch one; its fault is told, and the others go on."""
    try:
        return _one(office, asked, keys, word)
    except Fault as fault:
        print(f"callbox: {word}: {fault}", file=sys.stderr)
        return fault.exit_status


def _one(office: Office, asked: Namespace, keys: Keys | None, word: str) -> int:
    recording = shown(office, named(office, word, asked.box))
    final = place_of(recording, FLAC if keys else recording.suffix, asked.out)
    refuse_existing(final)
    _refuse_full(final, recording.manifest.sealed.body_size * (1 if keys is None else 2))
    with told_copies(recording), partial(final) as sealed:
        fetch(recording, why_of(asked, here(final)), sealed.file)
        if keys is None:
            sealed.place()
            missing: Joined | None = None
        else:
            missing = _open(recording, keys, sealed, final)
    print(f"{final}  {_length(recording)}, as {recording.named.box.name} signed it")
    return tell_missing(missing) if missing else 0


def _refuse_full(final: Path, wanted: int) -> None:
    """Rule 1, as far as it can be foretold."""
    free = shutil.disk_usage(final.parent).free
    if free < wanted:
        short = f"{final.parent} has room for {size(free)}, and {size(wanted)} are to be kept there"
        raise Refused("refused.file", short, "make room, or name another folder: -o FOLDER")


@contextmanager
def told_copies(recording: Shown) -> Iterator[None]:
    """What the box handed out and is not kept here is told by its name: it counts as out, and will be asked back."""
    try:
        yield
    except (Fault, KeyboardInterrupt):
        try:
            _tell_copies(recording)
        except Fault:
            ask = shlex.join((*recording.named.box.reach, "copies"))
            print(f"callbox: whether a copy counts as handed out could not be asked: {ask}", file=sys.stderr)
        raise


def _tell_copies(recording: Shown) -> None:
    box, new = recording.named.box, recording.named.remote.known(_copies, "show", recording.named.id)
    for name in sorted(new - _copies(recording.answer)):
        said = f"{box.name} handed out copy {name} of {recording.named.id}, and nothing of it was kept here"
        done = shlex.join((*box.reach, "copies", "destroyed", name))
        print(f"callbox: {said}; so that it is not asked back: {done}", file=sys.stderr)


def _copies(answer: Fields) -> set[str]:
    """The copies that a recording's own notes tell of, those that are no names left out."""
    told = (each.content.get("copy") for each in answer.each("handed"))
    return {each for each in told if isinstance(each, str) and is_name(each)}


def _length(recording: Shown) -> str:
    """How long it is, and how much of that is silence because it was withheld."""
    facts = recording.manifest.facts
    whole = length(facts.samples, facts.rate)
    if not facts.withheld:
        return whole
    return (
        f"{whole}, of these {facts.withheld / facts.rate:.1f} s withheld in {counted(len(facts.gaps), 'gap')}"
    )


def _open(recording: Shown, keys: Keys, sealed: Partial, final: Path) -> Joined | None:
    """What was sealed, opened into a file of its own."""
    with partial(final) as opened:
        sealed.file.seek(0)
        if recording.manifest.sealed.kind == "cut":
            joined = join_into(sealed.file, keys, opened.file, recording.manifest.facts)
        else:
            joined = None
            keys.pour(sealed.file, opened.file)
        opened.place()
    return joined
