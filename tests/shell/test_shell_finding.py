"""What is told by standard input alone: read with a bound, typed unseen, and never taken from an argument."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.faults import Refused
from firmware.given import refuse_numbers
from tests.keeper.keeper_rig import ROOT, House, running

NUMBER = "07700900123"
WHY = ("--purpose", "complaint", "--ref", "C12")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A box whose keeper runs by itself for all of these."""
    house = House(tmp_path_factory.mktemp("given"))
    with running(house):
        yield house


@pytest.mark.parametrize(
    "word",
    [
        NUMBER,
        "+44 7700 900123",
        "0044 7700900123",
        "447700900123",
        "(07700) 900-123".lstrip("("),
        " 01632 960123 ",
    ],
)
def test_an_argument_that_looks_like_a_number_is_refused_unrepeated(word: str) -> None:
    """However it is grouped; the sentence says that others can read it, and not what it was."""
    with pytest.raises(Refused) as refusal:
        refuse_numbers(["C12", word])
    assert word.strip() not in str(refusal.value)
    assert "900" not in str(refusal.value)


@given(st.from_regex(r"[A-Z]{1,4}-?[0-9]{1,8}", fullmatch=True))
@example("2026/001234")
@example("C12")
@example("2026-03-02")
def test_references_and_dates_are_no_numbers(word: str) -> None:
    """Cases, years and days are taken."""
    refuse_numbers([word])


@pytest.mark.parametrize(
    ("words", "given_bytes"),
    [
        (("find", NUMBER, *WHY), b""),
        (("find", f"--number={NUMBER}", *WHY), b""),
        (("find", "--purpose", "complaint", "--ref", NUMBER), b""),
        (("find", "--by-ref", NUMBER), b""),
        (("note", "0000000000000", "--ref", NUMBER), b""),
        (("find", *WHY), f"{NUMBER};id".encode()),
        (("find", *WHY), NUMBER.encode() * 1_000_000),
        (("find", *WHY), NUMBER.encode("utf-16")),
        (("find", *WHY), f"{NUMBER}\N{GRINNING FACE}".encode()),
        (("find", *WHY), b"\x00\x1b]0;" + NUMBER.encode()),
        (("find", *WHY), b"\xff" + NUMBER.encode()),
        (("find", *WHY), b"7"),
        (("find", *WHY), b""),
        (("find", "--subject", "--withheld", *WHY), NUMBER.encode()),
    ],
)  # fmt: skip
def test_no_refusal_repeats_what_was_given(box: House, words: tuple[str, ...], given_bytes: bytes) -> None:
    """Injection bytes, ten megabytes, other encodings, nothing at all: two lines, status 6, and no number in them."""
    done = box.shell(*words, given=given_bytes)
    assert (done.returncode, done.stdout) == (6, b"")
    assert len(done.stderr.splitlines()) >= 2
    assert NUMBER.encode() not in done.stderr
    assert b"Traceback" not in done.stderr


def test_standard_input_may_be_closed(box: House) -> None:
    """As by a program that starts it with none."""
    words = [
        sys.executable,
        "-m",
        "firmware.shell",
        "--socket",
        str(box.places.run / "keeper.sock"),
        "find",
        *WHY,
    ]
    closed = f"import os, sys; os.close(0); os.execv(sys.executable, {words!r})"
    done = subprocess.run(
        [sys.executable, "-c", closed], cwd=ROOT, capture_output=True, check=False, timeout=30
    )
    assert done.returncode == 6
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("typed", [" 07700 900123", "\ufeff+44\u00a07700\u2011900123"])
def test_a_copied_number_is_understood(box: House, typed: str) -> None:
    """With a byte order mark of PowerShell, and the blanks and hyphens of a page."""
    done = box.shell("find", *WHY, given=typed.encode())
    assert (done.returncode, done.stderr) == (0, b"")


def test_at_a_terminal_a_number_is_typed_unseen(box: House) -> None:
    """It is asked for, and neither echoed nor printed."""
    shell = [sys.executable, "-m", "firmware.shell", "--socket", str(box.places.run / "keeper.sock")]
    argv = [sys.executable, "-c", TERMINAL, *shell, "find", *WHY]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as person:
        assert person.stdin is not None
        assert person.stdout is not None
        seen = b""
        while b"not shown" not in seen:
            assert select.select([person.stdout], [], [], 20)[0]
            seen += os.read(person.stdout.fileno(), 4096)
        person.stdin.write(f"{NUMBER}\n".encode())
        person.stdin.flush()
        seen += person.stdout.read()
        assert person.wait(20) == 0
    assert b"Number" in seen
    assert NUMBER.encode() not in seen
    assert b"Entry" in seen


TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
"""A program with a terminal of its own, whose keys come by standard input."""
