"""A story of the keeper to cut the power in: the real code, which says after each step what it now owes.

What is said: `kept` (each of these recordings opens from now on, by one of these keys; what its header holds
is a secret), `going` (these keys or recordings may be gone from now on), `gone` (they are destroyed), each with
size and root of the audit log.
"""

import json
import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from firmware.clock import GivenClock
from firmware.keeper import intake, runs
from firmware.keeper.box import Box
from firmware.keeper.door import Person
from firmware.keeper.live import live_id
from firmware.vault.keys import day_key, hold_key
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import MORNING, House, Keeping

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
SHORT = """
[[policy]]
name = "short"
period = "P2D"
from = 2020-01-01
reason = "a story need not last a month"
[[department]]
name = "desk"
policy = "short"
opt_out = "stop"
contact = "desk@example.org"
"""
"""Added to the settings of the rig: a department whose recordings fall due on the second day."""


@dataclass(frozen=True)
class Scene:
    """A keeper at work, and the log of the disk to which it says what it owes."""

    house: House
    keeping: Keeping
    acks: Path

    @property
    def box(self) -> Box:
        """What the keeper has open."""
        return self.keeping.box

    def say(self, kind: str, *names: str) -> None:
        """Of some keys or recordings, `going` or `gone`; of all of them, `kept`."""
        at = {"size": self.box.log.size, "root": self.box.log.root.hex()}
        told = {"say": kind, "names": names, "log": at, "wall_ns": self.box.clock.stamp().wall_ns}
        told["locks"] = {} if kind != "kept" else locks(self.box)
        told["secrets"] = [] if kind != "kept" else secrets(self.box)
        descriptor = os.open(self.acks, os.O_WRONLY)
        os.write(descriptor, json.dumps(told).encode())
        os.close(descriptor)

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        """What a person asks at the door, and the answer."""
        request = Fields("request", {"verb": verb, **fields})
        return dict(self.keeping.keeper._verbs.answer(Person("it", 0), request).content)

    def live_on(self, hours: float) -> None:
        """Time goes by, the recorder uses the newest live key, and the keeper takes a turn."""
        assert isinstance(self.house.clock, GivenClock)
        self.house.clock.advance(hours * HOUR_S)
        self.house.write_lines(using=self.house.live.generation)
        self.keeping.turn()

    def destroyed(self, hours: float, *names: str) -> None:
        """Let what is due be marked, and destroyed more than an hour later; then its certificate is issued."""
        self.live_on(hours)
        self.say("marked")
        self.live_on(1.1)
        self.say("gone", *names)
        for _ in range(2):
            self.live_on(0)
        assert not runs.waiting(self.box), "the run has its certificate"
        self.say("gone", live_id(self.house.live.generation - 1))
        self.say("kept")


def locks(box: Box) -> dict[str, list[str]]:
    """Every recording with a lock that opens, and the keys that open it."""
    found: dict[str, list[str]] = {}
    for key_id, recording, _ in box.vault.everything():
        found.setdefault(recording, []).append(key_id)
    return found


def secrets(box: Box) -> list[str]:
    """What of each header and manifest nobody may find on the disk: a stanza's body, the MAC, the facts."""
    found = []
    for _, _, contents in box.vault.everything():
        lines = contents.header.decode().splitlines()
        found += [lines[2], lines[-1], contents.manifest.decode()[:64]]
    return found


@dataclass(frozen=True)
class Cast:
    """The recordings that lie in the spool as the story begins."""

    plain: str
    held: str
    asked: str
    cut: str


def prepare(house: House) -> Cast:
    """Two of the short policy, two of the long one, one of them cut."""
    plain, held = (spooled(house, "desk") for _ in range(2))
    return Cast(plain, held, spooled(house, "repairs"), house.spool_cut(1))


def spooled(house: House, department: str) -> str:
    """A finished recording of a department."""
    return house.spool_finished(house.making(department=department), seconds=0.5)


def tell(house: House, cast: Cast, acks: Path) -> None:
    """Intake, a hold, an early destruction, live keys, a day, a release, and a shortening."""
    with house.keeper() as keeping:
        scene = Scene(house, keeping, acks)
        scene.say("begun")
        _taken_in(scene)
        hold = _held(scene, cast)
        _erased(scene, cast)
        _day_comes(scene, cast)
        _released(scene, cast, hold)
    house.config.write_text(house.config.read_text().replace('"P30D"', '"P3D"'))
    with house.keeper() as keeping:
        _shortened(Scene(house, keeping, acks))


def _taken_in(scene: Scene) -> None:
    for path in intake.waiting(scene.box):
        intake.take(scene.box, path)
        scene.say("kept")


def _held(scene: Scene, cast: Cast) -> str:
    told = scene.ask("hold", id=cast.held, case="C-1", owner="dpo", reason="a claim")
    scene.say("kept")
    return str(told["hold"]["id"])


def _erased(scene: Scene, cast: Cast) -> None:
    """One of the long policy goes early; its neighbours are locked again to a fresh key of the day."""
    scene.ask("destroy", id=cast.asked, reason="request")
    scene.say("going", cast.asked)
    scene.destroyed(0, cast.asked, day_key(due_of(30)))


def _day_comes(scene: Scene, cast: Cast) -> None:
    """The short policy's day, after a night; what is held lives on by its hold's lock."""
    scene.live_on(DAY_S / HOUR_S)
    spooled(scene.house, "repairs")
    scene.live_on(0)
    scene.say("kept")
    scene.say("going", day := day_key(due_of(2)))
    scene.destroyed(DAY_S / HOUR_S, cast.plain, day)


def _released(scene: Scene, cast: Cast, hold: str) -> None:
    scene.ask("release", hold=hold, said="settled")
    scene.say("going", hold_key(hold))
    scene.destroyed(0.2, cast.held, hold_key(hold))


def _shortened(scene: Scene) -> None:
    """Thirty days become three: after the days of grace what is older goes early, what was taken in since stays."""
    for _ in range(6):
        scene.live_on(DAY_S / HOUR_S)
    fresh = spooled(scene.house, "repairs")
    scene.live_on(0)
    scene.say("kept")
    older = sorted(locks(scene.box).keys() - {fresh})
    scene.say("going", *older)
    scene.destroyed(DAY_S / HOUR_S, *older)
    scene.say("end")


def due_of(days: int) -> date:
    """The due day of what was recorded on the story's first day."""
    return (MORNING + timedelta(days=days)).date()
