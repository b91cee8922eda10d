"""`callbox lines`: what the running recorder notes of each line, and the walk from phone to phone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drivers.audio import alsa
from firmware.cli.lines import main, notes_of, rows_of, told
from firmware.cli.walk import walk
from firmware.clock import GivenClock, Stamp, SystemClock
from firmware.faults import DeviceFault, Refused
from firmware.recorder import identity
from firmware.recorder.identity import Identity, Plug
from firmware.sealing.facts import stamp_json
from firmware.settings import parse
from firmware.settings.model import Settings
from tests.settings.sample import SMALL

SECOND = """
[[tap]]
name = "other"
kind = "sounddevice"
card = "Tap2"
rate = 8000
channels = 1
[[line]]
name = "back"
department = "repairs"
tap = "other"
position = "port"
[[desk]]"""


def settings_in(data: Path) -> Settings:
    """Line front at card Tap1 with a hook sensor, line back at Tap2 without one."""
    text = SMALL.replace("[[desk]]", SECOND.lstrip(), 1).replace('"/var/lib/callbox"', f'"{data}"')
    return parse(
        text.replace('kind = "wav"\ncard = "call.wav"', 'kind = "sounddevice"\ncard = "Tap1"'), "box.toml"
    )


def notes(stamp: Stamp, **lines: dict[str, Any]) -> dict[str, Any]:
    """What a recorder notes, as far as this command reads it."""
    fault = {
        "code": "device.line-hums",
        "message": "line back hums at -40 dBm0",
        "hint": "look for an adapter",
    }
    quiet = {"level_db": -70.0, "off_hook": False, "reason": None}
    both = {name: {**quiet, **lines.get(name, {})} for name in ("front", "back")}
    return {
        "format": 1,
        "at": stamp_json(stamp),
        "lines": both,
        "faults": [fault] if "fault" in lines else [],
    }


def test_a_line_is_shown_as_it_is_noted(tmp_path: Path) -> None:
    """Card, channel, levels in dBm0, hook, what becomes of the call, and the codes of its own faults."""
    now = notes(
        SystemClock().stamp(),
        front={
            "level_db": -26.15,
            "off_hook": True,
            "reason": "recorded",
            "floor_dbm0": -61.2,
            "hum_dbm0": -96.0,
        },
        fault={},
    )
    front, back = rows_of(settings_in(tmp_path), now)
    assert (front["card"], front["channels"], front["hook"], front["call"]) == (
        "Tap1",
        [0],
        "lifted",
        "recorded",
    )
    assert (front["level_dbm0"], front["floor_dbm0"], front["speech_dbm0"]) == (-20.0, -61.2, None)
    assert (back["hook"], back["call"], back["faults"]) == (None, None, ["device.line-hums"])
    assert front["faults"] == []
    page = told(settings_in(tmp_path), now)
    first, second = page.splitlines()[1:3]
    assert first.split() == ["front", "Tap1:0", "-20", "-61", "-", "-", "lifted", "recorded", "none"]
    assert "no sensor" in second
    assert page.endswith("line back hums at -40 dBm0 [device.line-hums]\n  hint: look for an adapter")


@pytest.mark.parametrize(
    ("text", "ago_s"),
    [(None, 0.0), ("{", 0.0), ("{}", 0.0), ("notes", 6.0)],
)
def test_without_a_running_recorder_it_says_so(text: str | None, ago_s: float, tmp_path: Path) -> None:
    """No note, half a note and an old one are a recorder that is not running, with how to start it."""
    clock = GivenClock(NOON)
    if text == "notes":
        text = json.dumps(notes(clock.stamp()))
    clock.advance(ago_s)
    if text is not None:
        (tmp_path / "lines").write_text(text)
    with pytest.raises(DeviceFault, match="the recorder is not running") as fault:
        notes_of(tmp_path / "lines", clock)
    assert fault.value.code == "device.recorder-silent"
    assert "systemctl start callbox-recorder" in fault.value.hint


def test_the_command_reads_the_run_directory_beside_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`callbox lines --json` is a list of objects of what is noted in DATA/run, or in `$RUNTIME_DIRECTORY`."""
    config = tmp_path / "box.toml"
    config.write_text(settings_in(tmp_path).text)
    for run in (tmp_path / "run", tmp_path / "elsewhere"):
        run.mkdir()
        monkeypatch.setenv("RUNTIME_DIRECTORY", "" if run.name == "run" else str(run))
        (run / "lines").write_text(json.dumps(notes(SystemClock().stamp())))
        assert main(["--config", str(config), "--json"]) == 0
        assert [row["line"] for row in json.loads(capsys.readouterr().out)] == ["front", "back"]
        (run / "lines").unlink()


def looks(*stories: dict[str, dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Notes one after another, each look the next; the last for ever."""
    waiting = list(stories)
    stamp = SystemClock().stamp()
    return lambda: notes(stamp, **(waiting.pop(0) if waiting[1:] else waiting[0]))


NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
LIFTED = {"off_hook": True}
LOUD = {"level_db": -30.0}
IDLE: dict[str, dict[str, Any]] = {}


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with cards Tap1 and Tap2 in two sockets, and files that say so."""
    for number, card in enumerate(("Tap1", "Tap2")):
        for folder in (f"asound/card{number}", f"devices/usb1/1-1.{number}", f"sound/card{number}"):
            (tmp_path / folder).mkdir(parents=True)
        (tmp_path / f"asound/{card}").symlink_to(tmp_path / f"asound/card{number}")
        (tmp_path / f"asound/card{number}/usbbus").write_text(f"001/00{number + 2}\n")
        (tmp_path / f"sound/card{number}/device").symlink_to(tmp_path / f"devices/usb1/1-1.{number}")
    socket, plugging = alsa.socket, alsa.plugging
    monkeypatch.setattr(alsa, "socket", lambda card: socket(card, tmp_path / "asound", tmp_path / "sound"))
    monkeypatch.setattr(alsa, "plugging", lambda card: plugging(card, tmp_path / "asound"))
    return tmp_path


def identity_of(settings: Settings, boot: str) -> list[str]:
    """The lines that are not confirmed."""
    watch = Identity(settings.storage.data / identity.NAME, settings.recorded_lines, settings.taps)
    watch.look(boot)
    return [fault.message.split(":")[0] for fault in watch.faults]


def test_every_phone_where_it_should_be_is_confirmed(
    plugged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each phone is asked for, lifted and hung up; then no line is unconfirmed any more."""
    settings = settings_in(plugged)
    boot = SystemClock().stamp().boot_id
    assert identity_of(settings, boot) == ["line front", "line back"]
    story = looks(IDLE, IDLE, IDLE, {"front": LIFTED}, {"front": LIFTED}, IDLE, IDLE, {"back": LOUD}, IDLE)
    pauses: list[None] = []
    assert walk(settings, story, lambda: pauses.append(None)) == 0
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if line.startswith("Lift")] == [
        "Lift the phone on line front now.",
        "Lift the phone on line back now, and blow into it if it has no dial tone.",
    ]
    assert identity_of(settings, boot) == []
    assert len(pauses) < 10


def test_two_phones_that_are_swapped_are_told(plugged: Path) -> None:
    """The phone of one line that is heard on another is a fault that names both cards, and nothing is confirmed."""
    settings = settings_in(plugged)
    with pytest.raises(DeviceFault, match="of line front was heard on line back") as fault:
        walk(settings, looks(IDLE, IDLE, IDLE, {"back": LOUD}), lambda: None)
    assert "Tap1 and Tap2" in fault.value.hint
    assert identity_of(settings, SystemClock().stamp().boot_id) == ["line front", "line back"]


@pytest.mark.parametrize(
    ("story", "said"), [([IDLE], "no line heard"), ([{"back": LOUD}], "line back was not quiet")]
)
def test_a_walk_does_not_wait_for_ever(story: list[dict[str, Any]], said: str, plugged: Path) -> None:
    """Two minutes without a phone, and two minutes in which one is never quiet, are a fault."""
    with pytest.raises(DeviceFault, match=said):
        walk(settings_in(plugged), looks(*story), lambda: None)


def test_who_may_not_write_is_told(plugged: Path) -> None:
    """A walk whose result cannot be written down says who may."""
    settings = settings_in(plugged / "absent")
    with pytest.raises(Refused, match="cannot be written") as refused:
        walk(settings, looks(IDLE, IDLE, {"front": LIFTED}, IDLE, {"back": LOUD}, IDLE), lambda: None)
    assert "sudo callbox lines --walk" in refused.value.hint


def confirmed(settings: Settings) -> None:
    """Confirm both lines as they are plugged now, in boot `one`."""
    plugs = {line.name: identity.plug_of(settings.tap_of(line), "one") for line in settings.recorded_lines}
    identity.write(
        settings.storage.data / identity.NAME, {name: plug for name, plug in plugs.items() if plug}
    )


def test_what_makes_a_line_unconfirmed(plugged: Path) -> None:
    """Another socket at any time, a new plugging within a boot; not a boot that counts its cards anew, nor an absent card."""
    settings = settings_in(plugged)
    confirmed(settings)
    assert identity_of(settings, "one") == []
    usbbus = plugged / "asound/card1/usbbus"
    usbbus.write_text("001/009\n")
    assert identity_of(settings, "one") == ["line back"]
    assert identity_of(settings, "two") == []
    (plugged / "sound/card1/device").unlink()
    (plugged / "sound/card1/device").symlink_to(plugged / "devices/usb1/1-1.0")
    assert identity_of(settings, "two") == ["line back"]
    (plugged / "asound/Tap2").unlink()
    assert identity_of(settings, "two") == []


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": 2, "lines": {}}', '{"format": 1, "lines": {"front": 3}}', "[" * 9999]
)
def test_a_file_that_cannot_be_read_confirms_nothing(text: str, plugged: Path) -> None:
    """Torn, strange or of another version: every line is unconfirmed."""
    settings = settings_in(plugged)
    (plugged / identity.NAME).write_text(text)
    assert identity_of(settings, "one") == ["line front", "line back"]


def test_trials_have_no_identity(tmp_path: Path) -> None:
    """A file and a PCM of the configuration have no socket, and their lines need no confirming."""
    settings = parse(
        settings_in(tmp_path).text.replace('"Tap1"', '"pcm:one"').replace('"Tap2"', '"pcm:two"'), "box.toml"
    )
    assert identity_of(settings, "one") == []


def test_a_plug_is_its_socket_and_its_plugging() -> None:
    """The same socket in another boot is the same plug, whatever number it got."""
    plug = Plug("usb1/1-1", "001/002", "one")
    assert plug.still(Plug("usb1/1-1", "001/002", "one"))
    assert plug.still(Plug("usb1/1-1", "001/007", "two"))
    assert not plug.still(Plug("usb1/1-1", "001/007", "one"))
    assert not plug.still(Plug("usb1/1-2", "001/002", "two"))
