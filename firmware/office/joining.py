"""A cut recording becomes one FLAC stream again; what is missing in it is silence of equal length, and said.

1. Its parts are opened in order, and their frames put behind one head with the total and MD5 that a cut one lacks.
2. A part that is missing or does not open takes its frames with it: digital silence stands in their place, so
   that times stay true, a gap is named in the tags and on the screen, and the command ends with a fault's status.
   The rest is kept: half a call is evidence, a refused call is none. All parts have one header: one with another is foreign, and
   takes its frames with it as well.
3. A late cut took whole parts out at the box; that gap stands in the manifest, with its reason. Where `join` is
   given a file without one, it cannot tell a late cut from a loss and says so.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Final

from firmware.faults import SealFault
from firmware.office.identities import Keys
from firmware.office.sealed import Part, damaged, header_of, parts
from firmware.office.stream import Frame, Head, frames, read_head
from firmware.sealing.facts import Gap, gaps_text
from firmware.sealing.frames import BLOCK, Shape, head, silence
from firmware.vault.facts import Facts

LOST: Final = "lost"
LOST_OR_CUT: Final = "lost, or cut out late"
UNHEARD_STATUS: Final = SealFault.exit_status

DECODE_FRAMES: Final = 1 << 16
LONGEST_S: Final = 86_400
"""Seconds of a recording that is believed; our choice: one is two hours at most (DESIGN section 4), with room to spare."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a cut recording: parts that are missing or did not open, and what is silence for it."""

    shape: Shape
    samples: int
    parts: tuple[str, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class _Stream:
    """A stream as far as it is known before it is written."""

    shape: Shape
    samples: int
    tags: dict[str, str]
    frames: Sequence[Frame]


def tell_missing(joined: Joined) -> int:
    """Say what is missing; the exit status is a fault's where something is."""
    for each in joined.parts:
        print(f"callbox: {each}", file=sys.stderr)
    for gap in joined.gaps:
        where = f"{gap.start / joined.shape.rate:.3f}-{gap.stop / joined.shape.rate:.3f} s"
        print(f"callbox: {where} is silence here: {gap.reason}", file=sys.stderr)
    return UNHEARD_STATUS if joined.parts or joined.gaps else 0


def join_into(sealed: IO[bytes], keys: Keys, out: IO[bytes], facts: Facts | None = None) -> Joined:
    """The whole recording as one FLAC stream; refuses one of which no frame is left."""
    pieces, missing = _opened(parts(sealed), keys)
    front = read_head(pieces[0]) if pieces else None
    found = list(frames(b"".join(pieces[1:] if front else pieces), front.shape if front else None))
    if not found:
        raise damaged("not one frame of the recording is left")
    shape, whole = found[0][0], [frame for _, frame in found]
    if max(_end(whole), facts.samples if facts else 0) > LONGEST_S * shape.rate:
        raise damaged("it says to be longer than a day")
    absent = _absent(whole, facts)
    samples = max(_end(whole), facts.samples if facts else 0)
    known = facts.gaps if facts else ()
    gaps = tuple(each for each in absent if not any(_covers(gap, each) for gap in known))
    stream = _Stream(shape, samples, _tags(front, [*known, *gaps], shape), whole)
    _write(out, stream)
    return Joined(shape, samples, tuple(missing), gaps)


def _opened(found: Iterable[Part], keys: Keys) -> tuple[list[bytes], list[str]]:
    """What the parts hold, in order, and what there is to say of those that are not there, foreign, or do not open."""
    by_number: dict[int, bytes] = {}
    missing: list[str] = []
    for part in found:
        if part.number in by_number:
            missing.append(f"part {part.number} comes twice: the first one counts")
        by_number.setdefault(part.number, part.content)
    ours = Counter(map(header_of, by_number.values())).most_common(1)
    pieces: list[bytes] = []
    due = 1
    for number, content in sorted(by_number.items()):
        missing += [_lost(each) for each in range(due, min(number, due + 1000))]
        due = number + 1
        if header_of(content) != ours[0][0]:
            missing.append(f"part {number} has another header: it is of another recording, or was changed")
            continue
        try:
            pieces.append(keys.open(content))
        except SealFault as fault:
            if fault.code == "seal.wrong-key":
                raise
            missing.append(f"part {number} was changed or cut, and does not open")
    return pieces, missing


def _lost(number: int) -> str:
    return f"part {number} is missing"


def _absent(whole: Sequence[Frame], facts: Facts | None) -> list[Gap]:
    """The stretches of which there is no frame, up to the end that the manifest knows."""
    reason = LOST if facts else LOST_OR_CUT
    gaps: list[Gap] = []
    due = 0
    for frame in whole:
        if frame.number > due:
            gaps.append(Gap(due * BLOCK, frame.number * BLOCK, reason))
        due = frame.number + 1
    end = _end(whole)
    return [*gaps, Gap(end, facts.samples, reason)] if facts and facts.samples > end else gaps


def _end(whole: Sequence[Frame]) -> int:
    return whole[-1].number * BLOCK + whole[-1].block


def _covers(gap: Gap, other: Gap) -> bool:
    return gap.start <= other.start and other.stop <= gap.stop


def _tags(front: Head | None, gaps: Sequence[Gap], shape: Shape) -> dict[str, str]:
    tags = dict(front.tags) if front else {}
    told = gaps_text(sorted(gaps, key=lambda gap: gap.start), shape.rate)
    return tags | ({"GAPS": told} if told else {})


def _write(out: IO[bytes], stream: _Stream) -> None:
    """Head, frames and silence; then all of it decoded once for its MD5, which completes the head."""
    out.write(head(stream.shape, stream.tags, stream.samples))
    due = 0
    for frame in stream.frames:
        out.write(silence(due, (frame.number - due) * BLOCK, stream.shape))
        out.write(frame.content)
        due = frame.number + 1
    end = _end(stream.frames)
    if stream.samples > end:
        out.write(silence(due, stream.samples - end, stream.shape))
    out.flush()
    md5 = _md5(out, stream)
    out.seek(0)
    out.write(head(stream.shape, stream.tags, stream.samples, md5))
    out.seek(0, 2)


def _md5(out: IO[bytes], stream: _Stream) -> bytes:
    """FLAC's check over the samples (RFC 9639, section 8.2); refuses a stream that does not decode."""
    import soundfile  # noqa: PLC0415  only what opens a cut recording needs it

    out.seek(0)
    digest, count = hashlib.md5(usedforsecurity=False), 0
    try:
        with soundfile.SoundFile(out) as sound:
            for block in sound.blocks(DECODE_FRAMES, dtype="int16"):
                digest.update(block.astype("<i2").tobytes())
                count += len(block)
    except soundfile.LibsndfileError as error:
        raise damaged(f"the frames do not decode ({error})") from error
    if count != stream.samples:
        raise damaged(f"{count} samples decode, of {stream.samples}")
    return digest.digest()
