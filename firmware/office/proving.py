"""`recipient`: the keys here show every box that they open what it seals.

What is given back is a word of the one form that a box asks with, and nothing else that a sealed file may hold: a
box that sent the header of a recording instead of a word learns nothing.
"""

import json
import sys
from collections.abc import Sequence

from firmware.faults import Fault, LogFault, SealFault
from firmware.office.asked import parser, understood
from firmware.office.boxes import Office, OfficeBox
from firmware.office.identities import Keys, load
from firmware.office.listing import ask_each, say_absent
from firmware.office.recipients import name_in, recipients_of
from firmware.office.remote import Remote
from firmware.office.resealing import openers_of
from firmware.office.texts import plain
from firmware.showing import table
from firmware.vault.opaque import is_opaque
from firmware.vault.reading import Fields


def recipient(argv: Sequence[str]) -> int:
    """`recipient`, `recipient prove [BOX]`."""
    made = parser("recipient", "Who can open recordings; prove: the keys here show that they do.")
    made.add_argument("what", nargs="?", choices=("list", "prove"), default="list")
    made.add_argument("where", metavar="BOX", nargs="?", help="one box; otherwise all")
    made.add_argument("--json", action="store_true", help="for a program")
    asked, office = understood(made, argv)
    boxes = office.some(asked.where or asked.box)
    return _prove(office, boxes) if asked.what == "prove" else _listed(boxes, in_json=asked.json)


def _listed(boxes: Sequence[OfficeBox], *, in_json: bool) -> int:
    heard = ask_each(boxes, lambda remote: remote.known(_recipients, "recipient"))
    rows = [(each.box.name, *row) for each in heard for row in each.answer or ()]
    if in_json:
        names = ("box", "recipient", "proved", "holder")
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
    elif rows:
        print(plain(table(("box", "recipient", "proved", "held by"), rows)))
    return say_absent(heard)


def _prove(office: Office, boxes: Sequence[OfficeBox]) -> int:
    keys, statuses = load(office), [0]
    for box in boxes:
        try:
            statuses.append(_prove_to(Remote(box), keys))
        except Fault as fault:
            print(box.told(fault), file=sys.stderr)
            statuses.append(fault.exit_status)
    return max(statuses)


def _prove_to(remote: Remote, keys: Keys) -> int:
    """Every recipient that is not proved and whose word a key here opens; refuses where no key here is any recipient's."""
    asked = remote.known(_asked, "recipient")
    if not asked:
        print(f"{remote.box.name}: every recipient is proved")
        return 0
    proved = [name for name in asked if prove_one(remote, keys, name)]
    if not proved and (mine := _mine(remote, keys)):
        print(
            f"{remote.box.name}: {', '.join(mine)} is proved; still asked, where the keys of those are: {', '.join(asked)}"
        )
        return 0
    if not proved:
        waiting = (
            f"{remote.box.name} asks {', '.join(asked)}, and no key here ({keys.told()}) opens what it sealed"
        )
        raise SealFault("seal.wrong-key", waiting, "do this where the key of one of them is")
    left = [name for name in asked if name not in proved]
    print(
        f"{remote.box.name}: proved {', '.join(proved)}"
        + (f"; still asked: {', '.join(left)}" if left else "")
    )
    return 0


def _mine(remote: Remote, keys: Keys) -> list[str]:
    """The recipients whose keys are here."""
    recipients = recipients_of(remote)
    names = (recipients.named(each.public) for each in openers_of(keys))
    return [name for name in names if name is not None]


def prove_one(remote: Remote, keys: Keys, name: str) -> bool:
    """Whether this recipient is proved now; a word sealed to somebody else is passed over."""
    sealed = remote.text("recipient", "ask", name).encode()
    try:
        word = keys.open(sealed).decode(errors="replace").strip()
    except SealFault as fault:
        if fault.code == "seal.wrong-key":
            return False
        raise
    if not is_opaque(word):
        raise _no_word(remote, name)
    remote.text("recipient", "prove", name, word)
    return True


def _no_word(remote: Remote, name: str) -> LogFault:
    told = (
        f"{remote.box.name} asked {name} to open something that is no word of its own; it was not given back"
    )
    return LogFault("log.no-word", told, "call the controller: this is not how a box asks")


def _asked(answer: Fields) -> list[str]:
    """Whose word is still to be given back: never proved, or half a year ago."""
    rows = answer.each("answer")
    return [name_in(each) for each in rows if each.content.get("asked", not each.content.get("proved"))]


def _recipients(answer: Fields) -> list[tuple[str, str, str]]:
    rows = answer.each("answer")
    return [
        (each.text("name"), "yes" if each.content.get("proved") is True else "not yet", each.text("holder"))
        for each in rows
    ]
