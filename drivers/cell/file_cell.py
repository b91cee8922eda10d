"""A cell in a file: the declared second best, for a box without an EEPROM.

It overwrites in place, but the file system or the flash below may keep an old copy;
`method` says so, and every certificate repeats it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from drivers.cell.contract import SLOT, SLOTS, Blank, Held, Torn, pack, unpack
from drivers.facts import DriverError

SIZE: Final = SLOTS * SLOT
"""Bytes of the file: two slots."""


class FileCell:
    """128 bytes in a file that is never replaced, only overwritten."""

    method = "logical deletion, best effort"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(cls, path: Path) -> "FileCell":
        """A new cell with two blank slots; refuses to touch a file that is there."""
        with _told(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(descriptor, bytes(SIZE), 0)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            _sync_folder(path.parent)
        return cls(path)

    def read(self, slot: int) -> Held | Blank | Torn:
        """What the file holds in a slot."""
        with self._open(os.O_RDONLY) as descriptor:
            return unpack(os.pread(descriptor, SLOT, _offset(slot)))

    def write(self, slot: int, held: Held) -> None:
        """Overwrite a slot in place with a key, and sync."""
        self._overwrite(slot, pack(held))

    def blank(self, slot: int) -> None:
        """Overwrite a slot in place with zeros, and sync."""
        self._overwrite(slot, bytes(SLOT))

    def _overwrite(self, slot: int, pages: bytes) -> None:
        with self._open(os.O_WRONLY) as descriptor:
            if os.pwrite(descriptor, pages, _offset(slot)) != SLOT:
                raise DriverError(f"cell {self._path} took only part of a slot")
            os.fsync(descriptor)

    @contextmanager
    def _open(self, flags: int) -> Iterator[int]:
        with _told(self._path):
            descriptor = os.open(self._path, flags | os.O_CLOEXEC)
            try:
                if os.fstat(descriptor).st_size != SIZE:
                    raise DriverError(f"cell {self._path} is not {SIZE} bytes long")
                yield descriptor
            finally:
                os.close(descriptor)


def _offset(slot: int) -> int:
    if slot not in range(SLOTS):
        raise ValueError(f"a cell has slots 0 and 1, not {slot}")
    return slot * SLOT


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses is told as the cell's own word."""
    try:
        yield
    except OSError as error:
        raise DriverError(f"cell {path}: {error.strerror}") from error
