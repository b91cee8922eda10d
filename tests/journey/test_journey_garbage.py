"""What changes, is lost or makes no sense between two runs: nothing is taken in wrongly, and nothing stands still."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journey.journey_rig import Journey
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """A box with one line; every test finds both processes running, and leaves them so."""
    with Journey(tmp_path_factory.mktemp("garbage"), [Ask("line1", Line(noise(1, 400)))]) as made:
        made.init()
        made.box.lines.start()
        made.start().arm()
        yield made


def recorded(journey: Journey, name: str = "line1") -> dict[str, Any]:
    """A short call, which the recorder's clean stop ends; what the keeper listed of it. The recorder is left stopped."""
    before = len(journey.listed())
    journey.box.tell("line1", "lift")
    journey.box.reasons("recorded", name)
    journey.box.lines.hear(0.5)
    journey.recorder.stop()
    return journey.taken_in(before + 1)[-1]


def changed(journey: Journey, *changes: tuple[str, str]) -> None:
    """The settings file is edited."""
    text = journey.box.config.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    journey.box.config.write_text(text)


def manifest(journey: Journey, row: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(journey.shell("show", row["id"], "--json"))["manifest"]
    return told


def test_a_recording_is_judged_by_its_own_settings(journey: Journey) -> None:
    """The line is renamed and its department keeps longer; what was recorded before is taken in as it was promised."""
    text, count = journey.box.config.read_text(), len(journey.listed())
    journey.keeper.stop()
    journey.lift("line1")
    journey.box.lines.hear(0.5)
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
    before = journey.taken_in(count + 1)[-1]
    journey.recorder.start()
    after = recorded(journey, "front")
    manifests = [manifest(journey, each) for each in (before, after)]
    assert [each["line"] for each in (before, after)] == ["line1", "front"]
    assert [each["policy"]["name"] for each in manifests] == ["standard", "longer"]
    assert manifests[0]["facts"]["settings"] != manifests[1]["facts"]["settings"]
    assert manifests[0]["due"] < manifests[1]["due"]
    journey.box.config.write_text(text)
    journey.keeper.stop()
    journey.start()


def test_a_recorder_ahead_of_its_keeper_is_understood(journey: Journey) -> None:
    """The file was edited and only the recorder started again: the keeper finds the version in the file."""
    text = journey.box.config.read_text()
    journey.recorder.stop()
    changed(journey, ('period = "P30D"', 'period = "P60D"'))
    journey.recorder.start()
    row = recorded(journey)
    assert manifest(journey, row)["policy"]["period"] == "P60D"
    journey.box.config.write_text(text)
    journey.recorder.start()


def test_the_catalogue_is_rebuilt(journey: Journey) -> None:
    """It is an index: lost or damaged, the vault tells it again."""
    recorded(journey)
    told, catalogue = journey.listed(), journey.place.data / "catalogue.db"
    for damage in (b"", os.urandom(8192)):
        journey.keeper.stop()
        catalogue.unlink()
        if damage:
            catalogue.write_bytes(damage)
        journey.keeper.start()
        assert journey.listed() == told
    assert len(journey.fetch(told[-1]["id"]).stretches) == 1
    journey.recorder.start()


def test_notes_that_make_no_sense_destroy_nothing_and_stop_nobody(journey: Journey) -> None:
    """Garbage in the recorder's notes: the keeper says that it has not heard of it, the recorder writes them anew."""
    journey.recorder.stop()
    for garbage in (b"", b"\0" * 4096, b"[]", b'{"format": 1, "live": {"using": "9"}}', b"[" * 100_000):
        (journey.place.run / "lines").write_bytes(garbage)
        assert journey.status()["recorder"]["spoke_ns"] is None
    assert b"not heard of" in journey.shell("status")
    journey.recorder.start()
    recorded(journey)
    journey.recorder.start()


def test_published_garbage_arms_nothing_and_is_put_right(journey: Journey) -> None:
    """A recorder that finds garbage records nothing and says so; the keeper publishes anew, and it records."""
    journey.keeper.stop()
    journey.recorder.stop()
    for name in ("live.json", "armed.json"):
        (journey.place.data / "published" / name).write_bytes(b'{"format": 1, "generation": []')
    journey.recorder.start()
    journey.box.tell("line1", "lift")
    journey.box.reasons("lost: not armed", "line1")
    assert "vault.not-armed" in journey.recorder_codes()
    journey.box.tell("line1", "replace")
    journey.box.reasons(None, "line1")
    journey.keeper.start()
    journey.until(lambda: "vault.not-armed" not in journey.recorder_codes(), "the lines are not armed again")
    recorded(journey)
    journey.recorder.start()


def test_what_is_no_file_in_the_spool_holds_nobody_up(journey: Journey) -> None:
    """A FIFO, links, a folder, a torn file: each is set aside and said, and the next call is taken in."""
    spool, aside, data = journey.place.data / "spool", journey.place.data / "aside", journey.place.data
    os.mkfifo(spool / "0000000000000.json")
    (spool / "1111111111111.json").symlink_to(data / "vault" / "signing.pk8")
    (spool / "2222222222222.json").mkdir()
    (spool / "3333333333333.json").write_bytes(b'{"format": 1,')
    os.mkfifo(spool / "coverage-4444444444444.json")
    (spool / "5555555555555.json").symlink_to(data / "nowhere")
    recorded(journey)
    journey.until(lambda: "vault.set-aside" in journey.keeper_codes(), "nothing is said")
    assert len(list(aside.glob("*.why"))) == 6
    assert b"PRIVATE" not in b"".join(path.read_bytes() for path in aside.glob("*.why"))
    for path in aside.iterdir():
        (path.rmdir if path.is_dir() and not path.is_symlink() else path.unlink)()
    journey.until(lambda: "vault.set-aside" not in journey.keeper_codes(), "the fault stands")
    journey.recorder.start()
