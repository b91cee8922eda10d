"""However its output goes away, a command ends in a sentence or in silence, never in a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [["firmware.cli", "--help"], ["firmware.office", "--help"], ["firmware.cli", "office", "--help"]]


def said(words: list[str], output: int) -> tuple[int, str]:
    """Exit status and standard error of a command that prints to there."""
    start = "import sys; from firmware.cli.main import main; sys.exit(main())"
    how = ["-c", start] if words[0] == "firmware.cli" else ["-m", words[0]]
    done = subprocess.run(
        [sys.executable, *how, *words[1:]],
        cwd=ROOT,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", PAGES)
def test_a_full_disk_under_the_output_is_a_fault(words: list[str]) -> None:
    """What was printed is lost, which is said, with what to do."""
    with Path("/dev/full").open("wb") as full:
        status, errors = said(words, full.fileno())
    assert (status, errors.splitlines()[0]) == (
        6,
        "callbox: what is printed here cannot be written where it should go: No space left on device [refused.file]",
    )
    assert "Traceback" not in errors


@pytest.mark.parametrize("words", PAGES)
def test_a_reader_that_has_gone_is_no_fault(words: list[str]) -> None:
    """Nothing is said, and the exit status is a shell's."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert said(words, writer) == (141, "")
    finally:
        os.close(writer)


def test_a_bug_keeps_its_traceback() -> None:
    """Also one that is an error of the system, with a sound output."""
    start = "from firmware.ending import ended\nended(lambda: open('/nowhere/at/all'))"
    done = subprocess.run(
        [sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "FileNotFoundError" in done.stderr
