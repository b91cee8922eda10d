"""What the tests of sealing share: an office with keys, a live log, and a model of what must be heard."""

import hashlib
import io
import json
import subprocess
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from firmware.clock import ClockState, Stamp
from firmware.sealing import age, finish
from firmware.sealing.facts import Facts
from firmware.sealing.frames import BLOCK
from firmware.sealing.live import LiveLog, create
from firmware.sealing.mac_key import apart
from firmware.sealing.making import Live, Making, fresh_id
from firmware.sealing.records import finished
from firmware.sealing.recovery import Cut

SMALL_SLOT = 64 * 1024
BEGAN = Stamp(
    round(datetime(2026, 3, 2, 9, 30, tzinfo=UTC).timestamp()) * 10**9, 5, "boot", ClockState.TRUSTED
)
OFFICE = age.Identity(hashlib.sha256(b"office").digest())
LIVE = age.Identity(hashlib.sha256(b"live").digest())


def at_once() -> None:
    """The pace of a test: no rest."""


def noise(frames: int, sides: int = 1, seed: int = 0) -> NDArray[np.int16]:
    """Loud noise, so that a leaked sample would be seen."""
    return np.random.default_rng(seed).integers(-9000, 9000, (frames, sides)).astype(np.int16)


def some_facts(rate: int = 8000, sides: int = 1, **more: object) -> Facts:
    told = {
        "id": fresh_id(),
        "call": fresh_id(),
        "line": "front desk",
        "department": "repairs",
        "settings": "0" * 64,
        "classed": "external",
        "direction": "in",
        "recipients": ("office",),
    }
    return Facts(rate=rate, sides=sides, began=BEGAN, **(told | more))


def some_making(rate: int = 8000, sides: int = 1, **more: object) -> Making:
    return Making(some_facts(rate, sides, **more), [OFFICE.recipient()], Live(LIVE.recipient(), 3))


@dataclass
class Box:
    """A folder with a live log and a spool, as the recorder has them."""

    folder: Path
    slot: int = SMALL_SLOT
    mib: int = 2

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.spool = self.folder / "spool"
        self.spool.mkdir(exist_ok=True)
        self.path = self.folder / "live.log"
        if not self.path.exists():
            create(self.path, self.mib, self.slot)
        self.log, self.recovered = LiveLog.open(self.path)

    def commit(self, *makings: Making) -> None:
        records = [record for making in makings for record in making.records()]
        if records:
            self.log.commit(self.log.pack(records))

    def decide(self, recording: str) -> None:
        self.log.commit(self.log.pack([finished(recording)]))

    def finish(self, making: Making, ended: str = "hung up") -> dict[str, Any]:
        making.close(ended)
        return self.finish_closed(making)

    def finish_closed(self, making: Making) -> dict[str, Any]:
        self.commit(making)
        self.log.commit(self.log.pack([finish.finish(making, self.log, self.spool, at_once)]))
        finish.reveal(making.id, self.spool)
        return self.told(making.id)

    def salvage(self, cut: Cut) -> dict[str, Any]:
        self.log.commit(self.log.pack([finish.salvage(cut, self.log, self.spool, at_once)]))
        finish.reveal(cut.id, self.spool)
        return self.told(cut.id)

    def told(self, recording: str) -> dict[str, Any]:
        return json.loads((self.spool / f"{recording}.json").read_text())

    def body(self, recording: str) -> bytes:
        return (self.spool / f"{recording}.body").read_bytes()

    def unlocked_details(self, told: dict[str, Any]) -> bytes:
        return apart(age.unlock(b64decode(told["details"]), LIVE))[0]

    def die(self) -> "Box":
        """The process ends here; the next one opens the same folder."""
        self.log.close()
        return Box(self.folder, self.slot, self.mib)


@dataclass
class Model:
    """A making, and beside it the samples that must be heard in the end."""

    making: Making
    heard: list[NDArray[np.int16]] = field(default_factory=list)
    seed: int = 0
    silent_until: int = 0

    @property
    def samples(self) -> NDArray[np.int16]:
        empty = np.zeros((0, self.making.shape.sides), np.int16)
        return np.concatenate([empty, *self.heard])

    def keep(self, frames: int) -> None:
        self.seed += 1
        fresh = noise(frames, self.making.shape.sides, self.seed)
        blank = max(0, min(frames, self.silent_until - self.making.samples))
        self.making.keep(fresh.copy())
        fresh[:blank] = 0
        self.heard.append(fresh)

    def gap(self, frames: int, reason: str = "paused") -> None:
        self.making.gap(frames, reason)
        self.heard.append(np.zeros((frames, self.making.shape.sides), np.int16))

    def late_cut(self, back: int) -> None:
        now = self.making.samples
        self.making.late_cut(now - back)
        if back > 0:
            whole = self.samples.copy()
            whole[max(0, now - back) // BLOCK * BLOCK :] = 0
            self.heard = [whole]
            self.silent_until = -(-now // BLOCK) * BLOCK


def open_header(told: dict[str, Any]) -> bytes:
    """What the keeper does: the lock opened with the live key."""
    return apart(age.unlock(b64decode(told["header"]), LIVE))[0]


def joined(box: Box, told: dict[str, Any]) -> bytes:
    """The FLAC of a cut recording: each part opened as the age file that it is."""
    header, body = open_header(told), box.body(told["facts"]["id"])
    plain, at = b"", 0
    while at < len(body):
        length = int.from_bytes(body[at : at + 4])
        plain += age.open_bytes(header + body[at + 4 : at + 4 + length], OFFICE)
        at += 4 + length
    return plain


def opened(box: Box, told: dict[str, Any]) -> bytes:
    """The FLAC of a finished recording, opened by the office with the stock tool."""
    return stock_age(open_header(told) + box.body(told["facts"]["id"]), box.folder)


def stock_age(sealed: bytes, folder: Path) -> bytes:
    """The plaintext, by Debian's age with the office's key."""
    key = folder / "office.txt"
    key.write_text(OFFICE.text() + "\n")
    done = subprocess.run(["age", "-d", "-i", key], input=sealed, capture_output=True, check=False)
    key.unlink()
    assert done.returncode == 0, done.stderr
    return done.stdout


def flac_accepts(flac: bytes) -> bool:
    """Whether the stock tool finds nothing to say, MD5 included, warnings counted as errors."""
    done = subprocess.run(["flac", "-t", "-s", "-w", "-"], input=flac, capture_output=True, check=False)
    return done.returncode == 0 and not done.stderr


def raw_decoded(flac: bytes, sides: int = 1) -> NDArray[np.int16]:
    """The samples by the stock tool, which goes on through damage and reads streams of unknown length."""
    how = ["-d", "-F", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", "-"]
    done = subprocess.run(["flac", *how], input=flac, capture_output=True, check=False)
    return np.frombuffer(done.stdout, np.int16).reshape(-1, sides)


def decoded(flac: bytes) -> NDArray[np.int16]:
    """The samples, by libsndfile, of shape (frames, sides)."""
    samples, _ = soundfile.read(io.BytesIO(flac), dtype="int16", always_2d=True)
    return samples
