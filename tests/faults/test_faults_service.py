"""The recorder as systemd sees it: ready, alive while it makes progress, stopped in seconds."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.rigs import figures
from tests.rigs.box import Ask, Box
from tests.rigs.feeding import Line, noise

ALIVE = "WATCHDOG=1"
STOPS_WITHIN = 5.0


@pytest.fixture
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box with one good line and one whose card is not there, both off the hook."""
    asks = [Ask("good", Line(noise(4, 60))), Ask("dead", Line(noise(5, 60)), card="nowhere")]
    with Box(tmp_path_factory.mktemp("service"), asks).make() as made:
        made.lines.start()
        made.start(WATCHDOG_USEC="2000000")
        made.tell("good", "lift")
        made.tell("dead", "lift")
        made.reasons("recorded", "good")
        yield made


def test_a_dead_card_starves_no_watchdog_and_a_stop_finishes_what_is_open(box: Box) -> None:
    """Signs of life go on beside a declared loss; SIGTERM makes a whole recording and exits 0 within seconds."""
    box.wait(lambda: bool(box.state()["faults"]), "the dead card is no fault")
    assert [each["code"] for each in box.state()["faults"]] == ["device.tap-failed"]
    assert box.of("dead")["lamp"] == "FAULT"
    said = box.recorder.said.count(ALIVE)
    box.lines.hear(2)
    box.recorder.listen()
    assert box.recorder.said.count(ALIVE) - said >= 5, "one a tick"
    asked = time.monotonic()
    assert box.stop() == 0
    took = time.monotonic() - asked
    box.recorder.listen()
    assert "STOPPING=1" in box.recorder.said
    (path,) = box.revealed()
    figures.keep("stop", seconds=round(took, 3))
    assert took < STOPS_WITHIN
    assert '"kind": "finished"' in path.read_text()
    assert {row["reason"] for row in box.coverage() if row["line"] == "dead"} == {"lost: no samples"}


def test_a_hanging_tick_is_not_alive(box: Box) -> None:
    """A recorder that is stopped says nothing, so that systemd would end it."""
    os.kill(box.recorder.pid, signal.SIGSTOP)
    box.lines.hear(0.3)
    box.recorder.listen()
    box.recorder.said.clear()
    box.lines.hear(1)
    box.recorder.listen()
    os.kill(box.recorder.pid, signal.SIGCONT)
    assert ALIVE not in box.recorder.said
