"""The vault: what opens a recording, locked to the key of its due day and of each of its holds.

1. A recording lives exactly as long as one of its locks opens. A hold adds a lock; nothing is ever moved.
2. Key ids say when a key falls due (`firmware.vault.keys`).
3. A key is durable before anything is locked with it.
4. What must go before its day takes its whole old day with it: the others are locked again to a fresh key
   of that day, whose file is durable before the old keys are destroyed.
5. At start a shard without a key is unlinked: its key was destroyed. Until then, and while a run that destroys
   keys is not finished, a fresh key takes another name.
6. Every step may be run twice: an interrupted one is done again from its beginning.
7. A hold may have several keys for a while, as a day may: what it locks is what any of them locks.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Final

from firmware.vault import durable
from firmware.vault.contents import Contents, read_contents
from firmware.vault.keys import HOLD, LIVE, hold_key, hold_of, next_of, of_base, order
from firmware.vault.resealed import Resealed, merging, noted_to, read_resealed
from firmware.vault.shards import SUFFIX, End, Kind, Plain, Shard
from firmware.vault.table import KeyTable

BATCH: Final = 1024
"""Records that a hold adds with one sync; our choice: some 3 MB in memory."""


class Vault:
    """The locks of every recording, over an open key table."""

    def __init__(self, shards: Path, table: KeyTable) -> None:
        """Open, and unlink shards whose key is gone."""
        self._shards = shards
        self._reserved: frozenset[str] = frozenset()
        self._ends: dict[str, End] = {}
        self.table = table
        for path in shards.glob(f"*{durable.TEMPORARY}"):
            durable.remove(path)
        for path in shards.glob(f"*{SUFFIX}"):
            if path.stem not in table:
                durable.remove(path)

    def current(self, wanted: str) -> str:
        """The key that is locked to now for a day or `undated`: the newest of its keys, else a name for one (rule 5)."""
        living = of_base(self.table.ids(), wanted)
        left = [path.stem for path in self._shards.glob(f"{wanted}*{SUFFIX}")] if not living else []
        return living[-1] if living else next_of([*left, *self._reserved], wanted)

    def reserve(self, key_ids: Iterable[str]) -> None:
        """The names that no fresh key is given until this is said anew (rule 5)."""
        self._reserved = frozenset(key_ids)

    def lock(self, wanted: str, recording: str, contents: Contents) -> str:
        """Add a lock, making the key where this is its first; durable on return. Gives the key's id."""
        key_id = self.current(wanted)
        if key_id not in self.table:
            self.table.add(key_id)
        self._shard(key_id).append(Kind.LOCK, recording, contents.written())
        return key_id

    def contents(self, key_id: str, recording: str) -> Contents | None:
        """What the lock of a recording under this key holds, `None` where there is none."""
        if key_id not in self.table:
            return None
        found = next(self._shard(key_id).find(Kind.LOCK, recording), None)
        return None if found is None else read_contents(found)

    def contents_of(self, key_id: str, recordings: Collection[str]) -> Iterator[Contents]:
        """What the locks of several recordings under one key hold, with one reading of its file."""
        if key_id in self.table:
            found = self._shard(key_id).plain(recordings)
            yield from (read_contents(each.content) for each in found if each.kind is Kind.LOCK)

    def note(self, key_ids: Iterable[str], recording: str, content: bytes) -> None:
        """Keep a text that ends with the recording, under each of its locks; durable on return."""
        for key_id in key_ids:
            self._shard(key_id).append(Kind.NOTE, recording, content)

    def notes(self, key_id: str, recording: str) -> list[bytes]:
        """The notes of a recording, in order."""
        return list(dict.fromkeys(self._shard(key_id).find(Kind.NOTE, recording)))

    def terms(self, hold: str, content: bytes) -> None:
        """Enter a term of a hold, making its key with the first one; durable on return."""
        key_id = self.current(hold_key(hold))
        if key_id not in self.table:
            self.table.add(key_id)
        self._shard(key_id).append(Kind.TERMS, hold, content)

    def holds(self) -> list[str]:
        """Every hold whose key lives."""
        return list(dict.fromkeys(hold_of(each) for each in self.table.ids() if each.startswith(HOLD)))

    def terms_of(self, hold: str) -> list[bytes]:
        """The terms of a hold, in the order in which they were entered."""
        found = (self._shard(key_id).find(Kind.TERMS, hold) for key_id in self.keys_of(hold_key(hold)))
        return list(dict.fromkeys(chain.from_iterable(found)))

    def catch(self, hold: str, keys: Mapping[str, str]) -> set[str]:
        """Add the lock of a hold to recordings, their notes before it; `keys` gives the key of each. Twice is once.

        Gives those of them that have it now: one without a lock under its key, because an older file was put back,
        keeps no other from being held.

        Each shard is read once, and what is added is synced in batches: a hold may be of a line's whole year.
        """
        had = self.kept_by(hold)
        meant = {each: key_id for each, key_id in keys.items() if each not in had}
        if not meant:
            return set(keys)
        copies = self._copies(hold, meant)
        while batch := list(islice(copies, BATCH)):
            self._shard(self.current(hold_key(hold))).extend(batch)
        return keys.keys() & self.kept_by(hold)

    def locked(self, key_id: str) -> set[str]:
        """The recordings that have a lock under this key; nothing is opened for it."""
        if key_id not in self.table:
            return set()
        return {each.recording for each in self._shard(key_id).records() if each.kind is Kind.LOCK}

    def held(self) -> dict[str, set[str]]:
        """For each hold, the recordings that it keeps alive; nothing is opened for it."""
        return {name: self.kept_by(name) for name in self.holds()}

    def kept_by(self, hold: str) -> set[str]:
        """The recordings that a hold keeps alive (rule 7)."""
        return set[str]().union(*map(self.locked, self.keys_of(hold_key(hold))))

    def keys_of(self, wanted: str) -> list[str]:
        """The living keys of a day, of `undated` or of a hold, the oldest first."""
        return of_base(self.table.ids(), wanted)

    def reseal(self, key_id: str, resealed: Mapping[str, Resealed]) -> None:
        """Keep what recordings were sealed to anew, under one lock of theirs, with one sync; the last time counts."""
        records = (Plain(Kind.RESEAL, each, content.written()) for each, content in resealed.items())
        self._shard(key_id).extend(records)

    def resealed(self, key_id: str) -> dict[str, Resealed]:
        """What waits under this key for a person to confirm it, by recording."""
        if key_id not in self.table:
            return {}
        shard = self._shard(key_id)
        found = (each for each in shard.records() if each.kind is Kind.RESEAL)
        return {each.recording: read_resealed(shard.open(each)) for each in found}

    def opened(self, key_id: str) -> Iterator[tuple[str, Contents]]:
        """Every recording locked with this key and what its lock holds, each recording once; nothing where it does not live."""
        locks = (each for each in self._plain(key_id) if each.kind is Kind.LOCK)
        return ((each.recording, read_contents(each.content)) for each in locks)

    def several(self, key_id: str, recordings: Collection[str]) -> dict[str, list[Plain]]:
        """Lock and notes of some recordings under this key: its file is read once, and only what is theirs is opened."""
        found: dict[str, list[Plain]] = {}
        for each in self._plain(key_id, recordings):
            found.setdefault(each.recording, []).append(each)
        return found

    def noted(self, key_id: str, recordings: Collection[str]) -> dict[str, str | None]:
        """The set of recipients that the notes of some recordings are sealed to."""
        found = self.several(key_id, recordings) if recordings else {}
        notes = {each: [one.content for one in some if one.kind is Kind.NOTE] for each, some in found.items()}
        return {each: noted_to(some) for each, some in notes.items()}

    def records(self) -> Iterator[tuple[str, Plain]]:
        """Key id and record of every lock, note and term that opens, the lock that counts last: a day's newest key."""
        ids = [each for each in self.table.ids() if not each.startswith(LIVE)]
        for key_id in sorted(ids, key=lambda each: (not each.startswith(HOLD), order(each))):
            yield from ((key_id, each) for each in self._plain(key_id))

    def everything(self) -> Iterator[tuple[str, str, Contents]]:
        """Key id, recording and contents of every lock that opens, the one that counts last."""
        for key_id, each in self.records():
            if each.kind is Kind.LOCK:
                yield key_id, each.recording, read_contents(each.content)

    def _plain(self, key_id: str, wanted: Container[str] | None = None) -> Iterator[Plain]:
        """What is locked with a key, opened, each lock once; nothing where the key does not live."""
        if key_id not in self.table:
            return iter(())
        return _locks_once(self._shard(key_id).plain(wanted))

    def replacement(self, wanted: str) -> str:
        """The id that the next fresh key of a day will have."""
        return next_of(self.table.ids(), wanted)

    def lock_again(self, wanted: str, fresh: str, leaving: Collection[str]) -> list[str]:
        """Lock all of a day but those that leave with a fresh key (rule 4); gives the old keys, to be destroyed."""
        old = [each for each in of_base(self.table.ids(), wanted) if each != fresh]
        staying = [
            each for key_id in old for each in self._shard(key_id).plain() if each.recording not in leaving
        ]
        if fresh in self.table:
            staying = [*self._shard(fresh).plain(), *staying]
        self._put(fresh, staying)
        return old

    def settle(
        self, wanted: str, rounds: Container[str], good: Mapping[str, Resealed]
    ) -> tuple[list[str], str]:
        """Lock all of a day or hold with a fresh key, in which what waited of these rounds waits no more.

        What is `good` takes the place of what was sealed before. Gives the old keys, to be destroyed, and the fresh one.
        """
        old, fresh = self.keys_of(wanted), self.replacement(wanted)
        records = (each for key_id in old for each in self._shard(key_id).plain())
        self._put(fresh, merging(_locks_once(records), rounds, good))
        return old, fresh

    def _put(self, fresh: str, records: Iterable[Plain]) -> None:
        """Write the shard of a fresh key, unless nothing is to be locked with it."""
        once = list(dict.fromkeys(records))
        if any(each.kind in {Kind.LOCK, Kind.TERMS} for each in once):
            if fresh not in self.table:
                self.table.add(fresh)
            self._shard(fresh).write(once)

    def destroy(self, key_ids: Iterable[str]) -> None:
        """Destroy keys and unlink what they locked; may be run twice."""
        going = tuple(key_ids)
        self.table.destroy(going)
        for key_id in going:
            durable.remove(self._shards / f"{key_id}{SUFFIX}")

    def _copies(self, hold: str, keys: Mapping[str, str]) -> Iterator[Plain]:
        """What a hold's shard is to get of these recordings, of which it has no lock: of each key notes and what waits, then locks."""
        shards = map(self._shard, self.keys_of(hold_key(hold)))
        told = {each for shard in shards for each in shard.plain(keys)}
        by_key: dict[str, set[str]] = {}
        for each, key_id in keys.items():
            by_key.setdefault(key_id, set()).add(each)
        for key_id, wanted in sorted(each for each in by_key.items() if each[0] in self.table):
            found = list(dict.fromkeys(_locks_once(self._shard(key_id).plain(wanted))))
            yield from (each for each in found if each.kind is not Kind.LOCK and each not in told)
            yield from (each for each in found if each.kind is Kind.LOCK)

    def _shard(self, key_id: str) -> Shard:
        return Shard(self._shards, key_id, self.table.key(key_id), self._ends)


def _locks_once(records: Iterable[Plain]) -> Iterator[Plain]:
    """Each recording's first lock, and every note: the same lock may stand there twice after a crash."""
    seen: set[str] = set()
    for each in records:
        if each.kind is not Kind.LOCK:
            yield each
        elif each.recording not in seen:
            seen.add(each.recording)
            yield each
