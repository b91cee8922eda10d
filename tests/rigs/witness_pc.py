"""A controller's PC that is a witness, and boxes that it watches: real keepers, in this process, reached by real shells."""

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from firmware.audit.cosigning import Cosigner
from firmware.clock import GivenClock
from firmware.faults import Fault
from firmware.office.boxes import OfficeBox
from firmware.office.witness import Outcome, Run
from firmware.office.witness_folder import Kept, State
from firmware.office.witness_key import PREFIX
from tests.keeper.keeper_rig import MORNING, House, Keeping
from tests.rigs.office_pc import local

LYING = Path(__file__).with_name("lying_box.py")
DAY_S = 86_400


@dataclass
class WitnessPc:
    """The folder and key of a witness; each visit is at the time of the clock that it was given."""

    folder: Path
    clock: GivenClock
    cosigner: Cosigner = field(default_factory=lambda: Cosigner.create(f"{PREFIX}controller-pc"))

    @property
    def kept(self) -> Kept:
        return Kept(self.folder / "witness")

    def block(self) -> str:
        """What the settings of a box say of it."""
        return f'[[witness]]\nname = "controller-pc"\nkey = "{self.cosigner.key.text()}"\n'

    def now_s(self) -> int:
        return self.clock.stamp().wall_ns // 10**9

    @property
    def run(self) -> Run:
        self.kept.folder.mkdir(parents=True, exist_ok=True)
        return Run(self.kept, self.cosigner, self.now_s, True)

    def visit(self, house: House, name: str = "town-hall", lie: str | None = None) -> Outcome:
        """A visit to a box; `lie` lets another program answer in its place."""
        reach = local(house)
        if lie is not None:
            reach = (sys.executable, str(LYING), lie, *reach)
        return self.run.outcome(OfficeBox(name, reach))

    def state(self, name: str = "town-hall") -> State:
        found = self.kept.state(name)
        assert found is not None
        return found

    def evidence(self) -> list[str]:
        return sorted(each.name for each in (self.kept.folder / "evidence").glob("*"))


def text(outcome: Outcome) -> str:
    """Everything that a visit told."""
    return "\n".join(f"{part.heading}\n{chr(10).join(part.lines)}" for part in outcome.parts)


def codes(outcome: Outcome) -> list[str]:
    """The codes of what stood in the way."""
    return [fault.code for fault in outcome.faults if isinstance(fault, Fault)]


def watched(folder: Path, pc: WitnessPc, more: str = "") -> House:
    """A box that names this witness, on the same time as its PC."""
    folder.mkdir(parents=True, exist_ok=True)
    return House(folder, GivenClock(datetime.fromtimestamp(pc.now_s(), MORNING.tzinfo)), more + pc.block())


def copied(house: House, folder: Path) -> House:
    """The same box once more, from a copy of its data as they lie on the disk now."""
    shutil.copytree(house.folder, folder)
    twin = House.__new__(House)
    twin.folder, twin.clock, twin.more = folder, GivenClock(MORNING), house.more
    twin.config = folder / "callbox.toml"
    twin.config.write_text(twin.config.read_text().replace(str(house.folder), str(folder)))
    twin.places = type(house.places).of(twin.settings.storage.data, {})
    stamp = house.clock.stamp()
    twin.clock.step(stamp.wall_ns / 1e9 - MORNING.timestamp())
    return twin


@contextmanager
def served(house: House) -> Iterator[Callable[[], None]]:
    """A keeper that answers from a thread of this process; what is given makes it take a turn."""
    asked, done, stop = threading.Event(), threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def serve(keeping: Keeping) -> None:
        while not stop.is_set():
            keeping.keeper.serve(0.02)
            if asked.is_set():
                asked.clear()
                keeping.turn()
                done.set()

    def live() -> None:
        try:
            with house.keeper() as keeping:
                keeping.turn()
                done.set()
                serve(keeping)
        except BaseException as error:  # noqa: BLE001  the test is told of it
            failed.append(error)
            done.set()

    def turn() -> None:
        done.clear()
        asked.set()
        assert done.wait(20)
        assert not failed, failed

    thread = threading.Thread(target=live)
    thread.start()
    try:
        assert done.wait(20)
        assert not failed, failed
        yield turn
    finally:
        stop.set()
        thread.join(20)
