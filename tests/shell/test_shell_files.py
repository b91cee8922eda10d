"""sftp as a client sees it that shows the server's own words: what is there, what is refused and in which sentence."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import paramiko
import pytest

from firmware.shell.files import PAGES
from tests.keeper.keeper_rig import ROOT, House, running
from tests.keeper.test_keeper_door import entries

WHY = ("--purpose", "complaint", "--ref", "C12")
EXCEPTION = 'purposes = ["complaint", "crime", "training"]\nexceptional = ["crime"]'


class Pipes:
    """The other end of a session, as paramiko's client takes it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self._ends = process.stdout.fileno(), process.stdin.fileno()

    def recv(self, most: int) -> bytes:
        return os.read(self._ends[0], most)

    def send(self, content: bytes) -> int:
        return os.write(self._ends[1], content)

    def get_transport(self) -> "Pipes":
        return self

    def get_name(self) -> str:
        return "sftp"

    get_log_channel = get_name

    def get_hexdump(self) -> bool:
        return False


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str, str, str]]:
    """A box with an exceptional purpose; a finished, a cut and a restricted recording."""
    house = House(tmp_path_factory.mktemp("files"))
    text = house.config.read_text().replace('purposes = ["complaint", "training"]', EXCEPTION)
    house.config.write_text(text)
    finished, cut, shut = house.spool_finished(), house.spool_cut(2), house.spool_finished()
    with running(house):
        case = ("--case", "C-17", "--owner", "dpo", "--reason", "a claim")
        house.shell("restrict", shut, *case)
        yield house, finished, cut, shut


@contextmanager
def session(house: House) -> Iterator[paramiko.SFTPClient]:
    """The forced command as sshd starts it for sftp; it ends well, and prints nothing."""
    argv = [
        sys.executable,
        "-m",
        "firmware.shell",
        "--ssh",
        "--socket",
        str(house.places.run / "keeper.sock"),
    ]
    environment = os.environ | {"SSH_ORIGINAL_COMMAND": "internal-sftp"}
    with subprocess.Popen(
        argv, stdin=-1, stdout=-1, stderr=-1, cwd=ROOT, env=environment, bufsize=0
    ) as process:
        yield paramiko.SFTPClient(Pipes(process))  # type: ignore[arg-type]  # all that it needs of a channel
        assert process.stdin
        assert process.stderr
        process.stdin.close()
        assert process.wait(20) == 0
        assert process.stderr.read() == b""


def test_what_is_there(kept: tuple[House, str, str, str]) -> None:
    """Purposes but exceptional ones, pages, and what may be fetched, with its exact length; no copy is opened by looking."""
    house, finished, cut, _ = kept
    before = entries(house, "get")
    with session(house) as sftp:
        assert sftp.listdir("/") == ["README.txt", "complaint", "training"]
        assert sftp.listdir("/complaint") == ["README.txt"]
        shown = {each.filename: each for each in sftp.listdir_attr("/complaint/any case at all")}
        assert shown.keys() == {f"{finished}.age", f"{cut}.tar"}
        assert sftp.normalize("complaint/./C12/../C13//") == "/complaint/C13"
        with sftp.open("/README.txt") as page:
            assert page.read().decode() == PAGES[0].format(purposes="complaint, training")
        with sftp.open("/training/README.txt") as page:
            assert b"get /training/C12/ID.age" in page.read()
    assert entries(house, "get") == before
    for name, recording in ((f"{finished}.age", finished), (f"{cut}.tar", cut)):
        whole = house.shell("get", recording, *WHY).stdout
        assert shown[name].st_size == len(whole)
        assert shown[name].st_mtime == 1772443800
        assert oct(shown[name].st_mode or 0) == "0o100444"


def test_a_copy_is_counted_as_it_is_read(kept: tuple[House, str, str, str]) -> None:
    """Twice the same stretch is twice its bytes; two at once are two copies, each with its own entry."""
    house, finished, cut, _ = kept
    with session(house) as sftp:
        one, two = sftp.open(f"/complaint/C12/{finished}.age"), sftp.open(f"/training/C13/{cut}.tar")
        assert one.read(100) == (one.seek(0), one.read(100))[1]
        assert two.read(50)[:13].decode() == cut
        for each in (one, two):
            each.close()
    gets, sents = entries(house, "get")[-2:], entries(house, "sent")[-2:]
    assert [each["purpose"] for each in gets] == ["complaint", "training"]
    assert [each["bytes"] for each in sents] == [200, 50]
    assert [each["copy"] for each in sents] == [each["copy"] for each in gets]


@pytest.mark.parametrize(
    ("path", "error", "sentence"),
    [
        ("/complaint/C12/SHUT.age", PermissionError, "its use is restricted: case C-17, owner dpo"),
        ("/complaint/C12/0123456789abc.age", FileNotFoundError, "there is no recording of that name"),
        ("/complaint/C12/FINISHED.tar", FileNotFoundError, "it is called FINISHED.age"),
        ("/complaint/C12/FINISHED", FileNotFoundError, "it is called FINISHED.age"),
        ("/complaint/C12/CUT.age", FileNotFoundError, "it is called CUT.tar"),
        ("/crime/C12/FINISHED.age", PermissionError, "crime is an exception of this office, and needs a reason"),
        ("/gossip/C12/FINISHED.age", PermissionError, "'gossip' is not a purpose of this office"),
        ("/complaint/C\x0712/FINISHED.age", PermissionError, "with a reference of 1 to 200 characters"),
        ("/complaint/C12/a/b", FileNotFoundError, "there is nothing at that path"),
        ("/complaint/FINISHED.age", OSError, ""),
        ("/../../etc/passwd", OSError, ""),
        ("/", OSError, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_had_has_its_sentence(
    kept: tuple[House, str, str, str], path: str, error: type[OSError], sentence: str
) -> None:
    """As a status with our words; nothing is opened."""
    house, finished, cut, shut = kept
    before = entries(house, "get")

    def named(text: str) -> str:
        return text.replace("FINISHED", finished).replace("CUT", cut).replace("SHUT", shut)

    with session(house) as sftp, pytest.raises(error) as refused:
        sftp.open(named(path)).close()
    assert named(sentence) in str(refused.value)
    assert entries(house, "get") == before


def test_nothing_is_ever_written(kept: tuple[House, str, str, str]) -> None:
    """Whatever would change something is refused with a sentence, also on an open file."""
    house, finished, *_ = kept
    path = f"/complaint/C12/{finished}.age"
    with session(house) as sftp:
        page = sftp.open("/README.txt")
        for change in (
            lambda: sftp.open(path, "w"),
            lambda: sftp.open(path, "r+"),
            lambda: sftp.open(path, "a"),
            lambda: sftp.open("/README.txt", "w"),
            lambda: sftp.remove(path),
            lambda: sftp.rename(path, "/x"),
            lambda: sftp.posix_rename(path, "/x"),
            lambda: sftp.mkdir("/complaint/C13"),
            lambda: sftp.rmdir("/complaint"),
            lambda: sftp.chmod(path, 0o777),
            lambda: sftp.utime(path, None),
            lambda: sftp.truncate(path, 0),
            lambda: sftp.symlink(path, "/x"),
            lambda: sftp.readlink(path),
        ):
            with pytest.raises(OSError, match="nothing is written"):
                change()
        for change in (lambda: page.chmod(0o777), lambda: page.truncate(0)):
            with pytest.raises(OSError, match=r"."):
                change()
        with pytest.raises(OSError, match=r"."):
            page.check("md5")
        assert sftp.stat(path).st_size


def test_what_is_destroyed_in_a_session_says_so(kept: tuple[House, str, str, str]) -> None:
    """A look afterwards finds the keeper's sentence; a session lives on."""
    house, finished, *_ = kept
    with session(house) as sftp:
        assert sftp.stat(f"/complaint/C12/{finished}.age")
        case = ("--case", "C-18", "--owner", "dpo", "--reason", "a claim")
        hold = house.shell("restrict", finished, *case).stdout.split()[1].decode()
        with pytest.raises(PermissionError, match="C-18"):
            sftp.stat(f"/complaint/C12/{finished}.age")
        house.shell("release", hold, "--reason", "settled")
        assert sftp.stat(f"/complaint/C12/{finished}.age")


def test_nonsense_ends_a_session_and_nothing_else(kept: tuple[House, str, str, str]) -> None:
    """Bytes that are no sftp: the session ends, without a word."""
    house, *_ = kept
    argv = [
        sys.executable,
        "-m",
        "firmware.shell",
        "--ssh",
        "--socket",
        str(house.places.run / "keeper.sock"),
    ]
    for sent in (b"", b"\0\0\0\x05\x01\0\0\0\x03\0\0\0\x01\xff", b"GET / HTTP/1.1\r\n\r\n", os.urandom(500)):
        done = subprocess.run(
            argv,
            input=sent,
            capture_output=True,
            cwd=ROOT,
            env=os.environ | {"SSH_ORIGINAL_COMMAND": "internal-sftp"},
            check=False,
            timeout=20,
        )
        assert b"Traceback" not in done.stderr
