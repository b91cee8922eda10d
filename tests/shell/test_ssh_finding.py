"""Numbers and notes over a real sshd: by standard input alone, and in no log of either side."""

import json
import os
import select
import subprocess
from pathlib import Path

import pyrage
import pytest

from tests.keeper.keeper_rig import OFFICE
from tests.rigs.sentences import code_of
from tests.rigs.sshd import Sshd

pytestmark = pytest.mark.rig

NUMBER = "01632 960 173"
WHY = ("--purpose", "complaint", "--ref", "C12")


def nowhere(box: Sshd, *texts: str) -> None:
    """In no file below the box's data or the server's folder, its log included, and in what it printed."""
    for folder in (box.house.folder, box.folder):
        for path in folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not [each for each in texts if each.encode() in content], path


def test_a_number_goes_through_unseen(box: Sshd, mux: tuple[str, ...]) -> None:
    """The search is entered with person and count; nobody's log has the number, nor has any command line meanwhile."""
    before = len(box.entries())
    argv = [*box.ssh("anna", *mux), "--", "find", *WHY]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=box.environment) as person:
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        out, err = person.communicate(NUMBER.encode(), timeout=30)
    assert person.returncode == 0, err
    assert b"No recording is found" in out or b"may be of that number" in out
    entries = box.entries()[before:]
    (entry,) = [each for each in entries if each["what"] == "found"]
    assert (entry["person"], entry["purpose"]) == (box.logins["anna"], "complaint")
    assert {each["verb"] for each in entries if each["what"] == "looked"} == {"find"}
    for shown in (*lines, out, err, json.dumps(entries).encode()):
        assert b"960 173" not in shown
    nowhere(box, NUMBER, "01632960173", "960173")


def test_at_a_terminal_over_ssh_a_number_is_typed_unseen(box: Sshd) -> None:
    """`ssh -t`: it is asked for, not echoed, and not printed."""
    argv = [*box.ssh("anna", tty=True), "--", "find", *WHY]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=box.environment) as person:
        assert person.stdin is not None
        assert person.stdout is not None
        seen = b""
        while b"not shown" not in seen:
            assert select.select([person.stdout], [], [], 20)[0]
            came = os.read(person.stdout.fileno(), 4096)
            assert came, seen
            seen += came
        person.stdin.write(f"{NUMBER}\n".encode())
        person.stdin.flush()
        seen += person.stdout.read()
        assert person.wait(20) == 0, seen
    assert b"of the audit log" in seen
    assert b"960 173" not in seen


def test_a_number_as_an_argument_is_refused_unrepeated(box: Sshd, mux: tuple[str, ...]) -> None:
    """And the entry of the refusal has none either."""
    before = len(box.entries())
    done = box.run("anna", "find", "01632960173", *WHY, options=mux)
    assert (code_of(done), done.stdout) == ("refused.arguments", b"")
    assert b"960173" not in done.stderr
    assert "960173" not in json.dumps(box.entries()[before:])


def test_a_note_goes_in_and_comes_out_sealed(box: Sshd, mux: tuple[str, ...]) -> None:
    """By stock ssh; opened with the office's key; found by its case; signed with who wrote it."""
    done = box.run("anna", "note", box.cut, "--ref", "CASE-7", stdin=b"rang about the roof", options=mux)
    assert done.returncode == 0, done.stderr
    sealed = box.run("anna", "notes", box.cut, *WHY, options=mux).stdout
    note = json.loads(pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(OFFICE.text())]))
    assert (note["text"], note["by"], note["ref"]) == ("rang about the roof", box.logins["anna"], "CASE-7")
    found = box.run("anna", "find", "--by-ref", "case-7", "--json", options=mux).stdout
    assert [each["id"] for each in json.loads(found)] == [box.cut]
    nowhere(box, "rang about the roof", "CASE-7")
