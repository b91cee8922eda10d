"""One box of an example office: the real recorder and the real keeper on one data directory and one given clock."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from firmware.clock import GivenClock
from firmware.keeper.box import Box
from firmware.keeper.init import make
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from firmware.sealing.age import Identity, unlock
from firmware.settings import Settings, read
from firmware.shell.client import Reply, connected
from firmware.vault.places import Places
from tests.rigs.example import example, rigged
from tests.rigs.telephones import Telephones

LONGEST_S = 150
"""How much sound a card has: the longest time that a recorder runs in a sheet."""

KEYS = (Identity.generate(), Identity.generate())


def sound(folder: Path) -> Path:
    """Noise for every card, two channels, made once."""
    path = folder / "sound.raw"
    if not path.exists():
        made = np.random.default_rng(11).integers(-9000, 9000, LONGEST_S * 8000 * 2)
        path.write_bytes(made.astype("<i2").tobytes())
    return path


@dataclass
class OfficeBox:
    """An office's box, made and proved; `heard` is the folder where the sound lies."""

    folder: Path
    office: str
    heard: Path
    clock: GivenClock
    keeper: Keeper = field(init=False)
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        self.config = self.folder / "callbox.toml"
        self.config.write_text(rigged(example(self.office), self.folder, KEYS))
        settings = read(self.config)
        for tap in settings.taps:
            Path(tap.card).symlink_to(sound(self.heard))
        self.places = Places.of(settings.storage.data, {})
        make(settings, self.places, self.clock)
        os.umask(0o022)
        self._stack = ExitStack()
        self._one = ThreadPoolExecutor(1)
        self.start()
        self.turn()
        for name, identity in zip(("office", "safe"), KEYS, strict=True):
            word = unlock((self.places.proof / f"{name}.age").read_bytes(), identity).decode()
            self.ask("prove", name=name, word=word)
        self.turn()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.box.settings

    def start(self) -> None:
        """A keeper of this process, as after a start of the machine."""
        self.box, history = self._stack.enter_context(opened(self.config, self.clock))
        self.keeper = Keeper(self.box, history, Notifier({}))
        self._stack.callback(self.keeper.close)

    def restart(self) -> None:
        """Another keeper on the same data."""
        self._stack.close()
        self.start()

    def close(self) -> None:
        """Everything is given back."""
        self._stack.close()
        self._one.shutdown()

    def turn(self) -> None:
        """One turn of the keeper."""
        self.keeper.turn()

    def anew(self) -> None:
        """The keeper begins anew, if it destroyed keys since it began."""
        if self.keeper.spent:
            self.restart()

    def take_in(self) -> None:
        """Turns until the spool is empty; what cannot be taken in is set aside, so it will be."""
        self.turn()
        while any(self.places.spool.glob("*.json")):
            self.turn()

    def awake(self) -> None:
        """The recorder looks at what is published, notes which live key it uses, and stops; the keeper reads the note."""
        telephones = self.telephones()
        telephones.run(0.25)
        telephones.recorder.stop()
        self.take_in()

    def telephones(self) -> Telephones:
        """The recorder, started on this box."""
        return Telephones(self.settings, self.places, self.clock)

    def ask(self, verb: str, **fields: object) -> Reply:
        """What a person asks at the keeper's socket; the fault that is answered is raised."""
        reply = self._one.submit(self._asked, verb, fields)
        while not reply.done():
            self.keeper.serve(0.005)
        self.keeper.serve(0)
        return reply.result()

    def _asked(self, verb: str, fields: Mapping[str, object]) -> Reply:
        with connected(str(self.places.run / "keeper.sock")) as client:
            return client.ask(verb, **fields)

    def listed(self) -> list[dict[str, Any]]:
        """The recordings there are, as a person sees them, the oldest first."""
        rows: list[dict[str, Any]] = self.ask("list", limit=None, line=None, on=None).content["recordings"]
        return sorted(rows, key=lambda row: int(row["began_ns"]))

    def contents(self) -> Iterator[tuple[Path, bytes]]:
        """Every file that the box has on its disk, the cell included; zeros at the end are left out."""
        for path in self.places.data.rglob("*"):
            if path.is_file():
                yield path, path.read_bytes().rstrip(b"\0")

    def pass_to(self, instant: datetime) -> None:
        """The clock goes on to an instant; nothing happens on the way."""
        ahead = instant.timestamp() - self.clock.stamp().wall_ns / 1e9
        assert ahead >= 0, f"{instant} is past"
        self.clock.advance(ahead)
