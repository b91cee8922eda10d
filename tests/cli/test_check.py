import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from firmware.cli.check import check
from tests.settings.sample import EXAMPLE, KEY_A, SMALL, edited

LOCAL = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"


@pytest.fixture
def mountinfo(tmp_path: Path) -> Path:
    """A machine whose only file system is a disk."""
    path = tmp_path / "mountinfo"
    path.write_text(LOCAL)
    return path


def box(folder: Path, *edits: tuple[str, str]) -> Path:
    """A settings file whose tap is a WAV file of 8000 samples a second in the same folder."""
    sound = folder / "call.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(400))
    path = folder / "box.toml"
    path.write_text(edited(SMALL, *edits).replace("call.wav", str(sound)))
    return path


def test_a_right_file_is_told_in_sentences(
    tmp_path: Path, mountinfo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A right file ends well and says what the box will do."""
    assert check(box(tmp_path), mountinfo) == 0
    out, err = capsys.readouterr()
    assert "has no mistakes. This is what the box will do." in out
    assert "\nLine helpline of repairs\n  It is never recorded" in out
    assert err == ""


def test_one_cell_only_is_a_note(tmp_path: Path, mountinfo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the loss of the only cell means is told with every check, and is no fault."""
    assert check(box(tmp_path), mountinfo) == 0
    assert "\nnote: There is one cell only: if it is lost" in capsys.readouterr().out


def test_an_absent_card_is_a_note(mountinfo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example is right on a machine without its card, which is noted."""
    if Path("/proc/asound/Tap1").exists():
        pytest.skip("this machine has a card of the example's name")
    assert check(EXAMPLE, mountinfo) == 0
    assert "note: the card Tap1 of tap card is absent" in capsys.readouterr().out


def test_a_rate_that_is_not_listed(
    tmp_path: Path, mountinfo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rate that the card does not list is refused with those that it lists, and no sentence is promised."""
    assert check(box(tmp_path, ("rate = 8000", "rate = 48000")), mountinfo) == 2
    out, err = capsys.readouterr()
    assert "lists 8000 [settings.rate-not-listed]" in err
    assert "will do" not in out


def test_what_cannot_be_asked_is_a_device_fault(
    tmp_path: Path, mountinfo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A card that gives no answer is a fault of the device, not of the settings."""
    path = box(tmp_path)
    (tmp_path / "call.wav").write_bytes(b"RIFF and nothing else")
    assert check(path, mountinfo) == 3
    assert "[device.card-not-asked]" in capsys.readouterr().err


def test_all_faults_of_the_machine_are_told(
    tmp_path: Path, mountinfo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A remote data directory, a mistyped recipient and a wrong rate are told in one go; the first gives the status."""
    typo = KEY_A[:-1] + ("q" if KEY_A[-1] != "q" else "p")
    path = box(tmp_path, ("rate = 8000", "rate = 48000"), (KEY_A, typo))
    mountinfo.write_text(LOCAL.replace("ext4", "nfs4"))
    assert check(path, mountinfo) == 2
    err = capsys.readouterr().err
    codes = ["settings.data-elsewhere", "seal.malformed-key", "settings.rate-not-listed"]
    assert [code for code in codes if f"[{code}]" in err] == codes


def test_mistakes_are_told_without_a_traceback(tmp_path: Path) -> None:
    """From the command line a wrong file ends with the mistakes on standard error, and nothing on standard output."""
    path = box(tmp_path, ("P30D", "P0D"), ('position = "port"', 'position = "prot"'))
    program = "import sys, pathlib; from firmware.cli.check import check; sys.exit(check(pathlib.Path(sys.argv[1])))"
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "contains 2 mistakes" in done.stderr
    assert "Traceback" not in done.stderr
