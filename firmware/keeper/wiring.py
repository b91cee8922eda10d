"""The keeper's box is opened: half-done work is finished, and only one keeper has it at a time."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import firmware
from firmware.audit.checkpoints import Checkpoints
from firmware.audit.digests import code_digest, settings_fields
from firmware.audit.entries import Entry, What
from firmware.audit.log import AuditLog
from firmware.catalogue.catalogue import Catalogue
from firmware.catalogue.rebuild import known_of
from firmware.clock import Clock
from firmware.faults import LogFault, VaultFault
from firmware.keeper import applying, dating, references, runs
from firmware.keeper.alarms import NAME as ALARMS
from firmware.keeper.alarms import Alarms
from firmware.keeper.board import Board
from firmware.keeper.box import Box
from firmware.keeper.cells import compare, open_cells
from firmware.keeper.copies import enter_unsent
from firmware.keeper.history import History
from firmware.keeper.holds import Holds
from firmware.keeper.judged import NAME, JudgedClock
from firmware.keeper.key_folder import KeyFolder
from firmware.keeper.live import complete, publish_current
from firmware.keeper.owner import require_own
from firmware.keeper.persons import Persons
from firmware.keeper.recipients import enter_recipients
from firmware.keeper.verbs import disk_fault
from firmware.keeper.versions import Versions
from firmware.ledger.coverage import Ledger
from firmware.settings import Settings, read
from firmware.settings.mounts import MOUNTINFO, refuse_remote
from firmware.settings.verifier_key import VerifierKey, parse_verifier_key
from firmware.vault import durable
from firmware.vault.places import Places
from firmware.vault.signing import Signer
from firmware.vault.table import KeyTable
from firmware.vault.vault import Vault


@contextmanager
def opened(
    config: Path, clock: Clock, alive: Callable[[], object] = lambda: None
) -> Iterator[tuple[Box, History]]:
    """The box of a settings file and what its log remembers, open for this keeper alone.

    `alive` is told that opening goes on: a keeper that begins anew is watched already.
    """
    settings = read(config)
    refuse_remote(MOUNTINFO.read_text(), settings.storage.data)
    places = Places.of(settings.storage.data)
    require_own(places)
    _require_made(places, config)
    with _alone(places):
        history = History(alive)
        with _disk_told():
            box = _open(settings, config, places, clock, history)
        try:
            with _disk_told():
                _begin(box, history)
            yield box, history
        finally:
            box.close()


def _require_made(places: Places, config: Path) -> None:
    if places.made.exists():
        return
    begun = places.vault.exists() and any(places.vault.glob("*.*"))
    code, what = ("vault.half-made", "half made") if begun else ("vault.not-made", "not made")
    again = f"remove what is in {places.data}, then " if begun else ""
    raise VaultFault(
        code, f"the box in {places.data} is {what}", f"{again}run: callbox init --config {config}"
    )


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    with _disk_told():
        descriptor = os.open(places.vault / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, durable.OWNER)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        busy = f"the box in {places.data} runs already: another keeper has its vault open"
        hint = "ask that one: callbox shell status; or stop it: systemctl stop callbox-keeper, or end its callbox run"
        raise VaultFault("vault.in-use", busy, hint) from error
    finally:
        os.close(descriptor)


@contextmanager
def _disk_told() -> Iterator[None]:
    """A disk that refuses while the box is opened is a fault with a hint; the next start goes on from there."""
    try:
        yield
    except OSError as error:
        raise disk_fault(error) from error


def _open(settings: Settings, config: Path, places: Places, clock: Clock, history: History) -> Box:
    places.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    folders = (
        places.vault,
        places.published,
        places.aside,
        places.proof,
        places.forecast,
        places.certificates,
    )
    for folder in folders:
        for path in folder.glob(f"*{durable.TEMPORARY}"):
            durable.remove(path)
    vault = Vault(places.shards, KeyTable(places.vault, open_cells(settings, places)))
    versions = Versions(places.versions, config)
    versions.keep(settings)
    signer, log = Signer.load(places.signing_key), AuditLog(places.audit, history.visit)
    history.begins_at(log.first)
    judged = JudgedClock(clock, places.vault / NAME, told=history.told)
    catalogue = _catalogue(places, vault, history)
    return Box(
        places=places,
        settings=settings,
        versions=versions,
        clock=judged,
        vault=vault,
        signer=signer,
        catalogue=catalogue,
        holds=Holds(vault, catalogue, log),
        log=log,
        checkpoints=Checkpoints(places.audit, log, signer, _witnesses(settings)),
        ledger=Ledger(places.ledger),
        board=Board(places.run, judged),
        alarms=Alarms(places.vault / ALARMS, vault.table, log, history, judged),
        persons=Persons(KeyFolder.beside(config), judged),
        code=code_digest(Path(firmware.__file__).parent.parent),
    )


def _catalogue(places: Places, vault: Vault, history: History) -> Catalogue:
    """The catalogue there is; one that is rebuilt where an older copy was put in its place, if the vault can be read."""
    found = Catalogue.open(places.catalogue)
    if found is not None and found.fits(history.newest, vault.table.ids()):
        return found
    buried = runs.tombstones(places.certificates, history.runs)
    try:
        rebuilt = Catalogue.rebuild(places.catalogue, known_of(vault, buried))
    except VaultFault:
        durable.remove(places.catalogue.with_name(places.catalogue.name + durable.TEMPORARY))
        if found is None:
            raise
        return found
    if found is not None:
        found.close()
    return rebuilt


def _witnesses(settings: Settings) -> dict[str, VerifierKey]:
    keys = {each.name: parse_verifier_key(each.key) for each in settings.witnesses}
    return {name: key for name, key in keys.items() if key is not None}


def _begin(box: Box, history: History) -> None:
    """Enter the start and what it found; put back what a crash left unsaid."""
    now = box.clock.stamp()
    box.clock.keep()  # before the entry: a believed start without it is one whose memory was removed
    if box.log.dropped:
        box.log.append(Entry(What.TORN, now, {"bytes": box.log.dropped}))
        lost = f"the audit log lost a half-written entry of {box.log.dropped} bytes at the last stop"
        hint = "nothing that was done went unsaid; if it comes again, look at the disk: `dmesg`"
        box.board.tell("log", LogFault("log.torn", lost, hint))
    box.log.append(Entry(What.STARTED, now, {"boot": now.boot_id, "code": box.code}))
    if history.digest != box.settings.digest:
        enter_recipients(box, history.digest)
        changed = Entry(What.SETTINGS, now, settings_fields(box.settings))
        box.log.append(changed)
        history.note(changed)
    enter_unsent(box, history)
    if compare(box.vault.table) is None:  # else a cell may still hold what opens them: the loop resumes
        complete(box, history.promised)
        runs.resume(box, history)
        dating.settle(box)
    references.settle(box)
    box.holds.complete_all()
    publish_current(box)
    applying.publish(box)
