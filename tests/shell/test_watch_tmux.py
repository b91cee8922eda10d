"""`watch` in a real terminal before a real keeper: keys, sizes, no colour, a keeper that goes, every way of ending."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.tmux import Tmux
from tests.rigs.watched import Said, Watched

pytestmark = pytest.mark.rig
ROOT = Path(__file__).resolve().parents[2]


def command(box: Watched, *words: str) -> list[str]:
    """What a person types."""
    return [sys.executable, "-m", "firmware.shell", "--socket", str(box.socket), "watch", *words]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Two lines with calls, two recordings, a hold with a case that is meant to harm, and a keeper."""
    made = Watched(tmp_path_factory.mktemp("tmux"), [("front", "desk-1"), ("back", "desk-2")])
    made.call("front", "09:00:00", 180, (60, 30, "paused"))
    kept = made.call("back", "10:00:00", 120)
    made.say(
        {
            "front": Said("RECORDING", -20, "recorded", "external", 192),
            "back": Said("PAUSED", -31, "paused", "external", 44, 9),
        }
    )
    with made.serving():
        made.ask("hold", id=kept, case="[red]C12[/red]", owner="DPO", reason="complaint")
        yield made


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    with Tmux(tmp_path, 80, 24) as made:
        yield made


def gone(pid: int) -> bool:
    """Wait until a process is no more; false where it stays."""
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        select.select([], [], [], 0.02)
    return not Path(f"/proc/{pid}").exists()


def test_it_is_worked_by_keys_and_leaves_the_terminal_as_it_was(box: Watched, terminal: Tmux) -> None:
    """From table to table, into details and back, a day back, another size, out: echo and lines are on again."""
    terminal.run(command(box), {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "LINES": "24"})
    shown = terminal.shows(
        "══ LINES 3, in a call 2", "RECORDING external, recorded", "PAUSED    paused for 0:00:09"
    )
    assert "========pppp============" in shown
    terminal.press("Tab")
    terminal.shows("══ RECORDINGS of Mon 02 Mar 2026: 2")
    terminal.press("Down", "Enter")
    terminal.shows("began 2026-03-02 09:00:00", "get ", "Esc back")
    terminal.press("Escape")
    terminal.shows("══ RECORDINGS of")
    terminal.press("h", "Enter")
    terminal.shows("case [red]C12[/red]", "owed: confirm a copy")
    terminal.press("BSpace", "[")
    terminal.shows("RECORDINGS of Sun 01 Mar 2026: 0")
    terminal.resize(120, 40)
    terminal.until(lambda text: "q quit" in text and len(text.split("\n")) == 40, "it is not drawn anew")
    terminal.press("q")
    ended = terminal.ended()
    assert "ended 0" in ended
    assert "-icanon" not in ended
    assert "-echo" not in ended
    assert "LINES" not in ended


def test_without_colour_nothing_is_coloured_and_all_is_said(box: Watched, terminal: Tmux) -> None:
    """NO_COLOR: no colour reaches the terminal; the chosen row is marked and reversed."""
    terminal.run(command(box), {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"})
    terminal.shows("RECORDING external", "PAUSED    paused")
    coloured = [each for each in "\n".join(terminal.screen("-e")).split("\x1b[")[1:] if is_colour(each)]
    assert coloured == []
    assert any("\x1b[7m" in row or ";7m" in row for row in terminal.screen("-e"))
    terminal.press("q")
    terminal.ended()


def is_colour(piece: str) -> bool:
    """Whether what follows an escape chooses a colour (ECMA-48, 8.3.117); 39 and 49 choose none."""
    numbers = piece.partition("m")[0].split(";")
    return any(
        each.isdigit() and (30 <= int(each) <= 38 or 40 <= int(each) <= 48 or int(each) >= 90)
        for each in numbers
    )


def test_a_terminal_without_a_screen_gets_one_look(box: Watched, terminal: Tmux) -> None:
    """TERM=dumb, and one that nobody knows: text, and a sentence why."""
    for kind in ("dumb", "my-own-terminal"):
        terminal.run(command(box), {"PYTHONPATH": str(ROOT), "TERM": kind})
        shown = terminal.ended()
        assert "Levels, never sound" in shown
        assert "ended 0" in shown
        terminal.hang_up()


def test_the_name_of_a_terminal_moves_no_cursor(box: Watched) -> None:
    """The client says what its terminal is called; what prints nothing in that is written out."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "x\x1b]0;owned\x07\r\ny"}
    with subprocess.Popen(
        command(box), stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment
    ):
        os.close(theirs)
        shown = b"".join(iter(lambda: told_by(ours), b""))
    os.close(ours)
    assert rb"(TERM=x\u001b]0;owned\u0007\u000d\ny)" in shown
    assert b"Levels, never sound" in shown
    assert not {b"\x1b", b"\x07"} & {bytes([each]) for each in shown}


def told_by(terminal: int) -> bytes:
    """What comes next out of a terminal, nothing once all who had it are gone (which Linux calls an error)."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_a_keeper_that_begins_anew_is_waited_for(tmp_path: Path, terminal: Tmux) -> None:
    """It goes: said in words, no old level shown. It comes: all is there again, without a key."""
    own = Watched(tmp_path, [])
    own.say({"line1": Said("RECORDING", -20, "recorded", "external", 5)})
    with own.serving():
        terminal.run(command(own), {"PYTHONPATH": str(ROOT)})
        terminal.shows("RECORDING external, recorded")
    shown = terminal.shows("NO WORD FROM THE KEEPER", "not heard of")
    assert "RECORDING external" not in shown
    own.say({"line1": Said("PAUSED", -20, "paused", "external", 5, 1)})
    with own.serving():
        terminal.until(lambda text: "NO WORD" not in text and "PAUSED" in text, "it is not taken up again")
        terminal.press("q")
        assert "ended 0" in terminal.ended()


def test_a_signal_ends_it_with_the_terminal_as_it_was(box: Watched, terminal: Tmux) -> None:
    """SIGTERM, as at a shutdown."""
    terminal.run(command(box), {"PYTHONPATH": str(ROOT)})
    terminal.shows("══ LINES")
    os.kill(terminal.pid(), signal.SIGTERM)
    ended = terminal.ended()
    assert "-icanon" not in ended
    assert "══" not in ended


def test_what_is_no_text_ends_it_with_a_sentence(box: Watched, terminal: Tmux) -> None:
    """A key of a terminal that does not speak UTF-8; no report of values follows."""
    terminal.run(command(box), {"PYTHONPATH": str(ROOT)})
    terminal.shows("══ LINES")
    terminal.press("-H", "e9", "41")
    ended = terminal.ended()
    assert "no text in UTF-8" in ended
    assert "Traceback" not in ended
    assert "ended 6" in ended
    assert "-icanon" not in ended


def test_on_the_console_nothing_of_it_is_left(box: Watched, terminal: Tmux) -> None:
    """Linux's own console has one screen only: it is wiped."""
    terminal.run(command(box), {"PYTHONPATH": str(ROOT), "TERM": "linux"})
    terminal.shows("══ LINES", "q quit")
    terminal.press("q")
    assert terminal.ended().split("\n")[0] == ""


def test_a_lost_terminal_takes_it_along(box: Watched, terminal: Tmux) -> None:
    """Nothing stays behind, also where SIGHUP is ignored: no process that turns in circles on a dead terminal."""
    for before in ([], ["sh", "-c", 'trap \'\' HUP; exec "$0" "$@"']):
        terminal.run([*before, *command(box)], {"PYTHONPATH": str(ROOT)})
        terminal.shows("══ LINES")
        pid = terminal.pid()
        terminal.hang_up()
        assert gone(pid)


def test_through_a_pipe_it_is_one_look(box: Watched) -> None:
    """No escape in it; `--json` is the keeper's whole answer; another day is asked for by its date."""
    done = subprocess.run(command(box), capture_output=True, text=True, check=True, cwd=ROOT, timeout=30)
    assert "RECORDINGS of Mon 02 Mar 2026: 2" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    asked = command(box, "--on", "2026-03-01", "--json")
    done = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=ROOT, timeout=30)
    assert '"on": "2026-03-01"' in done.stdout
    for wrong in (["front"], ["--limit", "3"], ["--on", "today"]):
        done = subprocess.run(
            command(box, *wrong), capture_output=True, text=True, check=False, cwd=ROOT, timeout=30
        )
        assert (done.returncode, "refused.arguments" in done.stderr) == (6, True)


def test_a_look_as_text_loads_no_screen(box: Watched) -> None:
    """Without a terminal neither Textual nor Rich is imported, nor anything else that is heavy."""
    heavy = {"textual", "rich", "asyncio", "sqlite3", "numpy", "cryptography", "paramiko"}
    looks = (
        "import sys; from firmware.shell.__main__ import main; "
        f"main(['--socket', {str(box.socket)!r}, 'watch']); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", looks], capture_output=True, text=True, check=True, cwd=ROOT, timeout=30
    )
    assert set(done.stderr.split()) & heavy == set()
