"""What the keeper publishes is taken as it is: what cannot be read arms nothing and takes nothing back."""

import json
from pathlib import Path

import pytest

from firmware.recorder.published import Published
from firmware.sealing.age import Identity
from tests.rigs.office import DESK, LineAsk, Office, ramp

LIVE = {"format": 1, "generation": 3, "recipient": Identity.generate().recipient().text()}
ARMED = {"format": 1, "proved": ["office"], "clock_trusted": True}


def put(folder: Path, **files: object) -> Path:
    """The published folder; a text stands as it is, anything else as JSON."""
    for name, told in files.items():
        path = folder / f"{name}.fresh"
        path.write_text(told if isinstance(told, str) else json.dumps(told))
        path.rename(folder / f"{name}.json")
    return folder


def test_a_proved_recipient_a_trusted_clock_and_a_live_key_arm(tmp_path: Path) -> None:
    """All three, and the generation is the published one."""
    notice = Published(put(tmp_path, live=LIVE, armed=ARMED)).read()
    assert notice.armed
    assert notice.live is not None
    assert notice.live.generation == 3


@pytest.mark.parametrize(
    "armed",
    [
        "",
        "{",
        "[]",
        "null",
        {},
        ARMED | {"format": 2},
        ARMED | {"proved": []},
        ARMED | {"clock_trusted": False},
        {"format": 1},
    ],
)
def test_what_is_not_whole_arms_nothing(tmp_path: Path, armed: object) -> None:
    """A torn, foreign or empty file is no proof, and no traceback."""
    assert not Published(put(tmp_path, live=LIVE, armed=armed)).read().armed


@pytest.mark.parametrize(
    "live",
    [
        "",
        "{",
        "7",
        {},
        {"format": 1},
        LIVE | {"recipient": "age1nonsense"},
        LIVE | {"generation": "x"},
        LIVE | {"format": 9},
    ],
)
def test_a_live_key_that_was_read_stays_in_use(tmp_path: Path, live: object) -> None:
    """What takes its place unreadably takes nothing back; without one nothing is armed."""
    assert not Published(put(tmp_path, live=live, armed=ARMED)).read().armed
    published = Published(put(tmp_path, live=LIVE, armed=ARMED))
    assert published.read().armed
    put(tmp_path, live=live)
    notice = published.read()
    assert notice.live is not None
    assert notice.live.generation == 3


def test_nothing_published_records_nothing_and_says_so(tmp_path: Path) -> None:
    """Not armed: a lamp at fault, a row in the ledger, no recording; armed in mid-call: from there on."""
    office = Office(tmp_path, [LineAsk(samples=ramp(40))], desks=DESK)
    office.recorder.stop()
    for path in (tmp_path / "data" / "published").iterdir():
        path.unlink()
    office.restart()
    office.run(1)
    office.say("line1", "lift")
    office.run(6)
    assert office.lamps() == {"line1": "FAULT"}
    assert office.notes()["reason"] == "lost: not armed"
    assert "vault.not-armed" in [fault["code"] for fault in office.told()["faults"]]
    office.publish(generation=1)
    office.run(6)
    assert office.lamps() == {"line1": "RECORDING"}
    office.say("line1", "replace")
    office.finish()
    assert len(office.recordings()) == 1
    assert [reason for reason, _ in office.rows()] == ["lost: not armed", "recorded"]
