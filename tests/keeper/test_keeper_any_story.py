"""Any story of holds, releases, erasures, days, crashes and refusing disks: what is held lives, what is due goes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

import pytest

from firmware.audit.certificate import content_of
from firmware.clock import london_date
from firmware.faults import Fault
from firmware.vault import durable
from tests.keeper.keeper_rig import House, Keeping
from tests.keeper.test_keeper_disposal import DAY, HOUR, ask, certificates, go, taken_in

STORIES = 300 if os.environ.get("CALLBOX_EXAMPLES") == "soak" else 3
STEPS = 30


class CutError(BaseException):
    """The process ended here."""


@contextmanager
def stopping(at: int, how: type[BaseException]) -> Iterator[None]:
    """From the n-th durable write on each one fails: the process is gone, or the disk refuses."""
    left = at
    with pytest.MonkeyPatch.context() as monkey:
        for name in ("write", "remove", "append", "move"):
            was = getattr(durable, name)

            def refused(*given: object, was: object = was) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    raise how(5, "input/output error")
                return was(*given)

            monkey.setattr(durable, name, refused)
        yield


@dataclass
class Story:
    """What a person who kept book would know: each recording's due day, who holds it, who asked for it to go."""

    house: House
    random: Random
    due: dict[str, date] = field(default_factory=dict)
    holds: dict[str, set[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def held(self) -> set[str]:
        return set().union(*self.holds.values())

    def there(self) -> list[str]:
        return sorted(set(self.due) - self.gone)

    def today(self) -> date:
        return london_date(self.house.clock.stamp().wall_ns)

    def step(self, keeping: Keeping) -> None:
        """One thing that happens."""
        what = self.random.choice(
            ["taken", "taken", "hold", "hold", "window", "release", "ask", "keep", "hour", "days"]
        )
        there = self.there()
        one = self.random.choice(there) if there else None
        match what:
            case "taken":
                recording = taken_in(self.house, keeping)
                row = keeping.box.catalogue.get(recording)
                assert row is not None
                assert row.due is not None
                self.due[recording] = date.fromisoformat(row.due)
                for hold in keeping.box.catalogue.holds_of(recording):
                    self.holds[hold].add(recording)
            case "hold" if one:
                self._hold(keeping, id=one)
            case "window":
                now = self.house.clock.stamp().wall_ns
                self._hold(keeping, line="line1", from_ns=now - 5 * DAY * 10**9, to_ns=now + 3600 * 10**9)
            case "release" if self.holds:
                hold = self.random.choice(sorted(self.holds))
                ask(keeping, "release", hold=hold, said="over")
                del self.holds[hold]
            case "ask" if one and one not in self.held():
                ask(keeping, "destroy", id=one, reason="request")
                self.asked.add(one)
            case "keep" if self.asked & set(there):
                one = self.random.choice(sorted(self.asked & set(there)))
                ask(keeping, "keep", id=one)
                self.asked.discard(one)
            case "hour":
                go(self.house, keeping, 0.6 * HOUR, step=0.3 * HOUR)
            case "days":
                go(self.house, keeping, self.random.choice([2 * HOUR, DAY, 9 * DAY]))

    def _hold(self, keeping: Keeping, **which: object) -> None:
        told = ask(keeping, "hold", **which, case=f"C{self.random.random()}", owner="dpo", reason="r")
        self.holds[told["hold"]["id"]] = set(told["recordings"])
        self.asked -= set(told["recordings"])

    def judge(self, keeping: Keeping) -> None:
        """What must live does, and what is gone is gone everywhere at once."""
        box = keeping.box
        alive = {each for _, each, _ in box.vault.everything()}
        must = {each for each in self.there() if each in self.held() or self.lives_by_day(each)}
        assert alive >= must, "destroyed too early"
        self.gone |= set(self.due) - alive
        assert not alive & self.gone - set(self.due)
        assert {path.stem for path in self.house.places.store.iterdir()} == alive
        assert {row for row in self.due if box.catalogue.get(row)} == alive
        for each in alive:
            row = box.catalogue.get(each)
            assert row is not None
            assert box.vault.contents(row.key, each) is not None

    def lives_by_day(self, recording: str) -> bool:
        return self.today() < self.due[recording] and recording not in self.asked

    def settle(self, keeping: Keeping) -> None:
        """A quiet day: afterwards nothing lives that need not."""
        go(self.house, keeping, 1.2 * DAY, step=0.5 * HOUR)
        self.judge(keeping)
        need = {each for each in self.there() if each in self.held() or self.lives_by_day(each)}
        assert set(self.there()) == need, "kept too long"
        told = [
            each.text("id")
            for text in certificates(self.house)
            for each in content_of(text).each("recordings")
        ]
        assert sorted(told) == sorted(self.gone)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(STORIES))
def test_any_story(tmp_path: Path, seed: int) -> None:
    """Held or not yet due: it lives; neither: it is gone within the day; each death is in one certificate."""
    story = Story(House(tmp_path), Random(seed))
    steps = 0
    while steps < STEPS:
        with story.house.keeper() as keeping:
            story.judge(keeping)
            cut = story.random.randrange(2, 12)
            for _ in range(cut):
                steps += 1
                story.step(keeping)
                story.judge(keeping)
            interrupted(story, keeping)
    with story.house.keeper() as keeping:
        story.settle(keeping)
        for hold in sorted(story.holds):
            ask(keeping, "release", hold=hold, said="over")
        story.holds.clear()
        go(story.house, keeping, 31 * DAY)
        story.settle(keeping)
        assert story.there() == []


def interrupted(story: Story, keeping: Keeping) -> None:
    """Some hours in which the disk refuses or the process ends, at any write of the runs that were due then."""
    house, random = story.house, story.random
    go(house, keeping, 0.5 * HOUR, step=0.25 * HOUR)
    how = random.choice([OSError, CutError])
    try:
        with stopping(random.randrange(60), how):
            go(house, keeping, 1.5 * HOUR, step=0.5 * HOUR)
    except (CutError, OSError, Fault):
        return
    go(house, keeping, HOUR, step=0.5 * HOUR)
    story.judge(keeping)
