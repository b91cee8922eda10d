"""The shell by itself: words understood or refused, tables as a person reads them, bytes out whole."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.faults import Refused, VaultFault
from firmware.shell import sending, tables
from firmware.shell.client import socket_path
from firmware.shell.helping import of_verb
from firmware.shell.serving import start
from firmware.shell.teaching import MORE
from firmware.shell.verbs import VERBS
from firmware.shell.words import Words, understand

ROOT = Path(__file__).resolve().parents[2]


def test_words_come_in_any_order() -> None:
    """Names, options with a value after them or behind `=`, flags."""
    words = understand(["--json", "get", "--ref=C 12", "ID", "--purpose", "complaint"])
    assert words == Words(("get", "ID"), {"ref": "C 12", "purpose": "complaint"}, frozenset({"json"}))
    assert understand([]).verb == understand(["get", "--help"]).verb == "help"


@pytest.mark.parametrize("verb", [*VERBS, "help"])
def test_help_of_a_verb_teaches(verb: str) -> None:
    """Its lines of the page, then what they do not say; an example can be typed, and shows options that the lines have."""
    page = of_verb(verb)
    lines, _, more = page.partition(MORE[verb])
    assert (more, page.count(MORE[verb])) == ("", 1)
    for example in re.findall(r"^    callbox shell (.*)$", MORE[verb], re.MULTILINE):
        words = understand(shlex.split(re.split(r" [<>|] ", example)[0]))
        assert words.verb == verb
        for option in {*words.options, *words.flags}:
            assert f"--{option}" in lines or "..." in lines, example


def test_what_is_not_understood_leads_to_the_help_of_its_verb() -> None:
    """Not to the whole page."""
    with pytest.raises(Refused) as fault:
        start(None, understand(["list", "too", "many"]))  # type: ignore[arg-type]  # nothing is asked
    assert fault.value.hint == "see `callbox shell help list`"


@given(
    st.lists(st.text(max_size=6) | st.sampled_from(["--ref", "--json", "get", "--ref=", "-x"]), max_size=5)
)
def test_any_words_are_understood_or_refused(argv: list[str]) -> None:
    """Nothing else comes out."""
    with suppress(Refused):
        assert isinstance(understand(argv), Words)


def test_where_the_keeper_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--socket` first, then the run directory, then where an installed box has it."""
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    assert socket_path({"socket": "/s"}) == "/s"
    assert socket_path({}) == "/run/callbox/keeper.sock"
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/r")
    assert socket_path({}) == "/r/keeper.sock"


def test_times_are_londons_with_the_offset_when_an_hour_comes_twice() -> None:
    """Half past one on 25 October 2026 happens twice, and the table tells them apart."""
    first, second = 1_792_888_200 * 10**9, 1_792_891_800 * 10**9
    assert tables.moment(first) == "2026-10-25 01:30:00+0100"
    assert tables.moment(second) == "2026-10-25 01:30:00+0000"
    assert tables.moment(second + 3600 * 10**9) == "2026-10-25 02:30:00"
    assert tables.length(8000 * 3725, 8000) == "1:02:05"


def test_a_table_is_as_wide_as_it_must_be() -> None:
    """Columns line up, and no line ends in blanks."""
    assert tables.table(("a", "long"), [("xxx", "y"), ("", "")]) == "a    long\nxxx  y\n"


def sealed_in(folder: Path, body: bytes) -> sending.Sealed:
    path = folder / "body"
    path.write_bytes(body)
    return sending.Sealed("0123456789abc", b"h" * 50, os.open(path, os.O_RDONLY), len(body), 10**18)


@pytest.mark.parametrize("size", [0, 1, 47, 48, 100_000, 400_000])
@pytest.mark.parametrize("where", ["pipe", "file", "appended"])
def test_what_goes_out_is_header_and_body(tmp_path: Path, size: int, where: str) -> None:
    """Byte for byte, into a pipe, a file, or a file opened to append; armour decodes to the same."""
    body = os.urandom(size)
    sealed = sealed_in(tmp_path, body)
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if where == "appended" else 0)
    target = os.open(tmp_path / "out", flags)
    cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=target) if where == "pipe" else None
    out = sending.Out(cat.stdin.fileno() if cat and cat.stdin else target)
    sending.send_file(sealed, out)
    if cat:
        cat.communicate()
    assert (tmp_path / "out").read_bytes() == sealed.header + body
    assert out.count == len(sealed.header) + size
    assert os.lseek(sealed.body, 0, os.SEEK_CUR) == size, "the keeper sees how much was read"
    os.lseek(sealed.body, 0, os.SEEK_SET)
    armour = os.open(tmp_path / "armour", os.O_WRONLY | os.O_CREAT)
    sending.send_armor(sealed, sending.Out(armour))
    lines = (tmp_path / "armour").read_text().splitlines()
    assert b64decode("".join(lines[1:-1])) == sealed.header + body
    assert max(map(len, lines[1:-1])) <= 64
    for descriptor in (sealed.body, target, armour):
        os.close(descriptor)


def test_a_body_that_is_too_short_is_not_passed_off_as_whole(tmp_path: Path) -> None:
    """The keeper said more than there is: a fault, not a silent end, in each of the ways out."""
    for send in (sending.send_file, sending.send_armor, sending.send_tar):
        sealed = replace(sealed_in(tmp_path, b"\0\0\0\x01a"), size=9)
        with (tmp_path / "out").open("wb") as file, pytest.raises(VaultFault, match="before its end"):
            send(sealed, sending.Out(file.fileno()))
        os.close(sealed.body)


@given(st.integers(0, 500), st.integers(60, 200))
def test_armour_is_that_of_rfc_7468(size: int, header: int) -> None:
    """Full lines of 64, a last one as short as it must be, no empty one: as the standard library's own base64 does it."""
    body, head = os.urandom(size), os.urandom(header)
    with tempfile.TemporaryFile() as stored, tempfile.TemporaryFile() as out:
        stored.write(body)
        stored.seek(0)
        sending.send_armor(sending.Sealed("x", head, stored.fileno(), size, 0), sending.Out(out.fileno()))
        out.seek(0)
        lines = out.read().decode().split("\n")
    text = b64encode(head + body).decode()
    assert lines[0] == "-----BEGIN AGE ENCRYPTED FILE-----"
    assert lines[1:-2] == [text[at : at + 64] for at in range(0, len(text), 64)]
    assert lines[-2:] == ["-----END AGE ENCRYPTED FILE-----", ""]


HEAVY = (
    *(
        "cryptography",
        "sqlite3",
        "numpy",
        "tomllib",
        "argparse",
        "paramiko",
        "textual",
        "subprocess",
        "pathlib",
    ),
    *("firmware.vault", "firmware.sealing", "firmware.settings", "firmware.audit", "firmware.catalogue"),
)


@pytest.mark.parametrize("verb", ["list", "show", "get", "details", "copies", "status", "hold"])
def test_a_verb_imports_little(verb: str) -> None:
    """What a login loads to serve it, by an interpreter without anything of this environment: nothing that is heavy."""
    module = VERBS[verb].partition(":")[0]
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        f"import firmware.shell.__main__, firmware.shell.ssh, {module}\n"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, capture_output=True, cwd="/")
    loaded = done.stdout.decode().split()
    allowed = {"pathlib"} if "firmware.clock" in loaded else set()
    assert {*HEAVY} & {*loaded} <= allowed
