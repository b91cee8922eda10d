"""What changes, is lost or makes no sense between two runs: nothing is taken in wrongly, and nothing stands still."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.journey_rig import Journey
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    """A box with one line, made."""
    with Journey(tmp_path, [Ask("line1", Line(noise(1, 200)))]) as made:
        made.init()
        made.box.lines.start()
        yield made


def changed(journey: Journey, *changes: tuple[str, str]) -> None:
    """The settings file is edited."""
    text = journey.box.config.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    journey.box.config.write_text(text)


def test_a_recording_is_judged_by_its_own_settings(journey: Journey) -> None:
    """The line is renamed and its department keeps longer; what was recorded before is taken in as it was promised."""
    journey.start().arm()
    journey.keeper.stop()
    journey.call("line1", 1)
    journey.box.wait(lambda: len(journey.box.revealed()) == 1, "the call is not finished")
    journey.recorder.stop()
    longer = (
        '[[policy]]\nname = "longer"\nperiod = "P2Y130D"\nfrom = 2020-01-01\nreason = "test"\n[[department]]'
    )
    changed(
        journey,
        ('[[line]]\nname = "line1"', '[[line]]\nname = "front"'),
        ('lines = ["line1"]', 'lines = ["front"]'),
        ('policy = "standard"', 'policy = "longer"'),
        ("[[department]]", longer),
    )
    journey.keeper.start()
    (before,) = journey.taken_in(1)
    journey.recorder.start()
    journey.box.tell("line1", "lift")
    journey.box.reasons("recorded", "front")
    journey.box.lines.hear(1)
    journey.box.tell("line1", "replace")
    _, after = journey.taken_in(2)
    manifests = [json.loads(journey.shell("show", each["id"]))["manifest"] for each in (before, after)]
    assert [each["line"] for each in (before, after)] == ["line1", "front"]
    assert [each["policy"]["name"] for each in manifests] == ["standard", "longer"]
    assert manifests[0]["facts"]["settings"] != manifests[1]["facts"]["settings"]
    assert manifests[0]["due"] < manifests[1]["due"]


def test_a_recorder_ahead_of_its_keeper_is_understood(journey: Journey) -> None:
    """The file was edited and only the recorder started again: the keeper finds the version in the file."""
    journey.start().arm()
    journey.recorder.stop()
    changed(journey, ('period = "P30D"', 'period = "P60D"'))
    journey.recorder.start()
    journey.call("line1", 1)
    (row,) = journey.taken_in(1)
    assert json.loads(journey.shell("show", row["id"]))["manifest"]["policy"]["period"] == "P60D"


@pytest.mark.parametrize("damage", ["lost", "garbage"])
def test_the_catalogue_is_rebuilt(journey: Journey, damage: str) -> None:
    """It is an index: lost or damaged, the vault tells it again."""
    journey.start().arm()
    journey.call("line1", 1)
    told = journey.taken_in(1)
    journey.keeper.stop()
    catalogue = journey.place.data / "catalogue.db"
    if damage == "lost":
        catalogue.unlink()
    else:
        catalogue.write_bytes(os.urandom(8192))
    journey.keeper.start()
    assert journey.listed() == told
    assert len(journey.fetch(told[0]["id"]).stretches) == 1


def test_notes_that_make_no_sense_destroy_nothing_and_stop_nobody(journey: Journey) -> None:
    """Garbage in the recorder's notes: the keeper says that it has not heard of it, the recorder writes them anew."""
    journey.start().arm()
    journey.recorder.stop()
    for garbage in (b"", b"\0" * 4096, b"[]", b'{"format": 1, "live": {"using": "9"}}', b"[" * 100_000):
        (journey.place.run / "lines").write_bytes(garbage)
        assert journey.status()["recorder"]["spoke_ns"] is None
    assert b"not heard of" in journey.shell("status")
    journey.recorder.start()
    journey.call("line1", 1)
    assert len(journey.taken_in(1)) == 1


def test_published_garbage_arms_nothing_and_is_put_right(journey: Journey) -> None:
    """A recorder that finds garbage records nothing and says so; the keeper publishes anew, and it records."""
    journey.start().arm()
    journey.keeper.stop()
    journey.recorder.stop()
    for name in ("live.json", "armed.json"):
        (journey.place.data / "published" / name).write_bytes(b'{"format": 1, "generation": []')
    journey.recorder.start()
    journey.box.tell("line1", "lift")
    journey.box.reasons("lost: not armed", "line1")
    assert "vault.not-armed" in journey.recorder_codes()
    journey.keeper.start()
    journey.until(lambda: "vault.not-armed" not in journey.recorder_codes(), "the lines are not armed again")
    journey.box.tell("line1", "replace")
    journey.box.reasons(None, "line1")
    journey.call("line1", 1)
    assert len(journey.taken_in(1)) == 1


def test_what_is_no_file_in_the_spool_holds_nobody_up(journey: Journey) -> None:
    """A FIFO, a link to the vault, a folder, a torn file: set aside or left, said, and the next call is taken in."""
    journey.start().arm()
    spool, data = journey.place.data / "spool", journey.place.data
    os.mkfifo(spool / "0000000000000.json")
    (spool / "1111111111111.json").symlink_to(data / "vault" / "signing.pk8")
    (spool / "2222222222222.json").mkdir()
    (spool / "3333333333333.json").write_bytes(b'{"format": 1,')
    os.mkfifo(spool / "coverage-4444444444444.json")
    (spool / "5555555555555.json").symlink_to(data / "nowhere")
    journey.call("line1", 1)
    store = data / "store"
    journey.until(lambda: len(list(store.glob("*.body"))) == 1, "the call is not taken in")
    journey.until(lambda: not list(spool.glob("*.json")), "garbage lies in the spool")
    journey.until(lambda: "vault.set-aside" in journey.keeper_codes(), "nothing is said")
    assert len(list((data / "aside").glob("*.why"))) == 6
    assert b"PRIVATE" not in b"".join(path.read_bytes() for path in (data / "aside").glob("*.why"))
