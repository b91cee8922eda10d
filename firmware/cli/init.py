"""`callbox init`: make the box, then say how each recipient proves that recordings can be opened."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from firmware.cli import CONFIG
from firmware.clock import SystemClock
from firmware.settings import read
from firmware.settings.mounts import MOUNTINFO, refuse_remote


def init(path: Path) -> int:
    """Make the box of a settings file and print the next steps; refuses to overwrite one that is there."""
    from firmware.keeper.init import make  # noqa: PLC0415  help and faults of settings need none of it
    from firmware.vault.places import Places  # noqa: PLC0415

    settings = read(path)
    refuse_remote(MOUNTINFO.read_text(), settings.storage.data)
    made = make(settings, Places.of(settings.storage.data), SystemClock())
    print(f"The box is made in {settings.storage.data}. It signs with key {made.signer}.")
    print()
    for line in _next_steps(path, made.words):
        print(line)
    return 0


def _next_steps(path: Path, names: Iterable[str]) -> Iterator[str]:
    """How the box is started, and how each recipient gives its word back; as installed, or as tried out."""
    installed = path == CONFIG
    shell = "sudo -u callbox-keeper callbox shell" if installed else "callbox shell"
    more = "" if installed else f" --config {path}"
    yield "1. Start it:"
    yield (
        "     systemctl enable --now callbox-keeper callbox-recorder"
        if installed
        else f"     callbox run{more}"
    )
    yield "2. No line is armed until one recipient has shown that recordings can be opened, and a fault stands"
    yield "   until all have. Each opens a sealed word where the key is, and gives it back:"
    for name in names:
        yield ""
        yield f"     {shell} recipient ask {name}{more} > {name}.age"
        yield f"     age -d -i KEY.txt {name}.age"
        yield f"     {shell} recipient prove {name} WORD{more}"
