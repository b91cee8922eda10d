"""Tap trouble: positions never shift, what is missing is a gap at its place, and other lines lose nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.audio import wire
from drivers.facts import DriverError
from firmware.settings.model import Tap
from tests.rigs.hand_tap import HandTap
from tests.rigs.kept import first, gaps, kept
from tests.rigs.office import DESK, RATE, STEP, LineAsk, Office, desk, noise, ramp

FRAMES = round(STEP * RATE)
MOST_LATE = round(0.4 * RATE)
"""A loss is known at latest 400 ms after it (firmware/recorder/feed.py, rule 2)."""


class Bench:
    """An office whose line1 has a hand-written tap; line2 has a card like any other."""

    def __init__(self, folder: Path, fed: NDArray[np.int16]) -> None:
        self.fed = fed
        self.hands: list[HandTap] = []
        self.refuse = False
        self.at = 0
        self.start: Callable[[Tap], object] | None = None
        lines = [LineAsk("line1", fed), LineAsk("line2", noise(90, 5))]
        self.office = Office(folder, lines, desks=desk("front", "line1", "line2"), starter=self._begin)

    def _begin(self, tap: Tap) -> object:
        if tap.name != "tap-line1":
            return self.office._start_tap(tap)
        if self.refuse:
            raise DriverError("no such card")
        self.hands.append(HandTap())
        return self.hands[-1]

    @property
    def hand(self) -> HandTap:
        return self.hands[-1]

    def instant(self, frame: int) -> int:
        return self.office.started + frame * 10**9 // RATE

    def run(self, seconds: float) -> None:
        """Time goes by, and the card brings each 50 ms on time."""
        for _ in range(round(seconds / STEP)):
            self.step(brings=True)

    def silent(self, seconds: float) -> None:
        """Time goes by, and the card brings nothing; what it would have heard is gone."""
        for _ in range(round(seconds / STEP)):
            self.step(brings=False)

    def step(self, *, brings: bool) -> None:
        if brings and self.hands and not self.hand.dead:
            self.hand.block(self.fed[self.at : self.at + FRAMES], self.instant(self.at + FRAMES))
        self.at += FRAMES
        self.office.run(STEP)

    def bring(self, frames: int, *, lost: int = 0) -> None:
        """Blocks of 50 ms at once, all stamped now; `lost` frames were lost in the pipe before them."""
        now = self.office.clock.monotonic_ns()
        begin = self.at - frames
        for start in range(begin, self.at, FRAMES):
            self.hand.block(self.fed[start : start + FRAMES], now, lost if start == begin else 0)


def started(folder: Path, seconds: float = 60) -> Bench:
    """Both lines lifted a second after the start."""
    bench = Bench(folder, noise(seconds))
    bench.run(1)
    for name in ("line1", "line2"):
        bench.office.say(name, "lift")
    return bench


def over(bench: Bench) -> dict[str, list[tuple[int, int]]]:
    """Hang up and finish; what was kept of each line, and line 2 lost nothing."""
    office = bench.office
    ended = office.position
    for name in ("line1", "line2"):
        office.say(name, "replace")
    bench.run(4)
    office.recorder.stop()
    fed = {"line1": bench.fed, "line2": noise(90, 5)}
    found: dict[str, list[tuple[int, int]]] = {}
    for each in office.recordings():
        name = str(each.facts["line"])
        found[name] = found.get(name, []) + kept(office, each, fed[name])
    assert found["line2"] == [(RATE, ended)]
    rows = office.rows()
    assert abs(sum(seconds for _, seconds in rows) - (ended - RATE) / RATE) < 0.002, rows
    return found


def lost(bench: Bench) -> list[tuple[int, int]]:
    """The gaps of line 1 where samples never came."""
    return [
        (start, stop)
        for each in bench.office.recordings()
        if each.facts["line"] == "line1"
        for start, stop, reason in gaps(bench.office, each)
        if reason == "lost: no samples"
    ]


def codes(office: Office) -> set[str]:
    return {fault["code"] for fault in office.told()["faults"]}


def test_a_silent_tap_is_killed_and_started_again(tmp_path: Path) -> None:
    """After a second without samples: a fault, a gap that begins at the last sample, a new tap."""
    bench = started(tmp_path)
    bench.run(8)
    stopped = bench.at
    bench.silent(1.5)
    assert bench.hands[0].dead
    assert codes(bench.office) == {"device.tap-silent"}
    assert bench.office.lamps() == {"line1": "FAULT", "line2": "RECORDING"}
    bench.silent(2)
    assert len(bench.hands) == 2
    back = bench.at
    bench.run(8)
    assert codes(bench.office) == set()
    found = over(bench)
    assert lost(bench) == [(stopped, back)]
    assert [edge for pair in found["line1"] for edge in pair][:3] == [RATE, stopped, back]


def test_a_tap_that_ends_is_started_again(tmp_path: Path) -> None:
    """Its last words are in the fault."""
    bench = started(tmp_path)
    bench.run(8)
    stopped = bench.at
    bench.hand.record(wire.KIND_WORDS, b"card pulled out")
    os.close(bench.hand.end)
    bench.hand.end = os.open(os.devnull, os.O_WRONLY)
    bench.silent(0.5)
    assert codes(bench.office) == {"device.tap-failed"}
    assert "card pulled out" in str(bench.office.told()["faults"])
    bench.silent(1)
    back = bench.at
    bench.run(6)
    over(bench)
    assert lost(bench) == [(stopped, back)]


@pytest.mark.parametrize("garbage", [b"garbage" * 40, b"C1" + bytes(100), b"\xff" * 64, b"C9" + bytes(16)])
def test_garbage_in_the_pipe_kills_the_tap_not_the_recorder(tmp_path: Path, garbage: bytes) -> None:
    """What no tap writes is a fault; nothing of it becomes sound."""
    bench = started(tmp_path)
    bench.run(8)
    stopped = bench.at
    os.write(bench.hand.end, garbage)
    bench.silent(0.5)
    assert codes(bench.office) == {"device.tap-failed"}
    bench.silent(1)
    bench.run(6)
    over(bench)
    assert lost(bench)[0][0] == stopped


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 1), (8000, 2), (8000, 0), (0, 1)])
def test_a_hello_that_is_not_what_was_asked_kills_the_tap(tmp_path: Path, rate: int, channels: int) -> None:
    """Another rate or another number of channels would be other positions."""
    bench = started(tmp_path)
    bench.run(4)
    bench.hand.record(wire.KIND_HELLO, wire.HELLO.pack(rate, channels, 0.1))
    bench.silent(0.5)
    assert codes(bench.office) == {"device.tap-failed"}
    bench.silent(1)
    bench.run(6)
    over(bench)


def test_a_card_that_cannot_be_opened_is_tried_again_and_again(tmp_path: Path) -> None:
    """A fault with what was said; its line is lost, the other one is recorded."""
    bench = started(tmp_path)
    bench.run(4)
    stopped = bench.at
    bench.refuse = True
    bench.silent(9)
    assert codes(bench.office) == {"device.tap-failed"}
    assert bench.office.lamps() == {"line1": "FAULT", "line2": "RECORDING"}
    bench.refuse = False
    bench.silent(1.5)
    back = bench.at
    bench.run(4)
    over(bench)
    assert lost(bench) == [(stopped, back)]


def test_a_card_that_is_gone_is_not_even_tried(tmp_path: Path) -> None:
    """The fault names the card; nothing is started until it is present."""
    office = Office(tmp_path, [LineAsk(samples=noise(60))], desks=DESK)
    office.run(1)
    office.say("line1", "lift")
    office.run(5)
    office.present = False
    gone = office.position
    office.run(3)
    assert codes(office) == {"device.card-gone"}
    assert not office.taps["tap-line1"].alive()
    office.present = True
    office.run(6)
    assert codes(office) == set()
    office.say("line1", "replace")
    office.finish()
    (only,) = office.recordings()
    before, _after = kept(office, only, noise(60))
    assert gone <= before[1] <= gone + RATE // 4


def test_what_the_pipe_lost_is_a_gap_of_exactly_that(tmp_path: Path) -> None:
    """A tap counts what found the pipe full."""
    bench = started(tmp_path)
    bench.run(8)
    stopped = bench.at
    bench.silent(0.5)
    bench.at += FRAMES
    bench.hand.block(
        bench.fed[bench.at - FRAMES : bench.at], bench.instant(bench.at), lost=bench.at - FRAMES - stopped
    )
    bench.office.run(STEP)
    bench.run(6)
    over(bench)
    assert lost(bench) == [(stopped, stopped + 10 * FRAMES)]


@pytest.mark.parametrize("frames", [400, 2400, 4000])
def test_what_a_card_lost_silently_is_a_gap_at_its_place(tmp_path: Path, frames: int) -> None:
    """Blocks that come late and stay late: missing before the first late block, by the lateness."""
    bench = started(tmp_path)
    bench.run(8)
    stopped = bench.at
    bench.silent(frames / RATE)
    bench.run(6)
    over(bench)
    assert lost(bench) == [(stopped, stopped + frames)]


def test_a_stall_without_loss_is_no_gap(tmp_path: Path) -> None:
    """Nothing for 0.9 s, then all of it at once."""
    bench = started(tmp_path)
    bench.run(8)
    bench.silent(0.9)
    bench.bring(round(0.9 * RATE))
    bench.run(6)
    found = over(bench)
    assert lost(bench) == []
    assert len(found["line1"]) == 1


def test_a_recorder_that_slept_loses_nothing(tmp_path: Path) -> None:
    """Five seconds without a tick: the pipe kept everything, nothing is shifted, no tap is blamed."""
    bench = started(tmp_path)
    bench.run(8)
    for _ in range(round(5 / STEP)):
        bench.hand.block(bench.fed[bench.at : bench.at + FRAMES], bench.instant(bench.at + FRAMES))
        bench.at += FRAMES
        bench.office.clock.advance(STEP)
        bench.office._steps += 1
        bench.office.taps["tap-line2"].pump.step()
    bench.run(8)
    assert len(bench.hands) == 1
    over(bench)
    assert lost(bench) == []


@pytest.mark.parametrize("seconds", [9, 40, 100])
def test_a_recorder_that_slept_too_long_says_what_is_missing(tmp_path: Path, seconds: int) -> None:
    """More than any ring holds, with the tap dead or its pipe overrun: missing, no bug, nothing shifted."""
    bench = started(tmp_path, 160)
    bench.run(8)
    stopped = bench.at
    bench.office.clock.advance(seconds)
    bench.office._steps += round(seconds / STEP)
    skip = bytearray(FRAMES * 2)
    for _ in range(round(seconds / STEP)):
        bench.office.taps["tap-line2"].source.read_into(skip)
    bench.at += seconds * RATE
    bench.hand.block(
        bench.fed[bench.at : bench.at + FRAMES], bench.instant(bench.at + FRAMES), lost=bench.at - stopped
    )
    bench.at += FRAMES
    bench.office.run(STEP)
    bench.run(8)
    office = bench.office
    office.say("line1", "replace")
    bench.run(4)
    office.recorder.stop()
    found = [each for each in office.recordings() if each.facts["line"] == "line1"]
    edges = [pair for each in found for pair in kept(office, each, bench.fed)]
    assert edges[0][0] == RATE
    assert stopped - 3 * RATE <= edges[0][1] <= stopped
    assert edges[-1][0] >= stopped + seconds * RATE
    assert {reason for each in found for _, _, reason in each.gaps} == {"lost: no samples"}


@pytest.mark.parametrize("what", ["stamp", "count"])
def test_what_lies_in_the_future_kills_the_tap(tmp_path: Path, what: str) -> None:
    """A stamp or a count that no time has seen would move every sample after it."""
    bench = started(tmp_path)
    bench.run(8)
    stopped = bench.at
    block = bench.fed[bench.at : bench.at + FRAMES]
    if what == "stamp":
        bench.hand.block(block, bench.instant(bench.at) + 3600 * 10**9)
    else:
        bench.hand.block(block, bench.instant(bench.at + FRAMES), lost=0xFFFFFFFF)
    bench.silent(0.5)
    assert codes(bench.office) == {"device.tap-failed"}
    bench.silent(1)
    bench.run(6)
    over(bench)
    assert lost(bench)[0][0] == stopped


@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_a_card_off_its_rate_is_a_fault(tmp_path: Path, factor: float) -> None:
    """Two per cent off over five seconds; its line's samples are never believed for long."""
    bench = started(tmp_path)
    step = round(FRAMES * factor)
    seen: set[str] = set()
    card = bench.at
    for _ in range(300):
        if not bench.hand.dead:
            bench.hand.block(bench.fed[card : card + step], bench.instant(bench.at + FRAMES))
        card += step
        bench.at += FRAMES
        bench.office.run(STEP)
        seen |= codes(bench.office)
    assert "device.tap-off-rate" in seen
    bench.office.recorder.stop()


def test_a_card_that_is_slow_to_open_shows_no_recording(tmp_path: Path) -> None:
    """Until its first samples come the lamp is at fault, not at recording."""
    bench = Bench(tmp_path, noise(30))
    bench.office.run(0.5)
    bench.office.say("line1", "lift")
    bench.silent(1)
    assert bench.office.lamps()["line1"] == "FAULT"
    bench.run(1)
    assert bench.office.lamps()["line1"] == "RECORDING"
    bench.office.recorder.stop()


@pytest.mark.parametrize("card_rate", [44_100, 48_000])
def test_cards_of_several_rates_stand_side_by_side(tmp_path: Path, card_rate: int) -> None:
    """Decimated beside copied, one channel beside two: a click stands at its own instant on each."""
    count = 20
    click = np.zeros(card_rate * count, np.int16)
    click[card_rate * 9 : card_rate * 9 + card_rate // 100] = 20_000
    two = np.stack([click, click], axis=1)
    own = ramp(count)
    stereo = np.stack([own, own], axis=1)
    lines = [
        LineAsk("line1", click, card_rate=card_rate),
        LineAsk("line2", two, card_rate=card_rate),
        LineAsk("line3", own),
        LineAsk("line4", stereo),
    ]
    office = Office(tmp_path, lines, desks=desk("all", *(line.name for line in lines)))
    office.run(1)
    for line in lines:
        office.say(line.name, "lift")
    office.run(14)
    for line in lines:
        office.say(line.name, "replace")
    office.finish()
    found = {str(each.facts["line"]): each for each in office.recordings()}
    assert len(found) == 4
    for name in ("line1", "line2"):
        loud = np.flatnonzero(np.abs(found[name].samples[:, -1]) > 9000)
        begins = first(office, found[name]) + loud[0]
        assert abs(begins - 9 * RATE) <= 2
        assert found[name].gaps == []
    assert np.array_equal(found["line3"].samples[:, 0], found["line4"].samples[:, 1])
