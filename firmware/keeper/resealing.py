"""A decided round of sealing anew is carried out, a day or a hold at a time, and what is still sealed to others is told.

1. A round is decided by an entry in the log alone. From then on it is carried out, also after a crash.
2. A day or hold of which something waits in such a round is locked again whole with a fresh key: with the new headers
   where it was confirmed, without them where it was dropped. Then the catalogue, then the old key is destroyed: what
   it locked, in whatever old blocks of the disk, opens no more.
3. New headers count where they lie under the key that counts in the catalogue; they are put there last.
4. Nothing is locked again while a run that destroys is unfinished, whose draft names keys, nor while a cell may keep
   what is destroyed.
5. It is over once all days and holds were looked at and nothing waited: a hold that was placed meanwhile is one of them.
6. A day or hold whose file is damaged stays as it is, named in the entry that ends the round, and stops no other.
   What lies in it waits no more: put back from a copy, it is to be sealed anew.
"""

from collections.abc import Container
from typing import Final

from firmware.audit.entries import Entry, What
from firmware.catalogue import seals
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.keeper.history import History
from firmware.keeper.reseal_headers import only_damage
from firmware.keeper.sealed_sets import fault_of, others
from firmware.keeper.verbs import disk_fault
from firmware.vault.contents import Contents
from firmware.vault.keys import DAY, HOLD, UNDATED, base
from firmware.vault.reading import read_object
from firmware.vault.resealed import Resealed

LOOK_NS: Final = 600_000_000_000
"""Ten minutes between two looks at what is sealed to others, and after what was refused; our choice."""


class Resealing:
    """One box's carrying out of rounds."""

    def __init__(self, box: Box, history: History) -> None:
        self._box = box
        self._history = history
        self._todo: list[str] = []
        self._found = False
        self._damaged: dict[str, VaultFault] = {}
        self._keys = 0
        self._resting_until = 0
        self._told_until = 0

    def turn(self, *, destroys: bool) -> None:
        """One day or hold, and the fault; `destroys` is whether the cells take it."""
        now = self._box.clock.monotonic_ns()
        try:
            if destroys and now >= self._resting_until:
                self._step()
            if now >= self._told_until:
                self._told_until = now + LOOK_NS
                self._box.board.judge("sealed to", fault_of(others(self._box, self._history)))
        except OSError as error:
            self._refused(now, disk_fault(error))
        except VaultFault as fault:
            self._refused(now, fault)

    def _refused(self, now: int, fault: VaultFault) -> None:
        self._resting_until = now + LOOK_NS
        self._todo = []
        self._box.board.tell("resealing", fault)

    def _step(self) -> None:
        decided = {name for name, each in self._history.rounds.items() if each.decided}
        if not decided or self._history.will_run:
            return
        if not self._todo:
            self._todo, self._found, self._damaged = _all(self._box), False, {}
        if self._todo and self._settled(self._todo.pop(0), decided):
            self._found = True
        if not self._todo and not self._found:
            self._over(decided)

    def _settled(self, wanted: str, decided: Container[str]) -> bool:
        """Whether anything waited; a damaged file is passed over (rule 6)."""
        try:
            return self._settle(wanted, decided)
        except VaultFault as fault:
            only_damage(fault)
            self._damaged[wanted] = fault
            return False

    def _settle(self, wanted: str, decided: Container[str]) -> bool:
        """Rule 2; whether anything waited."""
        vault, catalogue = self._box.vault, self._box.catalogue
        waited: dict[str, Resealed] = {}
        for key in vault.keys_of(wanted):
            waited |= {name: each for name, each in vault.resealed(key).items() if each.round in decided}
        if not waited:
            return False
        good = {name: each for name, each in waited.items() if self._counts(wanted, name, each)}
        old, fresh = vault.settle(wanted, decided, good)
        rows = [row for each in vault.locked(fresh) if (row := catalogue.get(each)) and row.key in old]
        catalogue.move_keys((fresh, row.id) for row in rows)
        mine = waited.keys() & {row.id for row in rows}
        seals.put_settled(catalogue, [(good[each].to if each in good else None, each) for each in mine])
        noted = {row.id for row in rows if row.noted_to is not None}
        seals.put_noted(catalogue, vault.noted(fresh, noted).items())
        vault.destroy(old)
        self._keys += len(old)
        return True

    def _counts(self, wanted: str, recording: str, waited: Resealed) -> bool:
        """Rule 3: whether new headers take the place of the old ones."""
        row = self._box.catalogue.get(recording)
        if row is None or self._history.rounds[waited.round].decided != What.RESEAL_CONFIRMED:
            return False
        if base(row.key) == wanted:
            return True
        try:
            there = self._box.vault.resealed(row.key).get(recording)
            found = self._box.vault.contents(row.key, recording)
        except VaultFault as fault:
            only_damage(fault)
            return False
        return (there is not None and there.round == waited.round) or _has(found, waited.round)

    def _over(self, decided: set[str]) -> None:
        """Rule 5."""
        box = self._box
        damaged = sorted(self._damaged)
        seals.forget_anew(box.catalogue, [key for each in damaged for key in box.vault.keys_of(each)])
        for name in sorted(decided):
            fields = {"round": name, "keys": self._keys, "method": box.vault.table.method, "damaged": damaged}
            entry = Entry(What.RESEAL_DONE, box.clock.stamp(), fields)
            box.log.append(entry)
            self._history.note(entry)
        self._keys = self._told_until = 0
        box.board.judge("resealing", next(iter(self._damaged.values()), None))


def _all(box: Box) -> list[str]:
    """Every hold, then every day and what is undated, by the names of their keys without numbers."""
    names = {base(each) for each in box.vault.table.ids() if each.startswith((HOLD, DAY, UNDATED))}
    return sorted(names, key=lambda name: (not name.startswith(HOLD), name))


def _has(contents: Contents | None, name: str) -> bool:
    """Whether what a lock holds was sealed anew in this round."""
    amended = contents.amended if contents else ()
    return any(read_object(each.text, "amendment").text("round") == name for each in amended)
