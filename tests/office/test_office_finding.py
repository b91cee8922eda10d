"""A number is found again among what the real recorder heard and the real keeper took in; only the office's key tells."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyrage
import pytest
from office_box import KEYS, OfficeBox

from firmware.clock import LONDON, GivenClock
from tests.rigs.example import OFFICES

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=LONDON)
NUMBER = "01632960123"
CALLS = (
    ("ring", "caller-id 441632960123", "lift"),
    ("ring", "caller-id withheld", "lift"),
    ("lift", f"dialled {NUMBER}", "answered"),
)
WHY = {"purpose": "subject-access", "ref": "C12"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeBox]:
    """An example office's box, with a call of the number, one withheld, and one to the number."""
    folder, heard = tmp_path_factory.mktemp("box"), tmp_path_factory.mktemp("heard")
    box = OfficeBox(folder, OFFICES[0], heard, GivenClock(MORNING))
    line = box.settings.recorded_lines[0].name
    for words in CALLS:
        telephones = box.telephones()
        for word in words:
            telephones.say(line, word)
        telephones.run(8)
        telephones.say(line, "replace")
        telephones.stop()
        box.take_in()
    yield box
    box.close()


def details(candidate: dict[str, Any]) -> dict[str, Any]:
    """With one of the office's keys."""
    identity = pyrage.x25519.Identity.from_str(KEYS[0].text())
    told: dict[str, Any] = json.loads(pyrage.decrypt(b64decode(candidate["details"]), [identity]))
    return {name: value for name, value in told.items() if value is not None}


@pytest.mark.parametrize("typed", ["+44 1632 960123", "01632 960 123", "0044 (0) 1632 960123"])
def test_a_number_that_was_heard_is_found(office: OfficeBox, typed: str) -> None:
    """Who called, though the exchange told it with the country's code, and who was called."""
    assert len(office.listed()) == len(CALLS)
    found = office.ask("find", number=typed, **WHY).content["candidates"]
    assert [details(each) for each in found] == [
        {"format": 1, "dialled": NUMBER},
        {"format": 1, "caller_id": "441632960123"},
    ]


def test_a_number_that_was_withheld_is_found_as_such(office: OfficeBox) -> None:
    """Within its days, and by no number."""
    days = {"from": "2026-03-01", "to": "2026-03-02"}
    (found,) = office.ask("find", withheld=True, **WHY, **days).content["candidates"]
    assert details(found) == {"format": 1, "absent": "withheld"}


def test_no_file_of_the_box_has_the_number(office: OfficeBox) -> None:
    """After it was heard, taken in and looked for."""
    office.ask("find", number=NUMBER, **WHY)
    for path, content in office.contents():
        for form in (NUMBER, f"44{NUMBER[1:]}", NUMBER[1:]):
            assert form.encode() not in content, path
