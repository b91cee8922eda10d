"""Where a path lies: on a disk of this box, or somewhere else, which is refused.

A recording is stored in the office's own box (requirements HTS.12, SHD.11). Only
the file system is judged: a block device that is carried over a network under a
name of its own is not recognised, a few usual ones are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware.faults import SettingsFault

MOUNTINFO = Path("/proc/self/mountinfo")

REMOTE_KINDS = frozenset(
    (
        *(
            "nfs",
            "nfs4",
            "cifs",
            "smb3",
            "smbfs",
            "ncpfs",
            "afs",
            "coda",
            "9p",
            "virtiofs",
            "vboxsf",
            "davfs",
        ),
        *("ceph", "glusterfs", "lustre", "gfs2", "ocfs2", "orangefs", "pvfs2", "beegfs", "gpfs", "acfs"),
    )
)
"""File systems whose files lie on another machine, or are shared with one (Linux, fs/; their makers' pages)."""

REMOTE_DEVICES = ("/dev/nbd", "/dev/rbd", "/dev/drbd")
"""Block devices that are carried over a network."""

ESCAPE = re.compile(r"\\([0-7]{3})")
"""proc(5): space, tab, line feed and backslash are octal in mountinfo."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system: where, of what kind, from what device."""

    point: Path
    kind: str
    device: str

    @property
    def remote(self) -> bool:
        """Whether its files may lie elsewhere. Any FUSE file system may, but for one on a block device."""
        fuse = self.kind == "fuse" or self.kind.startswith("fuse.")
        return fuse or self.kind in REMOTE_KINDS or self.device.startswith(REMOTE_DEVICES)


def mount_of(mountinfo: str, path: Path) -> Mount | None:
    """The file system that an absolute path lies on: the deepest mount point above it, of these the last mounted."""
    above = [mount for mount in _mounts(mountinfo) if path.is_relative_to(mount.point)]
    deepest = max((len(mount.point.parts) for mount in above), default=0)
    return next((mount for mount in reversed(above) if len(mount.point.parts) == deepest), None)


def refuse_remote(mountinfo: str, data: Path) -> None:
    """Raise a fault where the data directory, its symbolic links followed, lies on a remote file system."""
    try:
        real = data.resolve()
    except (OSError, RuntimeError):  # a loop of symbolic links
        raise _fault(f"the data directory {data} is a loop of symbolic links") from None
    mount = mount_of(mountinfo, real)
    if mount is not None and mount.remote:
        raise _fault(
            f"the data directory {data} lies on {mount.point}, which is of kind {mount.kind}: not a disk of this box"
        )


def _fault(message: str) -> SettingsFault:
    hint = "set storage.data to a folder on a disk of the box; findmnt --target DIR shows where a folder lies"
    return SettingsFault("settings.data-elsewhere", message, hint)


def _mounts(mountinfo: str) -> Iterator[Mount]:
    """Linux, Documentation/filesystems/proc.rst, section 3.5: the fifth field, and the two behind the hyphen."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        if len(fields) >= 6 and len(kinds) >= 2:
            yield Mount(Path(_plain(fields[4])), kinds[0], _plain(kinds[1]))


def _plain(field: str) -> str:
    return ESCAPE.sub(lambda match: chr(int(match[1], 8)), field)
