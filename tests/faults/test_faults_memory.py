"""A withheld sample is in no memory of its tap or the recorder ten seconds after it was captured."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.signal.decimate import Decimator
from tests.rigs import figures
from tests.rigs.box import Ask, Box
from tests.rigs.feeding import Line, noise
from tests.rigs.memory import Memory

pytestmark = pytest.mark.rig

PAUSED = ("paused", "wide")
SECONDS = 40
HUSHED = 100
"""So much softer a line waits undecided: what is loud would be taken for the answer."""

AFTER = 10.0
"""Seconds between capture and search (DESIGN section 2: gone from memory)."""


@dataclass
class Found:
    """What was found where, by line and process."""

    box: Box
    tap: dict[str, dict[str, int]] = field(default_factory=dict)
    recorder: dict[str, dict[str, int]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    """What the recorder held of a recorded line's last two seconds: its look-back."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """Two lines paused, one that waits undecided, one recorded; all go on while the memory is searched."""
    if os.geteuid() != 0:
        pytest.skip("not root: the memory of other processes cannot be read")
    extension = 'position = "extension"\nunclassified = "record"'
    asks = [
        Ask("paused", Line(noise(11, SECONDS))),
        Ask("wide", Line(noise(12, SECONDS, 48000), 48000, 1920, 1 << 16)),
        Ask("undecided", Line(noise(13, SECONDS) // HUSHED), extra=extension),
        Ask("recorded", Line(noise(14, SECONDS)), kind="pyaudio"),
    ]
    with Box(tmp_path_factory.mktemp("memory"), asks).make() as box:
        box.lines.start()
        box.start()
        yield live(box)


def live(box: Box) -> Found:
    """About 16 s: lifted, paused, a marked second, ten seconds more, searched."""
    lines, told = box.lines.lines, Found(box)
    for name in lines:
        box.tell(name, "lift")
    box.tell("undecided", "dialled 1")
    box.reasons("recorded", *PAUSED, "recorded")
    box.lines.hear(1)
    for name in PAUSED:
        box.press(name, "pause down")
    box.reasons("paused", *PAUSED)
    for name in PAUSED:
        box.press(name, "pause up")
    box.lines.hear(0.5)
    begins = {name: line.position for name, line in lines.items()}
    box.lines.hear(1.2)
    marked = {name: line.samples[begins[name] :][: line.rate // 2] for name, line in lines.items()}
    now = {"recorded": marked["recorded"]}
    told.waiting = Memory.of(box.recorder.pid).search(now)["recorded"]
    box.lines.hear(AFTER)
    assert box.of("undecided")["undecided"]
    taps = {name: Memory.of(pid) for name, pid in box.taps().items()}
    recorder = Memory.of(box.recorder.pid)
    told.tap = {name: taps[name].search({name: marked[name]})[name] for name in lines}
    phases = {f"phase {phase}": decimated(marked["wide"], phase) for phase in range(6)}
    told.recorder = recorder.search(marked | phases)
    return told


def decimated(samples: NDArray[np.int16], phase: int) -> NDArray[np.int16]:
    """What the recorder made of a stretch at 48 kHz, if its positions began at this frame."""
    filtering = Decimator(48000, 8000)
    row = samples[None, phase:].astype(np.float32)
    first = -(-filtering.half // 6)
    count = (row.shape[1] - 2 * filtering.half) // 6 - 2
    begin = filtering.first_input(first)
    return filtering.run(row[:, begin:], first, count)[0]


@pytest.mark.parametrize("name", PAUSED)
def test_a_paused_line_is_in_no_memory(found: Found, name: str) -> None:
    """Neither in its tap nor in the recorder, whether its card runs at 8 or at 48 kHz."""
    assert found.tap[name] == {}
    assert found.recorder[name] == {}


def test_what_was_decimated_is_gone_too(found: Found) -> None:
    """No sample at the line's rate, in whichever phase."""
    assert [found.recorder[f"phase {phase}"] for phase in range(6)] == [{}] * 6


def test_the_search_finds_what_is_there(found: Found) -> None:
    """A call that waits undecided is found in the ring ten seconds on; so is the look-back of a recorded one."""
    figures.keep("memory", after_s=AFTER, tap=found.tap, recorder=found.recorder, look_back=found.waiting)
    assert any(name.startswith("<i2") for name in found.recorder["undecided"])
    assert sum(found.recorder["undecided"].values()) > 900
    assert sum(found.waiting.values()) > 900
