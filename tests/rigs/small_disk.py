"""Small disks of our own: ext4 in a file, mounted where nobody else sees it, and never left mounted.

A rig that mounts runs as a process in a mount namespace of its own (`alone`): whatever becomes
of it, the kernel unmounts with it.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEADLINE = 20.0
MADE_WHOLE = "lazy_itable_init=0,lazy_journal_init=0"
"""mkfs.ext4 -E: nothing is written later that no test asked for."""


def why_not(*, fuse: bool = False) -> str | None:
    """Why no small disk can be mounted here, `None` where it can."""
    if os.geteuid() != 0:
        return "not root: no file system can be mounted"
    missing = [name for name in ("unshare", "mkfs.ext4", "mount") if shutil.which(name) is None]
    if fuse and shutil.which("fusermount3") is None:
        missing.append("fuse3")
    if missing:
        return f"not installed: {', '.join(missing)}"
    if fuse and not Path("/dev/fuse").exists():
        return "there is no /dev/fuse"
    return None if _loop_works() else "no loop device can be mounted"


def _loop_works() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "image")
        make(image, 1)
        words = [*NAMESPACE, "mount", "-o", "loop", str(image), folder]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


NAMESPACE = ("unshare", "--mount", "--propagation", "private")


def alone(module: str, *words: str, timeout: float) -> subprocess.CompletedProcess[str]:
    """A module of the tests as a process whose mounts are its own."""
    argv = [*NAMESPACE, sys.executable, "-m", module, *words]
    environment = os.environ | {"RUNTIME_DIRECTORY": "", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=timeout
    )


def make(image: Path, mebibytes: int, content: Path | None = None) -> None:
    """An ext4 of 4 KiB blocks in a file, with a copy of a folder in it."""
    with image.open("wb") as file:
        file.truncate(mebibytes << 20)
    copied = ["-d", str(content)] if content else []
    _run("mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", "-E", MADE_WHOLE, *copied, str(image))


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[None]:
    """An image, mounted; unmounted whatever happens."""
    _run("mount", "-o", "loop", str(image), str(folder))
    try:
        yield
    finally:
        _run("umount", str(folder))


def remount(folder: Path, mode: str) -> None:
    """Make a mounted disk `ro` or `rw`."""
    _run("mount", "-o", f"remount,{mode}", str(folder))


@contextmanager
def memory(folder: Path) -> Iterator[None]:
    """A folder in memory, so that syncs cost nothing outside the disk that is tested."""
    _run("mount", "-t", "tmpfs", "none", str(folder))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))


@contextmanager
def logged(image: Path, log: Path, folder: Path) -> Iterator[Path]:
    """An image served by `tests.rigs.block_log`; gives the path of its disk."""
    words = [sys.executable, "-m", "tests.rigs.block_log", str(image), str(log), str(folder)]
    server = subprocess.Popen(words, cwd=ROOT)
    try:
        _await(folder / "disk", server)
        yield folder / "disk"
    finally:
        _run("umount", str(folder))
        server.wait(DEADLINE)


def _await(disk: Path, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + DEADLINE
    while not disk.exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"the logged disk was not served: status {server.wait(0.02)}")
        if time.monotonic() > until:
            raise RuntimeError("the logged disk was not served in time")


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
