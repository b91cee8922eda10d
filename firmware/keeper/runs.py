"""A run destroys what its draft names, in an order that a crash at any place only interrupts.

1. Draft durable → audit "will destroy" → days locked again → keys destroyed and read back (the point of no
   return) → bodies unlinked → catalogue → audit "destroyed" → certificate.
2. Every step looks whether it was done. What was entered as "will destroy" is carried out at the next start
   or the next look, whichever comes first, before anything new is drafted; a draft that was not entered is dropped.
   While none of its keys is destroyed, it waits for a clock that may destroy, and what came since still counts: a
   hold, a request withdrawn, a day that is not due by the time as it was put right. The run is entered anew without it.
3. A body goes only when the vault shows no lock that lives.
4. The certificate waits until the live keys are gone under which the recordings came: old blocks of the live log
   and the spool could be opened with them (DESIGN section 2). And until a checkpoint covers the run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from firmware.audit.certificate import Proof, content_of, signed
from firmware.audit.checkpoints import Kept
from firmware.audit.entries import Entry, What
from firmware.catalogue.known import Tombstone
from firmware.clock import Stamp, london_date
from firmware.keeper import drafts
from firmware.keeper.box import Box
from firmware.keeper.drafting import draft_of
from firmware.keeper.drafts import Draft
from firmware.keeper.history import History
from firmware.keeper.laws import laws_of
from firmware.keeper.live import generations
from firmware.retention.disposal import Because
from firmware.retention.law import counting, falls_due
from firmware.sealing.facts import stamp_json
from firmware.vault import durable
from firmware.vault.keys import base, due_of, of_base
from firmware.vault.reading import canonical
from firmware.vault.vault import Vault

SUFFIX: Final = ".json"


def begin(box: Box, draft: Draft, history: History) -> None:
    """Write the draft and enter what will be done; from here on it is done, whatever happens."""
    drafts.keep(box.places.certificates, draft)
    fields = {
        "run": draft.run,
        "because": str(draft.because),
        "keys": list(draft.keys),
        "recordings": len(draft.dying),
        "draft_sha256": draft.digest,
    }
    entry = Entry(What.WILL_RUN, box.clock.stamp(), fields)
    box.log.append(entry)
    history.note(entry)
    reserve(box, history)


def carry_out(box: Box, draft: Draft, history: History) -> None:
    """Destroy what the draft names, and enter it; may be run twice (rule 1)."""
    vault, going = box.vault, list(draft.keys)
    for wanted, fresh in draft.fresh.items():
        if of_base(vault.table.ids(), wanted) != [fresh]:
            going += vault.lock_again(wanted, fresh, draft.leaving)
    vault.destroy(going)
    _unlink_bodies(box, draft)
    now = box.clock.stamp()
    box.catalogue.bury(Tombstone(each.id, draft.run, now.wall_ns) for each in draft.dying)
    box.catalogue.move_keys(_moved(vault, draft))
    for hold in draft.holds:
        box.holds.forget(hold)
    fields = {"run": draft.run, "method": vault.table.method, "root": vault.table.serial}
    entry = Entry(What.RUN, now, {**fields, "recordings": len(draft.dying)})
    history.ran(entry, box.log.append(entry))
    reserve(box, history)


def _unlink_bodies(box: Box, draft: Draft) -> None:
    """Rule 3; each shard is read once, and the folder synced once, however many go."""
    if not draft.dying:
        return
    again = map(box.vault.locked, draft.fresh.values())
    living = set[str]().union(*box.vault.held().values(), *again)
    for each in draft.dying:
        if each.id not in living:
            (box.places.store / f"{each.id}.body").unlink(missing_ok=True)
    durable.sync_folder(box.places.store)


def _moved(vault: Vault, draft: Draft) -> list[tuple[str, str]]:
    again = [(key, each) for key in draft.fresh.values() for each in vault.locked(key)]
    return [*((key, each) for each, key in draft.staying.items()), *again]


def resume(box: Box, history: History) -> None:
    """After a crash, or where disk or cell refused half-way: carry out what was entered, drop what was not (rule 2)."""
    reserve(box, history)
    for draft in drafts.kept(box.places.certificates):
        if draft.run in history.will_run:
            _go_on(box, draft, history)
        elif draft.run not in history.runs:
            drafts.drop(box.places.certificates, draft)


def reserve(box: Box, history: History) -> None:
    """Keep the names of keys that unfinished runs destroy from being given to fresh ones meanwhile."""
    begun = [each for each in drafts.kept(box.places.certificates) if each.run in history.will_run]
    box.vault.reserve(key for draft in begun for key in draft.keys)


def _go_on(box: Box, draft: Draft, history: History) -> None:
    """Finish a run; one of which nothing is destroyed yet only by a clock that may destroy (rule 2)."""
    if not _untouched(box, draft):
        carry_out(box, draft, history)
    elif box.clock.may_destroy:
        carry_out(box, _as_of_now(box, draft, history), history)


def _untouched(box: Box, draft: Draft) -> bool:
    return all(key in box.vault.table for key in draft.keys)


def _as_of_now(box: Box, draft: Draft, history: History) -> Draft:
    """The draft, entered anew where what came since says something else (rule 2)."""
    anew = replace(draft_of(box, draft.because, _names(box, draft, history)), run=draft.run)
    if anew.dying != draft.dying:
        begin(box, anew, history)
        return anew
    return draft


def _names(box: Box, draft: Draft, history: History) -> Iterable[str]:
    """What a draft was made for, as far as it is still wanted."""
    match draft.because:
        case Because.DUE:
            today = london_date(box.clock.stamp().wall_ns)
            return sorted({base(key) for key in draft.keys if (due_of(key) or today) <= today})
        case Because.RELEASED:
            return sorted({base(key) for key in draft.keys})
        case Because.SHORTENED:
            return [each.id for each in draft.dying if _still_early(box, each.id, history)]
        case Because.ASKED:
            asked = [each.id for each in draft.dying if each.id in history.asked]
            return [each for each in asked if not box.catalogue.holds_of(each)]


def _still_early(box: Box, recording: str, history: History) -> bool:
    """Whether it is not held, and due before its day by the settings as they are now: a slip may be mended."""
    row, today = box.catalogue.get(recording), london_date(box.clock.stamp().wall_ns)
    if row is None or row.on_date is None or row.due is None or box.catalogue.holds_of(recording):
        return False
    laws = counting(laws_of(box.versions, history.settings), today)
    on, locked = date.fromisoformat(row.on_date), date.fromisoformat(row.due)
    return falls_due(on, locked, row.department, laws) <= today


def waiting(box: Box) -> list[Draft]:
    """The runs whose certificates are not issued yet."""
    return drafts.kept(box.places.certificates)


def awaited(pending: Iterable[Draft]) -> int:
    """The newest live key for whose end a certificate waits, 0 for none (rule 4)."""
    return max((draft.newest_live for draft in pending), default=0)


def certify(box: Box, history: History, pending: Iterable[Draft]) -> list[str]:
    """Issue every certificate of a run that was carried out and need not wait any more (rule 4); gives their runs."""
    oldest, newest = generations(box)[0], box.checkpoints.newest
    ready = [
        (draft, newest)
        for draft in pending
        if draft.run in history.run_at and draft.newest_live < oldest and newest is not None
        if history.run_at[draft.run] < newest.checkpoint.size
    ]
    for draft, under in ready:
        _issue(box, history, draft, under)
    return [draft.run for draft, _ in ready]


def _issue(box: Box, history: History, draft: Draft, under: Kept) -> None:
    now = box.clock.stamp()
    path = box.places.certificates / f"{draft.run}{SUFFIX}"
    if not path.exists():
        durable.write(
            path,
            signed(
                _content(box, history, draft, now), _proof(box, history.run_at[draft.run], under), box.signer
            ),
        )
    if draft.run in history.to_certify:
        box.log.append(Entry(What.CERTIFIED, now, {"run": draft.run}))
        history.to_certify.discard(draft.run)
    drafts.drop(box.places.certificates, draft)


def _content(box: Box, history: History, draft: Draft, now: Stamp) -> dict[str, object]:
    return {
        "run": draft.run,
        "because": str(draft.because),
        "destroyed_ns": history.runs[draft.run],
        "issued": stamp_json(now),
        "method": box.vault.table.method,
        "keys": list(draft.keys),
        "recordings": [{"id": each.id, "manifest_sha256": each.manifest_sha256} for each in draft.dying],
        "still_held": sorted(draft.staying),
        "copies_not_confirmed_destroyed": _copies(history, draft),
        "means": MEANS,
    }


MEANS: Final = (
    "The keys that opened these recordings were destroyed on this box by the method named, and their bodies removed. "
    "It speaks of this box only, as far as no administrator copied a key while it lived, and of no copy handed out."
)
"""What a certificate says of itself, so that nobody reads more into it (design-review C12)."""


def _copies(history: History, draft: Draft) -> Sequence[Mapping[str, str]]:
    out = [
        {"copy": copy, "recording": each.id} for each in draft.dying for copy in history.copies_of(each.id)
    ]
    return sorted(out, key=lambda each: each["copy"])


def _proof(box: Box, index: int, under: Kept) -> Proof:
    """The entry of a run under a checkpoint."""
    size = under.checkpoint.size
    (entry,) = box.log.between(index, index + 1)
    return Proof(canonical(entry), index, box.log.inclusion(index, size), under.note.whole())


def tombstones(certificates: Path, destroyed: Mapping[str, int]) -> Iterator[Tombstone]:
    """What certificates say was destroyed, and runs carried out that have none yet, for a catalogue that is rebuilt.

    `destroyed` gives when each run was carried out, as the audit log has it.
    """
    for path in sorted(certificates.glob(f"*{SUFFIX}")):
        content = content_of(path.read_bytes())
        for each in content.each("recordings"):
            yield Tombstone(each.text("id"), path.stem, content.whole("destroyed_ns"))
    for draft in drafts.kept(certificates):
        if draft.run in destroyed:
            yield from (Tombstone(each.id, draft.run, destroyed[draft.run]) for each in draft.dying)
