"""The facts of a recording, as the recorder handed them on; everything else about it follows from them.

Formats 1 and 2 of a spool file, read strictly: a missing or wrong field is named and refused.
A field that is not known here is left out, at every depth, so that nothing slips into a manifest.
"""

from dataclasses import dataclass
from typing import Final

from firmware.clock import ClockState, Stamp
from firmware.sealing.facts import Gap, stamp_json
from firmware.vault.opaque import is_opaque
from firmware.vault.reading import Fields, UnreadableError

CLASSES: Final = ("external", "unclassified")
DIRECTIONS: Final = ("in", "out", "unknown")
BUCKETS: Final = 256
"""A bucket has 8 bits, so that several callers share each (research: design-review, A11)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a cut recording: samples so far, and the beginning of its SHA-256 in hex."""

    samples: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a recording. Samples are per side and include gaps.

    `parts` are there for a cut recording only.
    """

    id: str
    call: str
    line: str
    department: str
    settings: str
    rate: int
    sides: int
    samples: int
    began: Stamp
    gaps: tuple[Gap, ...]
    call_class: str
    direction: str
    ended: str
    continues: str | None
    recipients: tuple[str, ...]
    bucket: int | None
    parts: tuple[Part, ...] | None

    def content(self) -> dict[str, object]:
        """In the words of the spool file: what was read, and nothing else."""
        told = {name: getattr(self, name) for name in PLAIN} | {
            "class": self.call_class,
            "began": stamp_json(self.began),
            "recipients": list(self.recipients),
            "gaps": [gap.as_json() for gap in self.gaps],
        }
        if self.parts is None:
            return told
        return told | {"parts": [{"samples": each.samples, "sha256": each.sha256} for each in self.parts]}

    @property
    def withheld(self) -> int:
        """Samples of each side that lie in gaps."""
        return sum(gap.stop - gap.start for gap in self.gaps)


PLAIN: Final = (
    "id",
    "call",
    "line",
    "department",
    "settings",
    "rate",
    "sides",
    "samples",
    "direction",
    "ended",
    "continues",
    "bucket",
)
"""The facts that are written as they are held, under their own names."""


def read_facts(fields: Fields) -> Facts:
    """The facts in a JSON object; refuses what does not add up as `UnreadableError`."""
    facts = Facts(
        id=_opaque(fields, "id"),
        call=_opaque(fields, "call"),
        line=fields.text("line"),
        department=fields.text("department"),
        settings=fields.text("settings"),
        rate=fields.whole("rate"),
        sides=fields.whole("sides"),
        samples=fields.whole("samples"),
        began=read_stamp(fields.inner("began")),
        gaps=tuple(map(_gap, fields.each("gaps"))),
        call_class=_one_of(fields, "class", CLASSES),
        direction=_one_of(fields, "direction", DIRECTIONS),
        ended=fields.text("ended"),
        continues=_opaque(fields, "continues") if fields.maybe_text("continues") else None,
        recipients=fields.texts("recipients"),
        bucket=fields.maybe_whole("bucket"),
        parts=tuple(map(_part, fields.each("parts"))) if "parts" in fields.content else None,
    )
    _add_up(fields.where, facts)
    return facts


def read_stamp(fields: Fields) -> Stamp:
    """One instant on every clock."""
    state = _one_of(fields, "state", tuple(ClockState))
    boottime = fields.whole("boottime_ns")
    return Stamp(fields.whole("wall_ns"), boottime, fields.text("boot_id"), ClockState(state))


def _add_up(where: str, facts: Facts) -> None:
    if facts.rate == 0 or facts.sides == 0:
        raise UnreadableError(f"{where}: a recording has a rate and at least one side")
    if facts.bucket is not None and facts.bucket >= BUCKETS:
        raise UnreadableError(f"{where}: bucket is not one of {BUCKETS}")
    if any(not gap.start <= gap.stop <= facts.samples for gap in facts.gaps):
        raise UnreadableError(f"{where}: a gap lies outside the recording")
    if facts.withheld > facts.samples:
        raise UnreadableError(f"{where}: its gaps are longer than the recording")


def _gap(fields: Fields) -> Gap:
    keys = fields.whole("keys") if "keys" in fields.content else 0
    return Gap(fields.whole("from"), fields.whole("to"), fields.text("reason"), keys)


def _part(fields: Fields) -> Part:
    return Part(fields.whole("samples"), fields.text("sha256"))


def _opaque(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if not is_opaque(text):
        raise UnreadableError(f"{fields.where}: {name} is not an opaque name")
    return text


def _one_of(fields: Fields, name: str, known: tuple[str, ...]) -> str:
    text = fields.text(name)
    if text not in known:
        raise UnreadableError(f"{fields.where}: {name} is not one of {', '.join(known)}")
    return text
