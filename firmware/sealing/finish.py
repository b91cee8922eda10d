"""A recording that has ended becomes one sealed file in the spool, in an order that survives any power cut.

1. The parts are read back from the live log and opened with the call's own key, so
   every finish proves that what was committed can be read.
2. `ID.body` is written under a new file key and synced; then `ID.tmp` with facts,
   locked header, digest and size; then the directory.
3. The finished record that is returned is the decision: once it is committed, `reveal`
   renames `ID.tmp` to `ID.json`. Before that, a crash makes the recording a cut one.
4. A cut recording takes the same steps; its body is its parts as they lie in the log,
   each after its length. No key is needed.
5. Where the disk is full, nothing is left behind and the recording stays open in the
   live log: finish it again later.

Large files are synced MiB by MiB, with a rest between (`pace`): an unpaced sync held
up live commits for 2.2 s on an SD card (research: sealing, section 5).
"""

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware.faults import SealFault, VaultFault
from firmware.sealing import age
from firmware.sealing.facts import whole_facts
from firmware.sealing.frames import BLOCK, silence
from firmware.sealing.live import MIB, LiveLog, sync_directory
from firmware.sealing.mac_key import with_mac_key
from firmware.sealing.making import Making
from firmware.sealing.records import Record, finished, text
from firmware.sealing.recovery import Cut, Recovered

FORMAT: Final = 2
"""The version of spool files: 1 tells of no keys."""

MODE: Final = 0o640
"""The keeper, which takes spool files away, is in the recorder's group."""

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

Pace = Callable[[], None]
"""Called after every MiB that was synced, to let live commits go first."""


def finish(making: Making, log: LiveLog, spool: Path, pace: Pace) -> Record:
    """Write a closed recording into the spool; the record that decides it, for the next commit.

    Refuses, as `VaultFault`, a full or failing disk (nothing is left in the spool) and
    parts that do not read back (`salvage` still gives the office what there is).
    """
    key = age.fresh_file_key()
    header = age.header(key, making.recipients)
    with _spooled(spool, making.id), _Body.create(spool, making.id, pace) as body:
        payload = age.Payload(key, body.write)
        for piece in _spliced(_stream(making, log), _splices(making)):
            payload.write(piece)
        payload.close()
        body.sync()
        told = {
            "kind": "finished",
            "facts": making.outcome(),
            "header": age.lock(with_mac_key(key, header), making.live.recipient),
        }
        _tell(spool, making.id, told | {"details": making.details, "live": making.live.generation}, body)
    return finished(making.id)


def salvage(cut: Cut, log: LiveLog, spool: Path, pace: Pace) -> Record:
    """Write a cut recording into the spool; the record that decides it. Not for an empty one."""
    parts: list[dict[str, Any]] = []
    with _spooled(spool, cut.id), _Body.create(spool, cut.id, pace) as body:
        for place in cut.parts:
            part = log.read(place)
            body.write(len(part).to_bytes(4) + part)
            parts.append({"samples": place.samples, "sha256": hashlib.sha256(part).hexdigest()[:32]})
        body.sync()
        opening = cut.opening
        facts = whole_facts(opening.facts, cut.samples, cut.gaps) | {"ended": "cut", "parts": parts}
        told = {"kind": "cut", "facts": facts, "header": opening.header}
        _tell(spool, cut.id, told | {"details": opening.details, "live": opening.live}, body)
    return finished(cut.id)


def reveal(recording: str, spool: Path) -> None:
    """Let the keeper see a recording whose finished record is durable."""
    (spool / f"{recording}.tmp").rename(spool / f"{recording}.json")
    sync_directory(spool)


def roll_forward(recovered: Recovered, spool: Path) -> tuple[str, ...]:
    """After a crash: reveal what was decided, take away what was only begun; the recordings revealed."""
    for name in recovered.open_ids:
        _take_away(spool, name)
    decided = tuple(sorted(path.stem for path in spool.glob("*.tmp")))
    for name in decided:
        reveal(name, spool)
    return decided


@dataclass(frozen=True, slots=True)
class _Splice:
    """Bytes of the stream, from one offset to another, in whose place others stand."""

    start: int
    stop: int
    instead: bytes


def _splices(making: Making) -> list[_Splice]:
    """The head with its final length, MD5 and gaps; silent frames for the blocks of each late cut."""
    sizes = making.sizes
    frames_at = making.head_size
    splices = [_Splice(0, frames_at, making.head())]
    for cut in making.cuts:
        first, last = cut.start // BLOCK, -(-cut.stop // BLOCK)
        start, stop = frames_at + sum(sizes[:first]), frames_at + sum(sizes[:last])
        samples = min(cut.stop, making.samples) - cut.start
        splices.append(_Splice(start, stop, silence(first, samples, making.shape)))
    return splices


def _stream(making: Making, log: LiveLog) -> Iterator[bytes]:
    """The FLAC stream as it was committed, part by part; refuses a stream that is not all there."""
    rest = making.head_size + sum(making.sizes)
    try:
        for place in log.places(making.id):
            plain = age.open_part(making.key, log.read(place))
            rest -= len(plain)
            yield plain
    except SealFault as error:
        raise _unread("a committed part does not open") from error
    if rest:
        raise _unread(f"{rest} bytes of a recording are not in the live log")


def _unread(message: str) -> VaultFault:
    return VaultFault("vault.read-back", message, "the disk may be failing: smartctl -a, dmesg")


def _spliced(pieces: Iterable[bytes], splices: list[_Splice]) -> Iterator[bytes]:
    """The stream with every splice in its place; the splices are in order and do not overlap."""
    at = 0
    for piece in pieces:
        end = kept = at + len(piece)
        kept = at
        for splice in splices:
            if splice.stop <= at or splice.start >= end:
                continue
            yield piece[kept - at : max(kept, splice.start) - at]
            if splice.start >= at:
                yield splice.instead
            kept = min(splice.stop, end)
        yield piece[kept - at :]
        at = end


class _Body:
    """A file of the spool while it is written: digest and size of all of it, synced MiB by MiB."""

    @classmethod
    @contextmanager
    def create(cls, spool: Path, recording: str, pace: Pace) -> Iterator["_Body"]:
        """A fresh, empty body, closed in the end."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        fd = os.open(spool / f"{recording}.body", flags, MODE)
        try:
            yield cls(fd, pace)
        finally:
            os.close(fd)

    def __init__(self, fd: int, pace: Pace) -> None:
        self._fd = fd
        self._pace = pace
        self._digest = hashlib.sha256()
        self._unsynced = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append."""
        self._digest.update(data)
        self.size += len(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        self._unsynced += len(data)
        if self._unsynced >= MIB:
            os.fdatasync(self._fd)
            self._pace()
            self._unsynced = 0

    def sync(self) -> None:
        """Make all of it durable."""
        os.fsync(self._fd)

    def as_json(self) -> dict[str, Any]:
        """What the spool file says of it."""
        return {"sha256": self._digest.hexdigest(), "size": self.size}


def _tell(spool: Path, recording: str, told: dict[str, Any], body: _Body) -> None:
    """Write `ID.tmp`, durable with its name."""
    for name in ("header", "details"):
        told[name] = told[name] and text(told[name])
    whole = {"format": FORMAT} | told | {"body": body.as_json()}
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    fd = os.open(spool / f"{recording}.tmp", flags, MODE)
    with os.fdopen(fd, "wb") as file:
        file.write(json.dumps(whole).encode())
        file.flush()
        os.fsync(fd)
    sync_directory(spool)


@contextmanager
def _spooled(spool: Path, recording: str) -> Iterator[None]:
    """Whatever stops the writing, nothing of it stays in the spool."""
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            _take_away(spool, recording)
        code = "vault.spool-full" if error.errno in FULL else "vault.spool-unwritable"
        raise VaultFault(
            code, f"a recording cannot be finished: {error.strerror}", "df -h, then dmesg"
        ) from error
    except VaultFault:
        _take_away(spool, recording)
        raise


def _take_away(spool: Path, recording: str) -> None:
    for suffix in (".tmp", ".body"):
        (spool / f"{recording}{suffix}").unlink(missing_ok=True)
