"""The console script starts what was asked for, and says faults in two lines."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from firmware.cli import main as console
from firmware.cli.main import COMMANDS, Command, main
from firmware.faults import SettingsFault

FAULTY = Command("faulty", "ends in a fault", f"{__name__}:end_in_a_fault", takes_settings=True)


def end_in_a_fault(path: Path) -> int:
    raise SettingsFault("settings.unreadable", f"{path} cannot be read", "create it")


def test_every_command_is_there() -> None:
    """Each command of the table names a function that can be imported."""
    assert [each.name for each in COMMANDS if find_spec(each.function.partition(":")[0]) is None] == []


def test_alone_it_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """`callbox` prints each command with its line, to standard output, and ends well."""
    assert main([]) == 0
    page = capsys.readouterr().out
    for each in COMMANDS:
        assert f"callbox {each.name}" in page
        assert each.line in page


def test_a_command_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown word ends with status 2 and the list, on standard error alone."""
    assert main(["listen"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "'listen'" in said.err
    assert "callbox check" in said.err


def test_a_fault_is_two_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault prints what is and what to do, with no traceback, and its exit status is the kind's."""
    monkeypatch.setattr(console, "COMMANDS", (FAULTY,))
    assert main(["faulty", "--config", "/absent.toml"]) == SettingsFault.exit_status
    assert capsys.readouterr().err.splitlines() == [
        "callbox: /absent.toml cannot be read [settings.unreadable]",
        "hint: create it",
    ]


def test_help_loads_no_command() -> None:
    """Help imports nothing of what the commands need."""
    looks = "import sys; from firmware.cli.main import main; main([]); print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", looks], capture_output=True, text=True, check=True, timeout=30
    )
    loaded = set(answer.stdout.split())
    assert (
        loaded & {"numpy", "cryptography", "sounddevice", "sqlite3", "tomllib", "firmware.settings"} == set()
    )
