"""The demo's box: settings, keys, processes; the same commands that a person types on a real one."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware.faults import DeviceFault, VaultFault

SETTINGS = """\
# The settings of the demo. config/callbox.toml in the source explains every line.
[office]
name = "Demo Office"
controller = "Demo Office, a made-up controller"
contact = "office@example.org"
dpo = "dpo@example.org"
purposes = ["complaint", "training"]
callers_told = "a demo: nobody calls"
staff_told = "a demo: nobody answers"
country = "GB"
[office.lawful_basis]
callers = "legitimate interest"
staff = "contract"

[[policy]]
name = "standard"
period = "P30D"
from = 2020-01-01
reason = "the demo's notice says 30 days"

[[department]]
name = "office"
policy = "standard"
opt_out = "stop"
contact = "office@example.org"

{lines}
{recipients}
[storage]
data = "{data}"
live_log_mib = 64

[clock]
servers = []
"""

LINE = """\
[[tap]]
name = "card-{name}"
kind = "sounddevice"
card = "pcm:line-{name}"
rate = 8000
channels = 1
block = 0.05
latency = 0.05

[[line]]
name = "{name}"
department = "office"
tap = "card-{name}"
channels = [0]
rate = 8000
position = "port"
look_back = 2.0
keyed_digits = "keep"
hook = {{ kind = "script", source = "{run}/{name}" }}

[[desk]]
name = "desk-{name}"
panel = "script"
source = "{run}/desk-{name}"
pause = ["{name}-pause-no", "{name}-pause-nc"]
opt_out = []
lamps = ["{name}-recording", "{name}-withheld", "{name}-buzzer"]
lines = ["{name}"]
button_lost = "withhold"

"""

LINES = ("front", "repairs")


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the demo keeps what: the office's side, the box's side, and short-lived sockets."""

    office: Path
    box: Path
    run: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.box / "callbox.toml"

    def key(self, name: str) -> Path:
        """A private key of the office: it would never be on a real box."""
        return self.office / f"{name}-key.txt"


def make_paths(folder: Path) -> Paths:
    """Fresh folders; sockets get a short path of their own, because their names may not be long."""
    paths = Paths(folder / "office", folder / "box", Path(tempfile.mkdtemp(prefix="callbox-demo-")))
    paths.office.mkdir(parents=True)
    paths.box.mkdir()
    return paths


def tool(*command: str | Path, given: bytes | None = None) -> bytes:
    """What a stock tool or `callbox` prints; a fault with its own words where it refuses."""
    program = shutil.which(str(command[0]))
    if program is None:
        raise DeviceFault(
            "device.tool-absent", f"{command[0]} is not installed", f"sudo apt-get install {command[0]}"
        )
    done = subprocess.run([program, *map(str, command[1:])], input=given, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise VaultFault("vault.demo-stopped", f"{command[0]} said: {said}", "run the demo once more")
    return done.stdout


def callbox(*arguments: str | Path) -> bytes:
    """What `callbox` prints."""
    return tool(sys.executable, "-m", "firmware.cli", *arguments)


def make_keys(paths: Paths) -> None:
    """Two recipients, as an office would have them: one key in use, one on paper in a safe."""
    for name in ("office", "safe"):
        tool("age-keygen", "-o", paths.key(name))


def write_settings(paths: Paths) -> None:
    """The settings file of the demo."""
    lines = "".join(LINE.format(name=name, run=paths.run) for name in LINES)
    recipients = "".join(
        f'[[recipient]]\nname = "{name}"\nkey = "{_public(paths.key(name))}"\nholder = "the demo"\n\n'
        for name in ("office", "safe")
    )
    data = paths.box.resolve() / "data"
    paths.settings.write_text(SETTINGS.format(lines=lines, recipients=recipients, run=paths.run, data=data))


def _public(key: Path) -> str:
    found = re.search(r"age1[0-9a-z]+", key.read_text())
    assert found is not None  # noqa: S101  age-keygen writes the public key into the file
    return found[0]


class Processes:
    """Recorder and keeper, started as `callbox run` does, on the demo's clock."""

    def __init__(self, paths: Paths, clock: str, alsa: Path) -> None:
        self._paths = paths
        command = [sys.executable, "-m", "firmware.cli", "run"]
        command += ["--config", str(paths.settings), "--clock", clock]
        environment = {**os.environ, "ALSA_CONFIG_PATH": str(alsa), "RUNTIME_DIRECTORY": str(paths.run)}
        self._log = (paths.box / "log.txt").open("wb")
        self._running = subprocess.Popen(
            command, env=environment, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def require(self) -> None:
        """A fault with their last words, if they have ended."""
        if self._running.poll() is not None:
            words = (self._paths.box / "log.txt").read_text(errors="replace")[-2000:]
            raise VaultFault(
                "vault.demo-stopped", f"the box ended by itself:\n{words}", "run the demo once more"
            )

    def stop(self) -> None:
        """Stop both cleanly."""
        if self._running.poll() is None:
            self._running.terminate()
        self._running.wait(90)
        self._log.close()


def shell(paths: Paths, *words: str) -> bytes:
    """One verb at the keeper's door."""
    return callbox("shell", *words, "--socket", str(paths.run / "keeper.sock"))


def tell(paths: Paths, target: str, words: str) -> None:
    """Say something to a script line or to the script desk, as a hook or a finger would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
        speaking.connect(str(paths.run / target))
        speaking.send(words.encode())


def wait_for(paths: Sequence[Path], processes: Processes, seconds: float = 30.0) -> None:
    """Until all of these exist; a fault where they do not come."""
    deadline = time.monotonic() + seconds
    while not all(path.exists() for path in paths):
        processes.require()
        if time.monotonic() > deadline:
            missing = ", ".join(path.name for path in paths if not path.exists())
            raise VaultFault(
                "vault.demo-stopped", f"the box did not come up: no {missing}", "see box/log.txt"
            )
        time.sleep(0.05)


def prove(paths: Paths, name: str) -> None:
    """Show that this recipient can open recordings: the word sealed to it is opened and given back."""
    word = tool("age", "-d", "-i", paths.key(name), paths.box / "data" / "proof" / f"{name}.age")
    shell(paths, "recipient", "prove", name, word.decode().strip())
