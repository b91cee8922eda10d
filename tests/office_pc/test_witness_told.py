"""What a box tells is held against what it signed: changed settings in words, and boxes that lie."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.audit.digests import code_digest
from firmware.audit.entries import Entry, What
from firmware.audit.log import AuditLog
from firmware.clock import GivenClock
from firmware.keeper.looks import TOLD, UNKNOWN
from firmware.office.boxes import OfficeBox
from firmware.office.look_words import LOOKS
from firmware.office.witness_story import ACTS, COUNTED, LONGEST, QUIET, parts, word
from firmware.sealing.age import Identity
from firmware.shell.client import connected
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import MORNING, ROOT, House
from tests.rigs.witness_pc import LYING, ME, WitnessPc, codes, local, served, text, watched

EXEMPT = "0161 496 0001"
"""Ofcom's drama range."""


@pytest.fixture
def pc(tmp_path: Path) -> WitnessPc:
    return WitnessPc(tmp_path / "office", GivenClock(MORNING))


def changed(house: House, *edits: tuple[str, str]) -> None:
    """The settings as somebody edits them by hand, while the keeper is away."""
    written = house.config.read_text()
    for old, new in edits:
        assert old in written
        written = written.replace(old, new)
    house.config.write_text(written)


def fetched(house: House, recording: str) -> None:
    assert house.shell("get", recording, "--purpose", "complaint", "--ref", "C12").returncode == 0


def test_every_version_of_the_settings_is_told_in_words(tmp_path: Path, pc: WitnessPc) -> None:
    """Two changes since the last run, one taken back: both are told; recipients first; exempt numbers never leave the box."""
    house = watched(tmp_path / "box", pc, f'[[exempt]]\nnumber = "{EXEMPT}"\nreason = "union"\n')
    with served(house):
        assert codes(pc.visit(house)) == []
    third = f'[[recipient]]\nname = "third"\nkey = "{Identity.generate().recipient().text()}"\nholder = "a stranger"\n'
    changed(house, ("P30D", "P60D"), ("[storage]", f"{third}[storage]"))
    with served(house):
        pass
    changed(house, (third, ""), (EXEMPT, "0161 496 0002"))
    with served(house):
        outcome = pc.visit(house)
    told = text(outcome)
    assert codes(outcome) == []
    by_hand = "SETTINGS CHANGED, in force since 2026-03-02 09:30, NOT by `callbox apply` since the last run"
    assert told.count(by_hand) == 2
    assert "RECIPIENT third (a stranger) was added" in told
    assert "RECIPIENT third (a stranger) was removed" in told
    assert "- What is recorded from 1 January 2020 is kept for 30 days" in told
    assert "+ What is recorded from 1 January 2020 is kept for 60 days" in told
    kept = b"".join(each.read_bytes() for each in pc.folder.rglob("*") if each.is_file())
    for number in (EXEMPT, "0161 496 0002"):
        assert number not in told
        assert number.replace(" ", "").encode() not in kept.replace(b" ", b"")


def test_a_change_of_an_exempt_number_alone_is_said_without_it(tmp_path: Path, pc: WitnessPc) -> None:
    """The digest of the file changed, and the text that may be told did not."""
    house = watched(tmp_path / "box", pc, f'[[exempt]]\nnumber = "{EXEMPT}"\nreason = "union"\n')
    with served(house):
        pc.visit(house)
    changed(house, (EXEMPT, "0161 496 0002"))
    with served(house):
        told = text(pc.visit(house))
    assert "what changed is not told: an exempt number is another" in told


def test_who_applied_settings_is_said(tmp_path: Path, pc: WitnessPc) -> None:
    """The heading names the person whom the entry names."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        pc.visit(house)
        new = house.config.read_text().replace("P30D", "P60D")
        with connected(str(house.places.run / "keeper.sock")) as client:
            client.ask("apply", text=new)
    house.config.write_text(new)
    with served(house):
        told = text(pc.visit(house))
    assert f"SETTINGS CHANGED, in force since 2026-03-02 09:30, applied by {ME}" in told
    assert f"{ME} applied new settings" in told


def test_another_program_is_said(tmp_path: Path, pc: WitnessPc, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start with another digest of the code is told with its time; the program here is compared."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        assert "the same as on this PC" in text(pc.visit(house))
    monkeypatch.setattr("firmware.keeper.wiring.code_digest", lambda _root: "ab" * 32)
    with served(house):
        told = text(pc.visit(house))
    ours = code_digest(ROOT)[:12]
    assert f"ANOTHER PROGRAM runs since: abababababab instead of {ours}" in told
    assert "not the one on this PC" in told


LIES = {
    "omit": "log.told-otherwise",
    "rename": "log.told-otherwise",
    "settings": "log.told-otherwise",
    "unsigned": "log.unsigned",
    "nothing": "device.box-answer",
    "kinds": "device.box-answer",
}
"""Entries left out, or of another person; settings that were not in force; checkpoints and answers that are none."""


def test_a_lie_is_caught(tmp_path: Path, pc: WitnessPc) -> None:
    """Each is said by its code, what was not believed counts as not told, and all of it is told once the box is honest."""
    house = watched(tmp_path / "box", pc)
    recording = house.spool_finished()
    with served(house):
        assert codes(pc.visit(house)) == []
        told = pc.state().told
        fetched(house, recording)
    changed(house, ("P30D", "P60D"))
    with served(house):
        for lie, code in LIES.items():
            assert codes(pc.visit(house, lie=lie)) == [code], lie
            assert pc.state().told == told
        huge = OfficeBox("town-hall", (sys.executable, str(LYING), "huge:consistency", *local(house)))
        assert codes(pc.run.outcome(huge)) == ["device.box-answer"]
        honest = pc.visit(house)
    assert codes(honest) == []
    assert f"{ME} fetched 1 recording" in text(honest)
    assert "is kept for 60 days" in text(honest)


def test_what_prints_nothing_is_hashed_all_the_same(tmp_path: Path, pc: WitnessPc) -> None:
    """A shell escapes such letters on their way; the entry that is hashed is the one that was written."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        assert codes(pc.visit(house)) == []
    log = AuditLog(house.places.audit)
    log.append(
        Entry(What.SET_ASIDE, house.clock.stamp(), {"file": "a\x85b\u202ec\U000e0001d\N{NO-BREAK SPACE}"})
    )
    log.close()
    with served(house):
        outcome = pc.visit(house)
    assert codes(outcome) == []
    assert "1 FILE WAS SET ASIDE" in text(outcome)


def test_wrong_roots_at_the_first_visit_are_caught(tmp_path: Path, pc: WitnessPc) -> None:
    """From where the log's hash goes on is proved by the checkpoint itself."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        assert codes(pc.visit(house, lie="peaks")) == ["log.told-otherwise"]
        assert codes(pc.visit(house)) == []


def test_what_a_box_says_moves_no_cursor(tmp_path: Path, pc: WitnessPc) -> None:
    """Escapes in its messages are shown as what they are, on one line."""
    house = watched(tmp_path / "box", pc)
    with served(house):
        told = text(pc.visit(house, lie="escapes"))
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "all is well [log.torn]" in told


def test_a_run_that_was_killed_is_made_again(tmp_path: Path, pc: WitnessPc) -> None:
    """Before it cosigned, before it read, before it was done: what was kept is whole, and what happened is told at last."""
    house = watched(tmp_path / "box", pc)
    recording = house.spool_finished()
    pc.folder.mkdir()
    (pc.folder / "witness.key").write_text(pc.cosigner.content())
    words = [sys.executable, "-m", "firmware.office", "witness", "--office", str(pc.folder / "office.toml")]
    with served(house):
        assert codes(pc.visit(house)) == []
        fetched(house, recording)
        told = pc.state().told
        for verb in ("cosign", "entries", "status"):
            reach = [sys.executable, str(LYING), f"kill:{verb}", *local(house)]
            (pc.folder / "office.toml").write_text(f'[[box]]\nname = "town-hall"\nreach = {reach!r}\n')
            done = subprocess.run(words, cwd=ROOT, capture_output=True, check=False, stdin=subprocess.DEVNULL)
            assert done.returncode == -signal.SIGKILL, done.stderr
            assert pc.state().told == told
        pc.clock.advance(10**9)
        outcome = pc.visit(house)
    assert codes(outcome) == []
    assert f"{ME} fetched 1 recording for complaint" in text(outcome)
    assert not list(pc.kept.folder.glob("*.new"))


def test_an_entry_of_an_unknown_kind_is_told_by_its_own_words() -> None:
    """Nothing is left out because this program is older than the box; long words are cut, and looks are counted by verb."""
    at = {"wall_ns": 1_772_444_000_000_000_000, "state": "trusted"}
    entries = [
        {
            "format": 1,
            "what": "moved house",
            "at": at,
            "name": "x" * 500,
            "to": "2027-01-01",
            "of": "ab" * 32,
        },
        {"format": 1, "what": "refused", "at": at, "person": "uid 7", "code": "refused.not-you", "times": 12},
        {"format": 1, "what": "get", "at": at, "person": "anna", "purpose": "complaint", "of": "details"},
        {
            "format": 1,
            "what": "found",
            "at": at,
            "person": "anna",
            "purpose": "complaint",
            "of": "number",
            "candidates": 3,
        },
        {"format": 1, "what": "person removed", "at": at, "person": "ben"},
        {"format": 1, "what": "looked", "at": at, "person": "anna", "verb": "list"},
        {
            "format": 1,
            "what": "looked",
            "at": at,
            "person": "anna",
            "verb": "show",
            "code": "refused.arguments",
        },
    ]
    told = {part.heading: part.lines for part in parts([Fields("entry", each) for each in entries])}
    done, removed = told["What was done"]
    assert done.endswith("to 2027-01-01, of abababababab...")
    assert f"moved house: name {'x' * LONGEST}..." in done
    assert removed.endswith("PERSON ben may not ask any more")
    assert told["Who looked, and at what"] == (
        "anna: the life of a recording (1), the list of recordings (1)",
    )
    refused = ("anna was refused 1 time: refused.arguments", "uid 7 was refused 12 times: refused.not-you")
    assert told["What was refused"] == refused
    assert told["Who fetched recordings, and for what"] == (
        "anna fetched the details of 1 recording for complaint",
        "anna searched by number for complaint: 3 recordings may be meant",
    )
    assert word(Fields("", {"a": "\x1b[2J\n"}), "a") == r"\u001b[2J"


def test_every_kind_of_entry_is_told_in_one_place() -> None:
    """A kind that the log learns is put into words, counted, or left out on purpose: none falls to its field names."""
    elsewhere = {What.GET, What.FOUND, What.REFUSED, What.LOOKED, What.CLOCK}
    places = [set(QUIET), set(COUNTED), set(ACTS), elsewhere]
    assert set[str]().union(*places) == set(What)
    assert sum(map(len, places)) == len(What)


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path, pc: WitnessPc) -> None:
    """State, evidence and reports have no rights for others, whatever the system gives new files."""
    house, before = watched(tmp_path / "box", pc), os.umask(0)
    try:
        with pc.kept.alone(), served(house):
            pc.visit(house)
            pc.visit(house, lie="unsigned")
            pc.kept.report("2026-03-02", "nothing happened\n")
    finally:
        os.umask(before)
    kept = [pc.kept.folder, *pc.kept.folder.rglob("*")]
    assert {path.name for path in kept} >= {
        "witness",
        "town-hall.json",
        "evidence",
        "reports",
        "2026-03-02.txt",
    }
    for path in kept:
        if path.name != "lock":  # it is empty
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_every_look_has_its_words(tmp_path: Path) -> None:
    """Whatever verb a keeper enters is told as what was looked at."""
    with House(tmp_path).keeper() as keeping:
        assert {*keeping.keeper._verbs.names, *TOLD, UNKNOWN} == LOOKS.keys()
