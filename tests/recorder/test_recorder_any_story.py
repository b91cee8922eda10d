"""Over any story, with crashes or without: the lamp, the recordings and the ledger tell the same."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.rigs.kept import kept
from tests.rigs.office import RATE, LineAsk, Office, desk, noise

FED = noise(120)
BLOCK = 1024
WITHHELD = {"PAUSED", "REMIND", "OPTED_OUT", "DARK", "FAULT"}
"""Lamps that promise: nothing of now is recorded. An undecided or unanswered call may be, once it is decided."""

CALM = ("lift", "replace", "tap", "opt-out", "recall")
"""Steps after which nothing that was sealed is cut again: a cut recording then has all its parts."""

WORDS = {word: word for word in ("lift", "replace", "recall", "answered")} | {"dial": "dialled 12"}
FINGERS = {
    "tap": [("pause down", 0.2), ("pause up", 0.0)],
    "hold": [("pause down", 2.3), ("pause up", 0.0)],
    "opt-out": [("opt-out down", 0.2), ("opt-out up", 0.0)],
    "unplug": [("pause unplugged", 0.0)],
    "mend": [("pause up", 0.0)],
}
SECONDS = st.sampled_from([0.3, 0.8, 1.5, 2.6, 4.0])


def stories(*steps: str) -> st.SearchStrategy[list[tuple[str, float]]]:
    """Steps with the seconds after each."""
    return st.lists(st.tuples(st.sampled_from(steps), SECONDS), min_size=4, max_size=14)


class Story:
    """An office, what its lamp said at every 50 ms, and when its phone was off the hook."""

    def __init__(self, folder: Path, opt_out: str = "stop") -> None:
        line = LineAsk(samples=FED, opt_out=opt_out)
        self.office = Office(folder, [line], desks=desk("front", "line1", opt_out=True))
        self.said: list[tuple[int, str]] = []
        self.hook: list[tuple[int, bool]] = []
        self.away: list[tuple[int, int]] = []
        self.office.run(1)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.office.run(0.05)
            self.said.append((self.office.position, self.office.lamps()["line1"]))

    @property
    def lifted(self) -> bool:
        return bool(self.hook) and self.hook[-1][1]

    def do(self, step: str) -> None:
        if step in {"lift", "replace"} and self.lifted is not (step == "lift"):
            self.hook.append((self.office.position, step == "lift"))
        if step in {"crash", "stop"}:
            self.go_down(step)
        elif step in WORDS:
            self.office.say("line1", WORDS[step])
        else:
            for word, seconds in FINGERS[step]:
                self.office.press("front", word)
                self.office.run(seconds)

    def go_down(self, how: str) -> None:
        self.office.recorder.stop() if how == "stop" else self.office.crash()
        went = self.office.position
        self.office.restart(0.5, ["line1"] if self.lifted else [])
        self.away.append((went, self.office.position))

    def over(self) -> None:
        self.do("replace")
        self.office.finish()

    def recorded(self) -> NDArray[np.bool_]:
        """Which samples stand in a recording; asserts that none does twice."""
        found = np.zeros(len(FED), np.bool_)
        for each in self.office.recordings():
            for start, stop in kept(self.office, each, FED):
                assert not found[start:stop].any(), "recorded twice"
                found[start:stop] = True
        return found

    def accounted(self) -> NDArray[np.int8]:
        """How often each sample was accounted for, and 100 more where it was as recorded."""
        found = np.zeros(len(FED), np.int16)
        for row in self.office.coverage():
            began = row["began"]
            assert isinstance(began, dict)
            start = round((began["boottime_ns"] - self.office.started) * RATE / 1e9)
            stop = start + round(int(str(row["duration_ns"])) * RATE / 1e9)
            if row.get("instead") == "recorded":
                found[start:stop] -= 100
            else:
                found[start:stop] += 101 if row["reason"] == "recorded" else 1
        return found

    def lamps_are_true(self, recorded: NDArray[np.bool_]) -> None:
        """Withheld or dark at two looks in a row: that sample is in no recording. A fault may be over a tick before."""
        for number, (at, lamp) in enumerate(self.said):
            count = 8 if lamp == "FAULT" else 2
            looks = [each for _, each in self.said[number : number + count] if each in WITHHELD]
            if len(looks) == count and at > RATE:
                assert not recorded[at - 1], (at / RATE, lamp)


@pytest.mark.parametrize("opt_out", ["stop", "discard", "none"])
@given(steps=stories(*CALM, "unplug", "mend", "hold", "dial", "answered"))
@settings(max_examples=8)
def test_lamp_recordings_and_ledger_tell_the_same(
    tmp_path_factory: pytest.TempPathFactory, opt_out: str, steps: list[tuple[str, float]]
) -> None:
    """What is withheld is not recorded; what is accounted as recorded is; every moment off hook, exactly once."""
    story = Story(tmp_path_factory.mktemp("story"), opt_out)
    for step, seconds in [("lift", 1.0), *steps]:
        story.do(step)
        story.run(seconds)
    story.over()
    recorded, accounted = story.recorded(), story.accounted()
    story.lamps_are_true(recorded)
    as_recorded = accounted >= 100
    assert not (recorded & ~as_recorded).any(), "recorded and not accounted for as such"
    cuts = sum(step in {"hold", "dial", "opt-out", "tap", "unplug"} for step, _ in steps)
    assert (as_recorded & ~recorded).sum() <= 2 * BLOCK * cuts, "accounted for as recorded, and not there"
    assert set(np.unique(accounted % 100)) <= {0, 1}, "accounted for twice"
    for (at, lifted), (until, _) in pairwise([*story.hook, (story.office.position, False)]):
        if lifted:
            assert (accounted[at:until] % 100 == 1).all(), "a moment off the hook was forgotten"


@given(steps=stories(*CALM, "crash", "stop"))
@settings(max_examples=15)
def test_no_crash_records_what_was_withheld(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]]
) -> None:
    """Whenever it goes down: nothing withheld is recorded, nothing twice, and every moment off hook is accounted for."""
    story = Story(tmp_path_factory.mktemp("story"))
    for step, seconds in [("lift", 1.0), *steps]:
        story.do(step)
        story.run(seconds)
    story.over()
    recorded, accounted = story.recorded(), story.accounted()
    story.lamps_are_true(recorded)
    for went, back in story.away:
        assert not recorded[went:back].any()
    assert not (recorded & (accounted < 100)).any(), "recorded and not accounted for as such"
    off_hook = np.zeros(len(FED), np.bool_)
    for (at, lifted), (until, _) in pairwise([*story.hook, (story.office.position, False)]):
        off_hook[at:until] = lifted
    forgotten = int((off_hook & (accounted % 100 == 0)).sum())
    twice = int((accounted % 100 > 1).sum())
    slack = len(story.away) * RATE * 7 // 10
    assert forgotten <= slack, "moments off the hook were forgotten"
    assert twice <= slack, "moments were accounted for twice"
