"""Any story of calls, holds, days, changed recipients, sealing anew, crashes and refusing disks: the right headers open."""

import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from firmware.faults import Fault, Refused
from tests.keeper.keeper_rig import OFFICE, SAFE, House, Keeping
from tests.keeper.reseal_rig import (
    ANNA,
    NEW,
    NEW_ONES,
    OLD,
    OLD_ONES,
    Opens,
    ask,
    carry_out,
    confirm,
    every_lock,
    opens,
    prove_all,
    rebuilt,
    reseal,
    sealing,
)
from tests.keeper.test_keeper_any_story import CutError, stopping
from tests.keeper.test_keeper_disposal import DAY, HOUR, go, taken_in

STORIES = 200 if os.environ.get("CALLBOX_EXAMPLES") == "soak" else 3
STEPS = 40


@dataclass
class Story:
    """What a person who kept book would know: whom each recording is sealed to, and for which one new headers wait."""

    house: House
    random: Random
    now: Opens = OLD_ONES
    sealed: dict[str, Opens] = field(default_factory=dict)
    waits: dict[str, Opens] = field(default_factory=dict)
    holds: list[str] = field(default_factory=list)

    def change_recipients(self) -> None:
        """The settings name the other one of office and anna."""
        text = self.house.config.read_text()
        old, new = (OLD, NEW) if self.now is OLD_ONES else (NEW, OLD)
        self.now = NEW_ONES if self.now is OLD_ONES else OLD_ONES
        self.house.config.write_text(text.replace(old, new))
        self.house.sealed_to = ((ANNA if self.now is NEW_ONES else OFFICE), SAFE)

    def step(self, keeping: Keeping) -> None:
        """One thing that happens."""
        what = self.random.choice(
            ["taken", "hold", "release", "reseal", "reseal", "confirm", "confirm", "drop", "days", "turns"]
        )
        alive = self.alive(keeping)
        match what:
            case "taken":
                name = self.house.spool_finished(self.house.making())
                self.sealed[name] = self.now
                keeping.turn()
            case "hold" if alive:
                told = ask(
                    keeping,
                    "hold",
                    id=self.random.choice(alive),
                    case=f"C{self.random.random()}",
                    owner="dpo",
                    reason="r",
                )
                self.holds.append(told["hold"]["id"])
            case "release" if self.holds:
                hold = self.holds.pop(self.random.randrange(len(self.holds)))
                ask(keeping, "release", hold=hold, said="over")
            case "days":
                go(self.house, keeping, self.random.choice([2 * HOUR, DAY, 16 * DAY]))
            case "turns":
                keeping.turn()
            case _:
                self._seal(keeping, what)

    def _seal(self, keeping: Keeping, what: str) -> None:
        with suppress(Refused):  # nothing waits, or a decision is carried out still
            match what:
                case "reseal":
                    for name in reseal(keeping, self._by()):
                        self.waits[name] = self.now
                case "confirm":
                    with suppress(Refused):  # proved already
                        prove_all(
                            keeping,
                            ("anna" if self.now is NEW_ONES else "office", self._key()),
                            ("safe", SAFE),
                        )
                    confirm(keeping, self._key(), "anna" if self.now is NEW_ONES else "office")
                    self.sealed |= {name: self.now for name, to in self.waits.items() if to is self.now}
                    self.waits = {}
                case "drop":
                    ask(keeping, "reseal-drop")
                    self.waits = {}

    def _key(self) -> object:
        return ANNA if self.now is NEW_ONES else OFFICE

    def _by(self) -> object:
        return sealing((SAFE,), (self._key().recipient(), SAFE.recipient()))

    def alive(self, keeping: Keeping) -> list[str]:
        return sorted({name for _, name, _ in keeping.box.vault.everything()})

    def look_up(self, keeping: Keeping, *, sure: bool) -> None:
        """What was being decided or taken when it was cut is what the box says, and it says one thing only."""
        if not sure:
            names = {name: keeping.box.catalogue.get(name) for name in self.alive(keeping)}
            self.waits = {name: self.now for name, row in names.items() if row is not None and row.anew_to}
            self.sealed |= {name: opens(keeping, every_lock(keeping, name)[0], name) for name in names}

    def judge(self, keeping: Keeping) -> None:
        """Every lock of a recording opens to those whom the book names, to all of them, and to nobody else."""
        for name in self.alive(keeping):
            found = {opens(keeping, key, name) for key in every_lock(keeping, name)}
            assert found == {self.sealed[name]}, name
        rows = rebuilt(keeping)
        for name, row in rows.items():
            there = keeping.box.catalogue.get(name)
            assert there is not None
            assert replace(there, key=row.key) == row  # of several holds any one may count


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(STORIES))
def test_any_story(tmp_path: Path, seed: int) -> None:
    """After each restart, once what was decided is carried out: exactly the right keys open, under every lock."""
    story = Story(House(tmp_path), Random(seed))
    steps, sure = 0, True
    while steps < STEPS:
        with story.house.keeper() as keeping:
            taken_in(story.house, keeping) if not story.sealed else None
            story.sealed |= dict.fromkeys(set(story.alive(keeping)) - story.sealed.keys(), story.now)
            keeping.turn()
            carry_out(keeping)
            story.look_up(keeping, sure=sure)
            story.judge(keeping)
            cut = story.random.randrange(3, 9)
            for _ in range(cut):
                story.step(keeping)
            steps += cut
            sure = _is_cut(story, keeping)
        if story.random.random() < 0.7:
            story.change_recipients()


def _is_cut(story: Story, keeping: Keeping) -> bool:
    """A last step in which the process ends or the disk refuses after some writes; whether it got through."""
    how = story.random.choice([CutError, OSError])
    before = dict(story.waits)
    try:
        with stopping(story.random.randrange(1, 25), how):
            story.step(keeping)
            for _ in range(8):
                keeping.turn()
    except (CutError, OSError, Fault):
        story.waits = before
        return False
    return not keeping.box.board.faults() or how is CutError
