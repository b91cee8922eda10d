"""Persons come and go: added, removed while they have something open, expired, edited by hand; what each of them sees."""

import contextlib
import hashlib
import pwd
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from firmware.cli.accounts import processes
from firmware.cli.main import main
from firmware.keeper.key_file import parse
from firmware.sealing.live import create
from tests.keeper.keeper_rig import MORNING, SLOT
from tests.rigs.sentences import code_of
from tests.rigs.sshd import DEADLINE, ROOT, Sshd, accounts

pytestmark = pytest.mark.rig

LONG_S = 200
"""Seconds of noise that no buffer between keeper and client holds: 3 MB; ssh's window is 2."""


@pytest.fixture(scope="module")
def own() -> Iterator[Sshd]:
    """A box of this file's own, since its persons change."""
    with accounts("kim", "lee") as made:
        yield made


@pytest.fixture
def zoe(own: Sshd) -> Iterator[str]:
    """A person whom `callbox person add` made a moment ago; gone afterwards, whatever happens."""
    name = f"cbt{secrets.token_hex(3)}-zoe"
    own.logins["zoe"] = name
    key = own.key("zoe")
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
    done = person(own, "add", name, "--key", f"{key}.pub", "--name", "Zoë Example")
    assert done.returncode == 0, done.stderr
    until(lambda: entered(own, "person added", name), "it is not entered")
    try:
        yield name
    finally:
        person(own, "remove", name)


def person(box: Sshd, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """`callbox person`, as root types it."""
    argv = [sys.executable, "-m", "firmware.cli", "person", "--config", str(box.house.config), *words]
    return subprocess.run(argv, input=given, capture_output=True, text=True, check=False, cwd=ROOT)


def until(done: Callable[[], bool], what: str) -> None:
    """Look again and again, with a deadline; the machine's other work goes on meanwhile."""
    end = time.monotonic() + DEADLINE
    while not done():
        assert time.monotonic() < end, what
        select.select([], [], [], 0.02)


def entered(box: Sshd, what: str, name: str) -> bool:
    return any(each["person"] == name for each in box.entries(what))


def settled(box: Sshd) -> None:
    """Wait until the log says of every key file what it is now."""

    def known() -> bool:
        last = {each["person"]: each for each in box.entries() if each["what"].startswith("person ")}
        return all(
            (found := last.get(path.name, {})).get("file") == hashlib.sha256(path.read_bytes()).hexdigest()
            and "key" in found
            for path in box.persons.iterdir()
        )

    until(known, "the log does not say who may ask")


@contextlib.contextmanager
def edited(path: Path, change: Callable[[str], str]) -> Iterator[None]:
    """A key file that somebody changed by hand, and put right again afterwards."""
    was = path.read_text()
    path.write_text(change(was))
    try:
        yield
    finally:
        path.write_text(was)


def test_a_person_is_added_asks_and_is_listed(own: Sshd, zoe: str) -> None:
    """No password, no home, one key file of root's; the keeper enters that, and the list has all of it."""
    account, path = pwd.getpwnam(zoe), own.persons / zoe
    assert (account.pw_dir, account.pw_shell, account.pw_gecos) == ("/", "/bin/sh", "Zoë Example")
    shadow = next(each for each in Path("/etc/shadow").read_text().splitlines() if each.startswith(f"{zoe}:"))
    assert shadow.split(":")[1] == "*"
    assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (0, 0o640)
    login = parse(path.read_bytes(), zoe)
    assert path.read_text().splitlines()[-1].startswith('restrict,pty,expiry-time="')
    assert code_of(own.run("zoe", "list")) is None
    row = next(
        each for each in person(own, "list").stdout.splitlines() if each.split() and each.split()[0] == zoe
    )
    assert "Zoë Example" in row
    assert login.key.fingerprint in row
    assert " 2026-03-02 09:" in row
    assert b"Zo\xc3\xab Example" in own.run("zoe").stdout


def test_another_day_or_name_keeps_the_key(own: Sshd, zoe: str) -> None:
    """Adding a person once more changes what is given, and since when he is one stays."""
    before = parse((own.persons / zoe).read_bytes(), zoe)
    assert person(own, "add", zoe, "--until", "2098-03-01", "--name", "Zoë Other").returncode == 0
    after = parse((own.persons / zoe).read_bytes(), zoe)
    assert after == replace(before, full="Zoë Other", until=after.until)
    assert f"{after.until:%Y-%m-%d %H:%M}" == "2098-03-02 00:00"
    assert pwd.getpwnam(zoe).pw_gecos == "Zoë Other"
    until(lambda: entered(own, "person changed", zoe), "it is not entered")


def test_a_new_key_shuts_the_old_one_out(own: Sshd, zoe: str) -> None:
    """What was open with the old key ends, too."""
    fresh = own.folder / "client" / "fresh"
    fresh.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", fresh], check=True)
    with own.shared("zoe") as options:
        assert code_of(own.run("zoe", "list", options=options)) is None
        done = person(own, "add", zoe, "--key", "-", given=fresh.with_suffix(".pub").read_text())
        assert done.returncode == 0, done.stderr
        assert [*processes(pwd.getpwnam(zoe).pw_uid)] == []
    assert own.run("zoe", "list").returncode == 255
    assert code_of(own.run("zoe", "list", key="fresh")) is None


def test_a_person_removed_is_gone_from_a_connection_that_is_open(own: Sshd, zoe: str) -> None:
    """A multiplexed connection dies, no process of the account is left, and a login is turned away by sshd."""
    uid = pwd.getpwnam(zoe).pw_uid
    with own.shared("zoe") as options:
        assert code_of(own.run("zoe", "list", options=options)) is None
        assert [*processes(uid)]
        done = person(own, "remove", zoe)
        assert "may ask no more" in done.stdout, done.stderr
        assert [*processes(uid)] == []
        assert own.run("zoe", "list", options=options).returncode == 255
    assert not (own.persons / zoe).exists()
    with pytest.raises(KeyError):
        pwd.getpwnam(zoe)
    until(lambda: entered(own, "person removed", zoe), "it is not entered")
    again = person(own, "remove", zoe)
    assert (again.returncode, again.stdout) == (6, "")
    assert f"there is no person {zoe}, or no more; nothing was changed [refused.no-person]" in again.stderr


def test_a_person_removed_in_the_middle_of_a_get_has_no_whole_file(own: Sshd, zoe: str) -> None:
    """The transfer breaks off; the log has who and why before it, and after it how much went, where the shell still came to say so."""
    live_log = own.house.places.live_log
    live_log.unlink()
    create(live_log, 16, SLOT)
    live_log.chmod(0o600)
    long = own.house.spool_finished(seconds=LONG_S)
    until(lambda: any(each["recording"] == long for each in own.entries("taken in")), "not taken in")
    why = ("--purpose", "complaint", "--ref", "C12")
    client = subprocess.Popen(
        [*own.ssh("zoe"), "get", long, *why], env=own.environment, stdout=subprocess.PIPE
    )
    assert client.stdout is not None
    begun = client.stdout.read(1)
    assert begun == b"a"
    assert person(own, "remove", zoe).returncode == 0
    rest = client.stdout.read()
    client.stdout.close()
    assert client.wait(DEADLINE) == 255
    body = own.house.places.store / f"{long}.body"
    assert len(begun + rest) < body.stat().st_size
    until(lambda: own.entries("sent")[-1]["recording"] == long, "the end of it is not entered")
    sent = own.entries("sent")[-1]["bytes"]
    assert sent is None or len(begun + rest) <= sent < body.stat().st_size
    assert own.entries("get")[-1]["person"] == zoe


def test_what_a_crash_left_half_removed_is_finished_by_the_same_command(own: Sshd, zoe: str) -> None:
    """The key file is gone and the account is there: removing once more ends it. Half added, adding once more does."""
    (own.persons / zoe).unlink()
    assert own.run("zoe", "list").returncode == 255
    done = person(own, "add", zoe, "--key", f"{own.key('zoe')}.pub")
    assert done.returncode == 0, done.stderr
    assert code_of(own.run("zoe", "list")) is None
    (own.persons / zoe).unlink()
    assert "may ask no more" in person(own, "remove", zoe).stdout
    with pytest.raises(KeyError):
        pwd.getpwnam(zoe)


def test_a_key_file_that_goes_while_a_connection_is_open_counts_at_once(own: Sshd) -> None:
    """Nobody ended the connection; the keeper refuses the next word on it, and enters that."""
    path = own.persons / own.logins["kim"]
    with own.shared("kim") as options:
        was = path.read_bytes()
        path.unlink()
        try:
            done = own.run("kim", "list", options=options)
            assert code_of(done) == "refused.not-you"
            assert done.stdout == b""
        finally:
            path.write_bytes(was)
        assert entered(own, "refused", own.logins["kim"])
        assert code_of(own.run("kim", "list", options=options)) is None


def test_a_key_that_expires_while_a_connection_is_open_counts_no_more(own: Sshd) -> None:
    """By the box's clock for the keeper; a new login is refused by sshd by the machine's."""
    path = own.persons / own.logins["kim"]
    login = parse(path.read_bytes(), path.name)
    past = replace(login, until=MORNING - timedelta(days=1))
    with (
        own.shared("kim") as options,
        edited(path, lambda _: past.text()),
    ):
        done = own.run("kim", "list", options=options)
        assert code_of(done) == "refused.key-expired"
        assert b"counted until 2026-03-01" in done.stderr
        assert own.run("kim", "list").returncode == 255


EDITED = {
    "without options": lambda text: text.replace('restrict,pty,expiry-time="209901010000Z" ', ""),
    "a command": lambda text: text.replace("restrict,pty", 'command="/bin/sh",restrict,pty'),
    "an environment": lambda text: text.replace("restrict,pty", 'environment="PYTHONPATH=/tmp",pty'),
    "forwarding": lambda text: text.replace("restrict,pty", 'restrict,pty,port-forwarding,permitopen="*:*"'),
    "a second key": lambda text: text + text.splitlines()[-1] + "\n",
    "a comment": lambda text: text + "# a remark\n",
}


@pytest.mark.parametrize("change", EDITED.values(), ids=EDITED)
def test_a_line_edited_by_hand_gains_nothing(own: Sshd, change: Callable[[str], str]) -> None:
    """The forced command stays ours, the keeper refuses every word, and the change is entered; the person reads why."""
    settled(own)
    name = own.logins["lee"]
    before = len(own.entries("person changed"))
    with edited(own.persons / name, change):
        done = own.run("lee", "sh", "-c", "id")
        assert code_of(done) == "refused.key-file", own.printed()[-1000:]
        assert done.stdout == b""
        assert b"not as `callbox person` writes it" in done.stderr
        until(lambda: len(own.entries("person changed")) > before, "it is not entered")
        entry = own.entries("person changed")[before]
        assert (entry["person"], entry["counts"]) == (name, False)
        assert entry["file"] == hashlib.sha256((own.persons / name).read_bytes()).hexdigest()
    settled(own)
    assert code_of(own.run("lee", "list")) is None


def test_a_key_of_another_person_opens_nothing(own: Sshd) -> None:
    """Kim with Lee's key is turned away by sshd; a file that says another's name, by the keeper."""
    assert own.run("kim", "list", key="lee").returncode == 255
    path = own.persons / own.logins["kim"]
    with edited(path, lambda _: (own.persons / own.logins["lee"]).read_text()):
        assert code_of(own.run("kim", "list", key="lee")) == "refused.key-file"


def test_a_file_that_others_may_write_counts_for_nothing(own: Sshd) -> None:
    """Over a connection that is open: a login is refused by sshd already, so this is what is left."""
    path = own.persons / own.logins["kim"]
    with own.shared("kim") as options:
        path.chmod(0o664)
        try:
            assert code_of(own.run("kim", "list", options=options)) == "refused.key-file"
        finally:
            path.chmod(0o644)


def test_a_stranger_who_knocks_again_is_entered_once(own: Sshd) -> None:
    """An account of the group without a key file; the count comes with the next entry, ten minutes on at the earliest."""
    path = own.persons / own.logins["lee"]
    name = own.logins["lee"]
    before = len([each for each in own.entries("refused") if each["person"] == name])
    with own.shared("lee") as options:
        was = path.read_bytes()
        path.unlink()
        try:
            for _ in range(3):
                assert code_of(own.run("lee", "list", options=options)) == "refused.not-you"
        finally:
            path.write_bytes(was)
    assert len([each for each in own.entries("refused") if each["person"] == name]) <= before + 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "Anna"), "refused.person-name"),
        (("add", "../x"), "refused.person-name"),
        (("add", "root", "--key", "KEY"), "refused.account"),
        (("add", "daemon", "--key", "KEY"), "refused.account"),
        (("remove", "root"), "refused.account"),
        (("add", "cbtx"), "refused.person-key"),
        (("add", "cbtx", "--key", "KEY"), "refused.person-key"),
        (("add", "cbtx", "--key", "PRIVATE"), "refused.person-key"),
        (("add", "cbtx", "--key", "OTHER", "--until", "2020-01-01"), "refused.person-until"),
        (("add", "cbtx", "--key", "OTHER", "--until", "soon"), "refused.person-until"),
        (("add", "cbtx", "--key", "OTHER", "--name", "a:b"), "refused.person-name"),
        (("add", "cbtx", "--key", "OTHER", "--name", "a\x1b[2J"), "refused.person-name"),
    ],
)
def test_what_root_cannot_have_changes_nothing(
    own: Sshd, words: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad name, an account that is not a person's, a key that is somebody's, a private one, a day that is past."""
    spare = own.folder / "client" / "spare"
    if not spare.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", spare], check=True)
    files = {"KEY": f"{own.key('kim')}.pub", "PRIVATE": str(own.key("kim")), "OTHER": f"{spare}.pub"}
    before = [(each.name, each.read_bytes()) for each in sorted(own.persons.iterdir())]
    asked = ["person", "--config", str(own.house.config), *(files.get(word, word) for word in words)]
    assert main(asked) == 6
    said = capsys.readouterr().err
    assert f"[{code}]" in said
    assert "BEGIN" not in said
    assert [(each.name, each.read_bytes()) for each in sorted(own.persons.iterdir())] == before
    with pytest.raises(KeyError):
        pwd.getpwnam("cbtx")
