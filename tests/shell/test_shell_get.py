"""Whatever ends a sending, the log says how much went: the shell as a process, its reader a small pipe."""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firmware.audit.log import AuditLog
from firmware.shell.client import connected
from tests.keeper.keeper_rig import ROOT, House, running

WHY = ("--purpose", "complaint", "--ref", "C12")
PAGE = 4096
DEADLINE_S = 20.0


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A box with one recording of 30 KB in its spool."""
    house = House(tmp_path)
    house.spool_finished()
    return house


@dataclass
class Getting:
    """A `get` that has filled its pipe and waits for its reader."""

    process: subprocess.Popen[bytes]
    reader: int

    def rest(self) -> bytes:
        """All that still comes."""
        pieces = []
        while piece := os.read(self.reader, 1 << 16):
            pieces.append(piece)
        return b"".join(pieces)

    def ended(self) -> int:
        return self.process.wait(DEADLINE_S)


@contextmanager
def getting(house: House, *more: str) -> Iterator[Getting]:
    """The recording of this box on its way into a pipe of four pages, which is filling."""
    (body,) = house.places.store.glob("*.body")
    argv = [sys.executable, "-m", "firmware.shell", "--socket", str(house.places.run / "keeper.sock")]
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4 * PAGE)
    process = subprocess.Popen(
        [*argv, "get", body.stem, *WHY, *more], stdout=writer, stderr=subprocess.PIPE, cwd=ROOT
    )
    os.close(writer)
    try:
        until(lambda: waiting(reader) > 2 * PAGE, "nothing came")
        yield Getting(process, reader)
    finally:
        os.close(reader)
        process.kill()
        process.communicate()


def waiting(reader: int) -> int:
    """Bytes that lie in the pipe."""
    return struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, bytes(4)))[0]


def entries(house: House, what: str) -> list[dict[str, Any]]:
    log = AuditLog(house.places.audit)
    try:
        return [each for each in log.entries() if each["what"] == what]
    finally:
        log.close()


def until(so: Callable[[], object], what: str) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not so():
        assert time.monotonic() < end, what
        pause.wait(0.02)


def the_sent(house: House, count: int = 1) -> dict[str, Any]:
    """The newest entry of how much went, once there are so many."""
    until(lambda: len(entries(house, "sent")) >= count, "no entry says how much went")
    return entries(house, "sent")[-1]


def test_a_shell_that_is_killed_leaves_what_was_read(house: House) -> None:
    """Nobody can say how much went; the kernel knows how much of the body was read."""
    with running(house), getting(house) as one:
        one.process.kill()
        one.ended()
        sent = the_sent(house)
    (body,) = house.places.store.glob("*.body")
    assert sent["bytes"] is None
    assert 0 < sent["read"] < body.stat().st_size


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_hang_up_is_told_like_any_end(house: House, number: signal.Signals) -> None:
    """The session ended: what the pipe took is entered, to the byte."""
    with running(house), getting(house) as one:
        one.process.send_signal(number)
        assert one.ended() == 128 + number
        sent = the_sent(house)
        assert sent["bytes"] == len(one.rest())
        assert 0 < sent["read"] <= sent["bytes"]
    assert sent["copy"] == entries(house, "get")[0]["copy"]


@pytest.mark.parametrize("more", [(), ("--armor",)])
def test_a_reader_that_goes_away_is_told(house: House, more: tuple[str, ...]) -> None:
    """`get ... | head -c 5`: status 141, and the bytes that the pipe took."""
    with running(house), getting(house, *more) as one:
        os.read(one.reader, 5)
        os.dup2(os.open(os.devnull, os.O_RDONLY), one.reader)
        assert one.ended() == 141
        assert 5 <= the_sent(house)["bytes"] <= 5 * PAGE


def test_who_says_less_than_he_read_is_entered_with_both(house: House) -> None:
    """A person's own program reads all and says nothing went: the kernel's count stands beside it."""
    with running(house):
        (body,) = house.places.store.glob("*.body")
        with connected(str(house.places.run / "keeper.sock")) as client:
            reply = client.ask("get", id=body.stem, purpose="complaint", ref="C12")
            with os.fdopen(reply.body(), "rb") as file:
                size = len(file.read())
            client.ask("sent", copy=reply.content["copy"], bytes=0)
        sent = the_sent(house)
    assert (sent["bytes"], sent["read"]) == (0, size)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL])
def test_a_keeper_that_ends_in_the_middle_spoils_nothing(house: House, stop: signal.Signals) -> None:
    """The body arrives whole. That nobody said how much went is entered by the old keeper, or at the next one's start;
    then the next one is told.
    """
    with ExitStack() as first:
        keeper = first.enter_context(running(house))
        with getting(house) as one:
            keeper.send_signal(stop)
            keeper.wait(DEADLINE_S)
            first.close()
            with running(house):
                whole = one.rest()
                assert one.ended() == 0
                the_sent(house, 2)
    unsaid, said = entries(house, "sent")
    assert (unsaid["bytes"], said["bytes"]) == (None, len(whole))
    assert (unsaid["read"] is not None) is (stop is signal.SIGTERM)
    assert unsaid["copy"] == said["copy"] == entries(house, "get")[0]["copy"]
    assert whole.startswith(b"age-encryption.org/v1")
