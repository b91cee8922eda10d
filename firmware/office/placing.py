"""A file appears under its name when it is whole, or not at all; what has that name already stays as it is."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from firmware.faults import Refused

SUFFIX: Final = ".partial"


@dataclass(frozen=True, slots=True)
class Partial:
    """A file that is not whole yet, and the name that it will have."""

    file: IO[bytes]
    path: Path
    final: Path

    def place(self) -> None:
        """Make it durable and give it its name; refuses to take the place of another."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        try:
            os.link(self.path, self.final)
        except FileExistsError as error:
            raise exists(self.final) from error
        except OSError:  # a disk that knows no second names, such as a USB stick's
            refuse_existing(self.final)
            self.path.rename(self.final)


@contextmanager
def partial(final: Path) -> Iterator[Partial]:
    """A fresh file beside `final`, for its owner alone, gone in the end whatever happens."""
    try:
        descriptor, name = tempfile.mkstemp(SUFFIX, f"{final.name}.", final.parent)
    except OSError as error:
        raise _unwritable(final, error) from error
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield Partial(file, Path(name), final)
    except OSError as error:
        raise _unwritable(final, error) from error
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def refuse_existing(final: Path) -> None:
    """Refuse a name that is taken, before anything is fetched."""
    if final.exists() or final.is_symlink():
        raise exists(final)
    if not final.parent.is_dir():
        hint = "make the folder, or name another: -o FOLDER"
        raise Refused("refused.file", f"there is no folder {final.parent}", hint)


def exists(final: Path) -> Refused:
    """A name that is taken."""
    return Refused(
        "refused.file", f"{final} is there already and stays as it is", "give another name: -o FILE"
    )


def _unwritable(final: Path, error: OSError) -> Refused:
    why = f"no file can be written in {final.parent}: {error.strerror}"
    return Refused("refused.file", why, "name another folder with room: -o FOLDER")
