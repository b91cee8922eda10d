"""A real sshd on loopback before a real keeper, spoken to with the stock `ssh`.

    from tests.rigs.sshd import Sshd, accounts, alone   # pytestmark = pytest.mark.rig

    @pytest.fixture(scope="module")
    def box(...) -> Iterator[Sshd]:
        with accounts("anna", "ben") as box:        # root: accounts of its own; or `alone()`: any account, no pty
            yield box

    done = box.run("anna", "list", "--json")        # CompletedProcess, bytes
    done = box.run("anna", "get", box.finished, "--purpose", "complaint", "--ref", "C12")
    done = box.run("anna", "watch", tty=True)       # the root rig only
    done = box.run("anna", "list", options=("-L", "9999:127.0.0.1:22"))
    box.plain("cat FILE")                           # an account without forced command, for comparison
    box.entries("get")                              # what the audit log says of it

1. The server's settings are our own drop-in of systemd/, included as Debian includes it, with three strings put to what
   this machine has: the group, the folder of key files, the command. Each is there exactly once.
2. Two kinds. `accounts`: root's sshd; each person is an account that is made, and is removed again also after a failure. Its name
   begins with `cbt`, the group's too, and is another each time, so that two rigs at once do not meet. `alone`: an sshd of one
   ordinary account, which is the keeper's own; no pty (OpenSSH needs root for it), no second person, no `plain`. Each skips,
   with a reason, where it cannot be had.
3. The keeper runs on a clock that keeps the time of March 2026 (`keeper_rig.MORNING`); sshd on the machine's. Keys count until 2099.
4. Everything lies below a folder that only its owner writes, from the root of the file system on: sshd refuses key files elsewhere.
5. Nothing sleeps, traffic is on 127.0.0.1 only, and each process is ended by its own number.
"""

import contextlib
import fcntl
import grp
import os
import pwd
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware.audit.log import AuditLog
from firmware.cli.accounts import end
from firmware.keeper.key_file import Login, PublicKey
from tests.journey.journey_rig import Account, our_packages, python_for
from tests.keeper.keeper_rig import House, running

ROOT = Path(__file__).resolve().parents[2]
DROP_IN = ROOT / "systemd" / "sshd_config.d" / "callbox.conf"
SSHD = "/usr/sbin/sshd"
INSTALLED = "exec /opt/callbox/.venv/bin/python -I -m firmware.shell --ssh"
DEADLINE = 20.0
LONG = datetime(2099, 1, 1, tzinfo=UTC)

SERVER = """\
Include {included}
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
UsePAM no
StrictModes yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {folder}/plain/%u
AcceptEnv LANG LC_* CALLBOX_*
AllowTcpForwarding yes
X11Forwarding yes
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp
"""
"""As an office may have it: what our drop-in forbids is allowed here."""


@dataclass(frozen=True)
class Sshd:
    """A box that is reached by `ssh`; persons are called by the short names that they were asked for with."""

    house: House
    port: int
    folder: Path
    group: str
    logins: dict[str, str] = field(default_factory=dict)
    """The account of each person."""
    finished: str = ""
    cut: str = ""
    command: str = ""
    """The forced command, where it is not ours."""

    @property
    def persons(self) -> Path:
        """The folder of key files."""
        return self.house.config.parent / "persons"

    def key(self, person: str) -> Path:
        """The private key of a person."""
        return self.folder / "client" / person

    def public(self, person: str) -> PublicKey:
        """The public half."""
        kind, base64, *_ = self.key(person).with_suffix(".pub").read_text().split()
        return PublicKey(kind, base64)

    def write_key_file(self, person: str, until: datetime = LONG, key: str = "") -> Path:
        """The key file of a person, as `callbox person add` writes it; `key` names whose key it is, else his own."""
        account = self.logins[person]
        path = self.persons / account
        login = Login(account, person.title(), "2026-03-02", until, self.public(key or person))
        path.write_text(login.text())
        path.chmod(0o644)
        return path

    def ssh(self, person: str, *options: str, key: str = "", tty: bool = False) -> list[str]:
        """The beginning of a command line: the stock client with settings of its own."""
        words = ["ssh", "-F", "none", "-p", str(self.port), "-i", str(self.key(key or person)), "-q"]
        words += ["-o", f"UserKnownHostsFile={self.folder / 'client' / 'known'}", "-o", "IdentitiesOnly=yes"]
        words += ["-o", "HostKeyAlias=box", "-o", "BatchMode=yes", "-tt" if tty else "-T", *options]
        return [*words, f"{self.logins[person]}@127.0.0.1"]

    def run(
        self,
        person: str,
        *words: str,
        stdin: bytes = b"",
        tty: bool = False,
        options: Sequence[str] = (),
        key: str = "",
        raw: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        """One command line of a person, quoted as he would; `raw` sends the words as they are, `key` logs in with another's key."""
        command = [" ".join(words) if raw else shlex.join(words)] if words else []
        argv = [*self.ssh(person, *options, key=key, tty=tty), "--", *command]
        done = subprocess.run(
            argv, input=stdin, capture_output=True, check=False, timeout=60, env=self.environment
        )
        _can_be_typed(done.stdout)
        _can_be_typed(done.stderr)
        return done

    @contextlib.contextmanager
    def shared(self, person: str) -> Iterator[tuple[str, ...]]:
        """One connection that several sessions share (ControlMaster); what is given are options of `run`."""
        path = self.folder / "client" / f"mux-{secrets.token_hex(3)}"
        options = ("-S", str(path))
        master = subprocess.Popen([*self.ssh(person, "-M", "-N", *options)], env=self.environment)
        try:
            until = time.monotonic() + DEADLINE
            while not path.exists():
                assert master.poll() is None, self.printed()
                assert time.monotonic() < until, "no connection to share"
                with contextlib.suppress(subprocess.TimeoutExpired):
                    master.wait(0.02)
            yield options
        finally:
            master.kill()  # a client that has ports to close may not end at a mere word
            master.wait(DEADLINE)

    def plain(self, command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """A command of an account without a forced one, over the same server."""
        argv = [*self.ssh("plain"), command]
        return subprocess.run(argv, input=stdin, capture_output=True, check=False, timeout=60)

    @property
    def environment(self) -> dict[str, str]:
        """Of the client: nothing of this test's."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder / "client"), "TERM": "xterm-256color"}

    def entries(self, what: str = "") -> list[dict[str, Any]]:
        """What the audit log says, in order; all of it, or one kind."""
        log = AuditLog(self.house.places.audit)
        try:
            return [each for each in log.entries() if not what or each["what"] == what]
        finally:
            log.close()

    def printed(self) -> str:
        """What the server said."""
        return (self.folder / "sshd.log").read_text(errors="replace")


def _can_be_typed(printed: bytes) -> None:
    """Whatever a person reads over SSH names commands as he types them there; JSON is for programs."""
    if not printed.startswith((b"{", b"[")):
        for line in printed.splitlines():
            assert b"callbox shell" not in line.replace(b"callbox-keeper callbox shell", b""), line


@contextlib.contextmanager
def accounts(*persons: str, house: House | None = None, keeper: bool = True) -> Iterator[Sshd]:
    """Root's sshd with an account for each person and one that is none; a keeper with a finished and a cut recording.

    `house` is a box that was made, in a folder that others may enter (rule 4); `keeper` starts one.
    """
    need_accounts()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_folder(Path("/run")))
        group = stack.enter_context(_group())
        names = {
            each: stack.enter_context(_account(each, group if each != "plain" else ""))
            for each in (*persons, "plain")
        }
        yield from _served(stack, folder, group, names, house, keeper=keeper)


def need_accounts() -> None:
    """Skip, with a reason, where accounts cannot be made."""
    if os.geteuid() != 0:
        pytest.skip("not root: accounts cannot be made")
    _require("useradd", "userdel", "groupadd", "setpriv")


@contextlib.contextmanager
def alone() -> Iterator[Sshd]:
    """An sshd and a keeper of one ordinary account, which is the one person, `own`; run by root, that account is made for it."""
    _require("setpriv" if os.geteuid() == 0 else "ssh")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_folder(_own_place()))
        if os.geteuid() == 0:
            group = stack.enter_context(_group())
            name = stack.enter_context(_account("own", group))
        else:
            group, name = grp.getgrgid(os.getegid()).gr_name, pwd.getpwuid(os.geteuid()).pw_name
        yield from _served(stack, folder, group, {"own": name}, None, keeper=True)


def _require(*tools: str) -> None:
    missing = [each for each in (SSHD, "ssh", "ssh-keygen", *tools) if shutil.which(each) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def _own_place() -> Path:
    """A folder from which on nobody else writes: root's, of the session, or the home."""
    if os.geteuid() == 0:
        return Path("/run")
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(session) if session and Path(session).is_dir() else Path.home()


@contextlib.contextmanager
def _folder(place: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cbt-", dir=place) as name:
        folder = Path(name)
        folder.chmod(0o711)
        for each, mode in (("client", 0o700), ("plain", 0o755), ("box", 0o711)):
            (folder / each).mkdir()
            (folder / each).chmod(mode)
        yield folder


def _served(
    stack: contextlib.ExitStack,
    folder: Path,
    group: str,
    names: dict[str, str],
    house: House | None,
    *,
    keeper: bool,
) -> Iterator[Sshd]:
    house = house or House(folder / "box")
    house.config.chmod(0o644)
    finished, cut = house.spool_finished(), house.spool_cut(2)
    port = _free_port()
    box = Sshd(house, port, folder, group, names, finished, cut)
    _keys(box)
    _persons_folder(box)
    wrap = _own(box) if "own" in names else ()
    if keeper:
        stack.enter_context(running(house, _another_python(wrap)))
        house.places.run.chmod(0o711)
        house.places.data.chmod(0o711)
    stack.enter_context(_server(box, wrap))
    yield box


def _another_python(wrap: tuple[str, ...]) -> tuple[str, ...]:
    """What starts the keeper as another account: by an interpreter that it can start, in place of this test's."""
    if not wrap:
        return ()
    python, packages = python_for(Account(65534, 65534)), our_packages()
    instead = ("sh", "-c", 'shift; exec "$0" "$@"', python)
    return (*wrap, "env", *(f"{name}={value}" for name, value in packages.items()), *instead)


def _own(box: Sshd) -> tuple[str, ...]:
    """Everything belongs to the one account; what starts a process as it."""
    if os.geteuid() != 0:
        return ()
    own = pwd.getpwnam(box.logins["own"])
    for path in (box.folder, *box.folder.rglob("*")):
        os.chown(path, own.pw_uid, own.pw_gid, follow_symlinks=False)
    return ("setpriv", f"--reuid={own.pw_uid}", f"--regid={own.pw_gid}", "--clear-groups")


def _keys(box: Sshd) -> None:
    client = box.folder / "client"
    for path in (box.folder / "host", *(client / each for each in box.logins)):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    host = (box.folder / "host.pub").read_text()
    (client / "known").write_text(f"box {host}")
    if "plain" in box.logins:
        plain = box.folder / "plain" / box.logins["plain"]
        plain.write_text((client / "plain.pub").read_text())
        plain.chmod(0o644)


def _persons_folder(box: Sshd) -> None:
    box.persons.mkdir(exist_ok=True)
    os.chown(box.persons, os.geteuid(), grp.getgrnam(box.group).gr_gid)
    box.persons.chmod(0o750)
    for each in box.logins.keys() - {"plain"}:
        box.write_key_file(each)


@contextlib.contextmanager
def another(box: Sshd, command: str) -> Iterator[Sshd]:
    """The same persons at another server, whose forced command is this one: `exec env` shows what ours would see."""
    there = replace(box, port=_free_port(), command=command)
    with _server(there, ()):
        yield there


@contextlib.contextmanager
def _server(box: Sshd, wrap: tuple[str, ...]) -> Iterator[None]:
    config, included = (box.folder / f"{name}-{box.port}" for name in ("sshd_config", "drop-in"))
    included.write_text(drop_in(box))
    config.write_text(SERVER.format(folder=box.folder, included=included, port=box.port))
    for each in (config, included):
        each.chmod(0o644)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen(
        [*wrap, SSHD, "-D", "-f", config, "-E", box.folder / "sshd.log"], stdin=subprocess.DEVNULL
    )
    try:
        _answers(box, process)
        yield
    finally:
        process.terminate()
        process.wait(DEADLINE)


def drop_in(box: Sshd) -> str:
    """Our drop-in, with group, folder and command of this machine (rule 1)."""
    text = DROP_IN.read_text()
    account = Account(65534, 65534)
    python = python_for(account) if os.geteuid() == 0 else sys.executable
    sock = box.house.places.run / "keeper.sock"
    packages = our_packages()["PYTHONPATH"]
    command = f"exec env PYTHONPATH={packages} PYTHONDONTWRITEBYTECODE=1 {python} -P -s -m firmware.shell --ssh --socket {sock}"
    for installed, here in (
        (INSTALLED, box.command or command),
        ("Match Group callbox-persons", f"Match Group {box.group}"),
        ("/etc/callbox/persons/%u", f"{box.persons}/%u"),
    ):
        assert text.count(installed) == 1, installed
        text = text.replace(installed, here)
    return text


def _answers(box: Sshd, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server listens."""
    until = time.monotonic() + DEADLINE
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", box.port)):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    raise AssertionError(f"sshd does not listen:\n{box.printed()}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Debian's account tools give up where another of them is at work: a lock of ours, so that two rigs at once do not meet."""
    with Path("/run/lock" if Path("/run/lock").is_dir() else "/run").joinpath("cbt").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _do(*words: str) -> None:
    with _one_at_a_time():
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{shlex.join(words)}: {done.stderr}")


@contextlib.contextmanager
def _group() -> Iterator[str]:
    name = f"cbt{secrets.token_hex(3)}"
    _do("groupadd", name)
    try:
        yield name
    finally:
        _do("groupdel", name)


def _free_number() -> int:
    """A number that no account has, above those that are given out one after the other."""
    taken = {each.pw_uid for each in pwd.getpwall()}
    return next(
        number for number in iter(lambda: 20_000 + secrets.randbelow(30_000), None) if number not in taken
    )


@contextlib.contextmanager
def _account(person: str, group: str) -> Iterator[str]:
    """An account as `callbox person add` makes it; `plain` has a group of its own.

    What it runs is ended by its number, so that is one that nobody else has or had: tests of installed boxes run
    processes under low numbers without any account, and another rig may give out the one that follows.
    """
    name = f"cbt{secrets.token_hex(3)}-{person}"
    belongs = ("--no-user-group", "--gid", group) if group else ("--user-group",)
    _do(
        "useradd",
        *("-K", "SUB_UID_COUNT=0", "-K", "SUB_GID_COUNT=0"),
        *("--uid", str(_free_number())),
        "--no-create-home",
        "--home-dir",
        "/",
        *belongs,
        "-s",
        "/bin/sh",
        "-p",
        "*",
        name,
    )
    try:
        yield name
    finally:
        with contextlib.suppress(KeyError):
            _remove(name)


def _remove(name: str) -> None:
    """End what the account still runs, a multiplexed session say, and remove it; its number is this rig's own."""
    end(pwd.getpwnam(name).pw_uid)
    _do("userdel", name)
