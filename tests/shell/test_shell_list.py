"""`list` and `show` as a person reads them: the width of his terminal, the marks, sentences where there is nothing."""

import fcntl
import json
import os
import pty
import pwd
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.shell.entry_words import entry_words
from firmware.shell.listing import COLUMNS, fitted
from tests.keeper.keeper_rig import NUMBER, ROOT, House, running

WHY = ("--purpose", "complaint", "--ref", "C12")
ME = pwd.getpwuid(os.geteuid()).pw_name
CASE = ("--case", "C-17", "--owner", "dpo", "--reason", "a claim")

ROW = {
    "id": "0123456789abc",
    "began_ns": 10**18,
    "clock": "trusted",
    "samples": 8000,
    "rate": 8000,
    "line": "line1",
    "gaps": 1,
    "withheld": 80,
    "kind": "cut",
    "holds": ["h1"],
    "restricted": False,
    "erasure_asked": False,
    "due": "2026-04-01",
    "direction": "in",
    "department": "repairs",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str, str, str]]:
    """A keeper with a finished, a cut and a held recording."""
    house = House(tmp_path_factory.mktemp("list"))
    finished, cut, held = house.spool_finished(), house.spool_cut(2), house.spool_finished()
    with running(house):
        house.shell("restrict", held, *CASE)
        yield house, finished, cut, held


def said(house: House, *words: str) -> str:
    done = house.shell(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def on_terminal(house: House, columns: int, *words: str) -> list[str]:
    """What a person sees in a window of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    argv = [sys.executable, "-m", "firmware.shell", "--socket", str(house.places.run / "keeper.sock"), *words]
    process = subprocess.Popen(argv, stdout=theirs, stdin=subprocess.DEVNULL, cwd=ROOT)
    os.close(theirs)
    pieces = []
    try:
        while piece := os.read(ours, 4096):
            pieces.append(piece)
    except OSError:  # how a terminal ends (pty(7))
        pass
    os.close(ours)
    assert process.wait(20) == 0
    return b"".join(pieces).decode().splitlines()


def test_marks_say_what_is_not_as_usual(kept: tuple[House, str, str, str]) -> None:
    """Cut, gaps, restricted; `--json` has the same in fields."""
    house, finished, cut, held = kept
    rows = {line.split()[0]: line for line in said(house, "list").splitlines()[1:]}
    assert "  1 gap  " in rows[finished]
    assert "  cut  " in rows[cut]
    assert "  1 gap, restricted  " in rows[held]
    told = {each["id"]: each for each in json.loads(said(house, "list", "--json"))}
    assert [told[each]["restricted"] for each in (finished, cut, held)] == [False, False, True]


def test_an_erasure_that_was_asked_for_is_a_mark(kept: tuple[House, str, str, str]) -> None:
    """Its day alone would not say that it goes today; once somebody keeps it, it is as before."""
    house, _, cut, _ = kept
    said(house, "destroy", cut, "--reason", "request")
    (row,) = [line for line in said(house, "list").splitlines() if line.startswith(cut)]
    assert "  cut, erasure asked  " in row
    assert {each["id"]: each["erasure_asked"] for each in json.loads(said(house, "list", "--json"))}[cut]
    said(house, "keep", cut)
    assert "erasure asked" not in said(house, "list")


@pytest.mark.parametrize(
    ("columns", "missing"), [(200, []), (80, ["withheld", "way", "department"]), (60, None)]
)
def test_a_narrow_window_leaves_columns_out_and_says_so(
    kept: tuple[House, str, str, str], columns: int, missing: list[str] | None
) -> None:
    """No line is wider than the window; what has no room is named."""
    house, *_ = kept
    table, _, note = "\n".join(on_terminal(house, columns, "list")).partition("\n\n")
    assert max(map(len, table.splitlines())) <= columns
    if missing is None:
        assert "No room for: marks" in note
    else:
        assert note == (
            f"No room for: {', '.join(missing)}; a wider window or --json has all." if missing else ""
        )


@given(st.integers(1, 250), st.integers(1, 30))
def test_a_table_finds_room_or_is_as_narrow_as_it_can_be(room: int, name: int) -> None:
    """At any width, with names of any length."""
    table, left_out = fitted([ROW | {"line": "l" * name, "department": "d" * name}], room)
    heads = table.splitlines()[0].split()
    assert (*heads, *left_out) == COLUMNS
    assert max(map(len, table.splitlines())) <= room or len(heads) == 3


def test_what_is_not_there_is_said_with_where_to_ask_why(kept: tuple[House, str, str, str]) -> None:
    """Days by name, lines and departments that there are; one that there is not is refused with those there are."""
    house, *_ = kept
    assert said(house, "list", "--on", "today", "--department", "repairs").count("line1") == 3
    nothing = said(house, "list", "--on", "yesterday", "--line", "line1")
    assert nothing.endswith("Why there is none: callbox shell ledger line1 --on 2026-03-01\n")
    assert "is off the hook" not in said(house, "ledger", "line1", "--on", "2026-03-01")
    for words, hint in (
        (("--line", "x"), b"the lines are: line1"),
        (("--department", "x"), b"the departments are: repairs"),
        (("--on", "tomorrow"), b"or today, or yesterday"),
        (("--on", "2026-02-30"), b"or today, or yesterday"),
        (("--limit", "0"), b"see `callbox shell help list`"),
    ):
        done = house.shell("list", *words)
        assert (done.returncode, hint in done.stderr) == (6, True)


def test_a_limit_says_that_there_is_more(kept: tuple[House, str, str, str]) -> None:
    """One row and the sentence; none where all were shown."""
    house, *_ = kept
    assert "newest 1;" in said(house, "list", "--limit", "1")
    assert "newest" not in said(house, "list", "--limit", "3")


def test_the_life_of_a_recording_is_told(kept: tuple[House, str, str, str]) -> None:
    """What it is, its gap, why it is kept, who had it and why, who was refused; its number nowhere."""
    house, finished, cut, held = kept
    where = ("--where", "case file C12")
    assert house.shell("get", finished, *WHY, *where).returncode == 0
    assert house.shell("details", finished, *WHY).stdout.startswith(b"age-encryption.org/v1")
    house.shell("get", finished, "--purpose", "gossip", "--ref", "C12")
    life = said(house, "show", finished)
    for piece in (
        "line line1, department repairs, incoming, external",
        "began 2026-03-02 09:30:00, length 0:00:02",
        "0:00:02.0 to 0:00:02.1  paused",
        "until it falls due on 2026-04-01",
        "by policy standard (P30D since 2020-01-01): complaints come within a month",
        "lawful basis: callers: public task, staff: contract",
        "taken in from the recorder, due on 2026-04-01",
        f"fetched by {ME} for complaint; reference C12; place: case file C12; copy",
        f"its details were fetched by {ME} for complaint; reference C12; place: not said; copy",
        f"refused to {ME} [refused.purpose]",
        "once one is destroyed: callbox shell copies destroyed COPY",
    ):
        assert piece in life, life
    assert NUMBER not in life
    assert "cut: a tar of 3 small age files" in said(house, "show", cut)
    assert "restricted, and kept beyond it, for case C-17, owner dpo" in said(house, "show", held)


def test_copies_are_told_with_who_has_them(kept: tuple[House, str, str, str]) -> None:
    """Person, purpose, day and state; several can be confirmed at once."""
    house, _, cut, _ = kept
    for _ in range(2):
        house.shell("get", cut, *WHY)
    rows = [line.split() for line in said(house, "copies").splitlines() if cut in line]
    assert [(row[1], row[3], row[4], " ".join(row[-3:])) for row in rows] == [
        ("recording", ME, "complaint", "due on 2026-04-01")
    ] * 2
    assert "No copy is asked back" in said(house, "copies", "--due")
    assert said(house, "copies", "destroyed", *(row[0] for row in rows)).count("is entered as destroyed") == 2
    assert cut not in said(house, "copies")
    assert "says that copy" in said(house, "show", cut)


def test_a_recording_is_verified(kept: tuple[House, str, str, str]) -> None:
    """Each thing that was looked at is said; a changed body is found, and the rest still fits."""
    house, finished, cut, held = kept
    assert said(house, "verify", finished).count("yes") == 5
    told = json.loads(said(house, "verify", cut, "--json"))
    assert (told["whole"], told["entry"]["size"] > 5) == (True, True)
    body = house.places.store / f"{held}.body"
    content = body.read_bytes()
    body.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    done = house.shell("verify", held)
    body.write_bytes(content)
    assert (done.returncode, b"vault.body-damaged" in done.stderr) == (5, True)
    assert done.stdout.count(b"NO ") == 1
    assert b"NO   body as in the manifest" in done.stdout


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"what": "sent", "bytes": None, "read": 7, "copy": "C"}, "nobody said how much of copy C went out; 7 bytes"),
        ({"what": "sent", "bytes": 1234}, "1,234 bytes of a copy went out"),
        ({"what": "sent", "bytes": 0, "read": 7}, "0 bytes of a copy went out; 7 bytes of the body were read"),
        ({"what": "get", "person": "p", "purpose": "q", "copy": "C"}, "fetched by p for q; reference no longer known"),
        ({"what": "card entry", "from_s": 1, "to_s": 3, "keys": 16}, "a card was keyed at 1 to 3 s, 16 keys"),
        ({"what": "copy destroyed", "person": "p", "copy": "C"}, "p says that copy C is destroyed"),
        ({"what": "erasure withdrawn", "hold": "H"}, "its erasure is no longer asked for: a hold"),
        ({"what": "marked", "marked": ["x"]}, "marked to be destroyed"),
        ({"what": "dated", "by": "p", "is_ns": 10**18, "due": None}, "dated by p: began 2001-09-09 02:46:40, without"),
        ({"what": "of a later version", "at": {}, "index": 4, "recording": "r", "x": 1}, "of a later version: x 1"),
        ({"what": "bare", "at": {}}, "bare"),
    ],
)  # fmt: skip
def test_each_entry_has_its_words(entry: dict[str, object], words: str) -> None:
    """Also one of a kind that this version does not know."""
    assert entry_words(entry, {}).startswith(words)
