"""The import rules hold, and would be noticed if they did not: a breach is planted and must be seen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

needs_linter = pytest.mark.skipif(not LINTER.exists(), reason="no import-linter in this environment")

BREACHES = {
    "drivers-alone": ("drivers/facts.py", "import firmware.faults"),
    "layers": ("firmware/faults.py", "import firmware.clock"),
    "layers: tops apart": ("firmware/recorder/__init__.py", "import firmware.keeper"),
    "pure": ("firmware/call/__init__.py", "import time"),
    "recorder-keeps-out": ("firmware/recorder/__init__.py", "import firmware.vault"),
    "shell-keeps-out": ("firmware/shell/__init__.py", "import firmware.sealing"),
    "sounddevice-walled": ("drivers/panel/__init__.py", "import sounddevice"),
    "gpiozero-walled": ("firmware/recorder/__init__.py", "import gpiozero"),
    "sqlite-utils-walled": ("firmware/catalogue/__init__.py", "import sqlite_utils"),
    "paramiko-walled": ("firmware/shell/fetching.py", "import paramiko"),
    "cryptography-walled": ("firmware/keeper/__init__.py", "import cryptography"),
}


def verdict(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """What import-linter says of a tree, about all contracts or those named."""
    chosen = [word for each in contracts for word in ("--contract", each)]
    command = [LINTER, "--no-cache", *chosen]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=60)


@needs_linter
def test_who_may_import_whom() -> None:
    """Every contract of pyproject.toml is kept."""
    answer = verdict(ROOT)
    assert answer.returncode == 0, answer.stdout


@needs_linter
@pytest.mark.parametrize("breach", BREACHES)
def test_a_planted_breach_is_seen(breach: str, tmp_path: Path) -> None:
    """One forbidden import in a copy of the tree breaks its contract."""
    for top in ("firmware", "drivers"):
        shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    where, line = BREACHES[breach]
    module = tmp_path / where
    module.write_text(f"{module.read_text()}\n{line}\n")
    answer = verdict(tmp_path, breach.partition(":")[0])
    assert answer.returncode == 1, answer.stdout
    assert "1 broken" in answer.stdout
