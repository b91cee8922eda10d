"""Two hours of one call: no recording is longer, and the seam loses no sample.

The two hours are shortened to four minutes; CALLBOX_ROLL_OVER=7200 plays them whole, in half a minute.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.settings.model import Tap
from tests.rigs.hand_tap import HandTap
from tests.rigs.kept import first
from tests.rigs.office import DESK, RATE, LineAsk, Office, ramp

LONGEST = int(os.environ.get("CALLBOX_ROLL_OVER", "240"))
STEP_SECONDS = 2
FRAMES = 2000
"""Eight records of a quarter of a second a step: a record holds 4,096 bytes."""


class Hours:
    """A line whose card is a function of the position: a ramp near the seams, a word every five minutes."""

    def __init__(self, folder: Path) -> None:
        self.at = 0
        self.office = Office(folder, [LineAsk(samples=ramp(1))], desks=DESK, starter=self._begin)
        self.office.recorder.tick()

    def _begin(self, _tap: Tap) -> HandTap:
        self.hand = HandTap()
        return self.hand

    @staticmethod
    def sound(start: int, stop: int) -> NDArray[np.int16]:
        """What lies at these positions."""
        at = np.arange(start, stop)
        near = np.abs(at - LONGEST * RATE) < 20 * RATE
        word = at % (300 * RATE) < 2 * RATE
        return (np.where(near | word, at % 20011 + 1, 0)).astype(np.int16)

    def run(self, seconds: float) -> None:
        """In steps of two seconds, a tick each."""
        for _ in range(round(seconds / STEP_SECONDS)):
            begin = self.at
            self.at += STEP_SECONDS * RATE
            for start in range(begin, self.at, FRAMES):
                stamp = self.office.started + (start + FRAMES) * 10**9 // RATE
                self.hand.block(self.sound(start, start + FRAMES), stamp)
            self.office.clock.advance(STEP_SECONDS)
            for _ in range(2):
                self.office.recorder.tick()
                self.office.recorder.seals.wait(10)


def test_a_call_of_two_hours_goes_on_in_another_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is two hours to the sample; the next one, of the same call, begins at the very next one."""
    monkeypatch.setattr("os.fsync", lambda _fd: None)
    monkeypatch.setattr("os.fdatasync", lambda _fd: None)
    monkeypatch.setattr("firmware.call.clerk.ROLL_OVER_SECONDS", LONGEST)
    hours = Hours(tmp_path)
    office = hours.office
    hours.run(2)
    office.say("line1", "lift")
    lifted = hours.at
    hours.run(LONGEST + 60)
    over = hours.at
    office.say("line1", "replace")
    hours.run(6)
    office.recorder.stop()
    one, two = office.recordings()
    assert (one.facts["call"], two.facts["continues"]) == (two.facts["call"], one.facts["id"])
    assert (one.facts["ended"], two.facts["ended"]) == ("two hours", "on hook")
    assert (len(one.samples), len(two.samples)) == (LONGEST * RATE, over - lifted - LONGEST * RATE)
    assert first(office, two) == lifted + LONGEST * RATE
    seam = lifted + LONGEST * RATE
    near = hours.sound(seam - 30 * RATE, seam + 30 * RATE)
    assert np.array_equal(one.samples[-30 * RATE :, 0], near[: 30 * RATE])
    assert np.array_equal(two.samples[: 30 * RATE, 0], near[30 * RATE :])
    assert one.gaps == two.gaps == []
    assert office.rows() == [("recorded", LONGEST + 60.0)]
