"""A wrong settings file never starts a recorder, and never shows a traceback."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from firmware.faults import SettingsFault
from firmware.settings.load import parse
from tests.rigs.box import Ask, Box
from tests.rigs.daemon import ROOT
from tests.rigs.feeding import Line, noise


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box that is made and never started."""
    with Box(tmp_path_factory.mktemp("wrong"), [Ask("one", Line(noise(1, 1)))]) as made:
        yield made.make()


def refused(box: Box, content: bytes) -> str:
    """What a recorder says of a wrong file, after everything that must not have happened."""
    config = box.folder / "wrong.toml"
    config.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "firmware.recorder", "--config", str(config)],
        cwd=ROOT,
        env=box.environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode not in {0, 1}, "a traceback's status, or a start"
    assert "Traceback" not in done.stderr + done.stdout
    assert list(box.run.iterdir()) == []
    assert list((box.data / "spool").iterdir()) == []
    return done.stderr


@given(st.data())
@settings(max_examples=6)
def test_a_file_with_a_mistake_is_refused_by_name(box: Box, data: st.DataObject) -> None:
    """A line taken out, doubled or spoilt: the recorder names the mistakes and ends."""
    lines = box.config.read_text().splitlines()
    at = data.draw(st.integers(0, len(lines) - 1), label="line")
    spoilt = data.draw(
        st.sampled_from(["", lines[at] + "\n" + lines[at], "@", lines[at].replace("=", "= -")])
    )
    text = "\n".join([*lines[:at], spoilt, *lines[at + 1 :]])
    assume(wrong(text))
    assert "settings" in refused(box, text.encode())


def wrong(text: str) -> bool:
    """Whether these are no settings."""
    try:
        parse(text, "wrong.toml")
    except SettingsFault:
        return True
    return False


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[office]\n" * 2, b"\x00" * 64, b"[" * 5000])
def test_what_is_no_settings_file_is_refused(box: Box, content: bytes) -> None:
    """Emptiness, other bytes, nonsense: a sentence and a hint."""
    assert refused(box, content).strip()


def test_an_absent_file_is_refused(box: Box) -> None:
    """By its name."""
    words = [sys.executable, "-m", "firmware.recorder", "--config", str(box.folder / "absent.toml")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert "absent.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path(box.run, "lines").exists()
