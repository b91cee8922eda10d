"""Alarms over SSH: monitoring reads one line and an exit status, and who acknowledges is who the kernel says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.keeper.keeper_rig import ROOT
from tests.rigs.sshd import Sshd


@pytest.mark.rig
def test_a_monitoring_system_asks_over_ssh(box: Sshd) -> None:
    """Critical while something grave is open; what is acknowledged is said to be. The entry names the account, not the reason."""
    before = box.run("anna", "status", "--format", "nagios")
    assert (before.returncode, before.stderr) == (2, b""), (before, box.printed())
    assert before.stdout.startswith(b"CALLBOX CRITICAL - no recipient has proved")
    said = box.run("anna", "ack", "seal.nobody-proved", "--reason", "Ben opens the safe; it's his")
    assert said.stdout.startswith(b"seal.nobody-proved (recipients) is acknowledged until "), said
    after = box.run("anna", "status", "--format", "nagios")
    assert after.returncode in {
        1,
        2,
    }  # 2 once the recorder, which is not there, has been silent for half a minute
    assert b"[seal.nobody-proved] acknowledged" in after.stdout
    assert b" acknowledged=1 " in after.stdout
    (entry,) = box.entries("fault acknowledged")
    assert (entry["person"], entry["code"]) == (box.logins["anna"], "seal.nobody-proved")
    assert "safe" not in str(box.entries())


@pytest.mark.rig
def test_a_person_reads_what_to_type_next(box: Sshd) -> None:
    """The hint of an alarm names the command as it is typed from there; what is no fault is refused with a code."""
    told = box.run("anna", "status").stdout.decode()
    assert "next: ssh " in told
    assert "whoever holds the keys acts" in told
    wrong = box.run("anna", "ack", "device.no-such", "--reason", "r")
    assert (wrong.returncode, wrong.stdout) == (6, b"")
    assert wrong.stderr.endswith(b"code: refused.unknown-fault\n")


@pytest.mark.parametrize(
    ("typed", "status", "starts"),
    [
        ("status --format nagios", 3, "CALLBOX UNKNOWN - the keeper does not answer ("),
        ("status --format=nagios --json", 3, "CALLBOX UNKNOWN - the keeper does not answer ("),
        ("status", 5, ""),
        ("list --format nagios", 5, ""),
        ("get ID --ref nagios", 5, ""),
    ],
)
def test_a_keeper_that_is_not_there_is_unknown_to_monitoring_alone(
    tmp_path: Path, typed: str, status: int, starts: str
) -> None:
    """Its one line goes where it reads, with status 3; what anybody else asked for prints nothing there."""
    words = ["-m", "firmware.shell", "--ssh", "--socket", str(tmp_path / "keeper.sock")]
    environment = {"PATH": os.environ["PATH"], "SSH_ORIGINAL_COMMAND": typed}
    done = subprocess.run(
        [sys.executable, *words], env=environment, cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert done.returncode == status, done
    assert done.stdout.startswith(starts)
    assert done.stdout.count("\n") == (1 if starts else 0)
