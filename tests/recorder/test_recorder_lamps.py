"""The lamp says what is really being committed, at every step; note first, then lamp."""

from pathlib import Path

from firmware.call.lamp import Lamp, lit
from firmware.recorder.notes import read
from tests.rigs.office import DESK, LineAsk, Office, noise

FED = noise(90)


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
