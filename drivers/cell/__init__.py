"""Cells: 32 bytes in two slots that are truly overwritten in place.

The kinds are a fixed list, and no kind stands in for another.
"""

from pathlib import Path

from drivers.cell.contract import BLANK, TORN, Blank, Cell, Held, Torn
from drivers.facts import DriverError

KINDS = ("eeprom", "file")

__all__ = ["BLANK", "KINDS", "TORN", "Blank", "Cell", "Held", "Torn", "open_cell"]


def open_cell(kind: str, path: Path) -> Cell:
    """The cell of a kind at a path; it is looked at when it is first used, not here."""
    match kind:
        case "eeprom":
            from drivers.cell.eeprom_cell import EepromCell  # noqa: PLC0415

            return EepromCell(path)
        case "file":
            from drivers.cell.file_cell import FileCell  # noqa: PLC0415

            return FileCell(path)
    raise DriverError(f"cell kind {kind!r} is not one of {', '.join(KINDS)}")
