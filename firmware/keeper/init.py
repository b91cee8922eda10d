"""A box is made once: folders, signing key, cell, key table, first live key, published files, sealed words.

1. What is there is never overwritten. `vault/box.json` is written last: a vault without
   it was left half made, can hold no recording, and is named as such.
2. Nothing is published before the key that it names is durable.
"""

import os
import secrets
from dataclasses import dataclass

from drivers.facts import DriverError
from firmware.audit.digests import settings_fields
from firmware.audit.entries import Entry, What
from firmware.audit.log import AuditLog
from firmware.catalogue.catalogue import Catalogue
from firmware.catalogue.known import Known
from firmware.clock import Clock, ClockState
from firmware.faults import Refused, VaultFault
from firmware.keeper.cells import make_cells, require_blank
from firmware.keeper.live import live_id, made, publish
from firmware.keeper.owner import require_own
from firmware.keeper.proof import Proofs
from firmware.keeper.versions import Versions
from firmware.sealing import live
from firmware.sealing.age import Identity
from firmware.sealing.facts import stamp_json
from firmware.sealing.recipients import parse
from firmware.settings import Settings
from firmware.vault import durable
from firmware.vault.keys import UNDATED
from firmware.vault.places import Places
from firmware.vault.reading import canonical
from firmware.vault.signing import Signer
from firmware.vault.table import KeyTable

BUCKET_KEY = 32
"""Bytes of the key that buckets of numbers are computed with."""


@dataclass(frozen=True, slots=True)
class Made:
    """A box that was made just now: the name of its signing key, and the sealed word of each recipient."""

    signer: str
    words: dict[str, str]


def make(settings: Settings, places: Places, clock: Clock) -> Made:
    """Make the box that these settings describe; refuses one that is there, whole or half."""
    require_own(places)
    refuse_what_is_there(places)
    require_blank(settings)
    for recipient in settings.recipients:
        parse(recipient.key)
    os.umask(0o077)
    try:
        return _make(settings, places, clock)
    except (OSError, DriverError) as error:
        hint = f"give the account that runs this the folder {places.data}, remove what is in it, and run it again"
        raise VaultFault("vault.half-made", f"the box could not be made: {error}", hint) from error


def refuse_what_is_there(places: Places) -> None:
    """Refuse a box that is made, and name one that was left half made."""
    if places.made.exists():
        raise Refused(
            "refused.already-made",
            f"there is a box in {places.data} already; its keys are not overwritten",
            "start it (`callbox run`), or name another storage.data in the settings",
        )
    if places.vault.exists() and any(places.vault.glob("*.*")):
        raise VaultFault(
            "vault.half-made",
            f"an earlier init of {places.data} was interrupted; there can be no recording in it",
            f"remove what is in {places.data}, then run `callbox init` again",
        )


def _make(settings: Settings, places: Places, clock: Clock) -> Made:
    places.make()
    Versions(places.versions, places.versions).keep(settings)
    signer = Signer.create(places.signing_key)
    durable.write(places.vault / "signing.pub", signer.public.hex().encode() + b"\n")
    identity = Identity.generate()
    keys = {live_id(1): identity.secret, UNDATED: secrets.token_bytes(32)}
    KeyTable.create(places.vault, make_cells(settings, places), keys)
    live.create(places.live_log, settings.storage.live_log_mib)
    places.live_log.chmod(durable.OWNER)
    durable.write(places.published / "bucket.key", secrets.token_bytes(BUCKET_KEY))
    publish(places.published, 1, identity)
    proofs = Proofs(places, settings)
    proofs.arm(clock.stamp().state is ClockState.TRUSTED)
    Catalogue.rebuild(places.catalogue, Known()).close()
    _enter(settings, places, clock, signer)
    content = {"format": 1, "made": stamp_json(clock.stamp()), "signer": signer.name}
    durable.write(places.made, canonical(content))
    return Made(
        signer.name, {each.name: str(places.proof / f"{each.name}.age") for each in settings.recipients}
    )


def _enter(settings: Settings, places: Places, clock: Clock, signer: Signer) -> None:
    now = clock.stamp()
    log = AuditLog(places.audit)
    log.append(Entry(What.MADE, now, {"signer": signer.name}))
    log.append(Entry(What.SETTINGS, now, settings_fields(settings)))
    log.append(made(now, 1, "init"))
    log.close()
