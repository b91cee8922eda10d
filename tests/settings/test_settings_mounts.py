from pathlib import Path

import pytest

from firmware.faults import SettingsFault
from firmware.settings.mounts import mount_of, refuse_remote

LINE = "36 25 0:31 / {point} rw,noatime master:1 - {kind} {device} rw\n"
ROOT = LINE.format(point="/", kind="ext4", device="/dev/mmcblk0p2")


def table(*mounts: tuple[str, str, str]) -> str:
    return ROOT + "".join(
        LINE.format(point=point, kind=kind, device=device) for point, kind, device in mounts
    )


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "fuse.sshfs", "fuse"]
)
def test_a_remote_file_system_is_refused(kind: str, tmp_path: Path) -> None:
    """A data directory on, or to be made below, a network or shared file system is refused with its kind."""
    mounts = table((str(tmp_path), kind, "server:/x"))
    with pytest.raises(SettingsFault, match=f"of kind {kind}") as caught:
        refuse_remote(mounts, tmp_path / "not" / "yet")
    assert caught.value.code == "settings.data-elsewhere"
    assert "server" not in str(caught.value)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "vfat", "fuseblk", "overlay", "tmpfs"])
def test_a_disk_of_the_box_is_not_refused(kind: str, tmp_path: Path) -> None:
    """A local file system is not refused, also where a neighbour is remote."""
    neighbour = (f"{tmp_path}x", "nfs4", "server:/x")
    refuse_remote(table((str(tmp_path), kind, "/dev/sda1"), neighbour), tmp_path / "data")


def test_a_network_block_device_is_refused(tmp_path: Path) -> None:
    """A usual network block device is refused although its file system is a local one."""
    with pytest.raises(SettingsFault):
        refuse_remote(table((str(tmp_path), "ext4", "/dev/nbd0")), tmp_path)


def test_the_deepest_and_last_mount_counts() -> None:
    """A mount hides what lies under it, and the last of two at one place hides the first."""
    mounts = table(("/srv", "nfs", "a:/"), ("/srv/data", "ext4", "/dev/sda1"), ("/srv/data", "cifs", "//a/b"))
    found = {path: mount_of(mounts, Path(path)) for path in ("/srv/data/x", "/srv/datax", "/var")}
    kinds = {path: mount.kind if mount else None for path, mount in found.items()}
    assert kinds == {"/srv/data/x": "cifs", "/srv/datax": "nfs", "/var": "ext4"}


def test_a_mount_point_with_a_space() -> None:
    """The octal escapes of mountinfo are read."""
    mount = mount_of(table(("/srv/a\\040b", "nfs", "a:/")), Path("/srv/a b/c"))
    assert mount is not None
    assert mount.remote


def test_a_link_leads_where_it_leads(tmp_path: Path) -> None:
    """A symbolic link onto a remote file system is followed; a loop of links is refused."""
    (tmp_path / "link").symlink_to(tmp_path / "far")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    mounts = table((str(tmp_path / "far"), "nfs", "a:/"))
    for name in ("link", "loop"):
        with pytest.raises(SettingsFault):
            refuse_remote(mounts, tmp_path / name / "data")


@pytest.mark.parametrize("text", ["", "garbage", " - ", "1 2 3 - ext4", "\n\n"])
def test_what_is_no_mountinfo_says_nothing(text: str) -> None:
    """Lines that are no mounts are passed over."""
    assert mount_of(text, Path("/var")) is None


def test_this_machine_has_a_root() -> None:
    """The real mountinfo has a mount for every path."""
    assert mount_of(Path("/proc/self/mountinfo").read_text(), Path("/var/lib")) is not None
