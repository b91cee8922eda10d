"""`verify`: what can be proved of a recording, a file of it, or a certificate; and what cannot, in so many words.

1. Everything rests on the public key that the box is known by (`known_boxes`), never on one that came along.
2. A recording: its manifest is signed; an entry of the audit log names that manifest; the entry is in the tree
   under a checkpoint that the box signed.
3. A file: header and body have the digests of the manifest.
4. A certificate verifies alone, by the key of whichever known box signed it.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.audit.certificate import content_of, wrong_with
from firmware.audit.checkpoint import Checkpoint, is_signed_by, key_of_public, read_checkpoint
from firmware.audit.note import Note, read_note
from firmware.audit.told import told
from firmware.audit.tree import leaf_hash, verify_consistency, verify_inclusion
from firmware.faults import LogFault, Refused
from firmware.office.asked import parser, understood
from firmware.office.boxes import Office
from firmware.office.known import pinned
from firmware.office.recordings import Named, Shown, as_written, named, shown
from firmware.office.remote import Remote
from firmware.office.sealed import check, damaged
from firmware.office.texts import plain
from firmware.showing import moment
from firmware.vault.reading import Fields, UnreadableError, read_object
from firmware.vault.signing import key_name

MOST: Final = 64 << 20
"""Bytes of a certificate; our choice: one over a million recordings is smaller."""

CERTIFICATE: Final = re.compile(r"certificate ([0-9a-z]{13})\b")

NOT_PROVED: Final = """\
Not proved by this: that the recorder heard what was said (what it left out stands in the gaps), and that the log was not
rewritten before this PC first kept a checkpoint of it: callbox office witness does that from its first run on."""

NOT_FETCHED: Final = (
    "Not looked at: the recording itself. Fetch it, then: callbox office verify {name}{suffix}"
)


@dataclass(frozen=True, slots=True)
class Entered:
    """An entry of the audit log, and its place in it."""

    index: int
    content: dict[str, object]


def verify(argv: Sequence[str]) -> int:
    """`verify`."""
    made = parser("verify", "What can be proved of a recording, of a file of it, or of a certificate.")
    made.add_argument(
        "what", metavar="ID|FILE", help="a recording, ID.age or ID.tar, or a certificate's file"
    )
    asked, office = understood(made, argv)
    path = Path(asked.what)
    match path.is_file(), path.suffix.lower():
        case True, ".age" | ".tar":
            lines = _file(office, path, asked.box)
        case True, ".flac":
            raise _opened(path)
        case True, _:
            lines = _certificate(office, _read(path))
        case _:
            lines = _recording(office, named(office, asked.what, asked.box))
    for line in lines:
        print(plain(line))
    return 0


def _file(office: Office, path: Path, box: str | None) -> Iterator[str]:
    """Rule 3, then rule 2."""
    recording = shown(office, named(office, path.stem, box))
    with path.open("rb") as file:
        check(file, recording.manifest.sealed)
    yield f"{path} is byte for byte what {recording.named.box.name} sealed: header and body have the signed digests."
    yield from _signed(recording)
    yield NOT_PROVED


def _recording(office: Office, recording: Named) -> Iterator[str]:
    """Rule 2; of a recording that was destroyed, its certificate."""
    try:
        found = shown(office, recording)
    except Refused as refusal:
        name = CERTIFICATE.search(refusal.message)
        if refusal.code != "refused.unknown-recording" or name is None:
            raise
        yield f"{recording.id} was destroyed; its certificate {name[1]}:"
        yield from _certificate(office, recording.remote.text("certificate", name[1]).encode(), recording.id)
        return
    yield from _signed(found)
    yield NOT_FETCHED.format(name=found.named.id, suffix=found.suffix)
    yield NOT_PROVED


def _signed(recording: Shown) -> Iterator[str]:
    box, known = recording.named.box.name, recording.pinned
    yield f"Its manifest is signed by {box}'s key {key_name(known.public)}, known here since {known.since}."
    for each in recording.anew:
        to = ", ".join(each.recipients)
        yield f"It was sealed anew on {moment(each.at.wall_ns)}, for {to}; the same key signed that, too."
    remote = recording.named.remote
    entered = remote.known(lambda answer: _entry(answer, recording), "log", "--id", recording.named.id)
    size = remote.known(lambda answer: _included(answer, entered), "inclusion", str(entered.index))
    signed = _checkpoint_above(remote, known.public, size)
    what, when = entered.content["what"], Fields("entry", entered.content).inner("at").whole("wall_ns")
    yield f"Entry {entered.index} of its audit log ({what}, {moment(when)}) tells of this manifest,"
    yield f"and is in the log of {signed} entries that the box signed."


def _entry(answer: Fields, recording: Shown) -> Entered:
    """The newest entry that tells of this very manifest."""
    digest = hashlib.sha256(recording.written).hexdigest()
    for row in reversed(answer.each("answer")):
        content = {name: value for name, value in row.content.items() if name != "index"}
        of_it = content.get("recording") == recording.named.id
        if of_it and (content.get("manifest_sha256") == digest or _dates(content, recording)):
            return Entered(row.whole("index"), content)
    raise _unproved(recording.named, "no entry of its audit log tells of this manifest")


def _dates(content: dict[str, object], recording: Shown) -> bool:
    """A recording that got its day later was signed anew then; that entry tells day and time, not the digest."""
    corrected, due = recording.manifest.corrected, recording.manifest.due
    if corrected is None or due is None or content.get("what") != "dated":
        return False
    return (content.get("is_ns"), content.get("due")) == (corrected.wall_ns, due.isoformat())


def _included(answer: Fields, entered: Entered) -> tuple[int, bytes]:
    """Size and root of the log that the entry is proved to be in."""
    path, root, size = (
        [_data(each) for each in answer.texts("path")],
        answer.data("root"),
        answer.whole("size"),
    )
    leaf = leaf_hash(as_written(Fields("entry", entered.content)))
    if not verify_inclusion(leaf, entered.index, size, path, root):
        raise UnreadableError("the proof does not lead from the entry to the root of its log")
    return size, root


def _checkpoint_above(remote: Remote, public: bytes, log: tuple[int, bytes]) -> int:
    """Entries under a checkpoint that the box signed and that goes on from this log."""
    note, checkpoint = remote.known(_checkpoint, "checkpoint")
    if not is_signed_by(note, key_of_public(public)):
        raise _wrong(remote, "the checkpoint is not signed by the box")
    size, root = log
    told = remote.text("consistency", str(size), str(checkpoint.size))
    try:
        path = [_data(each) for each in told.split()]
    except UnreadableError as error:
        raise remote.nonsense(str(error)) from error
    if not verify_consistency(size, checkpoint.size, path, root, checkpoint.root):
        raise _wrong(remote, "the log does not lead up to the checkpoint that the box signed")
    return checkpoint.size


def _checkpoint(answer: Fields) -> tuple[Note, Checkpoint]:
    note = read_note(answer.text("note"))
    return note, read_checkpoint(note.text)


def _certificate(office: Office, content: bytes, recording: str | None = None) -> Iterator[str]:
    """Rule 4; where it is to be of one recording, it names that one."""
    try:
        public = bytes.fromhex(read_object(content, "certificate").text("public"))
    except ValueError as error:
        raise _untrue("it cannot be read") from error
    boxes = [name for name, each in pinned(office.folder).items() if each.public == public]
    if not boxes:
        raise _untrue(f"it is signed by {key_name(public)}, which is no box that is known here")
    if wrong := wrong_with(content, public):
        raise _untrue(wrong)
    found = content_of(content)
    if recording is not None and recording not in [each.text("id") for each in found.each("recordings")]:
        raise _untrue(f"it does not name {recording}")
    yield from told(found)
    yield f"The key is that of {', '.join(boxes)}, as known here. What lies elsewhere, such as copies, it cannot prove."


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST)
    except OSError as error:
        raise damaged(f"{path} cannot be read: {error.strerror}") from error
    if not content.lstrip().startswith(b"{"):
        none = f"{path} is no certificate, and not called .age or .tar as what was fetched is"
        raise Refused("refused.file", none, "name a recording, the file that was fetched, or a certificate's")
    return content


def _data(text: str) -> bytes:
    return Fields("proof", {"hash": text}).data("hash")


def _opened(path: Path) -> Refused:
    told = f"{path} was opened: what the box signed is the sealed recording"
    return Refused(
        "refused.file", told, f"fetch it sealed, then: callbox office verify {path.with_suffix('.age')}"
    )


def _untrue(why: str) -> LogFault:
    hint = "see that it is of a box of this office; if it is, call the controller"
    return LogFault("log.certificate", f"this certificate is not to be believed: {why}", hint)


def _unproved(recording: Named, why: str) -> LogFault:
    hint = "call the controller; at the box, callbox shell verify looks through the whole log"
    return LogFault("log.unproved", f"{recording.box.name}, {recording.id}: {why}", hint)


def _wrong(remote: Remote, why: str) -> LogFault:
    hint = "call the controller; keep what the witness has"
    return LogFault("log.unproved", f"{remote.box.name}: {why}", hint)
