"""The catalogue out of the vault and the certificates alone: its shards, and the keys that open them."""

from collections.abc import Iterable, Iterator

from firmware.catalogue.known import Known, Tombstone
from firmware.catalogue.row import Row, row_of
from firmware.catalogue.tags import tag_key, tags_of
from firmware.vault.contents import read_contents
from firmware.vault.manifest import read_manifest
from firmware.vault.resealed import read_resealed, set_of_note, together
from firmware.vault.shards import Kind
from firmware.vault.vault import Vault


def known_of(vault: Vault, tombstones: Iterable[Tombstone]) -> Known:
    """Everything that a catalogue says: each recording with a living lock once, its holds and tags, what was destroyed."""
    held = sorted((hold, recording) for hold, caught in vault.held().items() for recording in caught)
    tags: dict[tuple[str, str], None] = {}
    anew: dict[tuple[str, str], str] = {}
    noted: dict[tuple[str, str], str] = {}
    return Known(_rows(vault, tags, anew, noted), held, tombstones, tags, anew, noted)


def _rows(
    vault: Vault,
    tags: dict[tuple[str, str], None],
    anew: dict[tuple[str, str], str],
    noted: dict[tuple[str, str], str],
) -> Iterator[Row]:
    """A recording with several locks comes several times: the last one counts. The rest is gathered on the way.

    Each file of the vault is read once: a million recordings are three gigabytes.
    """
    key = tag_key(vault.table)
    for key_id, record in vault.records():
        match record.kind:
            case Kind.LOCK:
                contents = read_contents(record.content)
                yield row_of(key_id, read_manifest(contents.manifest), contents.sealed_to)
            case Kind.NOTE:
                tags |= dict.fromkeys((tag, record.recording) for tag in tags_of(key, record.content))
                if (to := set_of_note(record.content)) is not None:
                    under = (record.recording, key_id)
                    noted[under] = together(noted.get(under), to)
            case Kind.RESEAL:
                anew[record.recording, key_id] = read_resealed(record.content).to
