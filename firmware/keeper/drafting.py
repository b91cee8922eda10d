"""A draft of each kind of run: which keys go, what dies with them, what stays and by which lock."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from firmware.keeper.box import Box
from firmware.keeper.drafts import Draft, Dying
from firmware.retention.disposal import Because
from firmware.vault.contents import Contents
from firmware.vault.keys import HOLD, base, hold_key, hold_of, of_base
from firmware.vault.manifest import read_manifest
from firmware.vault.opaque import fresh as fresh_name


def draft_of(box: Box, because: Because, names: Iterable[str]) -> Draft:
    """What a run for this reason will do; names are day keys by base, holds by key, or recordings."""
    match because:
        case Because.DUE:
            return _days(box, names)
        case Because.RELEASED:
            return _holds(box, names)
        case Because.SHORTENED | Because.ASKED:
            return _early(box, because, names)


def _days(box: Box, names: Iterable[str]) -> Draft:
    """Whole days: what is held stays, by its hold."""
    living = box.vault.table.ids()
    keys = [key for name in names for key in of_base(living, name)]
    held = {each: hold for hold, caught in box.vault.held().items() for each in caught}
    locked = dict(pair for key in keys for pair in box.vault.opened(key))
    return Draft(
        run=fresh_name(),
        because=Because.DUE,
        keys=tuple(keys),
        fresh={},
        dying=tuple(_dying(each, contents) for each, contents in locked.items() if each not in held),
        staying={each: box.vault.current(hold_key(held[each])) for each in locked if each in held},
        holds=(),
    )


def _early(box: Box, because: Because, names: Iterable[str]) -> Draft:
    """Recordings before their day, but for what a hold locks: the rest of each day is locked again (vault, rule 4)."""
    held = set[str]().union(*box.vault.held().values())
    rows = (row for name in names if name not in held and (row := box.catalogue.get(name)) is not None)
    keys = {row.id: row.key for row in rows}
    living = box.vault.table.ids()
    days = sorted({base(key) for key in keys.values()})
    return Draft(
        run=fresh_name(),
        because=because,
        keys=tuple(key for day in days for key in of_base(living, day)),
        fresh={day: box.vault.replacement(day) for day in days},
        dying=tuple(_dying(each, contents) for each, contents in _opened(box, keys)),
        staying={},
        holds=(),
    )


def _opened(box: Box, keys: Mapping[str, str]) -> Iterator[tuple[str, Contents]]:
    """What each of these recordings' locks holds; each shard is read once, however many of it go."""
    for key in sorted(set(keys.values())):
        yield from (pair for pair in box.vault.opened(key) if keys.get(pair[0]) == key)


def _holds(box: Box, names: Iterable[str]) -> Draft:
    """Released holds: what they alone kept alive dies; what its day or another hold keeps, stays."""
    keys = tuple(key for name in names for key in box.vault.keys_of(name))
    going = {hold_of(key) for key in keys}
    others = {each: hold for hold, caught in box.vault.held().items() if hold not in going for each in caught}
    alone = dict(pair for key in keys for pair in _without_day(box, key))
    return Draft(
        run=fresh_name(),
        because=Because.RELEASED,
        keys=keys,
        fresh={},
        dying=tuple(_dying(each, contents) for each, contents in alone.items() if each not in others),
        staying={each: box.vault.current(hold_key(others[each])) for each in alone if each in others},
        holds=tuple(sorted(going)),
    )


def _without_day(box: Box, key: str) -> Iterator[tuple[str, Contents]]:
    """What is locked with a hold's key and with no day's: its day has passed."""
    for recording, contents in box.vault.opened(key):
        row = box.catalogue.get(recording)
        if row.key.startswith(HOLD) if row else not _day_locks(box, recording):
            yield recording, contents


def _day_locks(box: Box, recording: str) -> bool:
    """Whether any key but a hold's locks it: looked for in the vault itself, where the catalogue knows nothing."""
    return any(
        recording in box.vault.locked(key) for key in box.vault.table.ids() if not key.startswith(HOLD)
    )


def _dying(recording: str, contents: Contents) -> Dying:
    manifest = read_manifest(contents.manifest)
    return Dying(recording, hashlib.sha256(contents.manifest).hexdigest(), manifest.sealed.live)
