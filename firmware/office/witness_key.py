"""`callbox office enrol --witness NAME`: this PC gets a key with which it cosigns, and the block for the box's settings.

The key is made once and never overwritten. Whoever has it can say in this PC's name that a log goes on; he opens nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from firmware.audit.cosigning import Cosigner
from firmware.faults import Refused, SealFault, SettingsFault
from firmware.office.asked import parser, understood
from firmware.office.folders import elsewhere
from firmware.office.placing import disk_of, partial
from firmware.settings.kinds import NAME, Unfit

FILE: Final = "witness.key"
USUAL: Final = "controller-pc"
"""What a witness is called in the settings where nobody says otherwise."""

PREFIX: Final = "callbox-witness/"
"""How the name of a witness's key begins; the name in the settings follows."""


def enrol(argv: Sequence[str]) -> int:
    """Make the key, or tell again what is there."""
    made = parser(
        "enrol --witness", "A key with which this PC cosigns what its boxes show of their audit logs."
    )
    made.add_argument(
        "name", nargs="?", default=USUAL, help=f"what the box's settings call this PC ({USUAL})"
    )
    asked, office = understood(made, argv)
    path = office.folder / FILE
    if path.exists():
        cosigner = load(path)
        print(f"This PC is a witness already; its key lies in {path}.")
    else:
        cosigner = _made(path, _name(asked.name))
        print(f"This PC is a witness now; its key lies in {path}, and is never overwritten.")
    print(block(cosigner))
    return 0


def block(cosigner: Cosigner) -> str:
    """What is to be put into the settings of each box, and what comes then."""
    name = cosigner.key.name.removeprefix(PREFIX)
    return (
        "\nPut this into the settings of every box, and apply them there (callbox apply --config F):\n\n"
        f'[[witness]]\nname = "{name}"\nkey = "{cosigner.key.text()}"\n\n'
        "Then: callbox office witness; and to have it run every day: callbox office witness --schedule\n"
        "This PC should not be one of whoever administers the boxes: a witness of the same hand is no witness."
    )


def load(path: Path) -> Cosigner:
    """The key of this PC; a fault with the next step where there is none."""
    try:
        return Cosigner.read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        none = f"this PC has no key to cosign with ({path} is not there)"
        raise SettingsFault("settings.office", none, "make one: callbox office enrol --witness") from None
    except (OSError, ValueError) as error:
        wrong = f"{path} cannot be read as the key of a witness"
        hint = "bring the file back from a copy; or move it away, enrol anew, and change the boxes' settings"
        raise SettingsFault("settings.office", wrong, hint) from error


def _made(path: Path, name: str) -> Cosigner:
    if why := elsewhere(path):
        hint = "keep office.toml in a folder of this PC alone: callbox office enrol --witness --office F"
        raise SealFault("seal.shared-folder", f"no key is made at {path}: {why}", hint)
    with disk_of(path.parent):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    cosigner = Cosigner.create(f"{PREFIX}{name}")
    with partial(path) as made:
        made.file.write(cosigner.content().encode())
        made.place()
    return cosigner


def _name(text: str) -> str:
    try:
        NAME.take(text)
    except Unfit:
        raise Refused("refused.arguments", f"{text!r} is no name", f"write {NAME.allowed}") from None
    return text
