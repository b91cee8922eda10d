"""The door and the shell: who may ask, what goes out, and what the log says before and after."""

import hashlib
import io
import json
import os
import pty
import pwd
import socket
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from firmware.audit.log import AuditLog
from tests.keeper.keeper_rig import (
    OFFICE,
    ROOT,
    SAFE,
    House,
    flac_accepts,
    notified,
    running,
    start,
    stock_age,
)

NOBODY = 65534
ME = pwd.getpwuid(os.geteuid()).pw_name
GET = ("--purpose", "complaint", "--ref", "Case C12")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str, str]]:
    """A keeper in its own process with a finished and a cut recording taken in."""
    house = House(tmp_path_factory.mktemp("kept"))
    finished, cut = house.spool_finished(), house.spool_cut(2)
    with running(house) as process:
        yield house, finished, cut
    assert process.returncode == 0


def entries(house: House, what: str) -> list[dict[str, object]]:
    log = AuditLog(house.places.audit)
    found = [each for each in log.entries() if each["what"] == what]
    log.close()
    return found


def ask(house: House, *lines: bytes) -> bytes:
    """Raw bytes at the door; everything that came back until it shut or fell silent."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(house.places.run / "keeper.sock"))
        connection.settimeout(5)
        for line in lines:
            connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        pieces = []
        while came := connection.recv(65536):
            pieces.append(came)
    return b"".join(pieces)


def test_get_gives_a_standard_age_file(kept: tuple[House, str, str]) -> None:
    """What `get` sends opens with stock age for each recipient and is a whole FLAC file."""
    house, recording, _ = kept
    done = house.shell("get", recording, *GET)
    assert (done.returncode, done.stderr) == (0, b"")
    for identity in (OFFICE, SAFE):
        assert flac_accepts(stock_age(done.stdout, house.folder, identity))


def test_the_entry_comes_first_and_what_was_sent_after(kept: tuple[House, str, str]) -> None:
    """The log has person, purpose and a commitment to the reference, then the bytes that went; the text is under the lock."""
    house, recording, _ = kept
    sent = len(house.shell("get", recording, *GET).stdout)
    entry = entries(house, "get")[-1]
    assert (entry["recording"], entry["person"], entry["purpose"]) == (recording, ME, "complaint")
    note = json.loads(house.shell("show", recording, "--json").stdout)["handed"][-1]
    commitment = hashlib.sha256(bytes.fromhex(note["salt"]) + note["ref"].encode()).hexdigest()
    assert (note["ref"], commitment) == ("Case C12", entry["ref_commitment"])
    assert entries(house, "sent")[-1]["bytes"] == sent
    for path in house.places.data.rglob("*"):
        assert not path.is_file() or b"Case C12" not in path.read_bytes(), path


def test_armour_survives_and_opens(kept: tuple[House, str, str]) -> None:
    """`--armor` is text in lines of 64, and stock age opens it."""
    house, recording, cut = kept
    done = house.shell("get", recording, *GET, "--armor")
    lines = done.stdout.decode().splitlines()
    assert {len(line) for line in lines[1:-2]} == {64}
    assert flac_accepts(stock_age(done.stdout, house.folder))
    assert b"refused.armor-of-cut" in house.shell("get", cut, *GET, "--armor").stderr


def test_a_cut_recording_comes_as_a_tar(kept: tuple[House, str, str]) -> None:
    """Each member is an age file of its own; joined they are one FLAC stream."""
    house, _, recording = kept
    done = house.shell("get", recording, *GET)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        names = tar.getnames()
        plain = b"".join(stock_age(tar.extractfile(name).read(), house.folder) for name in names)
    assert names[0] == f"{recording}/0001.age"
    assert plain.startswith(b"fLaC")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("get", "ID", "--ref", "C12"), "refused.purpose"),
        (("get", "ID", "--purpose", "curiosity", "--ref", "C12"), "refused.purpose"),
        (("get", "ID", "--purpose", "complaint"), "refused.reference"),
        (("get", "ID", "--purpose", "complaint", "--ref", "  "), "refused.reference"),
        (("get", "0123456789abc", *GET), "refused.unknown-recording"),
        (("get", "../../etc/passwd", *GET), "refused.unknown-recording"),
        (("show", "0123456789abc"), "refused.unknown-recording"),
        (("get",), "refused.arguments"),
        (("get", "ID", "--line", "x"), "refused.arguments"),
        (("list", "--limit", "many"), "refused.arguments"),
        (("list", "--colour"), "refused.arguments"),
        (("listen",), "refused.verb"),
        (("recipient", "prove", "office", "wrong"), "refused.word"),
        (("recipient", "ask", "nobody"), "refused.unknown-recipient"),
    ],
)
def test_what_is_refused(kept: tuple[House, str, str], words: tuple[str, ...], code: str) -> None:
    """Refused with its code, status 6, nothing on standard output, and no copy entered."""
    house, recording, _ = kept
    before = entries(house, "get")
    done = house.shell(*(recording if word == "ID" else word for word in words))
    assert done.returncode == 6
    assert code.encode() in done.stderr
    assert done.stdout == b""
    assert entries(house, "get") == before
    if words[0] == "get" and len(words) > 1 and code != "refused.arguments":
        assert entries(house, "refused")[-1]["code"] == code


def test_a_terminal_gets_no_binary(kept: tuple[House, str, str]) -> None:
    """With standard output on a terminal `get` says how to redirect, and asks the keeper nothing."""
    house, recording, _ = kept
    before = entries(house, "get")
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "firmware.shell", "--socket", str(house.places.run / "keeper.sock")]
    done = subprocess.run(
        [*argv, "get", recording, *GET], stdout=theirs, stderr=subprocess.PIPE, check=False, cwd=ROOT
    )
    os.close(theirs)
    os.close(ours)
    assert b"refused.terminal" in done.stderr
    assert entries(house, "get") == before


def test_a_reader_that_goes_away_is_entered_as_such(kept: tuple[House, str, str]) -> None:
    """Who takes the descriptor and says nothing leaves an entry without a count."""
    house, recording, _ = kept
    request = {"verb": "get", "id": recording, "purpose": "complaint", "ref": "C13"}
    answer = json.loads(ask(house, json.dumps(request).encode() + b"\n"))
    assert answer["ok"] is True
    assert ask(house, b'{"verb":"status"}\n')
    assert entries(house, "sent")[-1]["bytes"] is None


@pytest.mark.parametrize("sent", [b"", b"\n", b"[]\n", b"{}\n", b"\xff\n", b'{"verb":5}\n', b"x" * 70_000])
def test_nonsense_at_the_door_ends_a_visit_and_nothing_else(
    kept: tuple[House, str, str], sent: bytes
) -> None:
    """Whatever comes in, the keeper answers the next one."""
    house, *_ = kept
    with suppress(ConnectionError):
        ask(house, sent)
    assert json.loads(ask(house, b'{"verb":"status"}\n'))["ok"] is True


def test_list_and_status_are_tables_or_json(kept: tuple[House, str, str]) -> None:
    """A person reads a table with London times; a program reads JSON with the same recordings."""
    house, finished, cut = kept
    table = house.shell("list").stdout.decode().splitlines()
    assert table[0].split() == [
        "recording",
        "began",
        "length",
        "line",
        "marks",
        "due",
        "withheld",
        "way",
        "department",
    ]
    assert {line.split()[0] for line in table[1:]} == {finished, cut}
    listed = json.loads(house.shell("list", "--json").stdout)
    assert {each["id"] for each in listed} == {finished, cut}
    nothing = house.shell("list", "--on", "1999-01-01").stdout
    assert b"No recording from 1999-01-01 is kept. Why there is none: callbox shell ledger" in nothing
    house.write_lines(using=1)
    said = house.shell("status").stdout
    assert b"[seal.nobody-proved]\n  since " in said
    assert b"[device.dead]\n  since " in said
    assert b"\n  next: look at the plug\n" in said
    assert b"recorder last spoke 2026-03-02 09:30:00" in said
    assert json.loads(house.shell("status", "--json").stdout)["recordings"] == 2
    assert house.shell("help").stdout.startswith(b"callbox shell VERB")


def test_a_recipient_proves_itself_through_the_shell(tmp_path: Path) -> None:
    """Ask for the sealed word, open it with stock age, give it back: lines are armed, and the log names who said so."""
    house = House(tmp_path)
    with running(house):
        sealed = house.shell("recipient", "ask", "safe").stdout
        word = stock_age(sealed, house.folder, SAFE).decode().strip()
        done = house.shell("recipient", "prove", "safe", word)
        assert done.returncode == 0, done.stderr
        assert b"safe       yes" in house.shell("recipient").stdout
        assert house.shell("recipient", "ask", "safe").returncode == 6
        assert json.loads(house.shell("recipient", "--json").stdout)[1]["proved"] is True
    assert house.armed()["proved"] == ["safe"]
    assert entries(house, "recipient proved")[0]["person"] == ME


def test_the_socket_is_the_keepers_alone(kept: tuple[House, str, str]) -> None:
    """Mode 0600, so that the kernel lets nobody else in."""
    house, *_ = kept
    assert stat.S_IMODE((house.places.run / "keeper.sock").stat().st_mode) == 0o600


def asked_as_nobody(run: Path) -> bytes:
    """What a child that has become nobody is answered."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.chdir(run)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect("keeper.sock")
        connection.sendall(b'{"verb":"list"}\n')
        os.write(writing, connection.recv(4096))
        os._exit(0)
    os.close(writing)
    os.waitpid(pid, 0)
    answer = os.read(reading, 4096)
    os.close(reading)
    return answer


@pytest.mark.rig
@pytest.mark.skipif(os.geteuid() != 0, reason="not root: cannot ask as another account")
def test_another_account_is_refused_by_what_the_kernel_says(tmp_path: Path) -> None:
    """Even with the socket open to all, an account that is not the keeper's own gets a refusal and nothing else."""
    house = House(tmp_path)
    with running(house):
        (house.places.run / "keeper.sock").chmod(0o666)
        house.places.run.chmod(0o711)
        answer = asked_as_nobody(house.places.run)
    assert json.loads(answer)["code"] == "refused.not-you"


def test_the_keeper_stops_cleanly_and_starts_again(tmp_path: Path) -> None:
    """SIGTERM ends it with status 0 and takes the socket away; the next one answers."""
    house = House(tmp_path)
    for _ in range(2):
        with running(house) as process:
            assert json.loads(ask(house, b'{"verb":"status"}\n'))["ok"] is True
        assert process.returncode == 0
        assert not (house.places.run / "keeper.sock").exists()


def test_the_shell_says_when_no_keeper_answers(tmp_path: Path) -> None:
    """Two lines with a next step, status 5."""
    house = House(tmp_path)
    done = house.shell("list")
    assert done.returncode == 5
    assert b"vault.keeper-absent" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("place", ["catalogue", "challenges", "published/armed.json"])
def test_a_disk_that_cannot_be_read_is_said_in_two_lines(tmp_path: Path, place: str) -> None:
    """A folder where a file should be, as a sick disk may show it: no traceback, and it starts once that is gone."""
    house = House(tmp_path)
    with running(house):
        pass
    path = house.places.data / place if "/" in place else getattr(house.places, place)
    path.rename(tmp_path / "kept")
    path.mkdir()
    with notified(tmp_path) as (address, _):
        process = start(house, address)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, b"[vault.disk]" in said, b"Traceback" in said) == (5, True, False)
    path.rmdir()
    (tmp_path / "kept").rename(path)
    with running(house):
        assert json.loads(ask(house, b'{"verb":"status"}\n'))["ok"] is True


def test_a_keeper_that_cannot_start_says_why(tmp_path: Path) -> None:
    """Both slots of the cell blank: the fault, two lines, no traceback, nothing changed."""
    house = House(tmp_path)
    house.places.cell.write_bytes(bytes(128))
    table = (house.places.vault / "keys.1").read_bytes()
    with notified(tmp_path) as (address, _):
        process = start(house, address)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 5
    assert b"vault.root-key-lost" in said
    assert b"Traceback" not in said
    assert (house.places.vault / "keys.1").read_bytes() == table
