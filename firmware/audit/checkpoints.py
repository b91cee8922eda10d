"""The checkpoints that were signed, and what witnesses said of them, kept beside the log.

1. No checkpoint is signed that does not go on from the last one (C2SP tlog-checkpoint,
   "Signatures"): a log that was cut or rewritten is a `LogFault`, and nothing is signed.
2. A checkpoint counts once `make` has returned, and is durable by then.
3. A cosignature is taken in only over a checkpoint that the box signed, from a witness of
   the settings, once it is verified. Per witness the newest counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.audit.checkpoint import Checkpoint, cosigned, is_signed_by, key_of, read_checkpoint, signed
from firmware.audit.digests import read_extensions
from firmware.audit.log import AuditLog
from firmware.audit.note import Note, Signature, read_note
from firmware.clock import ClockState, Stamp
from firmware.faults import LogFault, Refused
from firmware.sealing.facts import stamp_json
from firmware.settings.verifier_key import VerifierKey
from firmware.vault.journal import DamagedJournalError, Journal
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object
from firmware.vault.signing import Signer

NAME: Final = "checkpoints.log"


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that the box signed, and the wall time, boot and CLOCK_BOOTTIME at which it did."""

    note: Note
    wall_ns: int
    boot_id: str
    boottime_ns: int

    @property
    def checkpoint(self) -> Checkpoint:
        """Its text, taken apart."""
        return read_checkpoint(self.note.text)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness's word: at this time of its own clock (POSIX) the log had this size, and `over` was what it saw."""

    witness: str
    at_s: int
    size: int
    over: Kept
    signature: Signature


class Checkpoints:
    """The open list of one box; `witnesses` are the keys that count, by name."""

    def __init__(
        self, folder: Path, log: AuditLog, signer: Signer, witnesses: Mapping[str, VerifierKey]
    ) -> None:
        """Open or begin the list; refuses a damaged one as `LogFault`."""
        self._log = log
        self._signer = signer
        self._witnesses = dict(witnesses)
        self._newest: Kept | None = None
        self._cosigned: dict[str, Cosigned] = {}
        self._versions: list[tuple[int, str]] = []
        self._texts: dict[str, Kept] = {}
        try:
            self._journal = Journal(folder / NAME, self._read)
        except (DamagedJournalError, UnreadableError) as error:
            raise LogFault(
                "log.damaged",
                f"the list of checkpoints is damaged: {error}",
                "call the controller: somebody or the disk changed it; keep the file as it is",
            ) from error

    @property
    def key(self) -> VerifierKey:
        """The verifier key that the box's checkpoints are judged by."""
        return key_of(self._signer)

    @property
    def newest(self) -> Kept | None:
        """The last checkpoint that was signed, `None` before the first."""
        return self._newest

    @property
    def versions(self) -> tuple[tuple[int, str], ...]:
        """Each change of the settings as checkpoints told it: since when, by a clock to be believed, and the digest."""
        return tuple(self._versions)

    def make(self, at: Stamp, extensions: tuple[str, ...]) -> Note:
        """Sign the log as it stands; durable on return. Refuses where it does not go on from the last one."""
        self._require_continued()
        return self._sign(Checkpoint(self._signer.origin, self._log.size, self._log.root, extensions), at)

    def sign(self, size: int, root: bytes) -> str:
        """A checkpoint over the log when it had that size, for the stub of what is dropped; not kept here."""
        return signed(Checkpoint(self._signer.origin, size, root), self._signer).whole()

    def told(self) -> Note | None:
        """The newest checkpoint with every cosignature over it."""
        if self._newest is None:
            return None
        over = [each.signature for each in self.cosigned() if each.over == self._newest]
        return self._newest.note.also(over)

    def cosigned(self) -> tuple[Cosigned, ...]:
        """The newest cosignature of each witness that gave one."""
        return tuple(self._cosigned.values())

    def cosign(self, content: str) -> tuple[Cosigned, ...]:
        """Take in what witnesses said of a checkpoint; refuses what is not ours, or not theirs (rule 3)."""
        note = read_note(content)
        kept = self._kept(note)
        found = [
            Cosigned(name, said.at_s, kept.checkpoint.size, kept, said.signature)
            for name, key in self._witnesses.items()
            if (said := cosigned(note, key)) is not None
        ]
        if not found:
            unknown = "no cosignature in the note is of a witness that the settings name"
            raise Refused("refused.cosignature", unknown, "name the witness in the settings: [[witness]]")
        for each in found:
            self._take(each)
        return tuple(found)

    def kept(self) -> Iterator[Kept]:
        """Every checkpoint that was signed, in order."""
        for written in self._journal:
            told = read_object(written, NAME)
            if told.text("kind") == "checkpoint":
                yield _kept(told)

    def close(self) -> None:
        """Give the file back."""
        self._journal.close()

    def _sign(self, checkpoint: Checkpoint, at: Stamp) -> Note:
        note = signed(checkpoint, self._signer)
        content = {"format": 1, "kind": "checkpoint", "at": stamp_json(at), "note": note.whole()}
        self._append(content)
        return note

    def _take(self, said: Cosigned) -> None:
        before = self._cosigned.get(said.witness)
        if before is not None and before.at_s >= said.at_s:
            return
        content = {
            "format": 1,
            "kind": "cosignature",
            "witness": said.witness,
            "at_s": said.at_s,
            "note": Note(said.over.note.text, (said.signature,)).whole(),
        }
        self._append(content)

    def _append(self, content: Mapping[str, object]) -> None:
        written = canonical(content)
        self._journal.append(written)
        self._read(written)

    def _read(self, written: bytes) -> None:
        told = read_object(written, NAME)
        told.require_format(1)
        if told.text("kind") == "checkpoint":
            self._newest = _kept(told)
            self._texts[self._newest.note.text] = self._newest
            self._read_version(self._newest, ClockState(told.inner("at").text("state")))
        else:
            self._read_cosignature(told)

    def _read_version(self, kept: Kept, state: ClockState) -> None:
        digest = read_extensions(kept.checkpoint.extensions).get("settings", "")
        known = self._versions[-1][1] if self._versions else None
        if state is not ClockState.UNTRUSTED and digest != known:
            self._versions.append((kept.wall_ns, digest))

    def _read_cosignature(self, told: Fields) -> None:
        note, name = read_note(told.text("note")), told.text("witness")
        kept = self._texts.get(note.text)
        if kept is not None and name in self._witnesses:
            at_s, size = told.whole("at_s"), kept.checkpoint.size
            self._cosigned[name] = Cosigned(name, at_s, size, kept, note.signatures[0])

    def _kept(self, note: Note) -> Kept:
        kept = self._texts.get(note.text)
        if kept is None:
            strange = "the note is no checkpoint that this box signed and kept"
            raise Refused("refused.cosignature", strange, "fetch the newest: callbox shell checkpoint")
        return kept

    def _require_continued(self) -> None:
        """Rule 1, by the last one; `verify` looks at all of them."""
        if self._newest is None:
            return
        last = self._newest.checkpoint
        fits = last.size <= self._log.size and (
            last.size < self._log.first or self._log.root_at(last.size) == last.root
        )
        if not fits or not is_signed_by(self._newest.note, self.key):
            raise LogFault(
                "log.rewritten",
                f"the audit log does not go on from its checkpoint over {last.size} entries",
                "call the controller: entries were taken away or changed; `callbox shell verify` says where",
            )


def _kept(told: Fields) -> Kept:
    at = told.inner("at")
    return Kept(
        read_note(told.text("note")), at.whole("wall_ns"), at.text("boot_id"), at.whole("boottime_ns")
    )
