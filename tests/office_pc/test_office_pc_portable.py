"""The office's side runs where POSIX does not: nothing of it imports what Windows lacks."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "firmware/office").glob("*.py") if path.stem != "__init__")

WINDOWS = """
import os, socket, sys, time

ABSENT = {"fcntl", "pwd", "grp", "termios", "tty", "pty", "resource", "syslog", "curses", "readline"}

class NotHere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in ABSENT & sys.modules.keys():
    del sys.modules[name]
sys.meta_path.insert(0, NotHere())
for name in ("sendfile", "fdatasync", "geteuid", "getuid", "mkfifo", "O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY",
             "O_NONBLOCK", "posix_fallocate", "posix_fadvise", "chown", "fchown", "pread", "pwrite", "preadv"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC", "clock_gettime_ns"):
    delattr(time, name)
for name in ("AF_UNIX", "recv_fds", "send_fds", "SO_PEERCRED"):
    delattr(socket, name)
"""


def in_a_poorer_python(code: str) -> subprocess.CompletedProcess[str]:
    """Some code in a Python without what Windows lacks."""
    argv = [sys.executable, "-c", WINDOWS + code]
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)


def test_that_python_is_really_poorer() -> None:
    """The rig's own check: POSIX modules are not there."""
    assert "No module named 'termios'" in in_a_poorer_python("import termios\n").stderr
    assert "sendfile" in in_a_poorer_python("os.sendfile\n").stderr


def test_every_module_is_imported_without_posix() -> None:
    """Every module of `firmware.office`, and what opens, draws and decodes, on a Python that lacks POSIX."""
    names = [f"firmware.office.{name}" for name in MODULES]
    also = ["pyrage", "segno", "soundfile", "firmware.cli.main"]
    done = in_a_poorer_python(
        f"import importlib\nfor name in {[*names, *also]!r}:\n    importlib.import_module(name)\n"
    )
    assert done.returncode == 0, done.stderr
    assert "firmware.office.remote" in names


@pytest.mark.parametrize("words", [["office"], ["office", "--help"], ["office", "get", "--help"]])
def test_help_is_printed_without_posix(words: list[str]) -> None:
    """`callbox office --help`, and the help of a command, on such a Python."""
    done = in_a_poorer_python(f"from firmware.cli.main import main\nsys.exit(main({words!r}))\n")
    assert done.returncode == 0, done.stderr
    assert "callbox office" in done.stdout


def test_nothing_of_the_box_is_imported() -> None:
    """No keeper, recorder or shell, no database and no sound comes along with any office module."""
    names = [f"firmware.office.{name}" for name in MODULES]
    code = (
        f"import importlib\nfor name in {names!r}:\n    importlib.import_module(name)\n"
        "box = ('firmware.keeper', 'firmware.recorder', 'firmware.shell', 'firmware.catalogue', 'sqlite3', "
        "'sounddevice', 'soundfile', 'segno', 'pyrage', 'paramiko', 'textual')\n"
        "print([name for name in box if name in sys.modules])\n"
    )
    done = in_a_poorer_python(code)
    assert done.stdout.strip() == "[]", done.stderr
