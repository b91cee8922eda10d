"""The live key only ever goes forward: under an older one nothing is sealed, for it may be destroyed already."""

import json
from pathlib import Path

from tests.rigs.office import LineAsk, Office, ramp


def _generations(office: Office) -> list[int]:
    paths = (office.data / "spool").glob("*.json")
    return [json.loads(path.read_text())["live"] for path in paths if not path.name.startswith("coverage")]


def test_never_goes_back_to_an_older_live_key(tmp_path: Path) -> None:
    """After a newer key was read, an older one that is published again is not used."""
    office = Office(tmp_path, [LineAsk(samples=ramp(60))])
    office.publish(generation=5)
    office.run(2)
    office.publish(generation=4)
    office.run(2)
    office.say("line1", "lift")
    office.run(5)
    office.say("line1", "replace")
    office.finish()
    assert _generations(office) in ([], [5])
    assert office.told()["live"]["using"] == 5


def test_a_restart_does_not_go_back_either(tmp_path: Path) -> None:
    """The live log remembers which key was in use; where an older one is published, the box is not armed."""
    office = Office(tmp_path, [LineAsk(samples=ramp(60))])
    office.publish(generation=5)
    office.run(2)
    office.recorder.stop()
    office.publish(generation=4)
    office.restart()
    office.run(1)
    office.say("line1", "lift")
    office.run(5)
    assert office.lamps() == {"line1": "FAULT"}
    office.say("line1", "replace")
    office.finish()
    assert _generations(office) == []
