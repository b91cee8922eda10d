"""A clean stop: the lamps go dark when the taps end, not when the last file is finished, and the note is as old as what it says."""

from pathlib import Path

from drivers.panel.script_panel import ScriptPanel
from tests.rigs.office import LineAsk, Office, desk, ramp


def test_the_lamp_is_dark_while_files_are_finished(tmp_path: Path) -> None:
    """Nothing is recorded any more: the lamp does not wait a minute for the finisher to say so."""
    office = Office(tmp_path, [LineAsk(samples=ramp(60))], desks=desk("front", "line1"))
    office.run(1)
    office.say("line1", "lift")
    office.run(10)
    assert office.lamps() == {"line1": "RECORDING"}
    handed_on: list[int] = []
    went_dark = office.panels["front"].close

    def close() -> None:
        handed_on.append(len([*office.data.glob("spool/*.body")]))
        office.clock.advance(50)
        went_dark()

    stopped = office.clock.stamp().boottime_ns
    object.__setattr__(office.recorder._desks[0]._panel, "close", close)
    office.recorder.stop()
    assert isinstance(office.panels["front"], ScriptPanel)
    assert handed_on == [0]
    assert len(office.recordings()) == 1
    assert office.told()["at"]["boottime_ns"] == stopped
