"""What the tests of the audit log share: a log with its checkpoints in a folder, on a given clock, and a witness."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.audit.checkpoints import Checkpoints
from firmware.audit.entries import Entry, What
from firmware.audit.log import AuditLog
from firmware.audit.verify import Verified, verify
from firmware.clock import GivenClock
from firmware.settings.verifier_key import COSIGNATURE, VerifierKey
from firmware.vault.signing import Signer

NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
"""In winter London has UTC: half an hour before the year ends."""


@dataclass
class Witness:
    """Somebody who cosigns, as tlog-cosignature says in words."""

    name: str = "witness.example/one"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def key(self) -> VerifierKey:
        return VerifierKey(self.name, COSIGNATURE, self.private.public_key().public_bytes_raw())

    def line(self, text: str, at_s: int) -> str:
        """A cosignature line over a checkpoint's text."""
        public = self.private.public_key().public_bytes_raw()
        hashed = hashlib.sha256(self.name.encode() + b"\n\x04" + public).digest()[:4]
        signature = self.private.sign(f"cosignature/v1\ntime {at_s}\n{text}".encode())
        return f"— {self.name} {b64encode(hashed + at_s.to_bytes(8) + signature).decode()}\n"

    def cosign(self, note: str, at_s: int) -> str:
        """The note with this witness's line."""
        return note + self.line(note.rsplit("\n\n", 1)[0] + "\n", at_s)


@dataclass
class Audited:
    """An open log with its checkpoints."""

    folder: Path
    clock: GivenClock
    log: AuditLog
    checkpoints: Checkpoints

    def append(self, count: int = 1) -> None:
        for _ in range(count):
            self.log.append(Entry(What.STARTED, self.clock.stamp(), {"n": self.log.size}))

    def checkpoint(self) -> str:
        return self.checkpoints.make(self.clock.stamp(), ("settings sha256:00",)).whole()

    def verify(self) -> Verified:
        return verify(self.log, self.checkpoints, lambda: None)


@dataclass
class Audit:
    """A folder in which a log can be opened again and again."""

    folder: Path
    clock: GivenClock = field(default_factory=lambda: GivenClock(NEW_YEAR))
    signer: Signer = field(default_factory=lambda: Signer(Ed25519PrivateKey.generate()))
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)

    @contextmanager
    def opened(self) -> Iterator[Audited]:
        log = AuditLog(self.folder)
        try:
            checkpoints = Checkpoints(self.folder, log, self.signer, self.witnesses)
        except BaseException:
            log.close()
            raise
        try:
            yield Audited(self.folder, self.clock, log, checkpoints)
        finally:
            checkpoints.close()
            log.close()

    def names(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir())
