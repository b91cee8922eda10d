"""An idle desk shows what is gravely wrong with the box; how its lines stand comes first; what is acknowledged is dark."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.rigs.office import DESK, RATE, LineAsk, Office, noise

FED = noise(90)
DARK = {(False, False)}
FAULT = {(True, False), (False, True)}
RECORDING = {(True, False)}
PAUSED = {(False, True)}


def tell(office: Office, *, lamp: bool, silenced: tuple[tuple[str, str], ...] = ()) -> None:
    """What the keeper publishes: one fault that a lamp shows or does not, and what was acknowledged."""
    fault = {"code": "log.unwitnessed", "message": "m", "hint": "h", "since_wall_ns": 1, "subject": "witness"}
    names = [{"code": code, "subject": subject} for code, subject in silenced]
    put(office, json.dumps({"format": 2, "faults": [fault | {"lamp": lamp}], "silenced": names}))


def put(office: Office, text: str) -> None:
    """Replace the file as the keeper does, by a rename."""
    fresh = office.data / "run" / "faults.new"
    fresh.write_text(text)
    fresh.rename(office.data / "run" / "faults")


def seen(office: Office, desk: str = "front", seconds: float = 2) -> set[tuple[bool, bool]]:
    """Every state of a desk's two lamps within the next seconds, after one in which the recorder may look."""
    office.run(1)
    shown = set()
    for _ in range(round(seconds * 4)):
        office.run(0.25)
        outputs = office.panels[desk].shown
        shown.add((outputs[f"{desk}_recording"], outputs[f"{desk}_withheld"]))
    return shown


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One line, one desk, armed and idle for a second."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=DESK)
    office.run(1)
    return office


def test_a_grave_fault_of_the_keeper_shows_on_an_idle_desk_and_goes_again(office: Office) -> None:
    """Both lamps alternate within a second of the keeper's word, and are dark within a second of its end."""
    assert seen(office) == DARK
    tell(office, lamp=True)
    assert seen(office) == FAULT
    tell(office, lamp=False)
    assert seen(office) == DARK
    office.recorder.stop()


def test_how_a_line_stands_comes_first(office: Office) -> None:
    """While a line of the desk records the recording lamp is steady, while it is paused the other one; then the fault is back."""
    tell(office, lamp=True)
    assert seen(office) == FAULT
    office.say("line1", "lift")
    office.run(5)
    assert seen(office) == RECORDING
    office.tap_once("front")
    assert seen(office) == PAUSED
    office.say("line1", "replace")
    office.run(5)
    assert seen(office) == FAULT
    office.recorder.stop()


def test_an_armed_desk_goes_on_saying_so(office: Office) -> None:
    """A press without a call promises that the next one begins withheld: no fault hides that."""
    tell(office, lamp=True)
    office.tap_once("front")
    office.run(1)
    assert seen(office) == {(False, True), (False, False)}
    office.recorder.stop()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": 3, "faults": []}', '{"format": 2, "faults": [7]}', '{"format": 2}']
)
def test_what_cannot_be_read_changes_nothing(office: Office, text: str) -> None:
    """Garbage neither lights a lamp nor darkens one, and ends no recorder."""
    put(office, text)
    assert seen(office, seconds=1) == DARK
    tell(office, lamp=True)
    assert seen(office) == FAULT
    put(office, text)
    assert seen(office) == FAULT
    office.recorder.stop()


def test_a_box_that_is_not_armed_says_so_on_every_desk(tmp_path: Path) -> None:
    """No line is recorded, so no desk is dark; nobody can silence that; once the box is armed the desks are dark."""
    office = Office(tmp_path, [LineAsk(samples=FED)], desks=DESK)
    office.publish(generation=1, armed=False)
    office.recorder.stop()
    office.restart()
    tell(office, lamp=False, silenced=(("vault.not-armed", "recorder"),))
    assert seen(office) == FAULT
    office.publish(generation=1)
    assert seen(office) == DARK
    office.recorder.stop()


def test_a_fault_of_one_line_shows_on_its_desks_until_it_is_acknowledged(tmp_path: Path) -> None:
    """A dead card lights the desk of its line and no other; acknowledged it is dark, and told on as a fault."""
    second = DESK.replace("front", "back").replace("line1", "line2")
    dead = np.zeros(90 * RATE, np.int16)
    office = Office(
        tmp_path, [LineAsk(samples=dead), LineAsk("line2", samples=FED)], desks=f"{DESK}\n{second}"
    )
    office.run(62)
    (fault,) = office.told()["faults"]
    assert (fault["code"], fault["about"]) == ("device.line-dead", "line line1")
    assert seen(office) == FAULT
    assert seen(office, "back") == DARK
    tell(office, lamp=False, silenced=(("device.line-dead", "line line2"),))
    assert seen(office) == FAULT
    tell(office, lamp=False, silenced=(("device.line-dead", "line line1"),))
    assert seen(office) == DARK
    assert [each["code"] for each in office.told()["faults"]] == ["device.line-dead"]
    office.recorder.stop()
