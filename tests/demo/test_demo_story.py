"""The demo tells the truth: what it shows is what the box did, and the paused seconds are silence."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.demo import calls
from firmware.faults import DeviceFault

TOOLS = ("age", "age-keygen", "flac")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder and the words of one hurried demo, without a terminal."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing or not calls.PROMPTS.exists():
        pytest.skip(f"the demo needs {', '.join(missing) or 'asterisk-core-sounds-en-wav'}")
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "firmware.demo", "--dir", str(folder), "--speed", "3"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=100, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return folder, done.stdout


def test_says_what_happens_in_order(played: tuple[Path, str]) -> None:
    """The story is told as it happens, and what is not there yet is said."""
    told = played[1]
    beats = ["rings", "is answered", "dialling is never recorded", "PRESSED", "pressed again", "hangs up"]
    places = [told.index(beat) for beat in beats]
    assert places == sorted(places)
    assert "does not destroy recordings yet" in told


def test_withheld_seconds_are_silence(played: tuple[Path, str]) -> None:
    """Every withheld stretch is counted sample by sample, and none of it is anything but zero."""
    counts = re.findall(r"of the ([0-9.]+) s withheld \(paused\), ([0-9]+) samples", played[1])
    assert len(counts) == 1
    assert 19 < float(counts[0][0]) < 21
    assert counts[0][1] == "0"


@pytest.mark.parametrize("line", ["front", "repairs"])
def test_recordings_hold_what_the_line_carried(played: tuple[Path, str], line: str) -> None:
    """Outside the gaps every sample is what was fed into the audio stack; no card digit is in it."""
    heard = soundfile.read(played[0] / "office" / f"{line}.flac", dtype="int16")[0]
    call = (
        calls.incoming(calls.prompts_folder()) if line == "front" else calls.outgoing(calls.prompts_folder())
    )
    probe = heard[8000:8400]
    places = [at for at in range(len(call.sound) - 400) if np.array_equal(call.sound[at : at + 400], probe)]
    assert len(places) == 1
    fed = call.sound[places[0] - 8000 :][: len(heard)]
    kept = heard != 0
    assert np.array_equal(heard[: len(fed)][kept[: len(fed)]], fed[kept[: len(fed)]])
    assert kept.mean() > 0.4


def test_nothing_clear_lies_on_the_box(played: tuple[Path, str]) -> None:
    """The box's side holds no stretch of sound, no number and no private key."""
    sound = calls.incoming(calls.prompts_folder()).sound
    probes = [sound[at : at + 16].tobytes() for at in range(5 * 8000, 45 * 8000, 8000)]
    probes = [probe for probe in probes if len(set(probe)) > 8]
    needles = [*probes, calls.CALLER.encode(), calls.DIALLED.encode(), b"AGE-SECRET-KEY-"]
    for path in (played[0] / "box").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [needle for needle in needles if needle in content], path


def test_pictures_are_drawn(played: tuple[Path, str]) -> None:
    """Each recording has its drawing, and the gap is labelled in words."""
    drawing = (played[0] / "office" / "front.svg").read_text()
    assert drawing.startswith("<svg")
    assert ">paused<" in drawing
    assert "░" in played[1]


def test_leaves_no_socket_behind(played: tuple[Path, str]) -> None:
    """The short-lived folder of sockets, which the settings name, is gone."""
    settings = (played[0] / "box" / "callbox.toml").read_text()
    named = re.search(r'source = "(.*)/front"', settings)
    assert named is not None
    assert not Path(named[1]).exists()


def test_never_touches_a_folder_it_did_not_make(tmp_path: Path) -> None:
    """A folder with something in it is refused, and stays as it is."""
    (tmp_path / "letter.txt").write_text("mine")
    command = [sys.executable, "-m", "firmware.demo", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 6
    assert "refused.folder-in-use" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_names_the_package_that_is_missing(tmp_path: Path) -> None:
    """Without the prompts the demo says which command brings them."""
    with pytest.raises(DeviceFault, match="no recorded prompts") as caught:
        calls.prompts_folder(tmp_path)
    assert "apt-get install asterisk-core-sounds-en-wav" in caught.value.hint
