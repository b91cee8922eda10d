"""A cell in an I2C EEPROM or FRAM, through the file that the kernel's `at24` driver gives it.

1. The two slots lie in the last 128 bytes of the chip: other software and stray probes
   of the bus begin at address 0 (our choice).
2. A slot is written page by page, 32 bytes that begin where a page of the chip begins
   (AT24C32: pages of 32 bytes), so that a power cut tears at most one page.
3. Every reading opens the file anew; the kernel keeps no copy of the chip.
4. A slot of 0xFF holds nothing: that is a chip as delivered (AT24C32 data sheet).
5. A chip whose write-protect pin is high takes every write and keeps none of them, in
   silence. Only reading back tells.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from drivers.cell.contract import BLANK, KEY, SLOT, SLOTS, Blank, Held, Torn, pack, unpack
from drivers.facts import DriverError

SPACE: Final = SLOTS * SLOT
"""Bytes that the cell takes of the chip."""

ERASED: Final = b"\xff" * SLOT


class EepromCell:
    """128 bytes of a chip: the last ones, or those at an offset that is a multiple of 32."""

    method = "root key overwritten in EEPROM"

    def __init__(self, path: Path, offset: int | None = None) -> None:
        """Only remembered; a file that is absent, too small or not writable is refused when it is used."""
        if offset is not None and (offset < 0 or offset % KEY):
            raise ValueError(f"a cell begins where a page of {KEY} bytes begins, not at {offset}")
        self._path = path
        self._offset = offset

    def read(self, slot: int) -> Held | Blank | Torn:
        """What the chip holds in a slot."""
        with self._open(slot, os.O_RDONLY) as (descriptor, start):
            pages = os.pread(descriptor, SLOT, start)
        if len(pages) != SLOT:
            raise DriverError(f"cell {self._path} gave only {len(pages)} of {SLOT} bytes")
        return BLANK if pages == ERASED else unpack(pages)

    def write(self, slot: int, held: Held) -> None:
        """Overwrite a slot with a key, page by page."""
        self._overwrite(slot, pack(held))

    def blank(self, slot: int) -> None:
        """Overwrite a slot with zeros, page by page."""
        self._overwrite(slot, bytes(SLOT))

    def _overwrite(self, slot: int, pages: bytes) -> None:
        with self._open(slot, os.O_WRONLY) as (descriptor, start):
            for at in range(0, SLOT, KEY):
                if os.pwrite(descriptor, pages[at : at + KEY], start + at) != KEY:
                    raise DriverError(f"cell {self._path} took only part of a page")
            _sync(descriptor)

    @contextmanager
    def _open(self, slot: int, flags: int) -> Iterator[tuple[int, int]]:
        """The open file, and where the slot begins in it."""
        if slot not in range(SLOTS):
            raise ValueError(f"a cell has slots 0 and 1, not {slot}")
        try:
            descriptor = os.open(self._path, flags | os.O_CLOEXEC)
            try:
                yield descriptor, self._start(os.fstat(descriptor).st_size) + slot * SLOT
            finally:
                os.close(descriptor)
        except OSError as error:
            raise DriverError(f"cell {self._path}: {error.strerror}") from error

    def _start(self, size: int) -> int:
        start = size - SPACE if self._offset is None else self._offset
        if size % KEY or start < 0 or start + SPACE > size:
            wanted = f"needs {SPACE} bytes in whole pages of {KEY}"
            raise DriverError(f"cell {self._path} {wanted}, and the chip has {size} bytes")
        return start


def _sync(descriptor: int) -> None:
    """Sync where the file knows it: a file of sysfs does not, and returns once the chip has written (fsync(2))."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
