"""kill -9 at every system call of a run that destroys: it is carried out once, and nothing else is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.audit.certificate import content_of, wrong_with
from firmware.catalogue.catalogue import Wanted
from firmware.catalogue.rebuild import known_of
from firmware.clock import GivenClock
from firmware.keeper import runs
from firmware.keeper.history import History
from firmware.vault.keys import hold_key
from tests.keeper.keeper_rig import MORNING, House, Keeping
from tests.keeper.test_keeper_crash import each_point, needs_strace, nowhere
from tests.keeper.test_keeper_disposal import DAY, HOUR, ask, certificates, clock_of, go, lives, taken_in

POINTS = 2
"""Points in a run of each kind; CALLBOX_EXAMPLES=soak takes all of them."""


@dataclass
class Story:
    """What is to die in the run that is killed, what is to live, and which keys are to be nowhere afterwards."""

    dying: set[str]
    living: set[str]
    keys: list[bytes]


def held(keeping: Keeping, recording: str) -> str:
    told = ask(keeping, "hold", id=recording, case="C", owner="dpo", reason="r")
    return str(told["hold"]["id"])


def due(house: House, keeping: Keeping) -> Story:
    """Two are due, one of them held; a third is not due yet."""
    dying, kept = taken_in(house, keeping), taken_in(house, keeping)
    held(keeping, kept)
    go(house, keeping, DAY)
    later = taken_in(house, keeping)
    key = keeping.box.vault.table.key("day-2026-04-01")
    go(house, keeping, 28 * DAY + 14.6 * HOUR)
    return Story({dying}, {kept, later}, [key])


def asked(house: House, keeping: Keeping) -> Story:
    """One of three of a day is to go; another is held besides."""
    dying, kept, other = (taken_in(house, keeping) for _ in range(3))
    held(keeping, kept)
    ask(keeping, "destroy", id=dying, reason="request")
    go(house, keeping, 0.6 * HOUR, step=0.6 * HOUR)
    return Story({dying}, {kept, other}, [keeping.box.vault.table.key("day-2026-04-01")])


def released(house: House, keeping: Keeping) -> Story:
    """A hold on a line's time is released: one goes with it, one is held besides, one has its day still to come."""
    dying, kept = taken_in(house, keeping), taken_in(house, keeping)
    held(keeping, kept)
    go(house, keeping, 20 * DAY)
    young = taken_in(house, keeping)
    far = house.clock.stamp().wall_ns * 2
    window = {"line": "line1", "from_ns": 0, "to_ns": far}
    hold = ask(keeping, "hold", **window, case="C", owner="dpo", reason="r")["hold"]["id"]
    go(house, keeping, 12 * DAY)
    ask(keeping, "release", hold=hold, said="over")
    go(house, keeping, 0.6 * HOUR, step=0.6 * HOUR)
    return Story({dying}, {kept, young}, [keeping.box.vault.table.key(hold_key(hold))])


@pytest.mark.rig
@needs_strace
@pytest.mark.parametrize("told", [due, asked, released])
def test_killed_at_any_call_of_a_run(house: House, tmp_path: Path, told: object) -> None:
    """Afterwards the run was carried out once, its certificate is out, what was to live opens, what was not is nowhere."""
    with house.keeper() as keeping:
        story = told(house, keeping)
        already = {path.name for path in house.places.certificates.iterdir()}
    clock_of(house).advance(1.1 * HOUR)
    house.write_lines(using=house.live.generation)
    for _ in at_points(house, tmp_path / "prepared"):
        with house.keeper() as keeping:
            go(house, keeping, 0.5 * HOUR, step=600)
            judge(house, keeping, story, already)


def at_points(house: House, prepared: Path) -> Iterator[object]:
    """Each point, with the clock put back before the next kill."""
    elapsed = house.clock.monotonic_ns() / 1e9 - 1
    for point in each_point(house, prepared, POINTS):
        yield point
        house.clock = GivenClock(MORNING)
        clock_of(house).advance(elapsed)


def judge(house: House, keeping: Keeping, story: Story, already: set[str]) -> None:
    box = keeping.box
    entries = list(box.log.entries())
    assert {each["recordings"] for each in entries if each["what"] == "destroyed"} >= {1}
    done = [each["run"] for each in entries if each["what"] == "destroyed"]
    assert len(done) == len(set(done)) == keeping.whats().count("certified") == len(certificates(house))
    fresh = [each for each in house.places.certificates.iterdir() if each.name not in already]
    assert [each.suffix for each in fresh] == [".json"]
    (certificate,) = [each.read_bytes() for each in fresh]
    assert wrong_with(certificate, box.signer.public) is None
    assert {each.text("id") for each in content_of(certificate).each("recordings")} == story.dying
    for each in story.dying:
        assert not lives(keeping, each)
        assert not (house.places.store / f"{each}.body").exists()
        assert box.catalogue.tombstone(each) is not None
    rows = {row.id: row for row in box.catalogue.find(Wanted())}
    assert set(rows) == story.living
    for each, row in rows.items():
        assert box.vault.contents(row.key, each) is not None
        assert (house.places.store / f"{each}.body").stat().st_size == row.body_size
    assert {path.stem for path in house.places.shards.iterdir()} <= set(box.vault.table.ids())
    for key in story.keys:
        nowhere(house, key)
    same_when_rebuilt(house, keeping)


def same_when_rebuilt(house: House, keeping: Keeping) -> None:
    """A catalogue made anew from vault, certificates and log says the same."""
    box, history = keeping.box, History()
    for entry in box.log.entries():
        history.visit(entry)
    known = known_of(box.vault, runs.tombstones(house.places.certificates, history.runs))
    rows, pairs, stones, tags = box.catalogue.known()
    assert len(rows) == len({row.id for row in known.rows})
    assert sorted(pairs) == sorted(known.held)
    assert sorted(tags) == sorted(known.tags)
    assert sorted(stones) == sorted(
        (each.id, each.certificate, each.destroyed_ns) for each in known.tombstones
    )
