"""Every sheet of tests/scenarios/office, played against the real recorder and the real keeper together."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from office_box import OfficeBox
from office_checks import CHECKED
from office_play import STEPPED, Play

from firmware.clock import GivenClock
from tests.rigs.example import OFFICES
from tests.scenarios.office_sheet import CHECKS, STEPS, OfficeSheet, office_sheets, read
from tests.scenarios.sheet import NotUnderstoodError

Opened = Callable[[OfficeSheet], Play]


@pytest.fixture(scope="session")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sound of every card lies."""
    return tmp_path_factory.mktemp("heard")


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
