"""Which keys lock a recording now: that of its day, and that of each of its holds."""

from firmware.catalogue.row import Row
from firmware.keeper.box import Box
from firmware.vault.keys import hold_key


def locks_of(box: Box, row: Row) -> list[str]:
    """Every key id, each once; the one that counts in the catalogue first."""
    holds = (box.vault.current(hold_key(each)) for each in box.catalogue.holds_of(row.id))
    return list(dict.fromkeys((row.key, *holds)))


def lock_of(box: Box, row: Row) -> str:
    """The first of them whose key lives: where that of the day is gone already, a hold's."""
    return next((each for each in locks_of(box, row) if each in box.vault.table), row.key)
