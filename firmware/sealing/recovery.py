"""What a live log says after a crash or a power cut, read without any key.

1. The slot with the highest sequence number whose start is whole is the newest. Its
   start names the recordings open then; what it opens since is added, what it
   finishes is taken away: those are open now, and their parts are the recording.
2. Of older slots only those are read that are not older than the first record of a
   recording open now.
3. A batch found twice (its slot failed and it was repeated in the next) counts once:
   taking its records in again changes nothing.
4. A recording's parts follow one another byte for byte; after a hole nothing counts.
5. Parts that reach into a late cut are left out, and the gap is widened to what went
   with them. The first part, which is the stream's head and no audio, always stays.
6. What was left out before the crash, and not yet committed as such, is told from
   outside (`LeftOut`) and is left out like a late cut; of a discarded recording nothing stays.

Source: research: sealing, section 2, rule 8.
"""

import json
from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from firmware.sealing.age import NONCE, TAG
from firmware.sealing.facts import LATE_CUT, Gap, clipped, overlay
from firmware.sealing.frames import BLOCK
from firmware.sealing.records import Kind, Opening, Record, decode, read_gap
from firmware.sealing.slots import Geometry, Stored, batches, first_batch

LeftOut = Mapping[str, Sequence[Gap]]
"""What is not to be salvaged, by recording."""

NOTHING: Final[LeftOut] = {}


class Place(NamedTuple):
    """Where a sealed part lies in the live log: bytes; `samples` are those in whole frames up to its end."""

    offset: int
    length: int
    samples: int


class Places:
    """The places of one recording's parts, kept small: a two-hour call has 28,800 of them."""

    def __init__(self) -> None:
        self._numbers = array("Q")

    def add(self, offset: int, length: int, samples: int) -> None:
        """One more, behind the others."""
        self._numbers.extend((offset, length, samples))

    def __iter__(self) -> Iterator[Place]:
        numbers = iter(self._numbers)
        return (Place(*three) for three in zip(numbers, numbers, numbers, strict=True))


@dataclass(frozen=True, slots=True)
class Cut:
    """A recording that was open when the box died: what is left of it, late cuts taken out."""

    opening: Opening
    samples: int
    gaps: tuple[Gap, ...]
    parts: tuple[Place, ...]

    @property
    def id(self) -> str:
        """The recording's opaque name."""
        return self.opening.facts.id

    @property
    def empty(self) -> bool:
        """Whether no audio is left: a row in the ledger, not a recording."""
        return len(self.parts) < 2


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a live log held when it was opened: `using` is the live key's generation in use, if one was noted."""

    cut: tuple[Cut, ...]
    using: int | None

    @property
    def open_ids(self) -> frozenset[str]:
        """The recordings that were not decided, the empty ones and the unreadable ones included."""
        return frozenset(cut.id for cut in self.cut)


@dataclass(slots=True)
class Trace:
    """All that the live log holds of one recording."""

    opening: Opening
    first_seq: int
    slots: set[int] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)
    places: Places = field(default_factory=Places)
    stream: int = 0
    samples: int = 0

    def take(self, record: Record, offset: int) -> None:
        """Take in a gap, or a part that follows the last one; refuse, in silence, a part behind a hole."""
        kind, _, first, second, body = record
        if kind is Kind.PART and first == self.stream:  # nearly always
            self.places.add(offset, len(body), second)
            self.stream += len(body) - NONCE - TAG
            self.samples = second
        elif kind is Kind.GAP:
            overlay(self.gaps, read_gap(record))


@dataclass(slots=True)
class Scan:
    """The state that the log left behind, for whoever goes on writing it."""

    seq: int = 0
    number: int = 0
    newest: int | None = None
    using: int | None = None
    open: dict[str, Trace] = field(default_factory=dict)

    def recovered(self, left_out: LeftOut = NOTHING) -> Recovered:
        """What of it concerns the recorder."""
        cut = tuple(_cut(trace, left_out.get(name, ())) for name, trace in self.open.items())
        return Recovered(cut, self.using)


def scan(fd: int, layout: Geometry) -> Scan:
    """Read a live log as rules 1 to 4 say, one batch at a time."""
    starts = {slot: batch for slot in range(layout.slots) if (batch := first_batch(fd, layout, slot))}
    if not starts:
        return Scan()
    newest = max(starts, key=lambda slot: starts[slot].seq)
    found = Scan(seq=starts[newest].seq, newest=newest)
    opened = _open_now(fd, layout, found)
    floor = min(opened.values(), default=found.seq)
    order = sorted((slot for slot in starts if starts[slot].seq >= floor), key=lambda slot: starts[slot].seq)
    for slot in order:
        for stored in batches(fd, layout, slot):
            _replay(found, slot, stored, opened.keys())
    return found


def _open_now(fd: int, layout: Geometry, found: Scan) -> dict[str, int]:
    """The recordings open now, each with the sequence number of the slot that holds its first record."""
    opened: dict[str, int] = {}
    for stored in batches(fd, layout, found.newest or 0):
        found.number = stored.number
        for record, _ in decode(stored.records):
            match record.kind:
                case Kind.SLOT:
                    told = json.loads(record.body)
                    opened, found.using = dict(told["open"]), told["using"]
                case Kind.OPEN:
                    opened.setdefault(record.id, stored.seq)
                case Kind.FINISHED:
                    opened.pop(record.id, None)
                case Kind.USING:
                    found.using = record.first
                case _:
                    pass
    return opened


def _replay(found: Scan, slot: int, stored: Stored, opened: Container[str]) -> None:
    for record, at in decode(stored.records):
        if record.kind is Kind.OPEN and record.id in opened:
            found.open.setdefault(record.id, Trace(Opening.read(record.body), stored.seq))
        if trace := found.open.get(record.id):
            trace.take(record, stored.at + at)
            trace.slots.add(slot)


def _cut(trace: Trace, left_out: Sequence[Gap]) -> Cut:
    """Rules 5 and 6. A part that ends inside a frame may hold the beginning of one more block."""
    gaps, places = list(trace.gaps), list(trace.places)
    late = [*(gap for gap in gaps if gap.reason == LATE_CUT), *left_out]
    kept, before = places[:1], 0
    for place in places[1:]:
        reach = Gap(before, place.samples + BLOCK, LATE_CUT)
        before = place.samples
        if any(_overlap(gap, reach) for gap in late):
            gaps = _widened(gaps, reach)
        else:
            kept.append(place)
    for gap in clipped(left_out, trace.samples):
        gaps = _widened(gaps, gap)
    return Cut(trace.opening, trace.samples, tuple(gaps), tuple(kept))


def _overlap(one: Gap, other: Gap) -> bool:
    return one.start < other.stop and other.start < one.stop


def _behind(gap: Gap, by: Gap) -> Gap:
    """What of a gap lies behind another; where some of it lies before that, its keys are told there."""
    return replace(gap, start=max(gap.start, by.stop), keys=0 if gap.start < by.start else gap.keys)


def _widened(gaps: Sequence[Gap], by: Gap) -> list[Gap]:
    """The gaps with one more that covers part of others."""
    before = [replace(gap, stop=min(gap.stop, by.start)) for gap in gaps if gap.start < by.start]
    after = [_behind(gap, by) for gap in gaps if gap.stop > by.stop]
    out: list[Gap] = before
    for gap in (by, *after):
        overlay(out, gap)
    return out
