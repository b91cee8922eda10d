"""The cells of a box: opened as the settings say, compared every day, and mended by hand.

1. What the settings name is what is used. An EEPROM that does not answer is a fault; no
   file ever stands in for it.
2. One of two cells gone: the box works on, destroys nothing, and a fault says how to mend
   it. Both gone: every recording on the box that was not fetched is lost.
3. A cell is given the root key only where it holds none.
"""

from datetime import date
from typing import Final

from drivers.cell import BLANK, Cell, open_cell
from drivers.cell.file_cell import FileCell
from drivers.cell.pair_cell import PairCell
from drivers.facts import DriverError
from firmware.clock import Clock, london_date
from firmware.faults import Refused, VaultFault
from firmware.settings import Settings
from firmware.settings.model import CellSettings
from firmware.vault.places import Places
from firmware.vault.table import KeyTable

AGAIN_NS: Final = 60_000_000_000
"""How often a cell is looked at while a fault of it stands; our choice."""

PLAN: Final = "put a blank cell in its place, then: callbox shell mend-cell (docs/security.md); nothing is destroyed until then"


def open_cells(settings: Settings, places: Places) -> Cell:
    """The cell of a made box: what `[[cell]]` names, or the one file."""
    match [open_cell(each.kind, each.path) for each in named(settings, places)]:
        case [first, second]:
            return PairCell(first, second)
        case [only]:
            return only
    raise AssertionError("settings name one or two cells")  # `rules` refuses more


def make_cells(settings: Settings, places: Places) -> Cell:
    """The cell of a box that is being made: files are created, and a file that is there is refused."""
    for each in named(settings, places):
        if each.kind == "file":
            FileCell.create(each.path)
    return open_cells(settings, places)


def require_blank(settings: Settings) -> None:
    """Refuse a chip that does not answer or is not blank, before anything of a box is made."""
    for each in settings.cells:
        if each.kind != "file" and (why := _not_blank(each)):
            hint = "look at the chip's wiring and address, or blank it if nothing needs what it holds (hw/README.md)"
            raise VaultFault("vault.cell-unwritable", why, hint)


def _not_blank(each: CellSettings) -> str | None:
    cell = open_cell(each.kind, each.path)
    try:
        if all(cell.read(slot) == BLANK for slot in (0, 1)):
            return None
    except DriverError as error:
        return str(error)
    return f"cell {each.path} is not blank: it may belong to another box, or to another program"


def named(settings: Settings, places: Places) -> tuple[CellSettings, ...]:
    """The cells that the settings name; the file below the data directory where they name none."""
    return settings.cells or (CellSettings("file", places.cell),)


def compare(table: KeyTable) -> VaultFault | None:
    """What is wrong with the cells: none, or one that is gone, unlike the other, or no longer opens the table.

    Half-done work that a cell refused earlier is finished first, if it can be now.
    """
    try:
        table.settle()
        return _unlike(table.cell) or shut(table)
    except VaultFault as fault:
        return _unlike(table.cell) or fault
    except OSError as error:
        refused = f"the disk refuses the key table: {error.strerror}"
        return VaultFault(
            "vault.disk", refused, "look at the disk: df -h, dmesg; the keeper goes on by itself"
        )


def _unlike(cell: Cell) -> VaultFault | None:
    match cell:
        case PairCell() if absent := cell.absent():
            return VaultFault("vault.cell-absent", "; ".join(absent), PLAN)
        case PairCell() if differences := cell.differences():
            unlike = f"the two cells of this box differ: {'; '.join(differences)}"
            return VaultFault("vault.cell-differs", unlike, PLAN)
    return None


def shut(table: KeyTable) -> VaultFault | None:
    """The fault where the cell, read now, opens the table no longer."""
    if table.opens():
        return None
    return VaultFault(
        "vault.root-key-lost",
        "the cell, read again, no longer opens the key table",
        "fetch what is needed while the keeper runs; do not restart it; then look at chip and disk (docs/security.md)",
    )


class CellWatch:
    """The fault of the cells, looked for at start, once a London day, and each minute while it stands."""

    def __init__(self, table: KeyTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._day: date | None = None
        self._again_ns = 0
        self._fault: VaultFault | None = None

    def fault(self) -> VaultFault | None:
        """The fault that stands; where it is not `None`, nothing is to be destroyed."""
        stamp = self._clock.stamp()
        today = london_date(stamp.wall_ns)
        due = self._fault is not None and stamp.boottime_ns >= self._again_ns
        if today != self._day or due:
            self._day, self._again_ns = today, stamp.boottime_ns + AGAIN_NS
            self._fault = compare(self._table)
        return self._fault

    def look_again(self) -> VaultFault | None:
        """The fault as it is now: after a destruction was refused, or a cell mended."""
        self._day = None
        return self.fault()


def mend(table: KeyTable, settings: Settings) -> str:
    """Copy the root key into the one of two cells that holds none; gives that one's name. Refuses all else."""
    cell = table.cell
    if not isinstance(cell, PairCell):
        raise _not_mended("this box has one cell only")
    try:
        _create_files(settings)
        name = cell.mend(table.root.slot, table.root.held)
    except DriverError as error:
        raise _not_mended(str(error)) from error
    table.settle()
    return name


def _create_files(settings: Settings) -> None:
    """A file that was lost or never made is made blank; a chip cannot be."""
    for each in settings.cells:
        if each.kind == "file" and not each.path.exists():
            FileCell.create(each.path)


def _not_mended(why: str) -> Refused:
    hint = "a cell is mended only from a good one into a blank one; docs/security.md has the plan"
    return Refused("refused.cell", f"no cell was mended: {why}", hint)
