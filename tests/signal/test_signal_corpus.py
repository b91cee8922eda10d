"""The whole corpus through `callbox hear`: what is found, what is missed, what is heard that is not there, and how exactly."""

import json
from pathlib import Path

import pytest

from firmware.cli.hear import main
from tests.rigs.corpus import Piece, folders, pieces
from tests.rigs.scoring import KINDS, Row, Score, score, table

GROUPS = {
    "clip": ("dtmf", "clip", "tone", "ring", "cas"),
    "dtmf": ("dtmf", "clip", "tone", "ring", "cas"),
    "tones": ("dtmf", "clip", "tone", "ring", "cas"),
    "talkoff": ("dtmf", "clip", "tone", "ring", "cas", "line_reversal"),
    "calls": tuple(KINDS),
}
"""What is asked of each group. The clicks before bursts (`clip`) are in the files and not in their truth."""

FOUND = {"clip": 0.97, "dtmf": 0.97, "tone": 0.94, "line_reversal": 0.9, "ring": 0.9, "cas": 0.9}
"""The least share that must be found; of all other kinds it is what `LEAST` says."""

LEAST = {"recall": 0.5, "call_start": 0.7, "call_end": 0.7}

MOST_OFF = {"dtmf": 10, "clip": 100, "tone": 60, "line_reversal": 50, "ring": 50, "cas": 50}
"""How far off the middle one may begin, ms."""


def hear(piece: Piece, capsys: pytest.CaptureFixture[str]) -> list[Row]:
    """What `callbox hear FILE --json` prints, which is one list and nothing else."""
    assert main([str(piece.path), "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    rows: list[Row] = json.loads(said.out)
    assert rows == sorted(rows, key=lambda row: int(row["t_ms"]))
    return rows


def cards_of(piece: Piece) -> list[bool]:
    """One entry that is right for a call in which a card was keyed, none for any other file."""
    return [True] if any(str(each.rest.get("purpose")).startswith("card") for each in piece.digits) else []


def right(piece: Piece, entry: Row) -> bool:
    """Whether an entry covers all card digits."""
    cards = [each for each in piece.digits if str(each.rest.get("purpose")).startswith("card")]
    return bool(cards) and entry["t_ms"] <= cards[0].at_ms and entry["end_ms"] >= cards[-1].until_ms


def test_the_corpus_is_heard(shared_dir: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every group against its truth; the table is left in build/hearing.txt."""
    scores: dict[str, dict[str, Score]] = {}
    for folder in folders(shared_dir):
        for piece in pieces(folder):
            rows = hear(piece, capsys)
            score(piece, rows, GROUPS[piece.group], scores.setdefault(piece.group, {}))
            entries = [right(piece, row) for row in rows if row["type"] == "card_entry"]
            assert entries == cards_of(piece), piece.name
    (root / "build").mkdir(exist_ok=True)
    (root / "build/hearing.txt").write_text(table(scores))
    for group, kinds in scores.items():
        for kind, each in kinds.items():
            wanted = each.found + len(each.missed)
            assert each.found >= {**FOUND, **LEAST}[kind] * wanted, (group, kind, each.missed)
            assert len(each.false) <= (0 if group == "talkoff" else 0.03 * wanted), (group, kind, each.false)
            off = sorted(abs(one) for one in each.off)
            assert not off or off[len(off) // 2] <= MOST_OFF.get(kind, 3000), (group, kind)
