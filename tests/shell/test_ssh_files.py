"""sftp and scp with the stock clients: read-only, below a purpose and a reference, with the same trace as `get`."""

import io
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import pytest

from tests.benchmarks.hour import spool_long
from tests.keeper.keeper_rig import flac_accepts, stock_age
from tests.rigs.sshd import DEADLINE, Sshd, accounts
from tests.shell.test_shell_get import until

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def box() -> Iterator[Sshd]:
    """Two short recordings, one of them cut, and one of 3 MB."""
    with accounts("anna") as made:
        yield made


def options(box: Sshd) -> list[str]:
    """Of the stock clients, as `Sshd.ssh` has them."""
    words = ["-F", "none", "-P", str(box.port), "-i", str(box.key("anna")), "-q", "-o", "BatchMode=yes"]
    words += ["-o", "HostKeyAlias=box"]
    return [*words, "-o", f"UserKnownHostsFile={box.folder / 'client' / 'known'}", "-o", "IdentitiesOnly=yes"]


def sftp(box: Sshd, *lines: str) -> subprocess.CompletedProcess[str]:
    """Commands of an sftp session; each goes on where the one before it failed."""
    batch = "".join(f"-{line}\n" for line in lines)
    return subprocess.run(
        ["sftp", *options(box), "-b", "-", f"{box.logins['anna']}@127.0.0.1"],
        input=batch,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=box.environment,
    )


def scp(box: Sshd, *words: str) -> subprocess.CompletedProcess[str]:
    argv = ["scp", *options(box), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, env=box.environment)


def at(box: Sshd, path: str) -> str:
    return f"{box.logins['anna']}@127.0.0.1:{path}"


def test_a_recording_comes_as_get_gives_it(box: Sshd, tmp_path: Path) -> None:
    """The same bytes over sftp and scp; each leaves its entry before, and what went after."""
    before = len(box.entries("get"))
    path = f"/complaint/C12/{box.finished}.age"
    assert sftp(box, f"get {path} {tmp_path}/one.age").returncode == 0
    assert scp(box, at(box, path), f"{tmp_path}/two.age").returncode == 0
    whole = box.run("anna", "get", box.finished, "--purpose", "complaint", "--ref", "C12").stdout
    assert (tmp_path / "one.age").read_bytes() == (tmp_path / "two.age").read_bytes() == whole
    assert flac_accepts(stock_age(whole, tmp_path))
    until(lambda: len(box.entries("sent")) >= before + 3, "not all is told")
    gets, sents = box.entries("get")[before:], box.entries("sent")[-3:]
    assert [(each["purpose"], each["person"]) for each in gets] == [("complaint", box.logins["anna"])] * 3
    assert {each["bytes"] for each in sents} == {len(whole)}
    assert {each["copy"] for each in sents} == {each["copy"] for each in gets}
    assert {each["verb"] for each in box.entries("looked")} >= {"sftp", "get"}


def test_the_rest_of_a_broken_fetch_is_not_had(box: Sshd, tmp_path: Path) -> None:
    """`reget` over a half: refused, the half stays, and what is entered as read is what was read."""
    whole = box.run("anna", "get", box.finished, "--purpose", "complaint", "--ref", "C12").stdout
    half = tmp_path / "half.age"
    half.write_bytes(whole[: len(whole) // 2])
    path = f"/complaint/REST/{box.finished}.age"
    before = len(box.entries("sent"))
    done = sftp(box, f"reget {path} {half}")
    assert "Permission denied" in done.stderr
    assert half.read_bytes() == whole[: len(whole) // 2]
    until(lambda: len(box.entries("sent")) > before, "not told")
    (told,) = box.entries("sent")[before:]
    assert (told["bytes"], told.get("read", 0)) == (0, 0)
    half.unlink()
    assert sftp(box, f"reget {path} {half}", f"get {path} {half}").returncode == 0
    assert half.read_bytes() == whole


def test_a_cut_recording_comes_as_a_tar(box: Sshd, tmp_path: Path) -> None:
    """Its length is what was listed, and the same as that of `get`."""
    done = sftp(box, f"get /training/C12/{box.cut}.tar {tmp_path}/cut.tar")
    assert done.returncode == 0, done.stderr
    whole = (tmp_path / "cut.tar").read_bytes()
    assert whole == box.run("anna", "get", box.cut, "--purpose", "training", "--ref", "C12").stdout
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        assert tar.getnames()[0] == f"{box.cut}/0001.age"


def test_what_is_shown_and_that_it_opens_nothing(box: Sshd) -> None:
    """Purposes, no references, recordings with their exact lengths and when they began; no copy is opened by looking."""
    before = box.entries("get")
    done = sftp(box, "ls -1 /", "ls -1 /complaint", "ls -ln /complaint/C12", 'cd "complaint/Case 7"', "pwd")
    shown = done.stdout
    for each in (
        "/complaint\n",
        "/training\n",
        "/README.txt\n",
        "/complaint/README.txt\n",
        "/complaint/Case 7\n",
    ):
        assert each in shown
    sizes = {
        line.split()[-1].rpartition("/")[2]: int(line.split()[4])
        for line in shown.splitlines()
        if "age" in line[-4:] or ".tar" in line[-4:]
    }
    assert sizes.keys() >= {f"{box.finished}.age", f"{box.cut}.tar"}
    assert box.entries("get") == before
    for name, verb in ((f"{box.finished}.age", box.finished), (f"{box.cut}.tar", box.cut)):
        whole = box.run("anna", "get", verb, "--purpose", "complaint", "--ref", "C12").stdout
        assert sizes[name] == len(whole)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("put /etc/hostname /complaint/C12/x", "Permission denied"),
        ("rm /complaint/C12/FINISHED.age", "Permission denied"),
        ("rename /complaint/C12/FINISHED.age /complaint/C12/x", "Permission denied"),
        ("mkdir /complaint/C13", "Permission denied"),
        ("symlink /complaint/C12/FINISHED.age /x", "Permission denied"),
        ("get /gossip/C12/FINISHED.age OUT", "not found"),
        ("ls /gossip", "not found"),
        ("get /complaint/C12/../../etc/passwd OUT", "not found"),
    ],
)
def test_what_is_refused_is_shown_in_the_clients_own_words(
    box: Sshd, tmp_path: Path, line: str, said: str
) -> None:
    """OpenSSH's sftp has no others; no copy is opened, nothing arrives (`test_shell_files` has our sentences)."""
    before = box.entries("get")
    done = sftp(box, line.replace("FINISHED", box.finished).replace("OUT", str(tmp_path / "out")))
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
    assert box.entries("get") == before


def test_a_client_that_goes_away_is_told_of(box: Sshd, tmp_path: Path) -> None:
    """A copy that is being read when the connection ends has its entry, with less than the whole."""
    house = box.house
    long = spool_long(house.making(), house.places.spool, house.folder, 600)
    body = house.places.store / f"{long}.body"
    until(body.exists, "it is not taken in")
    sent = len(box.entries("sent"))
    out = tmp_path / "long.age"
    argv = ["sftp", *options(box), "-l", "8000", at(box, f"/complaint/C12/{long}.age"), str(out)]
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=box.environment,
    )
    until(lambda: out.exists() and out.stat().st_size > 100_000, "nothing comes")
    process.kill()
    process.wait()
    until(lambda: len(box.entries("sent")) > sent, "it is not told")
    last = box.entries("sent")[-1]
    assert last["recording"] == long
    assert 100_000 < last["bytes"] < body.stat().st_size
    assert last["copy"] == box.entries("get")[-1]["copy"]


def test_the_old_scp_is_told_what_to_do(box: Sshd, tmp_path: Path) -> None:
    """`scp -O` gets our sentence."""
    done = scp(box, "-O", at(box, f"/complaint/C12/{box.finished}.age"), f"{tmp_path}/x")
    assert "scp without -O" in done.stderr
    assert not (tmp_path / "x").exists()


def test_an_upload_by_scp_is_refused(box: Sshd) -> None:
    """It fails, in scp's own words."""
    done = scp(box, "/etc/hostname", at(box, "/complaint/C12/x.age"))
    assert done.returncode != 0
    assert "Permission denied" in done.stderr


def test_a_file_that_is_open_gives_nothing_more_once_the_key_file_is_gone(box: Sshd) -> None:
    """Taken away by hand, so that no session was ended: what is read within a second is the last; then a sentence."""
    path = box.persons / box.logins["anna"]
    was, mode = path.read_bytes(), path.stat()
    with client_of(box) as sftp:
        file = sftp.open(f"/complaint/C12/{box.finished}.age")
        assert len(file.read(100)) == 100
        path.unlink()
        try:
            end, refused = time.monotonic() + DEADLINE, ""
            while not refused and time.monotonic() < end:
                refused = refusal(file)
        finally:
            path.write_bytes(was)
            os.chown(path, mode.st_uid, mode.st_gid)
            path.chmod(mode.st_mode & 0o777)
        assert "may not ask the keeper for anything" in refused
        file.close()
    until(lambda: box.entries("sent")[-1]["copy"] == box.entries("get")[-1]["copy"], "no end is entered")
    assert box.entries("sent")[-1]["bytes"] >= 100


def refusal(file: paramiko.SFTPFile) -> str:
    """Why the beginning of a file is not given any more, empty where it is."""
    try:
        file.seek(0)
        file.read(100)
    except OSError as error:
        return str(error)
    return ""


@contextmanager
def client_of(box: Sshd) -> Iterator[paramiko.SFTPClient]:
    """A client that shows the server's own words."""
    key = paramiko.Ed25519Key.from_private_key_file(str(box.key("anna")))
    with paramiko.Transport(("127.0.0.1", box.port)) as transport:
        transport.connect(username=box.logins["anna"], pkey=key)
        sftp = paramiko.SFTPClient.from_transport(transport)
        assert sftp is not None
        yield sftp
