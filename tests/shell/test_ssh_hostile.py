"""Nothing but our own sentences: forwarding, environment, files, operators of a shell, nonsense by the hundred."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.fuzzed import command_lines
from tests.rigs.sentences import code_of
from tests.rigs.sshd import DEADLINE, Sshd, another

pytestmark = pytest.mark.rig

SSH_WHOLE = bool(os.environ.get("CALLBOX_SOAK"))
SSH_LINES = 1000 if SSH_WHOLE else 40


@pytest.fixture(scope="module")
def seen(box: Sshd) -> Iterator[Sshd]:
    """The same server with `env` in place of our shell: what a forced command would see."""
    with another(box, "exec env") as there:
        yield there


@contextlib.contextmanager
def forwarding(box: Sshd, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A client that asks for a forwarding and for nothing else."""
    client = subprocess.Popen(
        [*box.ssh("anna", "-N", *options)], env=box.environment, stderr=subprocess.DEVNULL
    )
    try:
        yield client
    finally:
        client.kill()
        client.wait(DEADLINE)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def heard_at(port: int, said: bytes = b"") -> bytes:
    """What comes back from a port of the client's, once it listens."""
    until = time.monotonic() + DEADLINE
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
            break
        except ConnectionRefusedError:
            assert time.monotonic() < until, "the client does not listen"
    with connection:
        if said:
            connection.sendall(said)
        try:
            return connection.recv(100)
        except ConnectionResetError:
            return b""


def test_a_local_forwarding_carries_nothing(box: Sshd) -> None:
    """`-L`: the client's port opens, and every connection through it is shut; so it is with a socket."""
    for target in (f"127.0.0.1:{box.port}", str(box.house.places.run / "keeper.sock")):
        port = free_port()
        with forwarding(box, "-L", f"{port}:{target}"):
            assert heard_at(port, b'{"verb":"status"}\n') == b""


def test_a_dynamic_forwarding_carries_nothing(box: Sshd) -> None:
    """`-D`: the client talks SOCKS, and the server connects to nowhere."""
    port = free_port()
    with forwarding(box, "-D", str(port)):
        four = b"\x04\x01" + box.port.to_bytes(2) + bytes((127, 0, 0, 1)) + b"\x00"
        assert b"SSH-" not in heard_at(port, four)


@pytest.mark.parametrize("way", ["-R", "-w"])
def test_the_other_forwardings_are_refused(box: Sshd, way: str) -> None:
    """A port or a tunnel at the box: the client is told no, and ends where it insists."""
    what = {"-R": f"{free_port()}:127.0.0.1:{box.port}", "-w": "0:0"}[way]
    with forwarding(box, way, what, "-o", "ExitOnForwardFailure=yes") as client:
        assert client.wait(DEADLINE) == 255


def test_nothing_of_the_clients_environment_arrives(seen: Sshd) -> None:
    """SendEnv, SetEnv, agent, display: the forced command sees what sshd itself sets, and no more."""
    asked = ["-A", "-X", "-o", "SetEnv=CALLBOX_CODES=1 LANG=de_DE PYTHONPATH=/tmp LD_PRELOAD=/tmp/x.so"]
    said = seen.run("anna", "list", options=asked).stdout.decode()
    names = {line.partition("=")[0] for line in said.splitlines()}
    assert names == {
        *("USER", "LOGNAME", "HOME", "PATH", "MAIL", "SHELL", "PWD"),
        *("SSH_CLIENT", "SSH_CONNECTION", "SSH_ORIGINAL_COMMAND"),
    }


def test_a_terminal_brings_its_kind_and_nothing_else(box: Sshd, seen: Sshd) -> None:
    """A pty can be had, which `watch` needs; the environment gets TERM and the terminal's name."""
    names = {line.partition("=")[0] for line in seen.run("anna", tty=True).stdout.decode().splitlines()}
    assert {"TERM", "SSH_TTY"} <= names
    assert not names & {"DISPLAY", "SSH_AUTH_SOCK", "SSH_ORIGINAL_COMMAND"}
    assert b"[refused.verb]" in box.run("anna", "bash", tty=True).stdout


@pytest.mark.parametrize("way", ["sftp", "scp", "scp -O", "scp up", "rsync"])
def test_files_cannot_be_had_by_their_paths(box: Sshd, way: str, tmp_path: Path) -> None:
    """An old scp and rsync are told in one sentence; to an sftp that is refused sshd hands no words on. Nothing is read or written."""
    mine = tmp_path / "mine"
    mine.write_text("x")
    keyed = ["-F", "none", "-i", str(box.key("anna")), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
    keyed += ["-o", f"UserKnownHostsFile={box.folder / 'client' / 'known'}", "-o", "HostKeyAlias=box"]
    there = f"{box.logins['anna']}@127.0.0.1"
    port = ["-P", str(box.port)]
    words = {
        "sftp": ["sftp", *keyed, *port, "-b", "/dev/null", there],
        "scp": ["scp", *keyed, *port, f"{there}:/etc/passwd", str(tmp_path / "got")],
        "scp -O": ["scp", "-O", *keyed, *port, f"{there}:/etc/passwd", str(tmp_path / "got")],
        "scp up": ["scp", "-O", *keyed, *port, str(mine), f"{there}:/tmp/cbt-got"],
        "rsync": ["rsync", "-e", " ".join(["ssh", *keyed, "-p", str(box.port)]), f"{there}:/etc/", tmp_path],
    }[way]
    before = len(box.entries("looked"))
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=box.environment)
    assert done.returncode
    assert ("[refused.transfer]" in done.stderr) == (way not in {"sftp", "scp"}), done.stderr
    (entry,) = box.entries("looked")[before:]
    assert entry["verb"] == {"sftp": "sftp", "scp": "sftp", "rsync": "rsync"}.get(way, "scp")
    assert entry["code"] == "refused.transfer"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert not Path("/tmp/cbt-got").exists()  # noqa: S108  where it would have gone


SAID = {
    "$(touch {}/made)": "refused.verb",
    "`touch {}/made`": "refused.verb",
    "list; touch {}/made": "refused.verb",
    "list && touch {}/made": "refused.arguments",
    "list | tee {}/made": "refused.arguments",
    "list > {}/made": "refused.arguments",
    "list\ntouch {}/made": "refused.arguments",
    "list --on '": "refused.arguments",
    'list --on "': "refused.arguments",
    "list \\": "refused.arguments",
    "list --socket /tmp/x": "refused.arguments",
    "list --config=/etc/passwd": "refused.arguments",
    "list \x1b[2J": "refused.arguments",
    "\u202etsil": "refused.verb",
    "x" * 65537: "refused.arguments",
    "list " + "x" * 65000: "refused.arguments",
}


@pytest.mark.parametrize(("line", "code"), SAID.items(), ids=[repr(line[:24]) for line in SAID])
def test_no_shell_ever_sees_what_was_typed(
    box: Sshd, mux: tuple[str, ...], line: str, code: str, tmp_path: Path
) -> None:
    """Operators are letters, and what is left open, too long or moves the cursor is refused in a sentence."""
    tmp_path.chmod(0o777)
    before = len(box.entries("looked"))
    done = box.run("anna", line.replace("{}", str(tmp_path)), options=mux, raw=True)
    assert code_of(done) == code
    assert len(done.stderr) < 1000
    assert [each["code"] for each in box.entries("looked")[before:]] == [code]
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_text_is_refused(box: Sshd, mux: tuple[str, ...]) -> None:
    """Bytes that are no UTF-8."""
    argv = [*map(os.fsencode, box.ssh("anna", *mux)), b"--"]
    done = subprocess.run([*argv, b"list \xff\xfe"], capture_output=True, check=False, env=box.environment)
    assert code_of(done) == "refused.arguments"
    assert b"not UTF-8" in done.stderr


def test_nonsense_by_the_hundred_over_ssh(box: Sshd, mux: tuple[str, ...]) -> None:
    """Forty seeded lines, a thousand in the soak: our own sentences, and an entry for each.

    The same thousand go through the shell without sshd in `test_shell_fuzzed.py` each time.
    """
    argv = [*map(os.fsencode, box.ssh("anna", *mux)), b"--"]
    for line in command_lines(SSH_LINES, seed=5):
        before = len(box.entries("looked"))
        done = subprocess.run([*argv, line], input=b"", capture_output=True, check=False, env=box.environment)
        code = code_of(done)
        looked = box.entries("looked")[before:]
        assert looked, line
        assert code in {each.get("code") for each in looked}, line
