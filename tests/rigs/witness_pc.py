"""A controller's PC that is a witness, and boxes that it watches: real keepers and real shells, in this process where one visit
is made at a time, so that each of its eight questions costs no process of its own.
"""

import io
import json
import os
import pwd
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from firmware.audit.cosigning import Cosigner
from firmware.clock import GivenClock
from firmware.faults import Fault
from firmware.office.boxes import OfficeBox
from firmware.office.texts import plain
from firmware.office.witness import Outcome, Run
from firmware.office.witness_folder import Kept, State
from firmware.office.witness_key import PREFIX
from firmware.shell.__main__ import main as shell
from tests.keeper.keeper_rig import MORNING, House, Keeping
from tests.rigs.lying_box import told_as

SHELL = (sys.executable, "-S", "-m", "firmware.shell", "--socket")
"""Without what only an installation needs: a visit asks eight times, each time a process of its own."""

LYING = Path(__file__).with_name("lying_box.py")
DAY_S = 86_400
ME = pwd.getpwuid(os.geteuid()).pw_name
"""Who asks in these tests, as the kernel names him."""


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

    def visit(self, house: House, name: str = "town-hall", lie: str = "") -> Outcome:
        """A visit to a box, whose shell answers in this process; `lie` changes its answers (`lying_box`)."""
        box = OfficeBox(name, local(house))
        return self.run.visited(Direct(box, str(house.places.run / "keeper.sock"), lie))  # type: ignore[arg-type]

    def state(self, name: str = "town-hall") -> State:
        found = self.kept.state(name)
        assert found is not None
        return found

    def evidence(self) -> list[str]:
        return sorted(each.name for each in (self.kept.folder / "evidence").glob("*"))


def local(house: House) -> tuple[str, ...]:
    """The command that reaches the shell of a box on this machine, in a process of its own."""
    return (*SHELL, str(house.places.run / "keeper.sock"))


@dataclass(frozen=True)
class Direct:
    """What `Remote` is over a pipe or ssh, over the shell's own entry in this process: the same words, text and faults."""

    box: OfficeBox
    socket: str
    lie: str = ""

    def text(self, *words: str, said: bytes = b"") -> str:
        return plain(self._answer(words, said))

    def json(self, *words: str, said: bytes = b"") -> Any:  # noqa: ANN401  as `Remote` has it
        return json.loads(self._answer((*words, "--json"), said))

    @contextmanager
    def stream(self, *words: str, said: bytes = b"") -> Iterator[io.BytesIO]:
        yield io.BytesIO(self._answer(words, said).encode())

    def _answer(self, words: tuple[str, ...], said: bytes) -> str:
        out, before = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), sys.stdin
        sys.stdin = io.StringIO(said.decode())
        try:
            with redirect_stdout(out):
                shell(["--socket", self.socket, *words])
        finally:
            sys.stdin = before
        out.seek(0)
        return told_as(self.lie, words[0], out.read())


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
        keeping.keeper._door.turn_out()

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
