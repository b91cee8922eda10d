"""The rig itself: a person reaches the keeper through a real sshd, and an account that is none does not."""

from collections.abc import Iterator

import pytest

from tests.rigs.sshd import Sshd, accounts, alone

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def box() -> Iterator[Sshd]:
    with accounts("anna", "ben") as made:
        yield made


def test_a_person_is_answered(box: Sshd) -> None:
    """`ssh anna@box list --json` names both recordings."""
    done = box.run("anna", "list", "--json")
    assert done.returncode == 0, (done.stderr, box.printed())
    assert box.finished.encode() in done.stdout
    assert box.cut.encode() in done.stdout


def test_a_recording_comes_whole(box: Sshd) -> None:
    """`get` through the server; the entry names the account."""
    done = box.run("ben", "get", box.finished, "--purpose", "complaint", "--ref", "C12")
    assert done.stdout.startswith(b"age-encryption.org/v1")
    assert box.entries("get")[-1]["person"] == box.logins["ben"]
    assert box.entries("sent")[-1]["bytes"] == len(done.stdout)


def test_a_terminal_can_be_had(box: Sshd) -> None:
    """`ssh -tt` gives a pty."""
    done = box.run("anna", "get", box.finished, "--purpose", "complaint", "--ref", "C12", tty=True)
    assert b"refused.terminal" in done.stdout


def test_an_account_without_forced_command_is_there_for_comparison(box: Sshd) -> None:
    """`plain` runs what it is told, and is no person."""
    assert box.plain("cat", b"x" * 100).stdout == b"x" * 100


def test_an_ordinary_account_can_serve_itself() -> None:
    """Keeper, server and person are one account that is not root."""
    with alone() as box:
        done = box.run("own", "list", "--json")
        assert box.cut.encode() in done.stdout, (done.stderr, box.printed())
