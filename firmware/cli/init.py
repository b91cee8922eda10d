"""`callbox init`: make the box, then say how each recipient proves that recordings can be opened."""

from pathlib import Path

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
    print("No line is armed until one recipient has shown that recordings can be opened.")
    print("Start the box (callbox run), take each file to whoever holds the key, and give the word back:")
    for name, file in made.words.items():
        print()
        print(f"  age -d -i KEY.txt {file}")
        print(f"  callbox shell recipient prove {name} WORD")
    return 0
