"""One day of a box, told once for all tests that look at what is left of it."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.rigs.box import Ask, Box
from tests.rigs.feeding import Line, noise
from tests.rigs.keys import Sealed, sealed

SECONDS = 60
IMAGE_MIB = 96
NUMBER = "02079460123"
TONES = {1000: 6000.0, 3400: 6000.0, 5000: 6000.0, 7300: 6000.0}
"""Hz to amplitude: two in the telephone band, two that would fold into it."""


@dataclass
class Day:
    """What happened, and what is left: presses by CLOCK_MONOTONIC, the recordings, the image of the disk."""

    box: Box
    image: Path | None
    presses: dict[str, int] = field(default_factory=dict)
    status: int | None = None
    recordings: list[Sealed] = field(default_factory=list)
    modes: dict[str, int] = field(default_factory=dict)

    def of(self, line: str) -> list[Sealed]:
        """The recordings of a line, by time."""
        return [each for each in self.recordings if each.facts["line"] == line]


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Four lines through the real audio stack: two bindings, two rates, a press, a late cut, a stop in a call."""
    folder = tmp_path_factory.mktemp("day")
    asks = [
        Ask("pressed", Line(noise(1, SECONDS))),
        Ask("second", Line(noise(2, SECONDS)), kind="pyaudio"),
        Ask("late", Line(noise(3, SECONDS))),
        Ask("wide", Line(tones(48000), 48000, 1920, 1 << 16)),
    ]
    with disk(folder) as (data, image), Box(folder, asks, data).make() as box:
        told = Day(box, image)
        box.lines.start()
        box.start(WATCHDOG_USEC="10000000")
        live(told)
        told.recordings = sorted(
            (sealed(path, box.live_key) for path in box.revealed()), key=lambda each: each.began_ns
        )
        told.modes = modes(box)
        yield told


def live(day: Day) -> None:
    """The day itself, about 16 s."""
    box, names = day.box, list(day.box.lines.lines)
    for words in ("ring", f"caller-id {NUMBER}"):
        box.tell("pressed", words)
    for name in names:
        box.tell(name, "lift")
    box.reasons("recorded", *names)
    box.lines.hear(4.5)
    box.press("late", "pause down")
    day.presses["pause"] = box.push("pressed")
    box.reasons("paused", "pressed", "late")
    box.lines.hear(2.5)
    box.press("late", "pause up")
    box.lines.hear(1)
    for name in ("pressed", "late"):
        day.presses[f"resume {name}"] = box.push(name)
    box.reasons("recorded", "pressed", "late")
    box.lines.hear(2.5)
    for name in ("pressed", "late", "wide"):
        box.tell(name, "replace")
    box.wait(lambda: len(box.revealed()) == 3, "three calls are not finished")
    day.status = box.stop()
    box.recorder.listen()


def tones(rate: int) -> NDArray[np.int16]:
    """The four tones together."""
    at = np.arange(SECONDS * rate) / rate
    made = sum(amplitude * np.sin(2 * np.pi * hertz * at) for hertz, amplitude in TONES.items())
    return np.rint(made).astype(np.int16)


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    """A data directory on a small ext4 of its own and the image under it; without root, a plain folder."""
    data, image = folder / "data", folder / "disk.img"
    data.mkdir()
    mounted = os.geteuid() == 0 and _mounted(image, data)
    try:
        yield data, image if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(data)], check=True)


def _mounted(image: Path, data: Path) -> bool:
    with image.open("wb") as file:
        file.truncate(IMAGE_MIB << 20)
    made = subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=False)
    words = ["mount", "-o", "loop", str(image), str(data)]
    return made.returncode == 0 and subprocess.run(words, check=False).returncode == 0


def modes(box: Box) -> dict[str, int]:
    """The permissions of everything that the recorder made, by name without its random part."""
    kinds = {}
    for path in [*box.data.rglob("*"), *box.run.rglob("*")]:
        name = (
            path.parent.name
            + "/"
            + path.name.replace(path.stem, "ID" if path.parent.name == "spool" else path.stem)
        )
        if path.stem.startswith("coverage-"):
            name = "spool/coverage-ID.json"
        kinds[name] = path.stat().st_mode & 0o7777
    return kinds
