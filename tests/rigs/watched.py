"""A box worth watching, on a clock that stands still: a real keeper at its socket, with real recordings and holds.

Rules of this rig:

1. The keeper runs in a thread of this process and takes its turns; the clock stands at 14:05 of a Monday unless it is told
   to go, so that what is shown is the same each time.
2. Recordings come through the spool, sealed as the recorder seals them; holds are asked for at the door.
3. What the recorder says of its lines is a file in the words of `firmware.recorder.report`; tests/journey has the real one.
"""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from firmware.clock import LONDON, ClockState, GivenClock, Stamp
from firmware.sealing import finish
from firmware.sealing.age import Identity, open_bytes
from firmware.sealing.facts import stamp_json
from firmware.sealing.live import LiveLog
from firmware.shell.client import connected
from tests.keeper.keeper_rig import House, at_once

NOON = datetime(2026, 3, 2, 14, 5, tzinfo=LONDON)
SECOND = 1_000_000_000

LINE = """
[[line]]
name = "{name}"
department = "repairs"
tap = "card-{name}"
position = "port"
hook = {{ kind = "script", source = "h-{name}" }}
[[tap]]
name = "card-{name}"
kind = "wav"
card = "/dev/{name}"
rate = 8000
channels = 1
[[desk]]
name = "{desk}"
panel = "script"
source = "d-{name}"
pause = ["a-{name}", "b-{name}"]
lamps = ["e-{name}"]
lines = ["{name}"]
"""


@dataclass(frozen=True)
class Said:
    """What the recorder says of a line: seconds off the hook and paused, `None` for not."""

    lamp: str = "DARK"
    level: float = -90.0
    reason: str | None = None
    kind: str = "undecided"
    off_hook: float | None = None
    paused: float | None = None


@dataclass
class Watched:
    """One box; `start` opens its door."""

    folder: Path
    lines: Sequence[tuple[str, str]]
    """Names of lines and of their desks, besides `line1`, which has none."""
    faults: Sequence[dict[str, str]] = ()
    days_before: int = 0
    """How many days before that Monday its clock begins."""
    house: House = field(init=False)
    clock: GivenClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = GivenClock(NOON - timedelta(days=self.days_before, hours=6))
        self.clock.advance(6 * 3600)
        texts = [LINE.format(name=name, desk=desk) for name, desk in self.lines]
        self.house = House(self.folder, self.clock, "".join(texts))
        self.folder.chmod(0o700)

    @property
    def socket(self) -> Path:
        """Where the keeper listens."""
        return self.house.places.run / "keeper.sock"

    def call(self, line: str, began: str, seconds: int, *gaps: tuple[int, int, str], **more: object) -> str:
        """A recording of today in the spool: when it began, how long it is, what was withheld from which second on; its name."""
        at = datetime.fromisoformat(f"{NOON:%Y-%m-%d} {began}").replace(tzinfo=LONDON)
        stamp = Stamp(round(at.timestamp()) * SECOND, SECOND, "the boot before", ClockState.TRUSTED)
        making = self.house.making(stamp, line=line, **more)
        log, _ = LiveLog.open(self.house.places.live_log)
        done = 0
        for start, length, reason in gaps:
            making.keep(np.full((8000 * (start - done), 1), 3, np.int16))
            making.gap(8000 * length, reason)
            done = start + length
        making.keep(np.full((8000 * (seconds - done), 1), 3, np.int16))
        making.close("on hook")
        log.commit(log.pack(making.records()))
        log.commit(log.pack([finish.finish(making, log, self.house.places.spool, at_once)]))
        finish.reveal(making.id, self.house.places.spool)
        log.close()
        return making.id

    def say(self, lines: Mapping[str, Said]) -> None:
        """The recorder's note now; of lines that are not named it says that they are on hook."""
        now = self.clock.stamp()
        told = {name: lines.get(name, Said()) for name in ("line1", *(name for name, _ in self.lines))}
        content = {
            "format": 1,
            "at": stamp_json(now),
            "lines": {name: _line(each, now) for name, each in told.items()},
            "desks": {desk: [told[name].lamp] for name, desk in self.lines},
            "live": {"using": None, "oldest": None, "tainted": None},
            "faults": list(self.faults),
        }
        fresh = self.house.places.run / "lines.new"
        fresh.write_text(json.dumps(content))
        fresh.rename(self.house.places.run / "lines")

    def prove(self, name: str, identity: Identity) -> None:
        """A recipient opens the word that was sealed to it, and gives it back."""
        word = open_bytes(b64decode(self.ask("ask", name=name)["sealed"]), identity)
        self.ask("prove", name=name, word=word.decode().strip())

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        """Ask the keeper, as the shell does."""
        with connected(str(self.socket)) as client:
            return dict(client.ask(verb, **fields).content)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """A keeper that takes its turns, everything in the spool taken in."""
        ready, stop = threading.Event(), threading.Event()
        wrong: list[BaseException] = []
        thread = threading.Thread(target=self._keep, args=(ready, stop, wrong))
        thread.start()
        try:
            assert ready.wait(30), "the keeper is not ready"
            assert not wrong, wrong
            yield
        finally:
            stop.set()
            thread.join(30)
        assert not wrong, wrong

    def _keep(self, ready: threading.Event, stop: threading.Event, wrong: list[BaseException]) -> None:
        try:
            with self.house.keeper() as keeping:
                while any(self.house.places.spool.glob("*.json")):
                    keeping.turn()
                keeping.turn()
                ready.set()
                while not stop.is_set():
                    keeping.keeper.serve(0.02)
                keeping.keeper._door.turn_out()
        except BaseException as error:  # noqa: BLE001  told to who waits
            wrong.append(error)
            ready.set()


def _line(said: Said, now: Stamp) -> dict[str, Any]:
    off = said.off_hook is not None
    ago = round((said.off_hook or 0) * SECOND)
    return {
        "lamp": said.lamp,
        "level_db": said.level,
        "floor_dbm0": -61.2,
        "speech_dbm0": -22.4,
        "hum_dbm0": None,
        "off_hook": off,
        "in_call": off,
        "undecided": said.kind == "undecided" and off,
        "reason": said.reason,
        "class": said.kind,
        "since_ns": now.boottime_ns - ago if off else 0,
        "paused_ns": None if said.paused is None else round(said.paused * SECOND),
    }
