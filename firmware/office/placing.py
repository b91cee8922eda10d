"""A file appears under its name when it is whole, or not at all; what has that name already stays as it is.

Where the system knows files without a name (Linux, on most of its file systems) it has none until then: whatever
kills the program, nothing is left. Elsewhere it is called `NAME.....partial` meanwhile.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NoReturn

from firmware.faults import Refused

SUFFIX: Final = ".partial"
PIPE: Final = Path("-")


@dataclass(frozen=True, slots=True)
class Partial:
    """A file that is not whole yet, the name that it has meanwhile, if any, and the one that it will have."""

    file: IO[bytes]
    path: Path | None
    final: Path

    def place(self) -> None:
        """Make it durable and give it its name; refuses to take the place of another."""
        self.file.flush()
        os.fsync(self.file.fileno())
        try:
            self._link()
        except FileExistsError as error:
            raise exists(self.final) from error
        finally:
            self.file.close()

    def _link(self) -> None:
        if self.path is None:
            _name(self.file.fileno(), self.final)
            return
        self.file.close()
        try:
            os.link(self.path, self.final)
        except FileExistsError:
            raise
        except OSError:  # a disk that knows no second names, such as a USB stick's
            refuse_existing(self.final)
            self.path.rename(self.final)


@contextmanager
def partial(final: Path) -> Iterator[Partial]:
    """A fresh file that will be `final`, for its owner alone, gone in the end whatever happens."""
    try:
        descriptor, path = _fresh(final)
    except OSError as error:
        raise _unwritable(final, error) from error
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield Partial(file, path, final)
    except OSError as error:
        raise _unwritable(final, error) from error
    finally:
        if path is not None:
            with suppress(FileNotFoundError):
                path.unlink()


def _fresh(final: Path) -> tuple[int, Path | None]:
    """Without a name where that can be had."""
    nameless = getattr(os, "O_TMPFILE", 0)
    if nameless and Path("/proc/self/fd").is_dir():
        with suppress(OSError):
            return os.open(final.parent, nameless | os.O_RDWR, 0o600), None
    descriptor, name = tempfile.mkstemp(SUFFIX, f"{final.name}.", final.parent)
    return descriptor, Path(name)


def _name(descriptor: int, final: Path) -> None:
    """Give a file without a name its own; as open(2) shows it for O_TMPFILE (linkat, AT_SYMLINK_FOLLOW)."""
    here = Path(f"/proc/self/fd/{descriptor}")
    os.link(here, final, src_dir_fd=descriptor, follow_symlinks=True)  # only with a descriptor is it linkat


def refuse_existing(final: Path) -> None:
    """Refuse a name that is taken, before anything is fetched."""
    if final.exists() or final.is_symlink():
        raise exists(final)
    if not final.parent.is_dir():
        hint = "make the folder, or name another: -o FOLDER"
        raise Refused("refused.file", f"there is no folder {final.parent}", hint)


def refuse_pipe() -> NoReturn:
    """What is read before it is whole may be half of it, or another's: nothing of it goes to a pipe."""
    why = "it is compared with what the box signed before it has a name, so it does not go to a pipe"
    raise Refused("refused.file", why, "name a file or a folder: -o FILE")


def exists(final: Path, hint: str = "give another name (to get and open: -o FILE)") -> Refused:
    """A name that is taken."""
    return Refused("refused.file", f"{final} is there already and stays as it is", hint)


def _unwritable(final: Path, error: OSError) -> Refused:
    why = f"no file can be written in {final.parent}: {error.strerror}"
    return Refused("refused.file", why, "make room, or name another folder (to get and open: -o FOLDER)")


@contextmanager
def disk_of(folder: Path) -> Iterator[None]:
    """A disk of this PC that refuses what is kept in a folder is a fault with a next step."""
    try:
        yield
    except OSError as error:
        refuses = f"nothing can be written in {folder}: {error.strerror}"
        raise Refused(
            "refused.file", refuses, "see that the folder is yours and its disk has room"
        ) from error
