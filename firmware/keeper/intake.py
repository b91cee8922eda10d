"""Taking in: what the recorder handed on becomes a recording with a due day, or is set aside with a reason.

1. Order: lock durable → body under its name in the store → audit entries → catalogue row → locks of
   the holds that catch it → the spool file is unlinked. A crash anywhere leaves the spool file, and the next turn
   goes on where this one stopped: each step looks whether it was done.
2. The header is in clear in memory only. On disk it goes from the live key's lock to the
   due day's lock.
3. A file that does not add up is set aside with its reason; it is never deleted and never
   stands in the way of the others.
4. A disk that refuses is no fault of the file: it stays where it is.
5. A name that was taken in is that recording for ever: what comes again under it is the
   same, or is set aside.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from firmware.audit.entries import Entry, What
from firmware.catalogue.row import row_of
from firmware.faults import SealFault
from firmware.keeper import aside
from firmware.keeper.box import Box
from firmware.keeper.judge import Verdict, verdict
from firmware.keeper.keyed import card_entries
from firmware.keeper.shrinking import whose
from firmware.keeper.spooled import COVERAGE, Spooled, check_body, read_file, read_spooled
from firmware.ledger.coverage import read_coverage
from firmware.sealing.age import Identity, unlock
from firmware.sealing.mac_key import apart
from firmware.vault import durable
from firmware.vault.contents import Contents, MacKeys
from firmware.vault.digest import sha256
from firmware.vault.keys import LIVE, UNDATED, day_key, of_base
from firmware.vault.manifest import Manifest, Sealed, read_manifest
from firmware.vault.reading import UnreadableError
from firmware.vault.signing import MANIFEST

BEGINS, ENDS = b"age-encryption.org/v1\n", b"\n"
"""How the header of an age v1 file begins and ends (C2SP age.md)."""


def waiting(box: Box) -> list[Path]:
    """What is ready in the spool, the oldest first."""
    ready = (path for path in box.places.spool.glob("*.json") if not path.name.startswith("."))
    return sorted(ready, key=lambda path: (path.lstat().st_mtime_ns, path.name))


def take(box: Box, path: Path) -> None:
    """Take in one file of the spool, or set it aside; an `OSError` is the disk's."""
    try:
        if path.name.startswith(COVERAGE):
            _take_coverage(box, path)
        else:
            _take_recording(box, path)
    except (UnreadableError, SealFault) as reason:
        aside.put(box, path, str(reason).partition("\n")[0])


def _take_coverage(box: Box, path: Path) -> None:
    box.ledger.take_in(path.name, read_coverage(read_file(path), path.name), whose(box.settings))
    durable.remove(path)


def _take_recording(box: Box, path: Path) -> None:
    spooled = read_spooled(path)
    body = box.places.spool / f"{spooled.id}.body"
    stored = box.places.store / body.name
    check_body(spooled, stored if stored.exists() else body)
    law = verdict(spooled.facts, box.versions.find(spooled.facts.settings), box.clock.stamp())
    locked = _lock(box, spooled, law)
    if not stored.exists():
        _close_to_others(body)
        durable.move(body, stored)
    _enter(box, locked)
    durable.remove(path)


@dataclass(frozen=True, slots=True)
class _Locked:
    """A recording under its lock; not `fresh` where an interrupted attempt had locked it."""

    key_id: str
    contents: Contents
    fresh: bool


def _lock(box: Box, spooled: Spooled, law: Verdict) -> _Locked:
    """The lock there is from an interrupted attempt, else a new one."""
    wanted, row = day_key(law.due), box.catalogue.get(spooled.id)
    living = box.vault.table.ids()
    for key_id in (row.key,) if row else (*of_base(living, wanted), *of_base(living, UNDATED)):
        if found := box.vault.contents(key_id, spooled.id):
            _require_same(spooled, found)
            return _Locked(key_id, found, fresh=False)
    if row or box.catalogue.tombstone(spooled.id):
        raise UnreadableError(f"{spooled.id}: a recording of this name has been here")
    contents = _contents(box, spooled, law)
    key_id = box.vault.lock(wanted, spooled.id, contents)
    return _Locked(key_id, contents, fresh=True)


def _require_same(spooled: Spooled, found: Contents) -> None:
    """Refuse another recording under the same name (rule 5)."""
    there = read_manifest(found.manifest)
    sealed = there.sealed
    known = (there.facts, sealed.kind, sealed.body_sha256, sealed.body_size)
    if known != (spooled.facts, spooled.kind, spooled.body_sha256, spooled.body_size):
        raise UnreadableError(f"{spooled.id}: another recording of this name was taken in before")


def _contents(box: Box, spooled: Spooled, law: Verdict) -> Contents:
    identity = _live_identity(box, spooled.live)
    header, mac_key = apart(unlock(spooled.header, identity))
    if not header.startswith(BEGINS) or not header.endswith(ENDS):
        raise UnreadableError(f"{spooled.id}: the lock holds no header of an age file")
    details, of_details = (
        apart(unlock(spooled.details, identity)) if spooled.details is not None else (None, None)
    )
    sealed = Sealed(
        spooled.kind,
        sha256(header),
        sha256(details) if details is not None else None,
        spooled.body_sha256,
        spooled.body_size,
        spooled.live,
    )
    manifest = Manifest(
        facts=spooled.facts,
        sealed=sealed,
        on=law.on,
        due=law.due,
        undated=law.undated,
        policy=law.policy,
        lawful_basis=law.lawful_basis,
        taken_in=box.clock.stamp(),
    ).canonical()
    signature = box.signer.sign(MANIFEST, manifest)
    return Contents(header, details, manifest, signature, box.signer.name, MacKeys(mac_key, of_details))


def _live_identity(box: Box, generation: int) -> Identity:
    key_id = f"{LIVE}{generation}"
    if key_id not in box.vault.table:
        raise UnreadableError(f"it is locked to live key {generation}, which is not there")
    return Identity(box.vault.table.key(key_id))


def _enter(box: Box, locked: _Locked) -> None:
    """Audit entries, then catalogue row; each once, however often this is run."""
    manifest = read_manifest(locked.contents.manifest)
    row = row_of(locked.key_id, manifest)
    fields = {
        "recording": row.id,
        "due": row.due,
        "kind": row.kind,
        "manifest_sha256": sha256(locked.contents.manifest),
        "signer": locked.contents.signer,
    }
    for entry in (*card_entries(manifest), Entry(What.TAKEN_IN, manifest.taken_in, fields)):
        if locked.fresh or entry.content() not in box.log.entries():
            box.log.append(entry)
    box.catalogue.put(row)
    box.holds.catch(row)


def _close_to_others(body: Path) -> None:
    """The recorder let the group read it on its way; in the store nobody else may."""
    if body.stat().st_uid == os.geteuid():
        body.chmod(durable.OWNER)
