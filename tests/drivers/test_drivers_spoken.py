"""Panels and lines that are spoken to: by words, by keys, by another process."""

import contextlib
import logging
import os
import pty
import socket
import termios
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.facts import DriverError, Edge, Told
from drivers.line.contract import SensorAsk
from drivers.line.script_line import ScriptLine
from drivers.panel.contract import PanelAsk
from drivers.panel.keyboard_panel import KeyboardPanel
from drivers.panel.script_panel import ScriptPanel
from tests.rigs.hands import INPUTS, Inbox

GOOD = [
    "ring",
    "ring-end",
    "answered",
    "recall",
    "caller-id 07700900123",
    "caller-id +447700900123",
    "caller-id withheld",
    "caller-id unavailable",
    "dialled 901632960001#*",
    "class external",
    "class internal",
    "class exempt",
    "tone busy",
    "tone dial",
    "tone unobtainable",
    "tone ringing",
]


@pytest.mark.parametrize("text", GOOD)
def test_every_word_of_a_line_is_told_on_with_its_instant(text: str) -> None:
    """Word and value as they were said; the value is not in the fact's text."""
    inbox, line = Inbox(), ScriptLine(SensorAsk("line1", ""))
    line.start(inbox.take)
    line.say(f"  {text}\n", 5)
    word, _, value = text.partition(" ")
    (fact,) = inbox.next(1)
    assert fact == Told(word, value, 5)
    assert not value or value not in repr(fact)


@given(st.text(max_size=30))
def test_whatever_is_said_is_told_on_or_refused(text: str) -> None:
    """No text brings anything but one fact, none, or a driver error."""
    told: list[Edge | Told] = []
    line = ScriptLine(SensorAsk("line1", ""))
    line.start(told.append)
    with contextlib.suppress(DriverError):
        line.say(text, 1)
    assert len(told) <= bool(text.strip())


@pytest.mark.parametrize(
    "text",
    ["07700900123", "caller-id 0770x", "dialled", "ring now", "lift 1", "tone engaged", "class unknown"],
)
def test_a_number_in_the_wrong_place_is_refused_and_not_repeated(text: str) -> None:
    """Neither the digits nor the value come back."""
    with pytest.raises(DriverError) as refused:
        ScriptLine(SensorAsk("line1", "")).say(text)
    assert not any(character.isdigit() for character in str(refused.value))


def test_a_button_can_be_unplugged_and_shorted() -> None:
    """A changeover tells four states apart."""
    inbox, panel = Inbox(), ScriptPanel(PanelAsk(INPUTS))
    panel.start(inbox.take)
    seen = {}
    for state in ("unplugged", "short", "down", "up"):
        panel.say(f"pause {state}", 9)
        seen[state] = (panel.levels()["GPIO5"], panel.levels()["GPIO6"])
    assert seen == {
        "unplugged": (True, True),
        "short": (False, False),
        "down": (False, True),
        "up": (True, False),
    }
    assert all(isinstance(fact, Edge) and fact.stamp_ns == 9 for fact in inbox.next(1 + 2 + 1 + 2))


@pytest.mark.parametrize("text", ["pause", "pause sideways", "stop down", "pause down now"])
def test_other_words_to_a_panel_are_refused(text: str) -> None:
    """What is known is listed."""
    with pytest.raises(DriverError, match=r"BUTTON|buttons: pause, opt_out"):
        ScriptPanel(PanelAsk(INPUTS)).say(text)


PRESS = [("GPIO6", True), ("GPIO5", False), ("GPIO5", True), ("GPIO6", False)]


def named(inbox: Inbox) -> list[tuple[str, bool]]:
    """Four edges."""
    return [(fact.name, fact.high) for fact in inbox.next(4) if isinstance(fact, Edge)]


def test_another_process_speaks_through_a_fifo(tmp_path: Path) -> None:
    """Lines are put together again, and a speaker that goes is no end."""
    path, inbox = tmp_path / "panel", Inbox()
    os.mkfifo(path, 0o600)
    panel = ScriptPanel(PanelAsk(INPUTS, (), str(path)))
    panel.start(inbox.take)
    for pieces in ((b"pause do", b"wn\npa"), (b"use up\n",)):
        with path.open("wb", buffering=0) as pipe:
            for piece in pieces:
                pipe.write(piece)
    assert named(inbox) == PRESS
    panel.close()


def test_another_process_speaks_through_a_socket(tmp_path: Path) -> None:
    """A datagram is a line; the socket is the owner's alone and gone after."""
    path, inbox = tmp_path / "panel", Inbox()
    panel = ScriptPanel(PanelAsk(INPUTS, (), str(path)))
    panel.start(inbox.take)
    assert path.stat().st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
        said.sendto(b"pause down", str(path))
        said.sendto(b"pause up\n", str(path))
    assert named(inbox) == PRESS
    panel.close()
    assert not path.exists()


def test_a_file_is_said_from_its_first_line_to_its_last(tmp_path: Path) -> None:
    """What it says before anybody listens stands in the sensor's answer."""
    path = tmp_path / "line"
    path.write_text("ring\ncaller-id withheld\nlift\n")
    line = ScriptLine(SensorAsk("line1", str(path)))
    assert line._script
    line._script._listener._thread.join(10)
    assert line.lifted() is True
    line.close()
    assert path.exists()


def test_a_wrong_line_is_logged_by_its_reason_and_the_next_is_heard(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has no digit of it."""
    path = tmp_path / "line"
    os.mkfifo(path, 0o600)
    inbox = Inbox()
    line = ScriptLine(SensorAsk("line1", str(path)))
    line.start(inbox.take)
    with caplog.at_level(logging.WARNING), path.open("wb", buffering=0) as pipe:
        pipe.write(b"0770 0900123\n\xff\xfe\nlift\n")
        inbox.next(1)
    assert len(caplog.records) == 2
    assert "0770" not in caplog.text.replace(str(tmp_path), "")
    line.close()


def test_the_socket_of_one_that_died_is_taken_over_and_anything_else_is_not(tmp_path: Path) -> None:
    """A stale socket is replaced; a folder or a device is refused."""
    path = tmp_path / "stale"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(path))
    ScriptPanel(PanelAsk(INPUTS, (), str(path))).close()
    assert not path.exists()
    for refused in (tmp_path, tmp_path / "no" / "folder"):
        with pytest.raises(DriverError):
            ScriptPanel(PanelAsk(INPUTS, (), str(refused)))


def test_keys_press_and_hold() -> None:
    """A small letter presses and lets go, a capital holds until the next; other keys do nothing."""
    fd, keys = os.pipe()
    inbox, panel = Inbox(), KeyboardPanel(PanelAsk({"pause": ("a",)}, (), str(fd)))
    panel.start(inbox.take)
    os.write(keys, b"poxP\x1bPPpP")
    levels = [fact.high for fact in inbox.next(7) if isinstance(fact, Edge)]
    assert levels == [False, True, False, True, False, True, False]
    assert panel.levels() == {"a": False}
    panel.close()
    os.fstat(fd)
    os.close(fd)
    os.close(keys)


def test_a_terminal_is_given_back_as_it_was() -> None:
    """Keys come at once and unseen while the panel is open."""
    master, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    inbox, panel = Inbox(), KeyboardPanel(PanelAsk({"opt_out": ("b",)}, (), str(terminal)))
    panel.start(inbox.take)
    os.write(master, b"o")
    assert len(inbox.next(2)) == 2
    assert not termios.tcgetattr(terminal)[3] & (termios.ECHO | termios.ICANON)
    panel.close()
    assert termios.tcgetattr(terminal) == before
    os.close(master)
    os.close(terminal)
