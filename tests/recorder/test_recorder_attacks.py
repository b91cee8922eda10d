"""A restart, at the worst moment, lets neither an exempt call nor a keyed digit onto the disk."""

from pathlib import Path

import pytest

from tests.recorder.test_recorder_keyed import BLANK
from tests.recorder.test_recorder_never import EXEMPT
from tests.rigs import spandsp
from tests.rigs.fresh_calls import CARD, PLAIN, Tape
from tests.rigs.judging import given_away, nothing_is_read, play
from tests.rigs.office import DESK, RATE, LineAsk, Office, noise
from tests.rigs.speech import needs_speech
from tests.rigs.traces import never


def restarted(tmp_path: Path, before: tuple[str, ...], after: tuple[str, ...]) -> Office:
    """These words are said half a second apart, the recorder dies, and the others are said to the next one."""
    office = Office(tmp_path, [LineAsk(samples=noise(60))], desks=DESK, tail=EXEMPT)
    office.run(1)
    for word in before:
        office.say("line1", word)
        office.run(0.5)
    office.crash()
    office.restart(lifted=["line1"] if "lift" in before else ())
    office.run(0.5)
    for word in after:
        office.say("line1", word)
        office.run(0.5)
    office.run(10)
    office.say("line1", "replace")
    office.finish()
    return office


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("ring", "caller-id 01632960001"), ("ring", "lift", "answered")),
        (("lift", "dialled 01632"), ("dialled 960001", "answered")),
        (("lift",), ("dialled 01632960001", "answered")),
    ],
)
def test_a_restart_lets_no_exempt_call_be_recorded(
    tmp_path: Path, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    """Who called, or what was dialled so far, is not known any more: what may be exempt is taken for it."""
    never(restarted(tmp_path, before, after))


def test_a_restart_in_a_conversation_loses_no_more_for_it(tmp_path: Path) -> None:
    """Once somebody has answered nothing is in doubt."""
    office = restarted(tmp_path, ("lift", "dialled 01632960002", "answered"), ())
    assert [each.kind for each in office.recordings()] == ["finished"]


@needs_speech
@spandsp.needs_spandsp
@pytest.mark.parametrize("after", [0.03, 0.08])
def test_a_stop_in_the_middle_of_a_key_leaves_nothing_of_it(tmp_path: Path, after: float) -> None:
    """What is not over when the recorder stops is taken for a key as far as it is one."""
    tape = Tape.of(21).caller_id("01632960008").rings(1).lift().talk(4).wait(0.5)
    call = tape.key("4929", CARD, PLAIN).talk(4).end()
    office = Office(tmp_path, [LineAsk(samples=call.samples, extra=BLANK)])
    play(office, call.hook, round((call.keys[CARD][1].at / RATE + after) / 0.05) * 0.05)
    office.recorder.stop()
    (only,) = office.recordings()
    places = [each for each in call.places if each[0] < office.position]
    right, _ = given_away(office, only, places)
    assert right == 0
    nothing_is_read([only])
