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
import os, sys
kept, door = os.memfd_create("answer"), os.dup(1)
os.dup2(kept, 1)
sys.argv[1:1] = {socket!r}
from firmware.shell.__main__ import _run
status = _run()
sys.stdout.flush()
out = os.pread(kept, os.fstat(kept).st_size, 0)
os.dup2(door, 1)
if sys.argv[3:4] == [{verb!r}]:
    {change}
sys.stdout.buffer.write(out)
sys.exit(status)
"""


def lying(house: House, verb: str, change: str) -> tuple[str, ...]:
    """A box that somebody else answers for: `out` of one verb, its bytes, or its `status`, is changed on the way."""
    return (sys.executable, "-c", LIE.format(socket=list(local(house)[3:]), verb=verb, change=change))


REPLAY = """
import sys
out = open({folder!r} + "/" + sys.argv[1], "rb").read()
if sys.argv[1] == {verb!r}:
    {change}
sys.stdout.buffer.write(out)
"""


def recorded(house: House, folder: Path, *asked: tuple[str, ...]) -> None:
    """The real answers of a box to these words, one file a verb."""
    for words in asked:
        done = house.shell(*words)
        assert done.returncode == 0, done.stderr
        (folder / words[0]).write_bytes(done.stdout)


def replaying(folder: Path, verb: str = "", change: str = "pass") -> tuple[str, ...]:
    """A box that gives the answers that were recorded; `out` of one verb is changed on the way. Costs a test little."""
    return (sys.executable, "-I", "-S", "-c", REPLAY.format(folder=str(folder), verb=verb, change=change))
