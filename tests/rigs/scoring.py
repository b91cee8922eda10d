"""How well a file was heard: what `callbox hear` says of it against the truth, kind by kind."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.rigs.corpus import Piece, Truth

Row = dict[str, Any]

KINDS = {
    "dtmf": ("dtmf", 60),
    "clip": ("caller_id", 600),
    "tone": ("tone", 300),
    "line_reversal": ("line_reversal", 100),
    "ring": ("ring", 150),
    "cas": ("alert", 100),
    "recall": ("recall", 300),
    "call_start": ("call_start", 1500),
    "call_end": ("call_end", 3000),
}
"""What the truth calls it, what we call it, and how far apart in ms they may begin.

A caller id may be told from its carrier on, which begins up to 0.5 s before the message.
"""

MALFORMED_NAME = "15_in_bell202"
"""Its caller's name is broken (README of the corpus): the number alone is asked for."""


@dataclass
class Score:
    """Found, missed and false of one kind, and how far off each found one began (ms)."""

    found: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    off: list[float] = field(default_factory=list)

    @property
    def line(self) -> str:
        """As a table has it: found, missed, false, the middle and the worst onset error."""
        off = sorted(abs(each) for each in self.off)
        errors = f"{off[len(off) // 2]:6.0f} {off[-1]:6.0f}" if off else f"{'-':>6} {'-':>6}"
        return f"{self.found:5} {len(self.missed):6} {len(self.false):5}  {errors}"


def score(piece: Piece, rows: Sequence[Row], kinds: Iterable[str], into: dict[str, Score]) -> None:
    """Add what was found of some kinds in one file to the scores."""
    for kind in kinds:
        if kind == "cas" and piece.group == "clip" and not piece.of("clip"):
            continue  # the truth of a burst with a wrong checksum says nothing of the alert before it
        ours, reach = KINDS[kind]
        left = [row for row in rows if row["type"] == ours]
        scored = into.setdefault(kind, Score())
        for truth in wanted(piece, kind):
            match = _nearest(truth, left, reach, _same(piece, kind))
            if match is None:
                scored.missed.append(f"{piece.name} {truth.at_ms:.0f} {dict(truth.rest)}")
                continue
            left.remove(match)
            scored.found += 1
            scored.off.append(match["t_ms"] - truth.at_ms)
        scored.false += [f"{piece.name} {row}" for row in left]


def wanted(piece: Piece, kind: str) -> list[Truth]:
    """The truths of a kind that must be reported: none of a file in which nothing may be."""
    if piece.group == "dtmf" and not piece.about.get("digits"):
        return []
    if kind == "cas":
        alerts = [each.rest.get("alert_ms") for each in piece.of("clip")]
        return [*piece.of("cas"), *(Truth("cas", at, at, {}) for at in alerts if at is not None)]
    if kind == "call_end":
        return [_ends(piece, each) for each in piece.of(kind)]
    return piece.of(kind)


def _ends(piece: Piece, hung_up: Truth) -> Truth:
    """Where a call is over for a line without a hook sensor: when the tone that says so began, else at the hook."""
    tones = [each for each in piece.of("tone") if each.rest["name"].startswith(("busy", "nu", "congestion"))]
    return next((Truth("call_end", each.at_ms, each.at_ms, {}) for each in tones), hung_up)


def _nearest(
    truth: Truth, rows: Sequence[Row], reach: float, same: Callable[[Truth, Row], bool]
) -> Row | None:
    near = [row for row in rows if abs(row["t_ms"] - truth.at_ms) <= reach and same(truth, row)]
    return min(near, key=lambda row: abs(row["t_ms"] - truth.at_ms), default=None)


def _same(piece: Piece, kind: str) -> Callable[[Truth, Row], bool]:
    def caller_id(truth: Truth, row: Row) -> bool:
        fields = ["number", "absent", *([] if piece.name == MALFORMED_NAME else ["name"])]
        told = all(truth.rest.get(each) == row[each] for each in fields)
        when = "datetime" not in truth.rest or truth.rest["datetime"] == row["datetime"]
        return told and when and truth.rest["std"] == row["standard"]

    match kind:
        case "dtmf":
            return lambda truth, row: truth.digit == row["digit"]
        case "tone":
            return lambda truth, row: bool(truth.rest["name"] == row["name"])
        case "clip":
            return caller_id
        case _:
            return lambda _truth, _row: True


def table(scores: dict[str, dict[str, Score]]) -> str:
    """Scores by group and kind, with what was missed and what was false below."""
    lines = [f"{'group':9} {'kind':14} found missed false  middle  worst (onset error, ms)"]
    for group, kinds in scores.items():
        lines += [
            f"{group:9} {kind:14} {each.line}"
            for kind, each in kinds.items()
            if each.found or each.missed or each.false
        ]
    for group, kinds in scores.items():
        for kind, each in kinds.items():
            lines += [f"missed: {group} {kind} {what}" for what in each.missed]
            lines += [f"false:  {group} {kind} {what}" for what in each.false]
    return "\n".join(lines) + "\n"
