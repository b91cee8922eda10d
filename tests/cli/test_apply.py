"""`callbox apply`: shown, confirmed, entered, put in place, and taken up by the running keeper."""

import json
import os
import stat
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from firmware.cli.apply import put
from tests.keeper.keeper_rig import ROOT, House, running


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A box whose tap is a file that `check` finds right."""
    house = House(tmp_path)
    sound = tmp_path / "call.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(400))
    house.config.write_text(house.config.read_text().replace("/dev/null", str(sound)))
    return house


def apply(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "firmware.cli", "apply", "--config", str(config), *words]
    environment = {name: value for name, value in os.environ.items() if name != "RUNTIME_DIRECTORY"}
    return subprocess.run(
        argv,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=30,
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def in_force(house: House) -> str:
    return str(json.loads((house.places.published / "settings.json").read_text())["digest"])


def test_a_running_keeper_takes_up_what_is_applied(house: House) -> None:
    """Without a yes nothing changes; with one the same process goes on with the new settings, and the file keeps its mode."""
    new = house.folder / "new.toml"
    new.write_text(house.config.read_text().replace('"P30D"', '"P20D"'))
    house.config.chmod(0o640)
    before = house.config.read_bytes()
    with running(house) as process:
        old = in_force(house)
        shown = apply(new)
        assert "30 days" in shown.stdout
        assert "20 days" in shown.stdout
        assert "refused.not-confirmed" in shown.stderr
        assert shown.returncode == 6
        assert house.config.read_bytes() == before
        done = apply(new, "--yes")
        assert done.returncode == 0, done.stderr
        assert "No recording falls due earlier than before." in done.stdout
        until = time.monotonic() + 20
        while in_force(house) == old:
            assert time.monotonic() < until, "it was not taken up"
            assert house.shell("status", "--json").returncode == 0
        assert in_force(house) == house.settings.digest
        assert process.poll() is None
        assert apply(new, "--yes").stdout == "These settings are in force already.\n"
    assert house.config.read_bytes() == new.read_bytes()
    assert stat.S_IMODE(house.config.stat().st_mode) == 0o640
    assert process.returncode == 0


def test_without_a_keeper_it_is_a_fault(house: House) -> None:
    """Nobody knows what a change would destroy but the keeper: nothing is written."""
    new = house.folder / "new.toml"
    new.write_text(house.config.read_text().replace('"P30D"', '"P20D"'))
    before = house.config.read_bytes()
    done = apply(new, "--yes")
    assert "vault.keeper-absent" in done.stderr
    assert "start it" in done.stderr
    assert done.returncode == 5
    assert house.config.read_bytes() == before


def test_a_file_with_mistakes_is_never_shown_to_the_keeper(house: House) -> None:
    """All mistakes at once, as `check` says them."""
    new = house.folder / "new.toml"
    new.write_text(
        house.config.read_text().replace('"P30D"', '"P0D"').replace('opt_out = "stop"', 'opt_out = "halt"')
    )
    done = apply(new, "--yes")
    assert done.returncode == 2
    assert "opt_out" in done.stderr
    assert "period" in done.stderr


def test_a_file_is_replaced_whole_with_its_owner_and_mode(tmp_path: Path) -> None:
    """What a crash left half written is written anew; the target is another file afterwards, with the old rights."""
    if os.geteuid():
        pytest.skip("giving a file away needs root")
    target = tmp_path / "callbox.toml"
    target.write_text("old")
    os.chown(target, 12345, 23456)
    target.chmod(0o440)
    target.with_name("callbox.toml.new").write_text("half")
    number = target.stat().st_ino
    put(target, b"new")
    found = target.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 23456, 0o440)
    assert found.st_ino != number
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["callbox.toml"]
