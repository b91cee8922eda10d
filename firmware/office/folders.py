"""A private key is made on a disk of this PC: not where a folder is copied to a cloud or lies on another machine.

What can be told is told: names that the usual services give their folders, what Windows and macOS say of
them, and on Linux the kind of file system. A backup program that copies everything cannot be told.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from firmware.settings.mounts import MOUNTINFO, mount_of

CLOUDS: Final = (
    *(
        "onedrive",
        "dropbox",
        "google drive",
        "googledrive",
        "my drive",
        "icloud",
        "icloud drive",
        "iclouddrive",
    ),
    *(
        "mobile documents",
        "cloudstorage",
        "nextcloud",
        "owncloud",
        "pcloud drive",
        "pclouddrive",
        "syncthing",
    ),
    *("box sync", "seafile", "sharepoint", "proton drive", "magentacloud", "hidrive"),
)
"""How the services call their folders, in lower case; some add the office's or the person's name, in whatever way."""

WORDS: Final = ("box", "sync", "mega")
"""The same where that is any word: a name is added behind a dash or in brackets, or it is another folder."""

ENVIRONMENT: Final = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
"""Where Windows says that OneDrive's folders are."""

UNC: Final = ("\\\\", "//")


def elsewhere(path: Path, environment: Mapping[str, str] = os.environ) -> str | None:
    """Why what lies at this path would also lie somewhere else; `None` where nothing says so."""
    typed = path.expanduser().absolute()
    real = typed.parent.resolve() / typed.name
    if str(real).startswith(UNC):
        return "it is a folder of another machine"
    for part in (*typed.parts[:-1], *real.parts[:-1]):
        if _is_cloud(part):
            return f"{part} is a folder that is copied to other machines"
    for name in ENVIRONMENT:
        if (given := environment.get(name)) and real.is_relative_to(given):
            return f"{given} is a folder of OneDrive"
    return _remote(real) if sys.platform == "linux" else None


def _is_cloud(name: str) -> bool:
    """Whether a folder is called as a service calls its own, alone or with something behind it that is no letter."""
    lower = name.lower()
    if any(lower == each or lower.startswith((f"{each} - ", f"{each} (")) for each in WORDS):
        return True
    return any(lower.startswith(each) and not lower[len(each) : len(each) + 1].isalpha() for each in CLOUDS)


def _remote(real: Path) -> str | None:
    try:
        mount = mount_of(MOUNTINFO.read_text(), real)
    except OSError:
        return None
    if mount is None or not mount.remote:
        return None
    return f"{mount.point} is of kind {mount.kind}: not a disk of this PC"
