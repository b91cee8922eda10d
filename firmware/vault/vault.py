"""The vault: what opens a recording, locked to the key of its due day.

1. A recording lives exactly as long as one of its locks opens.
2. A key id says when a key falls due: `day-YYYY-MM-DD`, or `undated`, which never does.
   Live keys (`live-N`) lock nothing here: they open what the recorder hands on.
3. A key is durable before anything is locked with it.
4. At start a shard without a key is unlinked: its key was destroyed.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from firmware.vault import durable
from firmware.vault.reading import canonical, read_object
from firmware.vault.shards import SUFFIX, Kind, Shard
from firmware.vault.table import KeyTable

UNDATED: Final = "undated"
DAY: Final = "day-"
LIVE: Final = "live-"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a lock holds: header of the body, sealed details, canonical manifest, its signature and signer."""

    header: bytes
    details: bytes | None
    manifest: bytes
    signature: bytes
    signer: str

    def written(self) -> bytes:
        """As it lies under the lock, format 1."""
        return canonical(
            {
                "format": 1,
                "header": _base64(self.header),
                "details": None if self.details is None else _base64(self.details),
                "manifest": self.manifest.decode(),
                "signature": _base64(self.signature),
                "signer": self.signer,
            }
        )


def day_key(due: date | None) -> str:
    """The id of the key to which a recording of this due day is locked."""
    return f"{DAY}{due.isoformat()}" if due else UNDATED


class Vault:
    """The locks of every recording, over an open key table."""

    def __init__(self, shards: Path, table: KeyTable) -> None:
        """Open, and unlink shards whose key is gone."""
        self._shards = shards
        self.table = table
        for path in shards.glob(f"*{SUFFIX}"):
            if path.stem not in table:
                durable.remove(path)

    def lock(self, key_id: str, recording: str, contents: Contents) -> None:
        """Add a lock, making the key where this is its first; durable on return."""
        if key_id not in self.table:
            self.table.add(key_id)
        self._shard(key_id).append(Kind.LOCK, recording, contents.written())

    def contents(self, key_id: str, recording: str) -> Contents | None:
        """What the lock of a recording under this key holds, `None` where there is none."""
        if key_id not in self.table:
            return None
        found = next(self._shard(key_id).find(Kind.LOCK, recording), None)
        return None if found is None else _read(found)

    def note(self, key_id: str, recording: str, content: bytes) -> None:
        """Keep a text that ends with the recording; durable on return."""
        self._shard(key_id).append(Kind.NOTE, recording, content)

    def notes(self, key_id: str, recording: str) -> list[bytes]:
        """The notes of a recording, in order."""
        return list(self._shard(key_id).find(Kind.NOTE, recording))

    def everything(self) -> Iterator[tuple[str, str, Contents]]:
        """Key id, recording and contents of every lock that opens, each recording once a key."""
        for key_id in self.table.ids():
            if key_id.startswith(LIVE):
                continue
            shard, seen = self._shard(key_id), set[str]()
            for record in shard.records():
                if record.kind is Kind.LOCK and record.recording not in seen:
                    seen.add(record.recording)
                    yield key_id, record.recording, _read(shard.open(record))

    def destroy(self, key_ids: Iterable[str]) -> None:
        """Destroy keys and unlink what they locked; may be run twice."""
        going = tuple(key_ids)
        self.table.destroy(going)
        for key_id in going:
            durable.remove(self._shards / f"{key_id}{SUFFIX}")

    def _shard(self, key_id: str) -> Shard:
        return Shard(self._shards, key_id, self.table.key(key_id))


def _read(written: bytes) -> Contents:
    fields = read_object(written, "lock")
    fields.require_format(1)
    return Contents(
        fields.data("header"),
        fields.maybe_data("details"),
        fields.text("manifest").encode(),
        fields.data("signature"),
        fields.text("signer"),
    )


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
