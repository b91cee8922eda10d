"""The demo tells the truth: what it shows is what the box did, and the paused seconds are silence."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from drivers.cell.file_cell import FileCell
from firmware.cli.certificate import main as certificate
from firmware.clock import london_date
from firmware.demo import calls
from firmware.faults import DeviceFault, LogFault
from firmware.vault.table import KeyTable

TOOLS = ("age", "age-keygen", "flac")
HOUR = 3_600_000_000_000


def logged(folder: Path) -> list[dict[str, Any]]:
    """Every entry of the audit log that the demo left."""
    paths = sorted((folder / "box" / "data" / "audit").glob("entries-*.log"))
    return [json.loads(line.split(b" ", 1)[1]) for path in paths for line in path.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder and the words of one hurried demo, without a terminal."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing or not calls.PROMPTS.exists():
        pytest.skip(f"the demo needs {', '.join(missing) or 'asterisk-core-sounds-en-wav'}")
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "firmware.demo", "--dir", str(folder), "--speed", "3"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=180, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return folder, done.stdout


def test_says_what_happens_in_order(played: tuple[Path, str]) -> None:
    """The story is told as it happens, from the first ring to the last certificate."""
    told = played[1]
    beats = ["rings", "is answered", "dialling is never recorded", "PRESSED", "pressed again", "hangs up"]
    beats += [
        "it is held",
        "Thirty days go by",
        "the signed forecast names",
        "due: marked",
        "destroyed: its key",
    ]
    beats += ["its day came", "opens as before", "is settled", "its hold was released", "0 recordings"]
    places = [told.index(beat) for beat in beats]
    assert places == sorted(places)


def test_each_goes_on_its_day_and_not_before(played: tuple[Path, str]) -> None:
    """What is due goes on the due day itself, by a forecast of an earlier date and an hour after its mark."""
    entries = logged(played[0])
    runs = [each for each in entries if each["what"] == "destroyed"]
    marks = [each["at"]["wall_ns"] for each in entries if each["what"] == "marked"]
    wills = [each for each in entries if each["what"] == "will destroy"]
    (day_key,), (hold_key,) = (each["keys"] for each in wills)
    due = date.fromisoformat(day_key.removeprefix("day-"))
    assert hold_key.startswith("hold-")
    assert london_date(runs[0]["at"]["wall_ns"]) == due
    assert all(run["at"]["wall_ns"] - mark >= HOUR for run, mark in zip(runs, marks, strict=True))
    first = min(_naming(played[0], day_key))
    assert due - timedelta(days=14) <= first < due
    began = min(each["at"]["wall_ns"] for each in entries if each["what"] == "taken in")
    assert due == london_date(began) + timedelta(days=30)


def _naming(folder: Path, key: str) -> list[date]:
    """The dates of the forecasts that name a key."""
    paths = (folder / "box" / "data" / "forecast").glob("*.json")
    return [date.fromisoformat(path.stem) for path in paths if key in path.read_text()]


def test_nothing_that_was_destroyed_is_left(played: tuple[Path, str]) -> None:
    """No key of a day or a hold, no body, no shard; no file of the box has a piece of what was sealed."""
    data = played[0] / "box" / "data"
    keys = KeyTable(data / "vault", FileCell(data / "cell" / "root.cell")).ids()
    assert [each for each in keys if not each.startswith("live-")] == ["alarms", "references", "undated"]
    assert "live-1" not in keys
    assert list((data / "store").iterdir()) == []
    assert [path.name for path in (data / "vault" / "shards").iterdir()] == []
    sealed = [path.read_bytes() for path in (played[0] / "office").glob("*.age")]
    assert len(sealed) == 2
    pieces = [each[at : at + 32] for each in sealed for at in (200, len(each) // 2, len(each) - 32)]
    for path in (played[0] / "box").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [piece for piece in pieces if piece in content], path


def test_the_certificates_are_true_and_a_changed_one_is_not(
    played: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The office needs its copy of the public key and nothing of the box; a letter changed is a fault."""
    office = played[0] / "office"
    found = list(office.glob("*.json"))
    assert len(found) == 2
    for path in found:
        assert certificate([str(path), "--public", str(office / "box.pub")]) == 0
        assert "this box destroyed 1 recording" in capsys.readouterr().out
        forged = tmp_path / path.name
        forged.write_text(path.read_text().replace("its ", "our ", 1))
        with pytest.raises(LogFault, match="not to be believed"):
            certificate([str(forged), "--public", str(office / "box.pub")])
    assert capsys.readouterr().out == ""


def test_the_held_one_outlived_its_day(played: tuple[Path, str]) -> None:
    """What was fetched past the due day is the same sound, bit for bit."""
    office = played[0] / "office"
    assert np.array_equal(soundfile.read(office / "held.flac")[0], soundfile.read(office / "front.flac")[0])


def test_withheld_seconds_are_silence(played: tuple[Path, str]) -> None:
    """Every withheld stretch is counted sample by sample, and none of it is anything but zero."""
    counts = re.findall(r"of the ([0-9.]+) s withheld \(paused\), ([0-9]+) samples", played[1])
    assert len(counts) == 1
    assert 19 < float(counts[0][0]) < 21
    assert counts[0][1] == "0"


def test_what_was_keyed_is_silence_though_nobody_pressed(played: tuple[Path, str]) -> None:
    """The card entry has its keys counted, is silent to the sample, and covers every key that the line carried."""
    (told,) = re.findall(r"withheld \(card entry, (\d+) keys\), (\d+) samples", played[1])
    assert 12 <= int(told[0]) <= len(calls.CARD)
    assert told[1] == "0"
    heard = soundfile.read(played[0] / "office" / "repairs.flac", dtype="int16")[0]
    fed = calls.outgoing(calls.prompts_folder()).sound
    keys = fed[round(calls.CARD_KEYED_AT * 8000) :][: round(0.18 * 8000 * len(calls.CARD))]
    pieces = [keys[at : at + 24].tobytes() for at in range(0, len(keys) - 24, 80)]
    loud = [piece for piece in pieces if np.abs(np.frombuffer(piece, np.int16)).max() > 500]
    assert len(loud) > 100
    assert not [piece for piece in loud if piece in heard.tobytes()]


def test_numbers_are_heard_on_the_line(played: tuple[Path, str]) -> None:
    """Which way a call went is told by its caller id or its dialled number, of which no script said a word."""
    assert played[1].index("outgoing: a number") > 0
    assert played[1].index("incoming: a caller id was heard") > 0
    words = [cue.words for call in calls.both() for cue in call.cues]
    assert not [each for each in words if any(digit.isdigit() for digit in each)]


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
