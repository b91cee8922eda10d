"""The catalogue out of the vault and the certificates alone: its shards, and the keys that open them."""

from collections.abc import Iterable, Iterator

from firmware.catalogue.catalogue import Known, Tombstone
from firmware.catalogue.row import Row, row_of
from firmware.vault.manifest import read_manifest
from firmware.vault.resealed import Resealed
from firmware.vault.vault import Vault


def known_of(vault: Vault, tombstones: Iterable[Tombstone]) -> Known:
    """Everything that a catalogue says: each recording with a living lock once, its holds, what was destroyed."""
    held = sorted((hold, recording) for hold, caught in vault.held().items() for recording in caught)
    return Known(_rows(vault), held, tombstones)


def _rows(vault: Vault) -> Iterator[Row]:
    """A recording with several locks comes several times: the last one counts."""
    waiting: tuple[str, dict[str, Resealed]] = ("", {})
    for key_id, recording, contents in vault.everything():
        if waiting[0] != key_id:
            waiting = (key_id, vault.resealed(key_id))
        found = waiting[1].get(recording)
        anew_to = found.to if found else None
        yield row_of(key_id, read_manifest(contents.manifest), contents.sealed_to, anew_to)
