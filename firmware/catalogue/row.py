"""One row of the catalogue: what can be searched of a recording, all of it taken from its manifest.

It holds no telephone number, only the 8-bit bucket that many numbers share.
"""

from dataclasses import dataclass, fields

from firmware.vault.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Row:
    """A recording as the catalogue knows it. Dates are ISO 8601, samples are per side, sizes bytes.

    It is sealed to the recipients of its settings, unless it was sealed anew: then `sealed_to` that set
    (`settings.recipient_set`). `anew_to` is a set for which new headers wait to be confirmed, and `noted_to` the one
    that all its notes are sealed to, `MIXED` where they are to several.
    """

    id: str
    key: str
    call: str
    line: str
    department: str
    kind: str
    class_: str
    direction: str
    began_ns: int
    clock: str
    on_date: str | None
    due: str | None
    rate: int
    sides: int
    samples: int
    withheld: int
    gaps: int
    ended: str
    continues: str | None
    bucket: int | None
    body_size: int
    live: int
    settings: str = ""
    sealed_to: str | None = None
    anew_to: str | None = None
    noted_to: str | None = None

    @property
    def ended_ns(self) -> int:
        """When its last sample was heard, in nanoseconds of the wall clock."""
        return self.began_ns + self.samples * 1_000_000_000 // self.rate

    def told(self) -> dict[str, str | int | None]:
        """Every column by its name; nothing in it can change, so nothing is copied."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(field.name for field in fields(Row))


def row_of(key_id: str, manifest: Manifest, sealed_to: str | None = None) -> Row:
    """The row of a recording that is locked to this key."""
    facts, began = manifest.facts, manifest.corrected or manifest.facts.began
    return Row(
        id=facts.id,
        key=key_id,
        call=facts.call,
        line=facts.line,
        department=facts.department,
        kind=manifest.sealed.kind,
        class_=facts.call_class,
        direction=facts.direction,
        began_ns=began.wall_ns,
        clock=str(began.state),
        on_date=manifest.on.isoformat() if manifest.on else None,
        due=manifest.due.isoformat() if manifest.due else None,
        rate=facts.rate,
        sides=facts.sides,
        samples=facts.samples,
        withheld=facts.withheld,
        gaps=len(facts.gaps),
        ended=facts.ended,
        continues=facts.continues,
        bucket=facts.bucket,
        body_size=manifest.sealed.body_size,
        live=manifest.sealed.live,
        settings=facts.settings,
        sealed_to=sealed_to,
    )
