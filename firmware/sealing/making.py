"""A recording in the making: samples and gaps go in, records for the next commit come out.

1. It does no input or output and knows no clock: one thread feeds it, and its time
   is its count of samples.
2. What is withheld arrives as a gap and is digital silence of equal length, so that
   clock time and audio agree.
3. Bytes leave in whole quanta, so that their lengths say almost nothing about speech;
   the rest leaves when a gap begins, when it is older than a second, and at the end.
4. A late cut turns whole blocks into silence: the finisher puts silent frames in
   their place, the MD5 is wound back at once, and samples that would still fall into
   the last of these blocks are silenced here.
5. The stream's head is a part of its own, so that a late cut never takes it along.
6. One file key seals all parts of one recording, each under a fresh nonce
   (docs/decisions/0001-parts-share-a-file-key.md); the finished file has its own.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from firmware.sealing import age
from firmware.sealing.digest import Digest
from firmware.sealing.facts import LATE_CUT, Facts, Gap, clipped, gaps_text, overlay, tags, whole_facts
from firmware.sealing.flac import Encoder, Samples
from firmware.sealing.frames import BLOCK, Shape, head
from firmware.sealing.mac_key import with_mac_key
from firmware.sealing.recipients import Recipient
from firmware.sealing.records import Kind, Opening, Record, gap_record

QUANTUM: Final = 2048
"""Bytes: at this step a part's length hardly tells speech from noise (research: sealing, section 3)."""

MOST: Final = 16 * QUANTUM
"""Bytes of FLAC in one part at most, so that a part is one age chunk."""

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32, lower case."""


def fresh_id() -> str:
    """A random name of 65 bits for a recording or a call."""
    return "".join(secrets.choice(ALPHABET) for _ in range(13))


@dataclass(frozen=True, slots=True)
class Live:
    """The published live key: its public half and its generation."""

    recipient: Recipient
    generation: int


class Making:
    """One recording from its first sample until it is finished.

    `samples` counts what was taken, a side, gaps included. `gaps` are in order and do
    not overlap. `cuts` are the late cuts among them, in whole blocks.
    """

    def __init__(
        self,
        facts: Facts,
        recipients: Sequence[Recipient],
        live: Live,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """`details` are the telephone numbers and the like: sealed at once and kept nowhere in clear."""
        self.facts = facts
        self.shape = Shape(facts.rate, facts.sides)
        self.recipients = tuple(recipients)
        self.live = live
        self.key = age.fresh_file_key()
        self.details = self._locked(details)
        self.samples = 0
        self.gaps: list[Gap] = []
        self.cuts: list[Gap] = []
        self.ended: str | None = None
        self._encoder = Encoder(self.shape)
        self._digest = Digest(self.shape)
        first = head(self.shape, tags(facts))
        self.head_size = len(first)
        self._pending = bytearray()
        self._sent = _Sent(self.head_size, self._encoder.sizes)
        self._outbox = [self._opening(), Record(Kind.PART, self.id, body=age.part(self.key, first))]
        self._news: list[Gap] = []
        self._blank_until = 0
        self._flush_until = 0

    @property
    def id(self) -> str:
        """The recording's opaque name."""
        return self.facts.id

    @property
    def tainted(self) -> bool:
        """Whether the live log holds audio of it that was cut out late."""
        return bool(self.cuts)

    @property
    def sizes(self) -> Sequence[int]:
        """Bytes of each frame of the stream, in order."""
        return self._encoder.sizes

    def keep(self, samples: Samples) -> None:
        """Take samples to be recorded, of shape (frames, sides)."""
        if self._blank_until > self.samples:
            blank = min(len(samples), self._blank_until - self.samples)
            self._silence(blank)
            samples = samples[blank:]
        self._encoder.encode(samples)
        self._digest.keep(samples)
        self.samples += len(samples)

    def gap(self, frames: int, reason: str, keys: int = 0) -> None:
        """Take `frames` samples a side as withheld, and why; `keys` were keyed in them, where that is told."""
        start, stop = max(self.samples, self._blank_until), self.samples + frames
        if not self.gaps or self.gaps[-1].stop < start:
            self._flush_until = start
        if start < stop:
            self._note(Gap(start, stop, reason, keys))
        self._silence(frames)

    def late_cut(self, from_sample: int) -> None:
        """Everything from a sample up to now becomes silence, rounded outward to whole blocks.

        Also after `close`, as long as nobody has begun to finish it.
        """
        start = max(0, from_sample)
        if start >= self.samples:
            return
        block = start // BLOCK
        self._blank_until = -(-self.samples // BLOCK) * BLOCK
        self._digest.wind_back(block)
        cut = Gap(block * BLOCK, self._blank_until, LATE_CUT)
        overlay(self.cuts, cut)
        self._note(cut)
        self._outbox += self._told_gaps()

    def records(self) -> list[Record]:
        """What the next commit must hold, in order; nothing of it is given twice."""
        self._pending += self._encoder.take()
        parts = self._parts()
        out, self._outbox = self._outbox, []
        if parts:
            out += self._told_gaps() if self._news else ()
            out += parts
        return out

    def close(self, ended: str) -> None:
        """No more samples: the last block becomes whole."""
        self._encoder.close()
        self.ended = ended

    def tell(self, details: Mapping[str, object] | None) -> None:
        """Seal what is known of the numbers by now, in place of what was known at the beginning."""
        self.details = self._locked(details) or self.details

    def outcome(self) -> dict[str, Any]:
        """The facts of the whole recording, in the words of the spool file."""
        return whole_facts(self.facts, self.samples, self.gaps) | {"ended": self.ended}

    def head(self) -> bytes:
        """The final metadata: length, MD5 and tags with the gaps."""
        gaps = clipped(self.gaps, self.samples)
        named = tags(self.facts) | ({"GAPS": gaps_text(gaps, self.facts.rate)} if gaps else {})
        return head(self.shape, named, self.samples, self._digest.value())

    def _silence(self, frames: int) -> None:
        self._encoder.silence(frames)
        self._digest.silence(frames)
        self.samples += frames

    def _note(self, gap: Gap) -> None:
        overlay(self.gaps, gap)
        overlay(self._news, gap)

    def _told_gaps(self) -> list[Record]:
        told = [gap_record(self.id, gap) for gap in self._news]
        self._news.clear()
        return told

    def _parts(self) -> list[Record]:
        """Whole quanta; and the rest at the end, before a gap, and when it is older than a second."""
        parts = self._sealed_parts(len(self._pending) // QUANTUM * QUANTUM)
        old = self.samples - self._sent.samples >= self.facts.rate
        if old or self.ended or self._sent.samples < self._flush_until:
            parts += self._sealed_parts(len(self._pending))
        return parts

    def _sealed_parts(self, ready: int) -> list[Record]:
        parts = [self._part(bytes(self._pending[at : min(ready, at + MOST)])) for at in range(0, ready, MOST)]
        del self._pending[:ready]
        return parts

    def _part(self, plain: bytes) -> Record:
        first = self._sent.offset
        so_far = min(self._sent.advance(len(plain)), self.samples)
        return Record(Kind.PART, self.id, first, so_far, age.part(self.key, plain))

    def _locked(self, details: Mapping[str, object] | None) -> bytes | None:
        if not details:
            return None
        plain = json.dumps(dict(details), ensure_ascii=False).encode()
        key = age.fresh_file_key()
        sealed = age.sealed_with(key, plain, self.recipients)
        return age.lock(with_mac_key(key, sealed), self.live.recipient)

    def _opening(self) -> Record:
        header = with_mac_key(self.key, age.header(self.key, self.recipients))
        locked = age.lock(header, self.live.recipient)
        return Opening(self.facts, locked, self.details, self.live.generation).record()


class _Sent:
    """How far the stream has left: bytes, and samples in whole frames."""

    def __init__(self, head_size: int, sizes: Sequence[int]) -> None:
        self.offset = head_size
        self._sizes = sizes
        self._frames = 0
        self._frames_end = head_size

    @property
    def samples(self) -> int:
        """Samples a side in the frames that have left whole; the last frame counts as a whole block."""
        return self._frames * BLOCK

    def advance(self, size: int) -> int:
        """So many bytes more have left; the samples so far."""
        self.offset += size
        sizes, frames = self._sizes, self._frames
        while frames < len(sizes) and self._frames_end + sizes[frames] <= self.offset:
            self._frames_end += sizes[frames]
            frames += 1
        self._frames = frames
        return self.samples
