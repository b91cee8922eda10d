"""Cells: 32 bytes in two slots that are truly overwritten in place.

The kinds are a fixed list, and no kind stands in for another.
"""

from drivers.cell.contract import BLANK, TORN, Blank, Cell, Held, Torn

__all__ = ["BLANK", "TORN", "Blank", "Cell", "Held", "Torn"]
