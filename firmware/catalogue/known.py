"""What a catalogue is made of, and what it keeps of a recording that was destroyed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from firmware.catalogue.row import Row


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That a recording was destroyed: when, in nanoseconds of the wall clock, and by which certificate."""

    id: str
    certificate: str
    destroyed_ns: int


@dataclass(frozen=True, slots=True)
class Known:
    """All that a catalogue is made of: pairs of hold and recording, and of tag and recording, read once all rows were.

    `anew` and `noted` name a set of recipients by recording and key.
    """

    rows: Iterable[Row] = ()
    held: Iterable[tuple[str, str]] = ()
    tombstones: Iterable[Tombstone] = ()
    tags: Iterable[tuple[str, str]] = ()
    anew: Mapping[tuple[str, str], str] = field(default_factory=dict)
    noted: Mapping[tuple[str, str], str] = field(default_factory=dict)
