"""What a box says of a recording counts once its signature was verified with the key that the box is known by."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from firmware.faults import LogFault, Refused
from firmware.office.boxes import Office, OfficeBox
from firmware.office.known import Pinned, held_to
from firmware.office.placing import PIPE, refuse_pipe
from firmware.office.remote import Remote
from firmware.office.texts import is_name
from firmware.vault.amended import Anew, chain
from firmware.vault.contents import read_amendment
from firmware.vault.manifest import Manifest, read_manifest
from firmware.vault.reading import Fields, UnreadableError, canonical
from firmware.vault.signing import MANIFEST, verify

SUFFIXES: Final = {"finished": ".age", "cut": ".tar"}
"""How each kind of recording is sent: one age file, or a tar of small ones."""


@dataclass(frozen=True, slots=True)
class Named:
    """One recording of one box."""

    remote: Remote
    id: str

    @property
    def box(self) -> OfficeBox:
        """Where it is."""
        return self.remote.box


@dataclass(frozen=True, slots=True)
class Shown:
    """What the box says of a recording: the manifest, verified, and the answer that it came in.

    Where it was sealed anew since, `manifest.sealed` is as it is now, and `anew` tells each time.
    """

    named: Named
    manifest: Manifest
    written: bytes
    pinned: Pinned
    answer: Fields
    anew: tuple[Anew, ...] = ()

    @property
    def suffix(self) -> str:
        """How the file is called that is sent."""
        return SUFFIXES[self.manifest.sealed.kind]


def named(office: Office, word: str, box: str | None) -> Named:
    """The recording that was meant: `ID`, or `BOX/ID` where there are several boxes."""
    before, _, recording = word.rpartition("/")
    if not is_name(recording):
        hint = "callbox office list shows the names that there are"
        raise Refused("refused.unknown-recording", f"{word!r} is no name of a recording", hint)
    return Named(Remote(office.box(before or box)), recording)


def shown(office: Office, recording: Named) -> Shown:
    """What the box says of it; refuses a manifest that is not signed by the box, or is of another recording."""

    def reading(answer: Fields) -> Shown:
        written = as_written(answer.inner("manifest"))
        manifest = _read(written)
        public = _hex(answer.text("public"))
        if not verify(public, MANIFEST, written, answer.data("signature")):
            raise _unsigned(recording)
        if manifest.facts.id != recording.id or manifest.sealed.kind not in SUFFIXES:
            raise UnreadableError("it tells of another recording than was asked for")
        amendments = map(read_amendment, answer.each("resealed") if "resealed" in answer.content else ())
        anew = tuple(chain(manifest, amendments, public))
        now = replace(manifest, sealed=anew[-1].sealed) if anew else manifest
        known = held_to(office.folder, recording.box, public)
        return Shown(recording, now, written, known, answer, anew)

    return recording.remote.known(reading, "show", recording.id)


def place_of(shown: Shown, suffix: str, out: Path | None) -> Path:
    """Where the file goes: a folder that was named, a name that was given, or here."""
    if out == PIPE:
        refuse_pipe()
    called = f"{shown.named.id}{suffix}"
    if out is None:
        return Path(called)
    return out / called if out.is_dir() else out


def as_written(told: Fields) -> bytes:
    """What a box signed or hashed, in its one form; refuses what has none, such as infinity or half a character."""
    try:
        return canonical(told.content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{told.where} holds what no box writes") from error


def _read(written: bytes) -> Manifest:
    try:
        return read_manifest(written)
    except UnreadableError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError("its manifest cannot be read") from error


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UnreadableError("its public key is not hex") from error


def _unsigned(recording: Named) -> LogFault:
    return LogFault(
        "log.manifest",
        f"{recording.box.name} shows {recording.id} with a signature that is not its own",
        "call the controller; keep what was shown: it proves nothing, but tells what happened",
    )
