"""`ssh -t you@box watch`, with the stock client through a real sshd: the screen, one look, and every way it is cut off."""

import os
import pwd
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.rigs.sshd import Sshd, accounts
from tests.rigs.tmux import Tmux

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def box() -> Iterator[Sshd]:
    with accounts("anna", "ben") as made:
        yield made


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    with Tmux(tmp_path, 80, 24) as made:
        yield made


def opened(box: Sshd, person: str, terminal: Tmux) -> None:
    """The screen of a person, through the server."""
    terminal.run([*box.ssh(person, tty=True), "watch"], {"TERM": "xterm-256color"})
    terminal.shows("══ LINES 1", "RECORDINGS of Mon 02 Mar 2026: 2", "q quit")


def looks(box: Sshd, person: str) -> int:
    """How often the audit log says that a person watched."""
    account = box.logins[person]
    return sum((each["person"], each["verb"]) == (account, "watch") for each in box.entries("looked"))


def processes(uid: int) -> list[int]:
    """What an account runs."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found += [int(path.name)] if path.stat().st_uid == uid else []
    return found


def wait(done: Callable[[], bool]) -> bool:
    """Look until it is so; false where it never is."""
    until = time.monotonic() + 20
    while not done() and time.monotonic() < until:
        select.select([], [], [], 0.05)
    return done()


def test_the_screen_comes_through(box: Sshd, terminal: Tmux) -> None:
    """Keys go in, another size too; the commands that it shows are those that are typed over ssh; one entry tells of it."""
    before = looks(box, "anna")
    opened(box, "anna", terminal)
    terminal.press("r", "Enter")
    shown = terminal.shows("@127.0.0.1 get ")
    assert "callbox shell" not in shown
    terminal.press("Escape")
    terminal.resize(120, 40)
    terminal.until(
        lambda text: len(text.split("\n")) == 40 and "q quit" in text.split("\n")[-1], "not drawn anew"
    )
    terminal.press("q")
    ended = terminal.ended()
    assert "ended 0" in ended
    assert "-icanon" not in ended
    assert looks(box, "anna") == before + 1


def test_without_a_terminal_it_is_one_look(box: Sshd) -> None:
    """`ssh you@box watch > file`: text without an escape."""
    done = box.run("anna", "watch")
    assert done.returncode == 0, done.stderr
    assert b"RECORDINGS of Mon 02 Mar 2026: 2" in done.stdout
    assert b"Levels, never sound" in done.stdout
    assert b"\x1b" not in done.stdout


def test_a_terminal_that_nobody_knows_gets_one_look(box: Sshd, terminal: Tmux) -> None:
    """What the client calls its terminal arrives with it."""
    terminal.run([*box.ssh("anna", tty=True), "watch"], {"TERM": "my-own-terminal"})
    shown = terminal.ended()
    assert "Levels, never sound" in shown
    assert "ended 0" in shown


def test_who_is_removed_sees_nothing_more(box: Sshd, terminal: Tmux) -> None:
    """At the next look: the screen ends, says why, and leaves the terminal as it was."""
    opened(box, "ben", terminal)
    (box.persons / box.logins["ben"]).unlink()
    ended = terminal.ended()
    assert "callbox: " in ended
    assert "ended 6" in ended
    assert "-icanon" not in ended
    assert "══" not in ended


def test_a_lost_connection_leaves_nothing_on_the_box(box: Sshd, terminal: Tmux) -> None:
    """The client is killed, as by a laptop that is shut: nothing of the person runs on the box after that."""
    opened(box, "anna", terminal)
    uid = pwd.getpwnam(box.logins["anna"]).pw_uid
    assert processes(uid)
    os.kill(terminal.pid(), signal.SIGKILL)
    assert wait(lambda: not processes(uid)), processes(uid)
