"""The units start recorder, keeper and mail apart, in a sandbox as tight as it was measured to be."""

import configparser
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.vault.places import FOLDERS

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "systemd").glob("*.service"))
MAIL = ROOT / "systemd/callbox-mail.service"
DAEMONS = [unit for unit in UNITS if unit != MAIL]
PYTHON = "/opt/callbox/.venv/bin/python"

StandIn = Callable[[Path], Path]

needs_analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
every_daemon = pytest.mark.parametrize("unit", DAEMONS, ids=lambda unit: unit.name)
every_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)


def said(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and keep what it said."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def lines_of(unit: Path) -> dict[str, list[str]]:
    """Each setting of a unit with all values given to it."""
    settings: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            settings.setdefault(name, []).append(value)
    return settings


@pytest.fixture
def here(tmp_path: Path) -> StandIn:
    """A unit as it would be read on a box: what it starts and where is put to what this machine has."""

    def standing_in(unit: Path) -> Path:
        text = unit.read_text().replace(PYTHON, "/bin/true").replace("WorkingDirectory=/opt/callbox", "")
        copy = tmp_path / unit.name
        copy.write_text(text)
        return copy

    return standing_in


@needs_analyze
@every_unit
def test_systemd_reads_the_unit_without_a_word(unit: Path, here: StandIn) -> None:
    """`systemd-analyze verify` has nothing to say."""
    answer = said("systemd-analyze", "verify", here(unit))
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@needs_analyze
@every_unit
def test_the_sandbox_is_tight(unit: Path, here: StandIn) -> None:
    """Exposure is at most 1.0, as systemd counts it."""
    answer = said("systemd-analyze", "security", "--offline=true", "--threshold=10", "--no-pager", here(unit))
    assert answer.returncode == 0, answer.stdout


@every_unit
def test_the_unit_starts_a_process_of_this_tree(unit: Path) -> None:
    """What a unit starts is a package here, with the settings file that the README names."""
    (start,) = lines_of(unit)["ExecStart"]
    python, _, module, *rest = start.split()
    assert (python, rest) == (PYTHON, [] if unit == MAIL else ["--config", "/etc/callbox/callbox.toml"])
    assert (ROOT / module.replace(".", "/")).is_dir()


@every_daemon
def test_no_sample_or_key_leaves_memory(unit: Path) -> None:
    """No core dump, no swap, no network, and no memory that is both writable and executable."""
    settings = lines_of(unit)
    promised = {
        "LimitCORE": ["0"],
        "MemorySwapMax": ["0"],
        "PrivateNetwork": ["yes"],
        "RestrictAddressFamilies": ["AF_UNIX"],
        "MemoryDenyWriteExecute": ["yes"],
    }
    assert {name: settings[name] for name in promised} == promised


@every_daemon
def test_a_crash_is_always_followed_by_a_start(unit: Path) -> None:
    """However often it ended it is started again, and it is ended when the watchdog is not fed."""
    settings = lines_of(unit)
    assert settings["Type"] == ["notify"]
    assert settings["Restart"] == ["always"]
    assert settings["StartLimitIntervalSec"] == ["0"]
    assert int(settings["WatchdogSec"][0]) <= 60


def test_the_recorder_cannot_see_what_the_keeper_keeps() -> None:
    """Store, vault, catalogue, ledger and audit log are hidden from the recorder."""
    hidden = " ".join(lines_of(ROOT / "systemd/callbox-recorder.service")["InaccessiblePaths"])
    for name in ("store", "vault", "cell", "catalogue.db", "ledger", "audit", "aside", "proof"):
        assert f"-/var/lib/callbox/{name}" in hidden.split()


def test_mail_speaks_to_nobody_until_the_office_names_its_relay() -> None:
    """Its unit lets no packet out; what an office adds is one address. It sees no settings and nothing that is kept."""
    settings = lines_of(MAIL)
    assert (settings["IPAddressDeny"], "IPAddressAllow" in settings) == (["any"], False)
    assert settings["InaccessiblePaths"] == ["-/etc/callbox -/var/lib/callbox"]
    assert settings["LimitCORE"] == settings["MemorySwapMax"] == ["0"]
    assert (settings["Type"], settings["User"]) == (["oneshot"], ["callbox-mail"])


@needs_analyze
def test_the_timer_of_mail_needs_no_right_time(tmp_path: Path) -> None:
    """It counts from when it was started and from the last run, and systemd reads it without a word."""
    timer = MAIL.with_suffix(".timer")
    assert not any(name.startswith("OnCalendar") for name in lines_of(timer))
    copy = tmp_path / MAIL.name
    copy.write_text(
        MAIL.read_text().replace(PYTHON, "/bin/true").replace("WorkingDirectory=/opt/callbox", "")
    )
    (tmp_path / timer.name).write_text(timer.read_text())
    answer = said("systemd-analyze", "verify", copy, tmp_path / timer.name)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_the_hardware_watchdog_is_one_that_every_kernel_accepts() -> None:
    """At most 15 s: older kernels refuse more and leave the watchdog off."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "systemd/system.conf.d/callbox.conf")
    assert 0 < int(settings["Manager"]["RuntimeWatchdogSec"]) <= 15


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, int]:
    """Users and folders made in a tree of their own, the live log as `init` leaves it; each user's number."""
    if os.geteuid() != 0 or not shutil.which("systemd-sysusers"):
        pytest.skip("making users and folders in a tree of their own needs root and systemd-sysusers")
    (tmp_path / "etc").mkdir()
    make_folders = (
        "systemd-tmpfiles",
        "--create",
        f"--root={tmp_path}",
        ROOT / "systemd/tmpfiles.d/callbox.conf",
    )
    users = said("systemd-sysusers", f"--root={tmp_path}", ROOT / "systemd/sysusers.d/callbox.conf")
    first = said(*make_folders)
    rows = [line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()]
    numbers = {name: int(number) for name, _, number, *_ in rows}
    log = tmp_path / "var/lib/callbox/live.log"
    log.touch(0o600)
    os.chown(log, numbers["callbox-keeper"], -1)
    second = said(*make_folders)
    for answer in (users, first, second):
        assert answer.returncode == 0, answer.stderr
    return numbers


def test_users_and_folders_are_made_as_said(installed: dict[str, int], tmp_path: Path) -> None:
    """Both users and every folder of the firmware are made, and only the keeper enters what it keeps."""
    data = tmp_path / "var/lib/callbox"
    made = {path.name for path in data.iterdir() if path.is_dir()}
    assert made == {folder for folder in FOLDERS if "/" not in folder}
    for name in made - {"spool", "published"}:
        assert (data / name).stat().st_mode & 0o7777 == 0o700
        assert (data / name).stat().st_uid == installed["callbox-keeper"]
    assert data.stat().st_mode & 0o7777 == 0o1770


def test_the_recorder_owns_what_it_writes(installed: dict[str, int], tmp_path: Path) -> None:
    """Spool and live log are the recorder's; the keeper may take from the one and not open the other."""
    spool, log = tmp_path / "var/lib/callbox/spool", tmp_path / "var/lib/callbox/live.log"
    assert {path.stat().st_uid for path in (spool, log)} == {installed["callbox-recorder"]}
    assert spool.stat().st_mode & 0o7777 == 0o2770
    assert log.stat().st_mode & 0o7777 == 0o600
