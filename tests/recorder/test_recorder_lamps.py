"""The lamp says what is really being committed, at every step; note first, then lamp."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.call.lamp import Lamp, lit
from firmware.recorder.notes import read
from tests.rigs.kept import kept
from tests.rigs.office import DESK, RATE, LineAsk, Office, desk, noise

FED = noise(90)
LOOK_BACK = 2 * RATE
WITHHELD = {"PAUSED", "REMIND", "OPTED_OUT", "DARK", "FAULT", "UNDECIDED"}


class Watched:
    """A panel that looks into the notes whenever it is told to light a lamp."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._panel = office.panels["front"]
        self.seen: list[tuple[str, bool, bool]] = []

    def levels(self) -> dict[str, bool]:
        return self._panel.levels()

    def show(self, outputs: dict[str, bool]) -> None:
        noted = self._office.notes()["lamp"]
        self.seen.append((noted, outputs["front_recording"], outputs["front_withheld"]))
        self._panel.show(outputs)

    def close(self) -> None:
        self._panel.close()


def test_the_note_is_written_before_the_lamp_changes(tmp_path: Path) -> None:
    """Whenever the desk lights up, the file already says why."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=DESK)
    watched = Watched(office)
    office.recorder._desks[0]._panel = watched
    office.run(1)
    office.say("line1", "lift")
    office.run(4)
    before = len(watched.seen)
    office.press("front", "pause down")
    assert watched.seen[before] == ("PAUSED", False, True)
    note = read(office.data / "run" / "lines")
    assert note is not None
    assert note.lines["line1"].note.paused
    office.run(0.2)
    office.press("front", "pause up")
    office.run(4)
    office.tap_once("front")
    office.run(3)
    office.recorder.stop()
    for noted, recording, _ in watched.seen:
        assert not recording or noted == "RECORDING"


def test_a_press_is_acted_on_between_two_ticks(tmp_path: Path) -> None:
    """No tick goes by between the edge and the lamp."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=DESK)
    office.run(1)
    office.say("line1", "lift")
    office.run(5.05)
    assert office.panels["front"].shown["front_recording"]
    office.press("front", "pause down")
    assert not office.panels["front"].shown["front_recording"]
    assert office.panels["front"].shown["front_withheld"]
    office.recorder.stop()


def test_dark_never_means_recording(tmp_path: Path) -> None:
    """No pattern of a line that is recorded leaves the recording lamp dark for long, and no other lights it steadily."""
    second = 10**9
    for lamp in Lamp:
        steps = [lit([lamp], step * second // 4) for step in range(8)]
        steady = all(each.recording for each in steps)
        assert steady is (lamp in {Lamp.RECORDING, Lamp.REFUSED})
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=DESK)
    office.run(2)
    assert not any(office.panels["front"].shown.values())
    office.recorder.stop()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["lift", "replace", "tap", "hold", "opt-out", "unplug", "mend", "recall", "dial", "answer"]
        ),
        st.sampled_from([0.3, 0.8, 1.5, 2.6, 4.0]),
    ),
    min_size=4,
    max_size=14,
)


def do(office: Office, step: str) -> None:
    match step:
        case "lift" | "replace" | "recall":
            office.say("line1", step)
        case "dial":
            office.say("line1", "dialled 12")
        case "answer":
            office.say("line1", "answered")
        case "tap":
            office.tap_once("front")
        case "hold":
            office.press("front", "pause down")
            office.run(2.3)
            office.press("front", "pause up")
        case "opt-out":
            office.press("front", "opt-out down")
            office.run(0.2)
            office.press("front", "opt-out up")
        case "unplug":
            office.press("front", "pause unplugged")
        case "mend":
            office.press("front", "pause up")


@given(steps=STEPS)
@settings(max_examples=15)
def test_what_the_lamp_called_withheld_is_never_recorded(
    tmp_path_factory: object, steps: list[tuple[str, float]]
) -> None:
    """Over any story: withheld or dark at a tick means that its sample is in no recording."""
    folder: Path = tmp_path_factory.mktemp("story")  # type: ignore[attr-defined]
    office = Office(folder, [LineAsk(samples=FED)], desks=desk("front", "line1", opt_out=True))
    said: list[tuple[int, str]] = []
    office.run(1)
    for step, seconds in [("lift", 1.0), *steps]:
        do(office, step)
        for _ in range(round(seconds * 20)):
            office.run(0.05)
            said.append((office.position, office.lamps()["line1"]))
    office.say("line1", "replace")
    office.finish()
    recorded = np.zeros(len(FED), np.bool_)
    for each in office.recordings():
        for start, stop in kept(office, each, FED):
            assert not recorded[start:stop].any(), "recorded twice"
            recorded[start:stop] = True
    # an answer is taken as of the lifting until dialling is told, a hook as of where it broke: half a second
    for (at, lamp), (_, later) in pairwise(said):
        if lamp in WITHHELD and later in WITHHELD and at > RATE:
            assert not recorded[at - 1], (at / RATE, lamp)
