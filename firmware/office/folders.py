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
    *("onedrive", "dropbox", "google drive", "googledrive", "my drive", "icloud", "icloud drive"),
    *(
        "mobile documents",
        "cloudstorage",
        "nextcloud",
        "owncloud",
        "pcloud drive",
        "pclouddrive",
        "syncthing",
    ),
    *("sync", "mega", "box", "box sync", "seafile", "sharepoint", "proton drive", "magentacloud", "hidrive"),
)
"""How the services call their folders, in lower case; OneDrive adds ` - ` and the office's name."""

ENVIRONMENT: Final = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
"""Where Windows says that OneDrive's folders are."""

UNC: Final = ("\\\\", "//")


def elsewhere(path: Path, environment: Mapping[str, str] = os.environ) -> str | None:
    """Why what lies at this path would also lie somewhere else; `None` where nothing says so."""
    real = path.expanduser().absolute()
    real = real.parent.resolve() / real.name
    if str(real).startswith(UNC):
        return "it is a folder of another machine"
    for part in real.parts[:-1]:
        if part.lower().partition(" - ")[0].strip() in CLOUDS:
            return f"{part} is a folder that is copied to other machines"
    for name in ENVIRONMENT:
        if (given := environment.get(name)) and real.is_relative_to(given):
            return f"{given} is a folder of OneDrive"
    return _remote(real) if sys.platform == "linux" else None


def _remote(real: Path) -> str | None:
    try:
        mount = mount_of(MOUNTINFO.read_text(), real)
    except OSError:
        return None
    if mount is None or not mount.remote:
        return None
    return f"{mount.point} is of kind {mount.kind}: not a disk of this PC"
