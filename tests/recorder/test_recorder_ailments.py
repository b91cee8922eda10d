"""A planted fault of a line is a fault in the notes of the real recorder, with its hint, and goes with its cause."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.faults import CODES
from firmware.recorder.ailments import fault_of
from firmware.signal.health import Ailment, Ill
from tests.rigs import office as rig
from tests.rigs.office import RATE, LineAsk, Office


def noise(seconds: float, size: float = 12, sides: int = 1) -> NDArray[np.int16]:
    """A line's own noise: -72 dBm0 where nothing else is asked for."""
    made = np.random.default_rng(3).normal(0, size, (round(seconds * RATE), sides))
    made = np.clip(np.rint(made), -32768, 32767)
    return np.asarray(made[:, 0] if sides == 1 else made, np.int16)


def codes(office: Office) -> list[str]:
    """The codes of what ails the lines, from the notes."""
    told = [each["code"] for each in office.told()["faults"]]
    return sorted(code for code in told if code.startswith(("device.line", "device.side")))


def test_a_dead_line_and_one_that_hums(tmp_path: Path) -> None:
    """A minute of digital silence and half a minute of hum are each a fault of their own line; sound ends the first."""
    dead = np.concatenate([np.zeros(64 * RATE, np.int16), noise(16)])
    hum = np.rint(300 * np.sin(2 * np.pi * 50 * np.arange(80 * RATE) / RATE)).astype(np.int16)
    office = Office(tmp_path, [LineAsk(samples=dead), LineAsk("line2", samples=noise(80) + hum)])
    office.run(30)
    assert codes(office) == ["device.line-hums"]
    office.run(34)
    assert codes(office) == ["device.line-dead", "device.line-hums"]
    told = {each["code"]: each for each in office.told()["faults"]}
    assert "line line1 " in told["device.line-dead"]["message"]
    assert "plug" in told["device.line-dead"]["hint"]
    office.run(6)
    assert codes(office) == ["device.line-hums"]
    assert office.notes("line2")["hum_dbm0"] == pytest.approx(-37.6, abs=1)
    assert office.notes("line1")["hum_dbm0"] < -70
    assert office.notes("line1")["floor_dbm0"] < -50
    office.recorder.stop()


def test_a_silent_side_and_clipping_in_a_call(tmp_path: Path) -> None:
    """One side that is cut off talks for twenty seconds and the other is silent: two faults, of calls only."""
    talk = noise(60, 30_000) * (np.arange(60 * RATE) // 4000 % 2).astype(np.int16)
    samples = np.stack([talk, noise(60)], axis=1)
    office = Office(tmp_path, [LineAsk(samples=samples)])
    office.run(25)
    assert codes(office) == []
    office.say("line1", "lift")
    office.run(26)
    assert codes(office) == ["device.line-clips", "device.side-silent"]
    office.recorder.stop()


def test_a_line_that_nobody_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call for an hour of the office's hours is a fault where the settings ask for it; a call ends it."""
    monkeypatch.setattr(
        rig, "HEAD", rig.HEAD.replace("[office]", '[office]\nhours = "Mon-Fri 09:00-17:00"', 1)
    )
    watched = LineAsk(samples=noise(30), extra="no_call_hours = 1")
    office = Office(tmp_path, [watched, LineAsk("line2", samples=noise(30))])
    watch = office.recorder._ailments._watches[0]
    watch._health._unused[:] = [3595, 3595]
    office.run(3)
    assert codes(office) == []
    office.run(5)
    assert codes(office) == ["device.line-unused"]
    office.say("line1", "lift")
    office.run(3)
    assert codes(office) == []
    office.recorder.stop()


def test_a_lost_tap_is_not_a_dead_line_besides(tmp_path: Path) -> None:
    """Samples that never arrived are silence of nobody: the tap's own fault says it."""
    office = Office(tmp_path, [LineAsk(samples=noise(5))])
    office.run(3)
    office.present = False
    office.run(70)
    told = [each["code"] for each in office.told()["faults"]]
    assert "device.line-dead" not in told
    assert any(code.startswith(("device.tap", "device.card")) for code in told)
    office.recorder.stop()


def test_every_ailment_is_a_fault_of_its_own_code() -> None:
    """Each has a listed code, names its line, and says a next step; figures are rounded."""
    faults = [fault_of("front", Ailment(ill, 1, 12.34, 0.567)) for ill in Ill]
    assert len({fault.code for fault in faults}) == len(Ill)
    assert all(fault.code in CODES and "line front" in fault.message and fault.hint for fault in faults)
    assert "12 dBm0, 57%" in next(fault.message for fault in faults if fault.code == "device.line-hums")
    assert "second side" in next(fault.message for fault in faults if fault.code == "device.side-silent")
