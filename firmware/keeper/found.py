"""A recording that somebody names is found with what lies under its lock; why it cannot be had is said for each case.

1. Destroyed, being destroyed at this moment, still being recorded, being taken in, set aside, unknown: each has a
   sentence of its own, and a next step.
2. What is held is found by the hold's lock where that of its day is gone already.
"""

from firmware.catalogue.row import Row
from firmware.faults import Fault, Refused, VaultFault
from firmware.keeper import drafts
from firmware.keeper.box import Box
from firmware.keeper.hold_verbs import unknown_recording
from firmware.keeper.live import LINES
from firmware.keeper.locks import locks_of
from firmware.keeper.spooled import read_file
from firmware.vault.contents import Contents
from firmware.vault.opaque import is_opaque
from firmware.vault.reading import UnreadableError, read_object


def found(box: Box, recording: str) -> tuple[Row, Contents]:
    """Its row and what lies under its lock."""
    row = row_of(box, recording)
    contents = next(filter(None, (box.vault.contents(key, row.id) for key in locks_of(box, row))), None)
    if contents is None:
        raise _unlocked(box, row)
    return row, contents


def row_of(box: Box, recording: str) -> Row:
    """Its row."""
    row = box.catalogue.get(recording) if is_opaque(recording) else None
    if row is None:
        raise _absent(box, recording)
    return row


def refuse_restricted(box: Box, row: Row) -> None:
    """Rule 4 of `retention.hold`."""
    for hold in box.holds.of(row.id):
        if hold.restricted:
            shut = f"its use is restricted: case {hold.case}, owner {hold.owner}"
            hint = f"ask the owner; callbox shell release {hold.id} --reason R ends the restriction"
            raise Refused("refused.restricted", shut, hint)


def _absent(box: Box, recording: str) -> Refused:
    """Why a name leads to no recording (rule 1)."""
    if not is_opaque(recording) or box.catalogue.tombstone(recording) is not None:
        return unknown_recording(box, recording)
    if _goes_on(box, recording):
        going = "that call is still being recorded; nothing of it can be fetched until it has ended"
        return Refused("refused.still-recorded", going, "`callbox shell list` shows it once it has ended")
    if (box.places.spool / f"{recording}.json").exists():
        coming = "that recording has just ended and is being taken in"
        return Refused("refused.still-recorded", coming, "ask again in a moment")
    if (box.places.aside / f"{recording}.json").exists():
        aside = "that recording could not be taken in and was set aside: nothing of it can be fetched"
        return Refused("refused.unknown-recording", aside, "`callbox shell status` says why")
    return unknown_recording(box, recording)


def _goes_on(box: Box, call: str) -> bool:
    """Whether the recorder's note has a call of this name; a note that cannot be read has none."""
    try:
        lines = read_object(read_file(box.places.run / LINES), LINES).inner("lines")
        return call in {lines.inner(name).content.get("call") for name in lines.content}
    except UnreadableError:
        return False


def _unlocked(box: Box, row: Row) -> Fault:
    """Why nothing lies under any lock of a recording that the catalogue has."""
    for draft in drafts.kept(box.places.certificates):
        if row.id in draft.leaving:
            gone = "that recording is being destroyed at this moment, and its keys are gone"
            hint = f"callbox shell certificate {draft.run} is the proof, once it is issued"
            return Refused("refused.being-destroyed", gone, hint)
    lost = "the lock of that recording is not in the file of its day: an older file lies there"
    return VaultFault("vault.lock-missing", lost, "put the newer file back from a copy of the vault")
