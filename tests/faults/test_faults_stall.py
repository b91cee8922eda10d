"""A process sleeps, a card is pulled out: what is lost is accounted for, and nothing moves in time."""

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.rigs import figures
from tests.rigs.box import Ask, Box
from tests.rigs.feeding import Line, Stretch, noise, stretches
from tests.rigs.keys import Sealed, decoded, opened, sealed

UNPLUGGED = float(os.environ.get("CALLBOX_UNPLUGGED", "3"))
"""Seconds; 60 in the slow run."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + UNPLUGGED)]

SHIFT = 0.11
"""Seconds: the lines' own chunk, and 10 ms."""

RATE = 8000


@dataclass(frozen=True)
class Stalls:
    """The box after its stalls, and the one recording of each line, taken apart."""

    box: Box
    recordings: dict[str, Sealed]
    kept: dict[str, list[Stretch]]


@pytest.fixture(scope="module")
def stalls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stalls]:
    """The recorder sleeps 5 s, a tap sleeps 1 s, a third line is unplugged; each phone is off the hook throughout."""
    asks = [
        Ask(name, Line(noise(seed, 40 + UNPLUGGED)))
        for seed, name in enumerate(("calm", "stalled", "gone"), 6)
    ]
    with Box(tmp_path_factory.mktemp("stalls"), asks).make() as box:
        box.lines.start()
        box.start()
        live(box)
        assert box.stop() == 0
        sealed_ones = [sealed(path, box.live_key) for path in box.revealed()]
        recordings = {str(each.facts["line"]): each for each in sealed_ones}
        assert len(sealed_ones) == len(recordings) == 3
        kept = {
            name: stretches(box.lines.lines[name], plain(box, each), each.gaps)
            for name, each in recordings.items()
        }
        yield Stalls(box, recordings, kept)


def live(box: Box) -> None:
    """The calls, about 22 s."""
    names = list(box.lines.lines)
    for name in names:
        box.tell(name, "lift")
    box.reasons("recorded", *names)
    box.lines.hear(1.5)
    asleep(box, box.recorder.pid, 5)
    box.lines.hear(1.5)
    asleep(box, box.taps()["stalled"], 1)
    box.lines.hear(1.5)
    box.lines.lines["gone"].plugged = False
    box.lines.hear(UNPLUGGED)
    assert box.of("gone")["lamp"] == "FAULT"
    assert box.of("calm")["lamp"] == "RECORDING"
    box.lines.lines["gone"].plugged = True
    box.wait(lambda: box.of("gone")["lamp"] == "RECORDING", "the card that is back is not recorded")
    box.lines.hear(1.5)
    for name in names:
        box.tell(name, "replace")
    box.wait(lambda: len(box.revealed()) >= 3, "three calls are not finished")


def asleep(box: Box, pid: int, seconds: float) -> None:
    """Stop a process for so long."""
    os.kill(pid, signal.SIGSTOP)
    box.lines.hear(seconds)
    with contextlib.suppress(ProcessLookupError):  # a busy machine makes it a second, and the tap is replaced
        os.kill(pid, signal.SIGCONT)


def plain(box: Box, recording: Sealed) -> NDArray[np.int16]:
    """The samples of a finished recording."""
    return decoded(opened(recording.files, box.keys.private["office"]))


def shifts(kept: list[Stretch]) -> list[float]:
    """By how many seconds each stretch stands elsewhere than the one before it says."""
    return [((b.heard - a.heard) - (b.start - a.start)) / RATE for a, b in pairwise(kept)]


def test_a_recorder_that_slept_5_s_lost_nothing(stalls: Stalls) -> None:
    """The tap's pipe held it: one stretch, to the bit, without a gap; the other lines' troubles are not seen."""
    assert stalls.recordings["calm"].gaps == []
    assert len(stalls.kept["calm"]) == 1


@pytest.mark.parametrize("name", ["stalled", "gone"])
def test_what_a_line_lost_is_accounted_for_and_nothing_is_shifted(stalls: Stalls, name: str) -> None:
    """The gap is as long as what the line dropped, and what follows stands where it was said."""
    line, kept = stalls.box.lines.lines[name], stalls.kept[name]
    gaps = stalls.recordings[name].gaps
    lost = sum(stop - start for start, stop, _ in gaps)
    dropped = line.lost(kept[0].heard, kept[-1].heard)
    moved = shifts(kept)
    figures.keep(f"{name}-line", gaps=gaps, lost_s=lost / RATE, dropped_s=dropped / RATE, shifts_s=moved)
    assert {reason for _, _, reason in gaps} == {"lost: no samples"}
    assert lost / RATE == pytest.approx(dropped / RATE, abs=SHIFT)
    assert max(map(abs, moved)) <= SHIFT


def test_the_ledger_facts_say_the_same(stalls: Stalls) -> None:
    """From lifted to replaced every second has one row, and what was recorded is as long as what was kept."""
    for name, recording in stalls.recordings.items():
        rows = [row for row in stalls.box.coverage() if row["call"] == recording.facts["call"]]
        recorded = sum(row["duration_ns"] for row in rows if row["reason"] == "recorded") / 1e9
        kept = sum(each.stop - each.start for each in stalls.kept[name]) / RATE
        assert recorded == pytest.approx(kept, abs=0.02)
        for before, after in pairwise(rows):
            ends = before["began"]["boottime_ns"] + before["duration_ns"]
            assert ends / 1e9 == pytest.approx(after["began"]["boottime_ns"] / 1e9, abs=SHIFT)
