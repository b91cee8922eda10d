"""New settings are taken up when every line is idle: what goes on is finished under the old ones."""

import hashlib
import json
from pathlib import Path

from firmware.recorder.renewal import LOOK_TICKS, NAME, Renewal, idle
from tests.rigs.box import Ask, Box
from tests.rigs.feeding import Line, noise
from tests.rigs.keys import sealed
from tests.rigs.office import LineAsk, Office, ramp


def publish(folder: Path, text: str) -> None:
    """Say which settings are in force, as the keeper does."""
    told = {"format": 1, "digest": hashlib.sha256(text.encode()).hexdigest()}
    fresh = folder / "fresh"
    fresh.write_text(json.dumps(told))
    fresh.rename(folder / NAME)


def asked(renewal: Renewal, office: Office) -> bool:
    """What it says within a second."""
    return any(renewal.due(office.recorder) for _ in range(LOOK_TICKS))


def test_only_what_is_published_and_lies_in_the_file_is_taken_up(tmp_path: Path) -> None:
    """An edited file, a digest without its file, the present digest and an unreadable note: none is enough."""
    office = Office(tmp_path, [LineAsk(samples=ramp(30))])
    office.run(1)
    folder, config = tmp_path / "told", tmp_path / "callbox.toml"
    folder.mkdir()
    renewal = Renewal(folder, config, hashlib.sha256(b"old").hexdigest())
    config.write_text("old")
    assert not asked(renewal, office)
    config.write_text("new")
    assert not asked(renewal, office)
    publish(folder, "old")
    assert not asked(renewal, office)
    publish(folder, "newer")
    assert not asked(renewal, office)
    for damaged in (
        "",
        "{",
        "[]",
        "null",
        "7",
        '{"format": 2, "digest": "x"}',
        '{"format": 1}',
        "[" * 100_000,
    ):
        (folder / NAME).write_text(damaged)
        assert not asked(renewal, office)
    publish(folder, "new")
    assert asked(renewal, office)
    config.unlink()
    assert not asked(renewal, office)
    office.finish()


def test_a_line_is_idle_only_before_and_after_its_call_is_handed_on(tmp_path: Path) -> None:
    """From the lifted receiver until the finished file is in the spool the recorder is not idle; another line counts too."""
    office = Office(tmp_path, [LineAsk("line1", ramp(60)), LineAsk("line2", ramp(60))])
    office.run(1)
    assert idle(office.recorder)
    office.say("line2", "lift")
    office.run(0.25)
    assert not idle(office.recorder)
    office.run(8)
    assert not idle(office.recorder)
    office.say("line2", "replace")
    seen = []
    for _ in range(40):
        office.run(0.25)
        seen.append((idle(office.recorder), bool(office.recordings())))
        if seen[-1][0]:
            break
    assert seen[-1] == (True, True)
    assert (True, False) not in seen
    office.finish()


def test_a_call_goes_on_under_the_old_settings_and_the_next_has_the_new(tmp_path: Path) -> None:
    """The same process begins anew after the call, is ready again, and seals the next call under the new digest."""
    with Box(tmp_path, [Ask("one", Line(noise(1, 60)))]).make() as box:
        box.lines.start()
        box.start()
        pid, old = box.recorder.pid, box.config.read_text()
        box.tell("one", "lift")
        box.reasons("recorded", "one")
        new = old + "# another version\n"
        box.config.write_text(new)
        publish(box.data / "published", new)
        box.lines.hear(2)
        assert box.recorder.said.count("READY=1") == 1
        box.tell("one", "replace")
        box.wait(lambda: box.recorder.said.count("READY=1") == 2, "it did not begin anew")
        assert box.recorder.pid == pid
        assert "STOPPING=1" not in box.recorder.said
        (first,) = box.revealed()
        box.tell("one", "lift")
        box.reasons("recorded", "one")
        box.lines.hear(1)
        box.tell("one", "replace")
        box.wait(lambda: len(box.revealed()) == 2, "the second call was not handed on")
        (second,) = set(box.revealed()) - {first}
        assert box.stop() == 0
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in (old, new)]
        assert [sealed(path, box.live_key).facts["settings"] for path in (first, second)] == digests
