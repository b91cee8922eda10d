"""A recorder and a keeper at random: no recording is ever handed on under a live key that is gone."""

import hashlib
import json
import random
from base64 import b64encode
from dataclasses import dataclass, field

import pytest

from firmware.clock import GivenClock
from firmware.sealing import age
from firmware.sealing.making import Live, fresh_id
from tests.keeper.keeper_rig import OFFICE, House


@dataclass
class Recorder:
    """The rules of DESIGN section 2, as the recorder keeps them: a note each tick, calls under the key in use."""

    house: House
    using: Live
    open: dict[str, Live] = field(default_factory=dict)
    unrevealed: dict[str, Live] = field(default_factory=dict)
    tainted: int | None = None
    handed: int = 0

    def tick(self) -> None:
        """Take up what is published, then say how things stand."""
        self.using = self.house.live
        pending = [live.generation for live in (*self.open.values(), *self.unrevealed.values())]
        self.house.write_lines(self.using.generation, min(pending, default=None), self.tainted)

    def begin(self) -> None:
        self.open[fresh_id()] = self.using

    def hang_up(self) -> None:
        """Body and `ID.tmp` are in the spool; the rename comes later."""
        recording = next(iter(self.open))
        live = self.unrevealed[recording] = self.open.pop(recording)
        header, body = age.header(age.fresh_file_key(), [OFFICE.recipient()]), b"body"
        facts = self.house.making(live=live).facts.as_json() | {"id": recording}
        told = {
            "format": 1,
            "kind": "finished",
            "facts": facts | {"samples": 8, "gaps": [], "ended": "hung up"},
            "header": b64encode(age.lock(header, live.recipient)).decode(),
            "details": None,
            "body": {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)},
            "live": live.generation,
        }
        (self.house.places.spool / f"{recording}.body").write_bytes(body)
        (self.house.places.spool / f"{recording}.tmp").write_text(json.dumps(told))

    def reveal(self) -> None:
        recording = next(iter(self.unrevealed))
        del self.unrevealed[recording]
        path = self.house.places.spool / f"{recording}.tmp"
        path.rename(path.with_suffix(".json"))
        self.handed += 1

    def taint(self) -> None:
        self.tainted = self.using.generation

    def settle(self) -> None:
        """Every call ends and is handed on."""
        while self.open:
            self.hang_up()
        while self.unrevealed:
            self.reveal()
        self.tainted = None

    def act(self, what: str) -> None:
        """One thing that may happen; what cannot happen now does not."""
        match what:
            case "begin":
                self.begin()
            case "hang up" if self.open:
                self.hang_up()
            case "reveal" if self.unrevealed:
                self.reveal()
            case "taint":
                self.taint()
            case "tick":
                self.tick()


ACTS = ["begin", "hang up", "reveal", "taint", "tick", "tick", "turn", "turn", "night"]


@pytest.mark.parametrize("seed", range(4))
def test_every_recording_is_taken_in_whatever_the_order(house: House, seed: int) -> None:
    """Calls, hang-ups, taints, nights, ticks and restarts of the keeper in any order; old keys do go in the end."""
    dice, recorder, clock = random.Random(seed), Recorder(house, house.live), house.clock
    assert isinstance(clock, GivenClock)
    for _ in range(12):
        with house.keeper() as keeping:
            for act in dice.choices(ACTS, k=12):
                recorder.act(act)
                clock.advance(86_400 if act == "night" else 0)
                if act == "turn":
                    keeping.turn()
    recorder.settle()
    with house.keeper() as keeping:
        for _ in range(10):
            recorder.tick()
            keeping.turn()
        assert keeping.box.catalogue.count() == recorder.handed > 3
        alive = [each for each in keeping.box.vault.table.ids() if each.startswith("live-")]
        assert alive == [f"live-{house.live.generation}"]
        assert house.live.generation > 3
    assert list(house.places.aside.iterdir()) == []
