"""An office's PC beside a box: its settings, its keys, and its commands as they are typed."""

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
            lines += ["[[box]]", f'name = "{name}"', f"reach = {list(reach)!r}".replace("'", '"')]
        self.settings.write_text("\n".join(lines))

    def run(self, *words: str) -> int:
        """What a person types after `callbox office`; a fault is raised."""
        return main([words[0], "--office", str(self.settings), *words[1:]]) or 0


def local(house: House) -> tuple[str, ...]:
    """The command that reaches the shell of a box on this machine."""
    return (sys.executable, "-m", "firmware.shell", "--socket", str(house.places.run / "keeper.sock"))
