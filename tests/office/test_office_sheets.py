"""Every sheet of tests/scenarios/office, played against the real recorder and the real keeper together."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from office_box import OfficeBox, sound
from office_kept import CALLER, unsealed
from office_play import CHECKED, STEPPED, Play

import firmware.clock
import firmware.keeper.belief
from firmware.clock import LONDON, GivenClock
from tests.rigs.example import OFFICES
from tests.scenarios.office_sheet import CHECKS, STEPS, OfficeSheet, office_sheets, read
from tests.scenarios.sheet import NotUnderstoodError

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=LONDON)

Opened = Callable[[OfficeSheet], Play]


@pytest.fixture(scope="session")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sound of every card lies."""
    return tmp_path_factory.mktemp("heard")


@pytest.fixture(autouse=True)
def built_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets tell of 2020 too, and of whatever year a later firmware is built in: theirs was built before."""
    for module in (firmware.clock, firmware.keeper.belief):
        monkeypatch.setattr(module, "BUILT_NS", 0)


@pytest.fixture
def play(tmp_path: Path, heard: Path, request: pytest.FixtureRequest) -> Opened:
    """A box that is made an hour before the sheet begins."""

    def opened(sheet: OfficeSheet) -> Play:
        first = sheet.said[0].at
        assert first is not None
        box = OfficeBox(tmp_path, sheet.office, heard, GivenClock(first - timedelta(hours=1)))
        request.addfinalizer(box.close)
        return Play(box)

    return opened


@pytest.mark.parametrize("path", office_sheets(), ids=lambda path: path.stem)
def test_the_sheet_comes_true(path: Path, play: Opened) -> None:
    """Every sentence of the sheet happens, or is so, at its moment; in the end the audit log adds up."""
    sheet = read(path.read_text())
    played = play(sheet)
    for said in sheet.said:
        try:
            played.tell(said)
        except Exception as error:
            error.add_note(f"{path.name}, line {said.number}")
            raise
    assert played.box.ask("verify").content["whole"]


@pytest.mark.parametrize("office", OFFICES)
def test_an_example_runs(office: str, tmp_path: Path, heard: Path, request: pytest.FixtureRequest) -> None:
    """Recorder and keeper start on it, hear every line, take a call on each in turn, and no fault stands."""
    box = OfficeBox(tmp_path, office, heard, GivenClock(MORNING))
    request.addfinalizer(box.close)
    lines = [each.name for each in box.settings.recorded_lines]
    telephones = box.telephones()
    for line in lines:
        telephones.say(line, "lift")
        telephones.run(2)
        telephones.say(line, "replace")
    telephones.stop()
    box.take_in()
    assert [each["line"] for each in box.listed()] == lines
    assert all(each["due"] for each in box.listed())
    assert box.ask("status").content["alarms"] == []


GOOD = """T
office: hts
promises: HTS.13
on 2026-01-30 a caller rings repairs and talks for 0:10
then by 2026-01-30 that recording is there"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("office: hts", ""),
        ("promises: HTS.13", ""),
        ("a caller rings", "a caller shouts"),
        ("on 2026-01-30", "on 2026-02-30"),
        ("on 2026-01-30", "some day"),
        ("on 2026-01-30 a", "a"),
        ("then by 2026-01-30", "then by 2026-01-29"),
        ("that recording is there", "that recording is somewhere"),
        ("then by 2026-01-30 that recording is there", ""),
        ("then by 2026-01-30 that recording is there", "then a caller rings repairs and talks for 0:10"),
    ],
)
def test_a_sheet_is_understood_wholly_or_refused(old: str, new: str) -> None:
    """An unknown sentence, no office, no promise, no such day, no claim, time running backwards, a deed as a claim."""
    assert read(GOOD).promises == ("HTS.13",)
    with pytest.raises(NotUnderstoodError):
        read(GOOD.replace(old, new))


def test_a_refusal_names_the_line() -> None:
    """Whoever wrote the sheet is told where to look."""
    with pytest.raises(NotUnderstoodError, match="line 4: no such sentence: 'a caller shouts'"):
        read(GOOD.replace("a caller rings repairs and talks for 0:10", "a caller shouts"))


def test_every_sentence_is_played_and_told() -> None:
    """Each sentence of the lists has somebody who plays it, and a sheet that says it."""
    assert set(STEPPED) == set(STEPS.values())
    assert set(CHECKED) == set(CHECKS.values())
    told = {said.sentence.means for path in office_sheets() for said in read(path.read_text()).said}
    assert {*STEPS.values(), *CHECKS.values()} - told == set()


KEPT = (
    "that recording falls due on 2026-03-02",
    "that recording has no due day",
    "that recording can be opened, and is 0:13 long",
    "that recording says that it may be kept, for callers by consent and for staff by contract",
    "that recording has nothing from 0:05 to 0:06, because paused",
    "that recording is kept under the version of 2026-01-01",
    "there are 2 recordings",
    "that recording is destroyed",
    "the list does not show that recording",
    "nothing on the disk opens that recording",
    "nothing but a name is left of that recording",
    "the certificate of that recording verifies",
    "asked why nothing of repairs-1 was recorded on 2026-01-30 at 10:00:05, the box says: paused",
    "every second that support-1 was off the hook is accounted for",
    "the statistics of 2026-01-30 tell of 1 calls of repairs",
    "the office's settings keep it in FR",
    "the box is at fault: vault.undated",
    "IT may not erase that recording: held",
    "IT may not fetch that recording: restricted",
    "IT may not fetch that recording for complaint, with reference C-1: purpose",
    "the life of that recording tells: held for case",
    "the controller is told: IT placed hold",
    "a search for case C-9 finds that recording",
    "a search for the name Nobody finds that recording",
    "nothing on the disk tells the words: repairs-1",
    "the screen has a level of the call, and no sound",
    "the leaver's key does not open that recording",
    "the newcomer's key opens that recording",
    "that recording is there",
)
"""Wrong of a recording that is kept, but for the last. (Asking to erase it is a deed, so it comes near the end.)"""

HELD = (
    "the hold owes nothing",
    "the hold still owes: confirm a copy",
    "the hold is overdue",
    "the hold does not have that recording",
    "the letter about the hold names nobody",
    "IT may not erase that recording: case C-2",
    "IT may not fetch that recording: case C-1",
    "the hold has that recording",
)
"""Wrong of one that is held, but for the last."""

GONE = (
    "that recording is there",
    "nothing has been destroyed",
    "there is 1 recording",
    "the certificate of that recording says why: a person asked for it",
    "the certificate of that recording names what destroyed it: fire",
    "the certificate of that recording names 1 copy that nobody confirmed destroyed",
    "that recording is destroyed",
)
"""Wrong of one that is destroyed, but for the last."""

CALL = "on 2026-01-30 at 10:00 a caller rings repairs and talks for 0:10"
HOLD = "on 2026-01-30 IT holds that recording for case C-1, owner dpo, review 2026-05-01"


@pytest.mark.parametrize(
    ("deeds", "claims"), [([CALL], KEPT), ([CALL, HOLD], HELD), ([CALL, "then by 2026-03-01 there are 0 recordings"], GONE)]
)  # fmt: skip
def test_a_sheet_that_is_wrong_fails(play: Opened, deeds: list[str], claims: tuple[str, ...]) -> None:
    """The checks can fail: each claim told wrongly of one call, and at the end one that is right."""
    lines = [*deeds, *(f"then {each}" for each in claims)]
    sheet = read("\n".join(["T", "office: hts", "promises: HTS.13", *lines]))
    played = play(sheet)
    for said in sheet.said[: len(deeds)]:
        played.tell(said)
    for said in sheet.said[len(deeds) : -1]:
        with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
            played.tell(said)
    played.tell(sheet.said[-1])


@pytest.mark.parametrize("what", ["sound", "number", "stream"])
def test_what_lies_open_on_the_disk_is_found(play: Opened, what: str) -> None:
    """A piece of sound, a telephone number or a FLAC stream in any file of the box: the sheet fails."""
    sheet = read(
        f"T\noffice: hts\npromises: HTS.12\n{CALL}\nthen nothing on the disk tells what was said, or by whom"
    )
    played = play(sheet)
    for said in sheet.said:
        played.tell(said)
    (kept,) = played.every.values()
    stream = unsealed(kept.header + kept.body)
    left = {
        "sound": sound(played.box.heard).read_bytes()[:9000],
        "number": CALLER.encode(),
        "stream": stream[100:],
    }
    (played.box.places.data / "left").write_bytes(left[what])
    with pytest.raises(AssertionError):
        played.tell(sheet.said[-1])
