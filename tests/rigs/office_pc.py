"""An office's PC beside a box: its settings, its keys, and its commands as they are typed."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from firmware.office.__main__ import main
from firmware.sealing.age import Identity
from tests.keeper.keeper_rig import OFFICE, House

WHY = ("--purpose", "complaint", "--ref", "Case C12")


@dataclass(frozen=True)
class Pc:
    """A folder with office.toml; boxes are reached in a process of their own, without ssh."""

    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "office.toml"

    def write(self, boxes: dict[str, tuple[str, ...]], identity: Identity | None = OFFICE) -> None:
        """The office's settings, with one identity file."""
        self.folder.mkdir(exist_ok=True)
        lines = []
        if identity is not None:
            key = self.folder / "key.txt"
            key.write_text(f"# the office's key\n{identity.text()}\n")
            key.chmod(0o600)
            lines.append('identities = ["key.txt"]')
        for name, reach in boxes.items():
            lines += ["[[box]]", f'name = "{name}"', f"reach = {json.dumps(reach)}"]
        self.settings.write_text("\n".join(lines))

    def run(self, *words: str) -> int:
        """What a person types after `callbox office`; a fault is raised."""
        return main([words[0], "--office", str(self.settings), *words[1:]]) or 0


def local(house: House) -> tuple[str, ...]:
    """The command that reaches the shell of a box on this machine."""
    return (sys.executable, "-m", "firmware.shell", "--socket", str(house.places.run / "keeper.sock"))


LIE = """
import subprocess, sys
done = subprocess.run({reach!r} + sys.argv[1:], input=sys.stdin.buffer.read(), capture_output=True)
out = done.stdout
if sys.argv[1:2] == [{verb!r}]:
    {change}
sys.stdout.buffer.write(out)
sys.stderr.buffer.write(done.stderr)
sys.exit(done.returncode)
"""


def lying(house: House, verb: str, change: str) -> tuple[str, ...]:
    """A box that somebody else answers for: the bytes `out` of one verb's answer are changed on their way."""
    return (sys.executable, "-c", LIE.format(reach=list(local(house)), verb=verb, change=change))
