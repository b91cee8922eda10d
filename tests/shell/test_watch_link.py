"""The screen's conversation with the keeper: what is asked for when, and what becomes of it when it ends."""

import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, Queue

import pytest

from firmware.faults import Refused
from firmware.shell.client import Client, connected
from firmware.shell.watch.link import LATE_BEATS, SHUT_BEATS, SOON_BEATS, Heard, Link
from tests.journey.journey_rig import nobody, our_packages, python_for
from tests.rigs.watched import Said, Watched


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    made = Watched(tmp_path_factory.mktemp("link"), [])
    made.say({"line1": Said()})
    with made.serving():
        yield made


def test_all_is_asked_for_seldom_and_what_changes_by_itself_often(box: Watched) -> None:
    """First all; then every twentieth look, or the fourth where something was entered; another day at once."""
    with connected(str(box.socket)) as client:
        link = Link(client, str(box.socket))
        assert link.ask().whole is True
        assert [link.ask().whole for _ in range(SOON_BEATS + 1)] == [
            *[False] * SOON_BEATS,
            True,
        ]  # its own entry
        assert [link.ask().whole for _ in range(LATE_BEATS + 1)] == [*[False] * LATE_BEATS, True]
        box.ask("watch")  # another conversation: an entry
        assert [link.ask().whole for _ in range(SOON_BEATS + 1)] == [*[False] * SOON_BEATS, True]
        link.show("2026-02-27")
        heard = link.ask()
        assert (heard.whole, heard.told["day"]["on"]) == (True, "2026-02-27")


def test_a_conversation_that_ended_is_taken_up(tmp_path: Path) -> None:
    """While nobody is there that is said; once somebody is, all is asked for anew."""
    own = Watched(tmp_path, [])
    with ExitStack() as stack:
        with own.serving():
            link = Link(stack.enter_context(connected(str(own.socket))), str(own.socket))
            link.ask()
        assert "does not answer" in link.ask().trouble
        assert "does not answer" in link.ask().trouble
    with own.serving(), link._open:
        assert link.ask().whole is True


def test_a_refusal_is_final(box: Watched) -> None:
    """Whatever the keeper refuses it will refuse again."""
    with connected(str(box.socket)) as client:
        link = Link(client, "")
        link.show("no date")
        assert isinstance(link.ask().refused, Refused)


def test_a_socket_that_lets_nobody_in_is_tried_for_ten_seconds() -> None:
    """A keeper that begins opens its socket to persons a moment after it is there."""
    if os.geteuid() != 0:
        pytest.skip("only root can ask as another account")
    account = nobody()
    looks = (
        "import sys; from firmware.shell.watch.link import Link; link = Link(None, sys.argv[1]); "
        "print(*[link.ask().refused is None for _ in range(21)])"
    )
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as listener:
        Path(name).chmod(0o711)
        shut = Path(name) / "shut"
        listener.bind(str(shut))
        listener.listen()
        shut.chmod(0o600)
        asked = [*account.run(python_for(account)), "-c", looks, str(shut)]
        done = subprocess.run(
            asked, env=our_packages(), capture_output=True, text=True, check=True, cwd="/", timeout=30
        )
    assert done.stdout.split() == [*["True"] * (SHUT_BEATS - 1), "False", "False"]


def test_what_nobody_expected_is_handed_to_the_screen() -> None:
    """The thread ends with it, and prints nothing."""
    ours, theirs = socket.socketpair()
    told: Queue[Heard] = Queue()
    with ours, theirs:
        threading.Thread(
            target=lambda: (theirs.recv(1000), theirs.sendall(b"no JSON\n")), daemon=True
        ).start()
        Link(Client(ours, ""), "").start(told.put, None)
        heard = told.get(timeout=20)
    assert isinstance(heard.bug, ValueError)


def test_nothing_is_asked_before_the_last_answer_is_drawn(box: Watched) -> None:
    """A screen that stands still, because its terminal does, is told no second thing; once it goes on it is."""
    told: Queue[Heard] = Queue()
    with connected(str(box.socket)) as client:
        link = Link(client, str(box.socket))
        link.start(told.put, None)
        assert told.get(timeout=20).whole
        link.show(None)
        with pytest.raises(Empty):
            told.get(timeout=0.8)
        link.taken()
        assert told.get(timeout=20).whole
