"""Set-up is exact: hashed locks, honest scripts, a Makefile that starts what is there."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
SCRIPTS = sorted(path for path in (ROOT / ".ci").iterdir() if path.read_text().startswith("#!"))

every_lock = pytest.mark.parametrize("lock", LOCKS)


def pinned(lock: str) -> dict[str, str]:
    """Each package of a lock with its version."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


@every_lock
def test_every_pinned_package_has_its_hashes(lock: str) -> None:
    """Each package of a lock is one exact version with at least one SHA-256."""
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text())
    unhashed = [
        each.splitlines()[0] for each in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", each)
    ]
    assert unhashed == []


def test_the_locks_agree_and_hold_what_is_asked_for() -> None:
    """What the box runs is in both locks with one version, what the tests need is in the second."""
    run, dev = (pinned(lock) for lock in LOCKS)
    assert {name: dev[name] for name in run} == run
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=\[ ]", each)[0] for each in project["dependencies"]}
    wanted = {re.split(r"[<>=\[ ]", each)[0] for each in project["optional-dependencies"]["dev"]}
    assert names - run.keys() == set()
    assert wanted - dev.keys() == set()
    assert "setuptools" in run


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck here")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_have_no_traps(script: Path) -> None:
    """Shellcheck has nothing to say, and the script may be started."""
    answer = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0, answer.stdout
    assert script.stat().st_mode & 0o111


def test_a_missing_package_is_named_with_the_command_to_type(tmp_path: Path) -> None:
    """Without the right to install, set-up names what is missing and says what to type, and goes on."""
    stand_ins = {
        "dpkg-query": "echo unknown",
        "apt-cache": "case $2 in libflac12) echo 'Candidate: (none)';; *) echo 'Candidate: 1.0';; esac",
        "id": "echo 1000",
        "sudo": "exit 1",
    }
    for name, line in stand_ins.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    text = (ROOT / ".ci/setup").read_text()
    script = tmp_path / "setup"
    # the functions and the first step of the real script, without the virtual environment
    body = text.partition("\nmkdir -p build\n")[0].replace('cd "$(dirname "$0")/.."', f"cd {tmp_path}")
    script.write_text(f"{body}\ndebian_packages\n")
    path = f"{tmp_path}:/usr/bin:/bin"
    command = ["sh", script, "run"]
    answer = subprocess.run(
        command, env={"PATH": path}, capture_output=True, text=True, check=True, timeout=30
    )
    wanted = "python3-venv libportaudio2 libflac14 age flac asterisk-core-sounds-en-wav"
    hint = f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {wanted}"
    assert answer.stderr.splitlines() == [f"setup: not installed: {wanted} ", f"setup: hint: {hint} "]


def test_the_verdict_is_the_makefile_s() -> None:
    """`.ci/run` runs `make test` to its end and hands on its exit status."""
    assert "exec make --no-print-directory --keep-going test" in (ROOT / ".ci/run").read_text()
    dry = subprocess.run(
        ["make", "-n", "-C", ROOT, "test"], capture_output=True, text=True, check=True, timeout=30
    )
    for step in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert step in dry.stdout
