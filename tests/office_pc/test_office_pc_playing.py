"""`play`: what is heard is what was recorded, to the bit, and no file of it is left or ever was."""

import io
import os
import pty
import shutil
import subprocess
import sys
import termios
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from firmware.faults import DeviceFault
from firmware.office.keyboard import Order
from firmware.office.playing import Place, _Telling, hear, obeyed
from firmware.sealing.facts import Gap
from tests.keeper.keeper_rig import ROOT, flac_accepts, noise
from tests.office_pc.conftest import Kept
from tests.rigs.fifo_speaker import FileSpeaker
from tests.rigs.office_pc import WHY, Pc

RATE = 8000

OTHERS = ("/dev/null", "/dev/tty", "/proc/", "/dev/shm/jack")  # noqa: S108  PortAudio asks JACK too, which keeps this


@pytest.fixture(scope="module")
def flac() -> bytes:
    """A minute of noise as FLAC."""
    out = io.BytesIO()
    soundfile.write(out, noise(60 * RATE), RATE, format="FLAC")
    return out.getvalue()


class Listener:
    """Someone who keeps all that was played."""

    def __init__(self) -> None:
        self.heard = b""
        self.rests = 0

    def play(self, samples: bytes) -> None:
        self.heard += samples

    def rest(self) -> None:
        self.rests += 1

    def close(self) -> None:
        pass


def listened(
    flac: bytes, orders: Iterable[Order | None] = ()
) -> tuple[NDArray[np.int16], Place, list[Place]]:
    """What is heard with these keys pressed one after the other, and where it was after each step."""
    keys, listener, places = iter(orders), Listener(), list[Place]()
    with soundfile.SoundFile(io.BytesIO(flac)) as sound:
        place = hear(sound, listener, lambda _: next(keys, None), places.append)
    return np.frombuffer(listener.heard, "<i2"), place, places


def test_all_of_it_is_heard(flac: bytes) -> None:
    """Without a key, every sample once and in order."""
    heard, place, _ = listened(flac)
    assert np.array_equal(heard, noise(60 * RATE)[:, 0])
    assert place == Place(60 * RATE)


def test_a_pause_loses_nothing(flac: bytes) -> None:
    """Space, some waiting, space: the same samples, none twice."""
    orders = [None, Order.PAUSE, *[None] * 7, Order.PAUSE]
    heard, _, places = listened(flac, orders)
    assert np.array_equal(heard, noise(60 * RATE)[:, 0])
    assert sum(place.paused for place in places) == 8


def test_arrows_leap_ten_seconds_and_stay_inside(flac: bytes) -> None:
    """On from the beginning, back past it, and on past the end."""
    samples = noise(60 * RATE)[:, 0]
    heard, _, _ = listened(flac, [Order.ON, Order.BACK, Order.BACK])
    block = RATE // 10
    assert np.array_equal(heard[:block], samples[10 * RATE : 10 * RATE + block])
    assert np.array_equal(heard[block : 2 * block], samples[block : 2 * block])
    assert np.array_equal(heard[2 * block :], samples)
    heard, place, _ = listened(flac, [Order.ON] * 7)
    assert place.at == 60 * RATE
    assert len(heard) == 5 * block


def test_q_ends_it_at_once(flac: bytes) -> None:
    """Two blocks, then the end."""
    heard, place, _ = listened(flac, [None, None, Order.END])
    assert len(heard) == 2 * RATE // 10
    assert place.ended


def test_each_gap_is_told_once_as_it_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    """When, how long, why; again where somebody leaps back to it; no bar where there is no terminal."""
    gaps = (Gap(RATE, 3 * RATE, "paused"), Gap(9 * RATE, 10 * RATE, "card entry", 16))
    telling = _Telling(gaps, 60 * RATE, RATE)
    for at in (0, RATE // 2, RATE, 2 * RATE, 4 * RATE, 9 * RATE, RATE):
        telling.tell(Place(at))
    assert capsys.readouterr().err.splitlines() == [
        "0:00:01: 2.0 s are silent here: paused",
        "0:00:09: 1.0 s are silent here: card entry, 16 keys",
        "0:00:01: 2.0 s are silent here: paused",
    ]


def test_keys_lead_where_they_say() -> None:
    """Each key on its own."""
    at = Place(15 * RATE)
    assert obeyed(at, Order.PAUSE, 60 * RATE, RATE) == Place(15 * RATE, paused=True)
    assert obeyed(at, Order.BACK, 60 * RATE, RATE) == Place(5 * RATE)
    assert obeyed(at, Order.ON, 60 * RATE, RATE) == Place(25 * RATE)
    assert obeyed(at, Order.END, 60 * RATE, RATE).ended


def copies(kept: Kept) -> bytes:
    """What the box says that it handed out."""
    return kept.house.shell("copies", "--json").stdout


def watched(argv: list[str], trace: Path, environment: dict[str, str]) -> set[str]:
    """Run it; the paths of all files that it made, opened for writing, or renamed."""
    calls = "trace=openat,open,creat,rename,renameat,renameat2,link,linkat,memfd_create,mknod,mknodat"
    command = ["strace", "-f", "-qq", "-e", calls, "-o", str(trace), *argv]
    subprocess.run(
        command, check=True, env=os.environ | environment, cwd=ROOT, timeout=60, capture_output=True
    )
    changing = [
        line
        for line in trace.read_text(errors="replace").splitlines()
        if " = -1" not in line
        and ("O_WRONLY" in line or "O_RDWR" in line or "O_CREAT" in line or "open" not in line)
    ]
    return {line.split('"')[1] for line in changing if '"' in line}


@pytest.mark.parametrize("kind", ["finished", "cut"])
def test_what_is_heard_is_exact_and_leaves_no_file(kept: Kept, pc: Pc, tmp_path: Path, kind: str) -> None:
    """Through PortAudio and ALSA into a file that stands for the loudspeaker; strace sees no other file made."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    folder, speaker = tmp_path / "opened", FileSpeaker(tmp_path)
    folder.mkdir()
    recording = getattr(kept, kind)
    assert pc.run("get", recording, *WHY, "-o", str(folder), "--open") == 0
    opened = folder / f"{recording}.flac"
    assert flac_accepts(opened.read_bytes())
    before = {each: each.stat().st_mtime_ns for each in pc.folder.iterdir()}
    words = ["play", "--office", str(pc.settings), recording, *WHY]
    made = watched(
        [sys.executable, "-B", "-m", "firmware.office", *words], tmp_path / "trace", speaker.environment
    )
    assert np.array_equal(speaker.heard(), soundfile.read(opened, dtype="int16")[0])
    ours = {path for path in made if not path.startswith(OTHERS)}
    assert ours <= {str(tmp_path / "heard.raw")}
    assert {each: each.stat().st_mtime_ns for each in pc.folder.iterdir()} == before


def test_no_sound_output_no_copy(kept: Kept, pc: Pc, tmp_path: Path) -> None:
    """A PC without an output is a fault before the box hands out anything."""
    nothing = tmp_path / "nothing.conf"
    nothing.write_text("pcm.absent { type hw card 77 }\n")
    before = copies(kept)
    words = ["play", "--office", str(pc.settings), kept.finished, *WHY]
    done = subprocess.run(
        [sys.executable, "-m", "firmware.office", *words],
        env=os.environ | {"ALSA_CONFIG_PATH": str(nothing)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == DeviceFault.exit_status
    assert "[device.no-sound]" in done.stderr
    assert "Traceback" not in done.stderr
    assert copies(kept) == before


def test_keys_of_a_terminal_are_obeyed_and_the_terminal_is_as_before(
    kept: Kept, pc: Pc, tmp_path: Path
) -> None:
    """On a pseudo-terminal: q ends it, and line mode and echo are back."""
    speaker = FileSpeaker(tmp_path)
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    words = ["play", "--office", str(pc.settings), kept.finished, *WHY]
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware.office", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | speaker.environment,
        cwd=ROOT,
    )
    os.write(ours, b" q")
    assert process.wait(timeout=60) == 0
    shown = os.read(ours, 1 << 16).decode()
    assert "space: pause" in shown
    assert "paused" in shown
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)
