"""Notes that end with a recording, and the references by which they lead to it.

1. First the tags, then the note under each of the recording's locks: what is noted is always found
   (`firmware.catalogue.tags`, rule 4).
2. A reference finds what was handed out for it, what a person noted under it, and what is held in its case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.call.typed import folded
from firmware.catalogue.row import Row
from firmware.catalogue.tags import reference_tag, tag_key, tags_of
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.keeper.locks import locks_of
from firmware.vault.reading import canonical


@dataclass(frozen=True, slots=True)
class Named:
    """A recording that a reference leads to, and the holds by which it does; none where a note does."""

    row: Row
    holds: tuple[str, ...]


def keep_note(box: Box, row: Row, note: Mapping[str, object]) -> None:
    """Keep a note with the recording, found again by its reference; durable on return (rule 1)."""
    written = canonical(note)
    box.catalogue.tag((tag, row.id) for tag in tags_of(tag_key(box.vault.table), written))
    box.vault.note(locks_of(box, row), row.id, written)


def settle(box: Box) -> None:
    """Take back tags whose note a crash kept from being written; a damaged file is left for who reads it next."""
    try:
        while (newest := box.catalogue.newest_tag()) is not None and not _noted(box, *newest):
            box.catalogue.untag(*newest)
    except VaultFault:
        return


def named(box: Box, reference: str) -> list[Named]:
    """The recordings that a reference leads to, the newest first (rule 2)."""
    found = {row.id: row for row in box.catalogue.tagged(reference_tag(tag_key(box.vault.table), reference))}
    by: dict[str, list[str]] = {}
    for each in box.holds.standing():
        if folded(each.hold.case) == folded(reference):
            for recording in box.catalogue.held_by(each.hold.id):
                by.setdefault(recording, []).append(each.hold.id)
    held = filter(None, map(box.catalogue.get, by))
    rows = found | {row.id: row for row in held}
    newest = sorted(rows.values(), key=lambda row: (-row.began_ns, row.id))
    return [Named(row, tuple(by.get(row.id, ()))) for row in newest]


def _noted(box: Box, tag: str, recording: str) -> bool:
    row = box.catalogue.get(recording)
    if row is None:
        return False
    key = tag_key(box.vault.table)
    notes = (note for each in locks_of(box, row) for note in box.vault.notes(each, recording))
    return any(tag in tags_of(key, note) for note in notes)
