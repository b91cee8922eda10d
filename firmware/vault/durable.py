"""A file is written whole and synced, or not at all; what returned survives a power cut.

1. New content goes to a temporary file in the same folder: sync, rename, sync the folder.
2. A file has no rights for others, and the group may read it only where the group
   may read its folder.
3. What lies under the temporary name is never written through: others may put files
   into a shared folder, links too.
4. The order of syncs is what research: sealing, sections 2 and 7 cut at every step.
"""

import os
from pathlib import Path

OWNER = 0o600
GROUP_READ = 0o040
TEMPORARY = ".new"
"""Ends the name of a file that is not whole yet; start-up removes those that are left."""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes) -> None:
    """Put a whole file in place of what was there."""
    temporary = path.with_name(path.name + TEMPORARY)
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode_in(path.parent))
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    temporary.rename(path)
    sync_folder(path.parent)


def move(old: Path, new: Path) -> None:
    """Rename across folders of one file system; the new name is durable before the old one's going."""
    old.rename(new)
    sync_folder(new.parent)
    sync_folder(old.parent)


def remove(path: Path) -> None:
    """Unlink, durably; nothing happens where nothing is."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def mode_in(folder: Path) -> int:
    """The mode of a file in this folder (rule 2)."""
    return OWNER | (folder.stat().st_mode & GROUP_READ)


def append(descriptor: int, content: bytes, size: int) -> int:
    """Write at the end of a file of `size` bytes and sync; gives the new size.

    Where the disk refuses, the file is cut back to what it was, so that the
    next entry never follows half a one.
    """
    try:
        written = 0
        while written < len(content):
            written += os.pwrite(descriptor, content[written:], size + written)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise
    return size + len(content)
