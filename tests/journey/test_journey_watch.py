"""`watch` before a whole box: what the screen says of a line is what the real recorder says to its lamp."""

from pathlib import Path

import pytest

from tests.journey.journey_rig import Journey
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise

pytestmark = pytest.mark.rig


def test_the_look_follows_a_call(tmp_path: Path) -> None:
    """Lifted, paused, hung up, taken in with its gap."""
    with Journey(tmp_path, [Ask("line1", Line(noise(1, 60)))]) as journey:
        journey.init()
        journey.box.lines.start()
        journey.start().arm()
        assert "on hook" in look(journey)
        journey.lift("line1")
        journey.until(lambda: journey.box.of("line1")["level_db"] > -30, "the recorder hears nothing")
        shown = look(journey)
        assert "RECORDING external, recorded" in shown
        assert "██████" in shown
        journey.box.lines.hear(2.5)
        journey.box.push("line1")
        journey.box.reasons("paused", "line1")
        assert "PAUSED    paused for 0:00:0" in look(journey)
        journey.box.lines.hear(0.5)
        journey.box.tell("line1", "replace")
        journey.taken_in(1)
        shown = look(journey)
        assert "p paused" in shown
        assert "LINES 1, in a call 0" in shown


def look(journey: Journey) -> str:
    """What `watch` prints without a terminal."""
    return journey.shell("watch").decode()
