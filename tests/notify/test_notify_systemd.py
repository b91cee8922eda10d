"""What systemd is told, heard by a socket as systemd has one."""

import os
import socket
from pathlib import Path

import pytest

from firmware.notify import Notifier


@pytest.mark.parametrize("abstract", [False, True])
def test_what_is_said_arrives(tmp_path: Path, abstract: bool) -> None:
    """READY, WATCHDOG, STATUS in one line, STOPPING; over a path or an abstract name."""
    name = f"@callbox-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name.replace("@", "\0"))
        heard.settimeout(5)
        notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "60000000"})
        notifier.ready()
        notifier.alive()
        notifier.status("two\nlines")
        notifier.stopping()
        said = [heard.recv(100) for _ in range(4)]
        notifier.close()
    assert said == [b"READY=1", b"WATCHDOG=1", b"STATUS=two lines", b"STOPPING=1"]
    assert notifier.watchdog_s == 30


def test_without_systemd_it_is_silent() -> None:
    """No socket, no watchdog, no error."""
    notifier = Notifier({})
    notifier.ready()
    notifier.close()
    assert notifier.watchdog_s is None


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    """WATCHDOG_PID names who is watched; nonsense in WATCHDOG_USEC is none."""
    assert Notifier({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "1"}).watchdog_s is None
    assert Notifier({"WATCHDOG_USEC": "x"}).watchdog_s is None


def test_a_listener_that_is_gone_or_slow_stops_nothing(tmp_path: Path) -> None:
    """A full or vanished socket loses the note and nothing else."""
    path = tmp_path / "notify"
    notifier = Notifier({"NOTIFY_SOCKET": str(path)})
    notifier.ready()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(path))
        for _ in range(2000):
            notifier.alive()
    notifier.alive()
    notifier.close()
