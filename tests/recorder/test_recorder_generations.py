"""The live key only ever goes forward."""

from pathlib import Path

from tests.rigs.office import LineAsk, Office, ramp


def test_never_goes_back_to_an_older_live_key(tmp_path: Path) -> None:
    """After a newer key was used, an older one published again is not: what it sealed might be destroyed already."""
    office = Office(tmp_path, [LineAsk(samples=ramp(60))])
    office.publish(generation=5)
    office.run(2)
    office.publish(generation=4)
    office.run(2)
    office.say("line1", "lift")
    office.run(5)
    office.say("line1", "replace")
    office.finish()
    assert [told["live"] for told in office.spooled()] == [] or all(told["live"] >= 5 for told in office.spooled())
    assert office.recorder.seals.using == 5


def test_a_restart_does_not_go_back_either(tmp_path: Path) -> None:
    """The live log remembers which key was in use; with an older one published the box is not armed."""
    office = Office(tmp_path, [LineAsk(samples=ramp(60))])
    office.publish(generation=5)
    office.run(2)
    office.recorder.stop()
    office.publish(generation=4)
    office.recorder = office.open()
    office.run(1)
    office.say("line1", "lift")
    office.run(5)
    assert office.lamps() == {"line1": "FAULT"}
    office.say("line1", "replace")
    office.finish()
    assert office.recordings() == []
