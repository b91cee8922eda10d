"""`callbox init` as it is typed: made once, told what comes next, and an interrupted one is named."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.keeper.keeper_rig import OFFICE, ROOT, SAFE, TOML


def settings_in(folder: Path) -> Path:
    config = folder / "callbox.toml"
    told = {
        "OFFICE": OFFICE.recipient().text(),
        "SAFE": SAFE.recipient().text(),
        "DATA": str(folder / "data"),
    }
    text = TOML
    for name, value in told.items():
        text = text.replace(name, value)
    config.write_text(text)
    return config


def init(config: Path, *wrap: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from firmware.cli.main import main; sys.exit(main(sys.argv[1:]))"
    argv = [*wrap, sys.executable, "-c", code, "init", "--config", str(config)]
    environment = {name: value for name, value in os.environ.items() if name != "RUNTIME_DIRECTORY"}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return subprocess.run(
        argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_it_makes_a_box_and_says_what_comes_next(tmp_path: Path) -> None:
    """Every folder and file closed to others, a sealed word for each recipient, and no key printed."""
    done = init(settings_in(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "callbox shell recipient prove office WORD" in done.stdout
    assert f"callbox shell recipient ask safe --config {tmp_path}/callbox.toml > safe.age" in done.stdout
    assert "SECRET" not in done.stdout
    made = list((tmp_path / "data").rglob("*"))
    assert not [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077]
    files = {str(path.relative_to(tmp_path / "data")) for path in made if path.is_file()}
    fixed = {"live.log", "cell/root.cell", "vault/keys.1", "vault/signing.pk8", "published/live.json"}
    assert fixed | {"published/armed.json", "published/bucket.key", "catalogue.db", "vault/box.json"} <= files
    assert (tmp_path / "data/live.log").stat().st_blocks * 512 >= 8 << 20, "really written, not sparse"
    again = init(settings_in(tmp_path))
    assert again.returncode == 6
    assert "[refused.already-made]\nhint: " in again.stderr


@pytest.mark.rig
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: no kill inside init")
@pytest.mark.parametrize("when", [1, 2, 4, 7, 11, 15])
def test_an_interrupted_one_is_named(tmp_path: Path, when: int) -> None:
    """Killed at a sync: the next init makes the box if nothing was begun, else says plainly what to do."""
    config = settings_in(tmp_path)
    killed = init(
        config, "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject=fsync:signal=SIGKILL:when={when}"
    )
    assert killed.returncode == -SIGKILL
    again = init(config)
    assert again.returncode in {0, 5}
    if again.returncode:
        assert "was interrupted" in again.stderr
        shutil.rmtree(tmp_path / "data")
        assert init(config).returncode == 0
