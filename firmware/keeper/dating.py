"""A recording that was taken in without a day gets one once its time is known.

1. Its time is known when the clock is to be believed later in the same boot: the boot clock says how long ago it
   began. After another boot only a person can say.
2. The correction is added: the facts stay as the recorder wrote them, the manifest says what they are read as
   now, and is signed again.
3. Order: audit "dated" → lock of its day → catalogue → holds → the undated locked again without it, their old
   key destroyed. Each look finishes what an earlier one began.
"""

from collections.abc import Iterable
from dataclasses import replace

from firmware.audit.entries import Entry, What
from firmware.catalogue.row import Row, row_of
from firmware.clock import ClockState, Stamp, corrected
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.keeper.judge import Verdict, verdict
from firmware.vault.digest import sha256
from firmware.vault.keys import UNDATED, day_key, of_base
from firmware.vault.manifest import Manifest, read_manifest
from firmware.vault.signing import MANIFEST


def look(box: Box) -> None:
    """Date what can be dated now, and finish what was begun (rule 3)."""
    now = box.clock.stamp()
    for row in box.catalogue.undated():
        contents = box.vault.contents(row.key, row.id)
        if contents is not None:
            manifest = read_manifest(contents.manifest)
            began = manifest.corrected or manifest.facts.began
            known = began if began.state is not ClockState.UNTRUSTED else corrected(began, now)
            if known is not None:
                date_as(box, row, known, "the box")
    settle(box)


def tried(box: Box) -> VaultFault | None:
    """A look, or what is damaged and stands in its way: the undated wait, and nothing waits for them."""
    try:
        look(box)
    except VaultFault as fault:
        return fault
    return None


def date_as(box: Box, row: Row, began: Stamp, by: str) -> Row | None:
    """Give a recording the day that follows from this begin; the new row, `None` where no law gives it a day."""
    contents = box.vault.contents(row.key, row.id)
    if contents is None:
        return None
    manifest = read_manifest(contents.manifest)
    law = verdict(
        replace(manifest.facts, began=began), box.versions.find(manifest.facts.settings), box.clock.stamp()
    )
    if law.due is None:
        return None
    dated = _dated(manifest, began, law)
    written = dated.canonical()
    fields = {
        "recording": row.id,
        "by": by,
        "was_ns": row.began_ns,
        "is_ns": began.wall_ns,
        "due": law.due.isoformat(),
        "manifest_sha256": sha256(written),
    }
    box.log.append(Entry(What.DATED, box.clock.stamp(), fields))
    signature = box.signer.sign(MANIFEST, written)
    signed = replace(contents, manifest=written, signature=signature, signer=box.signer.name)
    key_id = box.vault.lock(day_key(law.due), row.id, signed)
    for note in box.vault.notes(row.key, row.id):
        box.vault.note([key_id], row.id, note)
    if waiting := box.vault.resealed(row.key).get(row.id):
        box.vault.reseal(key_id, {row.id: waiting})
    found = replace(row_of(key_id, dated, row.sealed_to), anew_to=row.anew_to, noted_to=row.noted_to)
    box.catalogue.put(found)
    box.holds.catch(found)
    return found


def settle(box: Box) -> None:
    """Lock the undated again without what has its day, and destroy their old key; note which key locks what."""
    living = of_base(box.vault.table.ids(), UNDATED)
    locked = {each for key in living for each in box.vault.locked(key)}
    leaving = {each for each in locked if _has_day(box.catalogue.get(each))}
    if leaving:
        box.vault.destroy(box.vault.lock_again(UNDATED, box.vault.replacement(UNDATED), leaving))
    box.catalogue.move_keys(_moved(box))


def _has_day(row: Row | None) -> bool:
    return row is not None and row.due is not None


def _moved(box: Box) -> Iterable[tuple[str, str]]:
    living = of_base(box.vault.table.ids(), UNDATED)
    return [
        (key, each)
        for key in living
        for each in box.vault.locked(key)
        if (row := box.catalogue.get(each)) is not None and row.due is None and row.key != key
    ]


def _dated(manifest: Manifest, began: Stamp, law: Verdict) -> Manifest:
    return replace(
        manifest,
        corrected=began if began != manifest.facts.began else None,
        on=law.on,
        due=law.due,
        undated=None,
        policy=law.policy,
        lawful_basis=law.lawful_basis,
    )
