"""A box that has its own key signs what it likes: what a witness catches all the same, and what it keeps of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.audit.checkpoint import key_of, signed
from firmware.audit.entries import What
from firmware.clock import GivenClock
from firmware.faults import Refused
from firmware.office import witness_told
from firmware.vault.signing import Signer
from tests.keeper.keeper_rig import MORNING
from tests.rigs.paper_box import PaperBox, visit, written
from tests.rigs.witness_pc import DAY_S, WitnessPc, codes, text

SIXTY = ("P30D", "P60D")
TOLD_OTHERWISE = ["log.told-otherwise"]


@pytest.fixture
def pc(tmp_path: Path) -> WitnessPc:
    return WitnessPc(tmp_path / "office", GivenClock(MORNING))


@pytest.fixture
def seen(pc: WitnessPc) -> PaperBox:
    """A box that was visited once, and found in order."""
    paper = PaperBox()
    assert codes(visit(pc, paper)) == []
    return paper


def refused(code: str) -> Refused:
    return Refused(code, "no", "none")


def test_an_honest_one_is_cosigned_and_kept(pc: WitnessPc, seen: PaperBox) -> None:
    """The rig itself: nothing that follows fails for its sake."""
    seen.accept(written(SIXTY))
    outcome = visit(pc, seen)
    assert codes(outcome) == []
    assert "is kept for 60 days" in text(outcome)
    assert len(seen.given) == 2
    assert pc.state().known.checkpoint == seen.checkpoint()
    assert pc.state().told is not None
    assert pc.state().digests == seen.digests()


def test_two_logs_of_one_size_are_a_fork(pc: WitnessPc, seen: PaperBox) -> None:
    """Signed both times by the right key; nothing is cosigned, both are kept as evidence, and so it is the next day."""
    before = pc.state()
    seen.lines[-1] = seen.lines[-1].replace(b"trusted", b"TRUSTED")
    for count in (1, 2):
        outcome = visit(pc, seen)
        assert codes(outcome) == ["log.forked"]
        assert "two logs of that size" in outcome.faults[0].message
        assert len(pc.evidence()) == 2 * count
    assert pc.state() == before
    assert len(seen.given) == 1


def test_evidence_never_takes_the_place_of_other_evidence(pc: WitnessPc, seen: PaperBox) -> None:
    """Three lies within a minute are six files, numbered where a name is taken."""
    for number in range(3):
        seen.lines[-1] = seen.lines[-1].replace(b"trusted", b"trusted" + b"!" * (number + 1))
        assert codes(visit(pc, seen)) == ["log.forked"]
    assert len(pc.evidence()) == 6
    assert {name[:2] for name in pc.evidence()} == {"to", "2-", "3-"}
    folder = pc.kept.folder / "evidence"
    assert len({path.read_bytes() for path in folder.glob("*shown.note")}) == 3


@pytest.mark.parametrize("code", ["refused.dropped", "refused.arguments"])
def test_a_log_that_cannot_be_proved_is_not_believed(pc: WitnessPc, seen: PaperBox, code: str) -> None:
    """It says that it cannot: that is no proof, and the older checkpoint stays."""
    before = pc.state()
    seen.accept(written(SIXTY))
    seen.instead["consistency"] = refused(code)
    outcome = visit(pc, seen)
    assert codes(outcome) == ["log.not-continued"]
    assert pc.state() == before
    assert len(seen.given) == 1
    assert len(pc.evidence()) == 2


def test_a_witness_that_is_refused_the_proof_says_so(pc: WitnessPc, seen: PaperBox) -> None:
    """Whoever may not ask gets no proof: the fault is the box's, and nothing is kept of what it showed."""
    before = pc.state()
    seen.accept(written(SIXTY))
    seen.instead["consistency"] = refused("refused.not-you")
    assert codes(visit(pc, seen)) == ["refused.not-you"]
    assert pc.state() == before


@pytest.mark.parametrize("path", ["", "!!\n", "AAAA\n"])
def test_a_proof_that_is_none_is_a_fork(pc: WitnessPc, seen: PaperBox, path: str) -> None:
    """Empty, no base64, too short."""
    seen.accept(written(SIXTY))
    seen.instead["consistency"] = lambda _honest: path
    assert codes(visit(pc, seen)) == ["log.forked"]


def test_a_key_that_is_not_the_name_it_has_is_none(pc: WitnessPc) -> None:
    """A verifier key whose name is another box's, or which is no key at all, is not understood; nothing is pinned."""
    mine, other = PaperBox(), Signer(Ed25519PrivateKey.generate())
    named = replace(key_of(mine.signer), name=key_of(other).name)
    for key in (named.text(), "no key"):
        mine.instead["checkpoint"] = lambda honest, key=key: honest.replace(key_of(mine.signer).text(), key)
        assert codes(visit(pc, mine)) == ["device.box-answer"]
        assert pc.kept.state("town-hall") is None
        assert not (pc.folder / "known_boxes").exists()


def test_a_long_checkpoint_is_not_read(pc: WitnessPc) -> None:
    """A note of 32,768 characters is, a longer one is not."""
    paper = PaperBox()
    size = len(signed(paper.checkpoint(), paper.signer).whole())
    paper.said_instead = {"filler": "0" * 64, "padding": ""}
    paper.said_instead["padding"] = "0" * (32_768 - len(signed(paper.checkpoint(), paper.signer).whole()))
    assert size < 32_768
    assert codes(visit(pc, paper)) == []
    paper.said_instead["padding"] += "0"
    assert codes(visit(pc, paper)) == ["device.box-answer"]


LIES: dict[str, Callable[[PaperBox], None]] = {
    "a program that never started": lambda box: box.said_instead.update(code="cd" * 32),
    "settings that never came into force": lambda box: box.said_instead.update(settings="cd" * 32),
    "another text of the settings": lambda box: box.instead.update(
        settings=lambda told: told.replace("repairs", "repaint")
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_the_checkpoint_names_is_what_happened(pc: WitnessPc, seen: PaperBox, lie: str) -> None:
    """Each lie is a fault of the log, and what was told counts as not told yet."""
    told = pc.state().told
    seen.accept(written(SIXTY))
    LIES[lie](seen)
    assert codes(visit(pc, seen)) == TOLD_OTHERWISE
    assert pc.state().told == told


def test_a_program_of_an_earlier_start_is_a_lie(pc: WitnessPc, seen: PaperBox) -> None:
    """It started with another one since; the first visit alone takes it at its word."""
    seen.start("cd" * 32)
    seen.said_instead["code"] = seen.program.replace("cd", "ab")
    assert codes(visit(pc, seen)) == TOLD_OTHERWISE
    del seen.said_instead["code"]
    seen.start("ef" * 32)
    outcome = visit(pc, seen)
    assert codes(outcome) == []
    assert f"ANOTHER PROGRAM runs since: {'cd' * 6} instead of {'ab' * 6}" in text(outcome)
    assert f"ANOTHER PROGRAM runs since: {'ef' * 6} instead of {'cd' * 6}" in text(outcome)


def test_entries_that_were_dropped_are_said_to_be(pc: WitnessPc, seen: PaperBox) -> None:
    """What came since cannot be told; the settings in force are compared all the same, and the next run goes on."""
    seen.accept(written(SIXTY))
    size = len(seen.lines) - 1
    seen.instead["entries"] = refused("refused.dropped")
    outcome = visit(pc, seen)
    assert codes(outcome) == []
    assert f"entries from {size} on are dropped already" in text(outcome)
    assert "SETTINGS CHANGED, in force by now" in text(outcome)
    assert "is kept for 60 days" in text(outcome)
    assert "nobody fetched" not in text(outcome)
    seen.instead.clear()
    seen.enter(What.TORN)
    after = visit(pc, seen)
    assert codes(after) == []
    assert "a half-written entry was dropped" in text(after)


def test_too_many_entries_are_said_to_be(
    pc: WitnessPc, seen: PaperBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more than are read in a run are not told, and their number is; just as many are."""
    monkeypatch.setattr(witness_told, "MOST_ENTRIES", 3)
    for _ in range(3):
        seen.enter(What.TORN)
    outcome = visit(pc, seen)
    assert text(outcome).count("a half-written entry was dropped") == 3
    assert "NOT TOLD" not in text(outcome)
    for _ in range(4):
        seen.enter(What.TORN)
    outcome = visit(pc, seen)
    assert codes(outcome) == []
    assert "\n4 entries came since: too many" in text(outcome)
    assert "a half-written entry" not in text(outcome)


def test_entries_beyond_all_measure_are_not_understood(
    pc: WitnessPc, seen: PaperBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one run takes in bytes is taken, and a byte more is not; nothing of it counts as told."""
    told = pc.state().told
    seen.enter(What.TORN)
    size = len(seen.lines[-1])
    monkeypatch.setattr(witness_told, "MOST_BYTES", size - 1)
    assert codes(visit(pc, seen)) == ["device.box-answer"]
    assert pc.state().told == told
    monkeypatch.setattr(witness_told, "MOST_BYTES", size)
    assert codes(visit(pc, seen)) == []


def test_entries_come_in_several_conversations(
    pc: WitnessPc, seen: PaperBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each asked for once, in order."""
    monkeypatch.setattr(witness_told, "AT_ONCE", 2)
    for _ in range(5):
        seen.enter(What.TORN)
    outcome = visit(pc, seen)
    assert codes(outcome) == []
    assert text(outcome).count("a half-written entry was dropped") == 5


def test_an_entry_in_another_spelling_is_another_entry(pc: WitnessPc, seen: PaperBox) -> None:
    """What was signed is the one form that is hashed; an entry more, or one twice, is none of the log either."""
    seen.enter(What.TORN)
    for lie in (
        lambda told: told + told,
        lambda _told: "",
        lambda told: told.replace("trusted", "untrusted"),
    ):
        seen.instead["entries"] = lie
        assert codes(visit(pc, seen)) == TOLD_OTHERWISE


ROOT = "A" * 43 + "="
WRONG: dict[str, dict[str, object]] = {
    "too few roots": {"told": {"size": 3, "peaks": [ROOT]}},
    "too many roots": {"told": {"size": 3, "peaks": [ROOT, ROOT, ROOT]}},
    "a short root": {"told": {"size": 3, "peaks": [ROOT, "AAAA"]}},
    "no root": {"told": {"size": 3, "peaks": [ROOT, f"!{ROOT}"]}},
    "another format": {"format": 2},
    "no key": {"key": "no key"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_damaged_state_begins_nothing_anew(pc: WitnessPc, seen: PaperBox, wrong: str) -> None:
    """What was kept and does not add up is a fault, and stays as it lies."""
    path = pc.kept.folder / f"{seen.name}.json"
    damaged = json.dumps({**json.loads(path.read_text()), **WRONG[wrong]})
    path.write_text(damaged)
    assert codes(visit(pc, seen)) == ["log.damaged"]
    assert path.read_text() == damaged


def test_what_a_killed_run_left_is_in_nobodys_way(pc: WitnessPc, seen: PaperBox) -> None:
    """A state that was half written beside the old one."""
    (pc.kept.folder / f"{seen.name}.json.new").write_text("{")
    seen.enter(What.TORN)
    assert codes(visit(pc, seen)) == []
    assert not list(pc.kept.folder.glob("*.new"))


def test_a_box_that_was_never_cosigned_is_told_of_since_the_first_visit(pc: WitnessPc) -> None:
    """This PC's clock was wrong: no time of a cosignature is made up."""
    paper = PaperBox()
    pc.clock.step(-4000 * DAY_S)
    assert codes(visit(pc, paper)) == ["refused.witness-clock"]
    pc.clock.step(4000 * DAY_S)
    assert "0 more than at the first visit" in text(visit(pc, paper))


def test_the_days_since_the_last_run_are_asked_for(pc: WitnessPc, seen: PaperBox) -> None:
    """The first time the day before; then from the day of the last run up to yesterday."""
    pc.clock.advance(3 * DAY_S)
    assert codes(visit(pc, seen)) == []
    asked = [words[1:5] for words in seen.asked if words[0] == "days"]
    assert asked == [
        ("--from", "2026-03-01", "--to", "2026-03-01"),
        ("--from", "2026-03-02", "--to", "2026-03-04"),
    ]


def test_what_is_cosigned_is_kept_first(pc: WitnessPc, seen: PaperBox) -> None:
    """While a box takes a cosignature, its time stands on this PC's disk already: no later run signs an earlier one."""
    found = []
    pc.clock.advance(3600)
    seen.instead["cosign"] = lambda nothing: nothing + "".join(found.append(pc.state().at_s) or "")
    assert codes(visit(pc, seen)) == []
    assert found == [pc.now_s()]


def test_what_is_proved_is_kept_though_nothing_is_cosigned(pc: WitnessPc, seen: PaperBox) -> None:
    """A PC whose clock went back signs no time, the box tells nothing, and is held to its newest log all the same."""
    pc.clock.step(-86_400)
    seen.accept(written(SIXTY))
    seen.instead["days"] = refused("refused.not-you")
    assert codes(visit(pc, seen)) == ["refused.witness-clock", "refused.not-you"]
    assert pc.state().known.checkpoint == seen.checkpoint()
    assert len(seen.given) == 1
