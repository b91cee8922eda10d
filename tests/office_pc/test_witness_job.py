"""The witness's key, its command, and the job that runs it every day."""

import plistlib
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.audit.cosigning import Cosigner
from firmware.faults import DeviceFault, Refused, SealFault, SettingsFault
from firmware.office.boxes import Office
from firmware.office.witness_key import load
from firmware.office.witness_schedule import linux, macos, plan, units, windows
from firmware.settings import parse
from firmware.settings.verifier_key import parse_verifier_key
from tests.keeper.keeper_rig import OFFICE, SAFE, TOML
from tests.rigs.office_pc import Pc

COMMAND = [sys.executable, "-m", "firmware.office", "witness", "--office", "/home/a b/100%/office.toml"]


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    made = Pc(tmp_path / "office")
    made.write({"away": ("false",)}, identity=None)
    return made


def test_a_key_is_made_once_and_the_box_understands_its_block(
    pc: Pc, capsys: pytest.CaptureFixture[str]
) -> None:
    """0600, the same key the second time, and what is printed is a [[witness]] table of the settings."""
    assert pc.run("enrol", "--witness", "dpo-pc") == 0
    path, printed = pc.folder / "witness.key", capsys.readouterr().out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = load(path).key
    assert pc.run("enrol", "--witness", "another") == 0
    assert load(path).key == key
    assert "already" in capsys.readouterr().out
    block = printed[printed.index("[[witness]]") : printed.index("Then:")]
    text = TOML.replace("OFFICE", OFFICE.recipient().text()).replace("SAFE", SAFE.recipient().text())
    settings = parse(text.replace("DATA", "/var/lib/callbox") + block, "test")
    assert settings.witnesses[0].name == "dpo-pc"
    assert parse_verifier_key(settings.witnesses[0].key) == key
    assert "PRIVATE" not in printed


def test_a_key_is_not_made_where_it_would_be_copied_nor_under_a_wrong_name(tmp_path: Path, pc: Pc) -> None:
    """A folder of a cloud, or a name that the settings would not take: nothing is written."""
    cloud = Pc(tmp_path / "Dropbox" / "office")
    cloud.folder.mkdir(parents=True)
    cloud.settings.write_text("")
    with pytest.raises(SealFault, match="no key is made"):
        cloud.run("enrol", "--witness")
    with pytest.raises(Refused, match="is no name"):
        pc.run("enrol", "--witness", "A name")
    assert not list(tmp_path.rglob("witness.key"))


def test_without_a_key_the_next_step_is_said(pc: Pc) -> None:
    """And a file that is no key is not replaced by one."""
    with pytest.raises(SettingsFault, match="no key to cosign with"):
        pc.run("witness")
    (pc.folder / "witness.key").write_text(Cosigner.create("x").content().replace("callbox", "Callbox"))
    with pytest.raises(SettingsFault, match="cannot be read"):
        pc.run("witness")


def test_the_command_says_by_its_status_what_came_of_it(pc: Pc, capsys: pytest.CaptureFixture[str]) -> None:
    """A box that is away is named, with its fault's status; a box that is not known is refused."""
    pc.run("enrol", "--witness")
    assert pc.run("witness") == DeviceFault.exit_status
    assert "SOMEBODY IS NEEDED: away." in capsys.readouterr().out
    with pytest.raises(SettingsFault, match="there is no box"):
        pc.run("witness", "elsewhere")
    assert pc.run("witness", "--anew", "away") == DeviceFault.exit_status
    pc.write({"away": ("false",), "gone": ("false",)}, identity=None)
    with pytest.raises(Refused, match="takes one box"):
        pc.run("witness", "--anew")


def test_the_schedule_is_printed_and_nothing_is_written(
    pc: Pc, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one file, on any platform; a time that is none is refused."""
    before = sorted(pc.folder.rglob("*"))
    for platform, sign in (
        ("linux", "OnCalendar=*-*-* 06:15"),
        ("darwin", "<integer>6</integer>"),
        ("win32", "/ST 06:15"),
    ):
        monkeypatch.setattr("firmware.office.witness_schedule.sys.platform", platform)
        assert pc.run("witness", "--schedule", "06:15") == 0
        assert sign in capsys.readouterr().out
    assert sorted(pc.folder.rglob("*")) == before
    with pytest.raises(Refused, match="no time of day"):
        plan(Office(pc.folder), "25:00", install=False)


def test_each_platform_reads_its_job_as_it_was_meant() -> None:
    """The list of launchd gives the same words; the task's line quotes them; the hour is the one that was asked for."""
    text = macos(COMMAND, "07:30")
    told = plistlib.loads(text[: text.index("<!-- write")].encode())
    assert told["ProgramArguments"] == COMMAND
    assert told["StartCalendarInterval"] == {"Hour": 7, "Minute": 30}
    assert r"\"/home/a b/100%/office.toml\"" in windows(COMMAND, "07:30")
    assert "systemctl --user enable" in linux(COMMAND, "07:30")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks and percent signs in a path come through."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    paths = []
    for path, text in units(COMMAND, "07:30").items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        paths.append(str(path))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", *paths], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "callbox-witness" in line]
    assert ours == [], done.stderr


SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$0.asked"
[ ! -e "$0.refuses" ] || { echo "Failed to connect to bus" >&2; exit 1; }
"""


def test_an_installation_tells_every_file_and_command(
    pc: Pc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two files and two commands, again as often as it is asked for; what does not succeed is a fault."""
    tools = tmp_path / "tools"
    tools.mkdir()
    systemctl = tools / "systemctl"
    systemctl.write_text(SYSTEMCTL)
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/bin:/usr/bin")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for _ in range(2):
        assert pc.run("witness", "--schedule", "06:15", "--install") == 0
        told = capsys.readouterr().out
        assert told.count("wrote ") == 2
        assert "systemctl --user enable --now callbox-witness.timer" in told
    written = sorted(each.name for each in (tmp_path / "config").rglob("*") if each.is_file())
    assert written == ["callbox-witness.service", "callbox-witness.timer"]
    asked = (tools / "systemctl.asked").read_text().splitlines()
    assert asked == ["--user daemon-reload", "--user enable --now callbox-witness.timer"] * 2
    (tools / "systemctl.refuses").touch()
    with pytest.raises(DeviceFault, match="Failed to connect to bus"):
        pc.run("witness", "--schedule", "--install")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceFault, match="no systemctl"):
        pc.run("witness", "--schedule", "--install")
