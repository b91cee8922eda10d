"""Settings that a box tells, held against what it signed: a lie is a fault, and what cannot be told is said to be."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.clock import GivenClock
from firmware.faults import Refused
from firmware.office import witness_told
from firmware.settings.told import WITHHELD, told_digest
from tests.keeper.keeper_rig import MORNING
from tests.rigs.paper_box import PaperBox, visit, written
from tests.rigs.witness_pc import WitnessPc, codes, text

SIXTY = ("P30D", "P60D")
REFUSED = Refused("refused.arguments", "no", "none")
WITHOUT = "# nothing that this program understands\n[[[\n"


@pytest.fixture
def pc(tmp_path: Path) -> WitnessPc:
    return WitnessPc(tmp_path / "office", GivenClock(MORNING))


@pytest.mark.parametrize("first", [True, False])
def test_recipients_that_the_settings_do_not_name_are_a_lie(pc: WitnessPc, *, first: bool) -> None:
    """At the first visit, and at a change: the digest of the recipients is held against the text that is told."""
    paper = PaperBox()
    if not first:
        assert codes(visit(pc, paper)) == []
        paper.accept(written(SIXTY))
    paper.said_instead["recipients"] = "cd" * 32
    outcome = visit(pc, paper)
    assert codes(outcome) == ["log.told-otherwise"]
    assert "recipients that its checkpoint names" in outcome.faults[0].message


def test_settings_that_cannot_be_told_are_said_to_be(pc: WitnessPc) -> None:
    """Withheld by the box, too long, or not given: said as such, never as unchanged."""
    cannot = "what changed cannot be told: the box does not give the text of a version"
    for answer in (REFUSED, WITHHELD, written(SIXTY) + "#" * witness_told.LONGEST_TEXT):
        paper = PaperBox(name=f"box-{len(str(answer))}")
        assert codes(visit(pc, paper)) == []
        told = None if isinstance(answer, Refused) else told_digest(answer)
        paper.accept(written(SIXTY), told)
        paper.said_instead["told"] = told or paper.digests()["told"]
        paper.instead["settings"] = answer if isinstance(answer, Refused) else given(answer, paper)
        outcome = visit(pc, paper)
        assert codes(outcome) == []
        assert cannot in text(outcome)


def test_settings_of_another_release_are_told_line_by_line(pc: WitnessPc) -> None:
    """The program here does not understand the new ones: what went and what came stands there as it is written."""
    seen = PaperBox()
    assert codes(visit(pc, seen)) == []
    seen.accept(written(SIXTY), told_digest(WITHOUT))
    seen.said_instead["told"] = told_digest(WITHOUT)
    seen.instead["settings"] = given(WITHOUT, seen)
    outcome = visit(pc, seen)
    assert codes(outcome) == []
    assert "line by line" in text(outcome)
    assert "+ # nothing that this program understands" in text(outcome)
    assert '- name = "Test Office"' in text(outcome)


def given(answer: str, paper: PaperBox) -> Callable[[str], str]:
    """The newest version as this text; others as they are."""

    def told(honest: str) -> str:
        newest = json.loads(honest)["digest"] == paper.digests()["settings"]
        return json.dumps({**json.loads(honest), "text": answer}) if newest else honest

    return told
