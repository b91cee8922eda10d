"""Where everything lies below the data directory; nothing here touches the disk but `make`.

The keeper owns all of it except the spool and the live log, which are the recorder's.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDERS = (
    "spool",
    "published",
    "store",
    "vault",
    "vault/shards",
    "vault/settings",
    "cell",
    "ledger",
    "audit",
    "aside",
    "proof",
    "forecast",
    "certificates",
)
"""Made by `init`, each 0700."""


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of one box: `data` is `storage.data` of the settings, `run` the run directory."""

    data: Path
    run: Path

    @classmethod
    def of(cls, data: Path, environment: Mapping[str, str] = os.environ) -> "Places":
        """The run directory is `$RUNTIME_DIRECTORY`, or `run` below the data."""
        given = environment.get("RUNTIME_DIRECTORY", "").split(":")[0]
        return cls(data, Path(given) if given else data / "run")

    def make(self) -> None:
        """Make every folder that is not there, closed to group and others."""
        for name in FOLDERS:
            (self.data / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def spool(self) -> Path:
        """What the recorder hands on."""
        return self.data / "spool"

    @property
    def published(self) -> Path:
        """What the keeper tells the recorder."""
        return self.data / "published"

    @property
    def store(self) -> Path:
        """Sealed bodies, one file a recording."""
        return self.data / "store"

    @property
    def vault(self) -> Path:
        """Key table, shards, signing key, settings."""
        return self.data / "vault"

    @property
    def shards(self) -> Path:
        """One file of locked headers for each key."""
        return self.vault / "shards"

    @property
    def versions(self) -> Path:
        """Every version of the settings, named by digest."""
        return self.vault / "settings"

    @property
    def made(self) -> Path:
        """Written last by `init`: without it the box was never finished."""
        return self.vault / "box.json"

    @property
    def signing_key(self) -> Path:
        """The box's Ed25519 key, PKCS8."""
        return self.vault / "signing.pk8"

    @property
    def challenges(self) -> Path:
        """The words that were sealed to each recipient, as salted digests."""
        return self.vault / "challenges.json"

    @property
    def cell(self) -> Path:
        """The file cell, outside the vault."""
        return self.data / "cell" / "root.cell"

    @property
    def catalogue(self) -> Path:
        """The index."""
        return self.data / "catalogue.db"

    @property
    def ledger(self) -> Path:
        """The coverage ledger, one file a month."""
        return self.data / "ledger"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.data / "audit"

    @property
    def aside(self) -> Path:
        """What could not be taken in, with the reason beside it."""
        return self.data / "aside"

    @property
    def proof(self) -> Path:
        """A sealed word for each recipient."""
        return self.data / "proof"

    @property
    def forecast(self) -> Path:
        """Signed lists of what the next days will destroy, one a day."""
        return self.data / "forecast"

    @property
    def certificates(self) -> Path:
        """A signed certificate for each run that destroyed something, and the draft of one that goes on."""
        return self.data / "certificates"

    @property
    def live_log(self) -> Path:
        """The recorder's live log."""
        return self.data / "live.log"
