"""The demo's box: settings, keys, processes; the same commands that a person types on a real one."""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
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
keyed_digits = "blank"
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
    def data(self) -> Path:
        """What is on the box's disk."""
        return self.box / "data"

    @property
    def door(self) -> Path:
        """Where the keeper answers."""
        return self.run / "keeper.sock"

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
    data = paths.data.resolve()
    paths.settings.write_text(SETTINGS.format(lines=lines, recipients=recipients, run=paths.run, data=data))


def _public(key: Path) -> str:
    found = re.search(r"age1[0-9a-z]+", key.read_text())
    assert found is not None  # noqa: S101  age-keygen writes the public key into the file
    return found[0]


def shell(paths: Paths, *words: str) -> bytes:
    """One verb at the keeper's door."""
    return callbox("shell", *words, "--socket", str(paths.door))


def tell(paths: Paths, target: str, words: str) -> None:
    """Say something to a script line or to the script desk, as a hook or a finger would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
        speaking.connect(str(paths.run / target))
        speaking.send(words.encode())


def prove(paths: Paths, name: str) -> None:
    """Show that this recipient can open recordings: the word sealed to it is opened and given back."""
    word = tool("age", "-d", "-i", paths.key(name), paths.data / "proof" / f"{name}.age")
    shell(paths, "recipient", "prove", name, word.decode().strip())
