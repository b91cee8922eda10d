"""Every sheet of tests/scenarios/office, played against the real recorder and the real keeper together."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from office_box import OfficeBox
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
    """Every sentence of the sheet happens, or is so, at its moment."""
    sheet = read(path.read_text())
    played = play(sheet)
    for said in sheet.said:
        try:
            played.tell(said)
        except Exception as error:
            error.add_note(f"{path.name}, line {said.number}")
            raise


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
    assert box.ask("status").content["faults"] == []


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


WRONG = (
    "that recording falls due on 2026-03-02",
    "that recording has no due day",
    "that recording can be opened, and is 0:13 long",
    "that recording says that it may be kept, for callers by consent and for staff by contract",
    "that recording has nothing from 0:05 to 0:06, because paused",
    "that recording is kept under the version of 2026-01-01",
    "there are 2 recordings",
    "asked why nothing of repairs-1 was recorded on 2026-01-30 at 10:00:05, the box says: paused",
    "every second that support-1 was off the hook is accounted for",
    "the box is at fault: vault.undated",
)


def test_a_sheet_that_is_wrong_fails(play: Opened) -> None:
    """The checks can fail: each claim told wrongly of one call, which is told rightly at the end."""
    lines = "\n".join(f"then {each}" for each in WRONG)
    call = "on 2026-01-30 at 10:00 a caller rings repairs and talks for 0:10"
    sheet = read(f"T\noffice: hts\npromises: HTS.13\n{call}\n{lines}\nthen that recording is there")
    first, *claims = sheet.said
    played = play(sheet)
    played.tell(first)
    for claim in claims[:-1]:
        with pytest.raises((AssertionError, ValueError)):
            played.tell(claim)
    played.tell(claims[-1])
