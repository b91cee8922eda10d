"""Facts are what is known of a recording: whose, when, how long, and where its gaps are.

1. No telephone number is a fact; numbers are in the sealed details.
2. Gaps are in samples a side from the recording's first one, in order, without overlap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from firmware.clock import ClockState, Stamp

LATE_CUT: Final = "late cut"
"""The reason of a gap that was cut out afterwards."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Audio withheld from one sample (inclusive) to another (exclusive), and why.

    `keys` counts what was keyed in it, as far as was heard and where the count is told: never which.
    """

    start: int
    stop: int
    reason: str
    keys: int = 0

    def as_json(self) -> dict[str, Any]:
        """The gap in the words of the spool file and the manifest."""
        told = {"from": self.start, "to": self.stop, "reason": self.reason}
        return told | {"keys": self.keys} if self.keys else told

    @property
    def words(self) -> str:
        """Why, for a person."""
        return (
            f"{self.reason}, {self.keys} {'key' if self.keys == 1 else 'keys'}" if self.keys else self.reason
        )


def overlay(gaps: list[Gap], new: Gap) -> None:
    """One more gap, which reaches up to now: it takes the place of what it covers and joins its like."""
    while gaps and gaps[-1].start >= new.start:
        gaps.pop()
    if gaps and gaps[-1].stop >= new.start:
        last = gaps.pop()
        joined = last.reason == new.reason
        new = Gap(last.start, new.stop, new.reason, last.keys + new.keys) if joined else new
        gaps.extend([] if joined else [replace(last, stop=new.start)])
    gaps.append(new)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a recording when it begins; `classed` is external or unclassified.

    `rate` in samples per second; `continues` is the recording it goes on from;
    `bucket` the 8-bit keyed bucket of the number. No telephone number is a fact.
    """

    id: str
    call: str
    line: str
    department: str
    settings: str
    rate: int
    sides: int
    began: Stamp
    classed: str
    direction: str
    recipients: tuple[str, ...]
    continues: str | None = None
    bucket: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The facts in the words of the spool file."""
        plain = {name: getattr(self, name) for name in FACTS}
        return plain | {
            "class": self.classed,
            "began": stamp_json(self.began),
            "recipients": list(self.recipients),
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Facts":
        """The facts of a record in the live log."""
        plain = {name: told[name] for name in FACTS}
        began = Stamp(**told["began"] | {"state": ClockState(told["began"]["state"])})
        return cls(**plain, classed=told["class"], began=began, recipients=tuple(told["recipients"]))


FACTS: Final = (
    "id",
    "call",
    "line",
    "department",
    "settings",
    "rate",
    "sides",
    "direction",
    "continues",
    "bucket",
)
"""The facts whose word in the file is their own."""


def whole_facts(facts: Facts, samples: int, gaps: Iterable[Gap]) -> dict[str, Any]:
    """The facts of a recording whose length and gaps are known, in the words of the spool file."""
    told = [gap.as_json() for gap in clipped(gaps, samples)]
    return facts.as_json() | {"samples": samples, "gaps": told}


def clipped(gaps: Iterable[Gap], samples: int) -> list[Gap]:
    """The gaps as far as the recording reaches."""
    return [replace(gap, stop=min(gap.stop, samples)) for gap in gaps if gap.start < samples]


def tags(facts: Facts) -> dict[str, str]:
    """The tags of the FLAC stream that are known from the beginning."""
    began = datetime.fromtimestamp(facts.began.wall_ns / 1e9, UTC).isoformat(timespec="milliseconds")
    return {"CALLBOX": "recording format 1", "ID": facts.id, "LINE": facts.line, "BEGAN": began}


def gaps_text(gaps: Sequence[Gap], rate: int) -> str:
    """The gaps for a person who opens the recording: seconds from the beginning, and why."""
    return "; ".join(f"{gap.start / rate:.3f}-{gap.stop / rate:.3f} s {gap.words}" for gap in gaps)


def stamp_json(stamp: Stamp) -> dict[str, Any]:
    """A stamp in the words of the spool and run files."""
    return {
        "wall_ns": stamp.wall_ns,
        "boottime_ns": stamp.boottime_ns,
        "boot_id": stamp.boot_id,
        "state": str(stamp.state),
    }
