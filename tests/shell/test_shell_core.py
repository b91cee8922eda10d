"""The shell leaves no core, however it is started: not as a file, and not to a program that is given cores."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GET_DUMPABLE = 3
"""`PR_GET_DUMPABLE` of linux/prctl.h."""

TOLD = f"""
import ctypes, resource, sys
from {{module}} import {{name}} as start
sys.argv[1:] = {{words!r}}
start({{given}})
print(*resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl({GET_DUMPABLE}), file=sys.stderr)
"""


ALLOWING = ("sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"', "sh")
"""A login may have it so: what is started may leave as large a core as it likes."""


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("firmware.shell.__main__", "_run", ["help"]),
        ("firmware.shell.__main__", "_run", ["--ssh", "--socket", "/nowhere/keeper.sock"]),
        ("firmware.cli.main", "main", ["shell", "help"]),
    ],
)
def test_every_way_into_the_shell_forbids_cores(module: str, name: str, words: list[str]) -> None:
    """Over SSH, as a module and as `callbox shell`: no limit that could be raised again, and not to be dumped."""
    code = TOLD.format(module=module, name=name, words=words, given="" if name == "_run" else words)
    done = subprocess.run([*ALLOWING, sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    assert done.stderr.splitlines()[-1] == b"0 0 0"


def test_a_shell_that_is_told_to_quit_leaves_nothing(tmp_path: Path) -> None:
    """Told to quit while it waits for the keeper: it ends by that signal, and the folder that it ran in stays empty."""
    door, here = tmp_path / "keeper.sock", tmp_path / "here"
    here.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as keeper:
        keeper.bind(str(door))
        keeper.listen()
        keeper.settimeout(20)
        argv = [*ALLOWING, sys.executable, "-m", "firmware.shell", "--socket", str(door), "list"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        shell = subprocess.Popen(argv, cwd=here, env=environment)
        connection, _ = keeper.accept()
        with connection:
            os.kill(shell.pid, signal.SIGQUIT)
            _, status = os.waitpid(shell.pid, 0)  # `Popen` does not tell whether there is a core
            shell.wait()
    assert os.WTERMSIG(status) == signal.SIGQUIT
    assert not os.WCOREDUMP(status)
    assert [*here.iterdir()] == []
