"""Chips that are written page by page and lose their power after any page, or inside one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from drivers.cell import BLANK, Blank, Held, Torn
from drivers.cell.contract import KEY, SLOT, pack, unpack
from drivers.facts import DriverError


class PowerCutError(Exception):
    """The box is off."""


@dataclass
class Mains:
    """The power of a box: it goes with the page write of this number, counted over all chips."""

    cut_at: int = 10**9
    torn: bool = False
    pages: Iterator[int] = field(default_factory=lambda: count(1))
    written: int = 0

    def page(self, memory: bytearray, at: int, content: bytes) -> None:
        """Write a page, or half of it, or nothing, and lose the power."""
        self.written = next(self.pages)
        if self.written < self.cut_at:
            memory[at : at + KEY] = content
        elif self.written == self.cut_at and self.torn:
            memory[at : at + KEY // 2] = content[: KEY // 2]
            raise PowerCutError
        else:
            raise PowerCutError


@dataclass
class Chip:
    """A cell on a simulated chip; `answers` false is a chip that is not there, `keeps` false one that is write-protected."""

    mains: Mains = field(default_factory=Mains)
    memory: bytearray = field(default_factory=lambda: bytearray(2 * SLOT))
    answers: bool = True
    keeps: bool = True
    method = "root key overwritten in EEPROM"

    def read(self, slot: int) -> Held | Blank | Torn:
        self._ask()
        return unpack(bytes(self.memory[slot * SLOT : (slot + 1) * SLOT]))

    def write(self, slot: int, held: Held) -> None:
        self._put(slot, pack(held))

    def blank(self, slot: int) -> None:
        self._put(slot, bytes(SLOT))

    def held(self) -> list[Held]:
        """Every root key that a thief finds in it, also where it does not answer."""
        slots = [unpack(bytes(self.memory[at : at + SLOT])) for at in (0, SLOT)]
        return [each for each in slots if isinstance(each, Held)]

    def is_blank(self) -> bool:
        return all(self.read(slot) == BLANK for slot in (0, 1))

    def _put(self, slot: int, pages: bytes) -> None:
        self._ask()
        for at in range(0, SLOT, KEY):
            kept = self.memory if self.keeps else bytearray(2 * SLOT)
            self.mains.page(kept, slot * SLOT + at, pages[at : at + KEY])

    def _ask(self) -> None:
        if not self.answers:
            raise DriverError("the chip does not answer")
