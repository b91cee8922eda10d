"""Two cells used as one: each key in both, and nothing counts as destroyed while it lives in either.

1. Writing and blanking go to the first cell, then to the second, and both are read back
   one by one before they return. What the two show together would hide one of them.
2. Reading, slot by slot: what both hold; a key that only one of them holds; of two keys the
   one with the higher serial. Blank only where both are blank: a cell that does not answer
   may still hold the key. All else is torn.
3. Nothing is written unless both answer, and hold the same key in at least one slot or
   nothing at all. So a blank replacement waits for `mend`, and the chip of another box is
   never overwritten.
4. A difference is never silent: `absent` and `differences` say it.

The states that a power cut can leave in a destruction (`firmware.vault.table`, rule 3), old root
key K1 in slot o, new one K2 in slot n; `-` is blank, `x` torn:

| cut                       | first o, n | second o, n | read as o, n | what the table does at start          |
|---------------------------|------------|-------------|--------------|---------------------------------------|
| before anything           | K1  -      | K1  -       | K1  -        | goes on with K1                       |
| in the first's n          | K1  x      | K1  -       | K1  x        | K1; blanks n in both                  |
| after the first's n       | K1  K2     | K1  -       | K1  K2       | K2 has no table: K1; blanks n in both |
| in the second's n         | K1  K2     | K1  x       | K1  K2       | the same                              |
| after both, no table of K2| K1  K2     | K1  K2      | K1  K2       | the same                              |
| after both, table of K2   | K1  K2     | K1  K2      | K1  K2       | K2; blanks o in both                  |
| in the first's o          | x   K2     | K1  K2      | K1  K2       | K2; blanks o in both                  |
| after the first's o       | -   K2     | K1  K2      | K1  K2       | the same                              |
| in the second's o         | -   K2     | x   K2      | x   K2       | the same                              |
| after the second's o      | -   K2     | -   K2      | -   K2       | goes on with K2: destroyed            |

In every row both cells hold the same key in one slot, so rule 3 lets the start finish. A destruction
that is tried again after a refusal may find K2 in one n and another K2 in the other, of one serial:
that reads as torn, and K1, which both hold, counts. Where one cell does not answer, no row is
finished: the table opens with the other, and refuses to destroy until both answer.
"""

from dataclasses import dataclass
from typing import Final

from drivers.cell.contract import BLANK, SLOTS, TORN, Blank, Cell, Held, Torn
from drivers.facts import DriverError

NAMES: Final = ("first", "second")


@dataclass(frozen=True, slots=True)
class Absent:
    """A cell that does not answer, and what it said."""

    why: str


Seen = Held | Blank | Torn | Absent


class PairCell:
    """The first and the second cell of a box."""

    def __init__(self, first: Cell, second: Cell) -> None:
        self._cells = (first, second)

    @property
    def method(self) -> str:
        """How a key is destroyed in each of the two."""
        first, second = (cell.method for cell in self._cells)
        if first == second:
            return f"{first}, in each of two cells"
        return f"first cell: {first}; second cell: {second}"

    def read(self, slot: int) -> Held | Blank | Torn:
        """What the two hold together (rule 2); a `DriverError` where neither answers."""
        seen = self._seen(slot)
        silent = [each.why for each in seen if isinstance(each, Absent)]
        if len(silent) == len(seen):
            raise DriverError("; ".join(silent))
        keys = {each for each in seen if isinstance(each, Held)}
        newest = max((held.serial for held in keys), default=0)
        match [held for held in keys if held.serial == newest]:
            case [held]:
                return held
            case _:
                return BLANK if set(seen) == {BLANK} else TORN

    def write(self, slot: int, held: Held) -> None:
        """A key into a slot of both cells, read back from both; else a `DriverError`."""
        self._require_twins()
        for cell in self._cells:
            cell.write(slot, held)
        self._require(slot, held)

    def blank(self, slot: int) -> None:
        """Zeros into a slot of both cells, read back from both; else a `DriverError`."""
        self._require_twins()
        for cell in self._cells:
            cell.blank(slot)
        self._require(slot, BLANK)

    def mend(self, slot: int, held: Held) -> str:
        """Copy the key that one cell holds into the other; gives that one's name.

        Refuses with a `DriverError` unless one cell holds this key in this slot and the other holds
        no key at all. A torn slot holds none: a mending that was cut can be repeated.
        """
        first, second = self._by_cell()
        match (held == first[slot], held == second[slot]):
            case (True, False):
                index, broken = 1, second
            case (False, True):
                index, broken = 0, first
            case (True, True):
                raise DriverError("both cells hold the root key already")
            case _:
                raise DriverError("neither cell holds the root key in force")
        _require_empty(NAMES[index], broken)
        self._cells[index].write(slot, held)
        self._require(slot, held)
        return NAMES[index]

    def absent(self) -> tuple[str, ...]:
        """Which cell does not answer, and why; nothing where both do."""
        told = (
            f"the {name} cell does not answer ({each.why})"
            for name, seen in zip(NAMES, self._by_cell(), strict=True)
            for each in seen
            if isinstance(each, Absent)
        )
        return tuple(dict.fromkeys(told))

    def differences(self) -> tuple[str, ...]:
        """Slot by slot what the two hold, where they differ; nothing where they agree. No key is told."""
        return tuple(
            f"slot {slot}: the first cell {_told(first)}, the second {_told(second)}"
            for slot, (first, second) in enumerate(zip(*self._by_cell(), strict=True))
            if first != second
        )

    def _seen(self, slot: int) -> tuple[Seen, Seen]:
        first, second = self._cells
        return _look(first, slot), _look(second, slot)

    def _by_cell(self) -> tuple[tuple[Seen, ...], tuple[Seen, ...]]:
        first, second = zip(*(self._seen(slot) for slot in range(SLOTS)), strict=True)
        return first, second

    def _require_twins(self) -> None:
        """Rule 3."""
        if silent := self.absent():
            raise DriverError("; ".join(silent))
        first, second = self._by_cell()
        shared = any(isinstance(one, Held) and one == two for one, two in zip(first, second, strict=True))
        if not shared and {*first, *second} != {BLANK}:
            raise DriverError("the two cells do not hold the same root key: " + "; ".join(self.differences()))

    def _require(self, slot: int, wanted: Held | Blank) -> None:
        for name, seen in zip(NAMES, self._seen(slot), strict=True):
            if seen != wanted:
                raise DriverError(f"slot {slot} of the {name} cell {_told(seen)} after it was overwritten")


def _require_empty(name: str, seen: tuple[Seen, ...]) -> None:
    for slot, each in enumerate(seen):
        if isinstance(each, Held | Absent):
            raise DriverError(f"slot {slot} of the {name} cell {_told(each)}")


def _look(cell: Cell, slot: int) -> Seen:
    try:
        return cell.read(slot)
    except DriverError as error:
        return Absent(str(error))


def _told(seen: Seen) -> str:
    match seen:
        case Held():
            return f"holds a root key of serial {seen.serial}"
        case Blank():
            return "is blank"
        case Torn():
            return "is torn"
        case Absent():
            return f"does not answer ({seen.why})"
