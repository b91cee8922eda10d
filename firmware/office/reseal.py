"""`callbox office reseal`: recordings are sealed anew for the recipients of today, tried by one of them, and confirmed.

1. Nobody is sealed to who was not shown and accepted here (`recipients`).
2. The old headers stay until `confirm`, and so does whoever opens with them.
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from firmware.faults import Fault, Refused
from firmware.office.asked import parser, understood
from firmware.office.boxes import Office
from firmware.office.identities import Keys, load
from firmware.office.proving import prove_one
from firmware.office.recipients import accepted, as_name, recipients_of
from firmware.office.remote import Remote
from firmware.office.resealing import open_all, sealing_of, shown, tried
from firmware.office.resealing import reseal as seal_anew
from firmware.office.texts import short
from firmware.showing import counted
from firmware.vault.reading import Fields

Act = Callable[[Office, Remote, Namespace, Keys], None]


def reseal(argv: Sequence[str]) -> int:
    """`reseal`, `reseal confirm`, `reseal drop`, `reseal show`; of one box, or of all."""
    made = parser(
        "reseal", "Seal what was recorded anew, for the recipients of today: headers only, nothing is heard."
    )
    made.add_argument("what", nargs="?", choices=tuple(ACTS), default="start")
    made.add_argument("recording", metavar="ID", nargs="?", help="which one `confirm` tries; else the newest")
    made.add_argument(
        "--without", metavar="NAME", help="a leaver, who must not be among the recipients any more"
    )
    made.add_argument(
        "--accept", metavar="SET", help="the recipients were compared with their holders: the set's name"
    )
    made.add_argument("--anyway", action="store_true", help="confirm though the key here opened before, too")
    asked, office = understood(made, argv)
    keys = load(office) if asked.what in {"start", "confirm"} else Keys(())
    statuses = [0]
    for box in office.some(asked.box):
        remote = Remote(box)
        try:
            with remote.understood():
                ACTS[asked.what](office, remote, asked, keys)
        except Fault as fault:
            print(box.told(fault), file=sys.stderr)
            statuses.append(fault.exit_status)
    return max(statuses)


def _start(office: Office, remote: Remote, asked: Namespace, keys: Keys) -> None:
    now, name = recipients_of(remote), remote.box.name
    if asked.without in now.keys:
        still = f"{asked.without} is still a recipient by the settings of {name}"
        hint = (
            f"take [[recipient]] {asked.without} out of the settings and `callbox apply` them; then seal anew"
        )
        raise Refused("refused.reseal", still, hint)
    if asked.without is not None and asked.without not in remote.known(_leavers, "reseal"):
        nobody = f"nothing on {name} is sealed to {asked.without}, and its settings name nobody so"
        raise Refused("refused.reseal", nobody, "see that the name is right: callbox office recipient")
    accepted(office.folder, remote.box, now, asked.accept)
    tally = seal_anew(remote, sealing_of(keys, now))
    if tally.left:
        left = counted(len(tally.left), "recording opens", "recordings open")
        print(f"{name}: {left} with no key here ({keys.told()}), and nothing changes: {shown(tally.left)}")
    if tally.shut:
        of = counted(len(tally.shut), "recording has a note that opens", "recordings have notes that open")
        print(
            f"{name}: {of} with no key here; it stays as it was, and so does the fault: {shown(tally.shut)}"
        )
    if tally.unread:
        lie = counted(tally.unread, "recording lies", "recordings lie")
        print(f"{name}: {lie} in a damaged file of the box (callbox office status), and nothing changes")
    if tally.sealed:
        print(
            f"{name}: now somebody tries one, best with a key that is new: callbox office reseal confirm --box {name}"
        )
    elif not tally.left and not tally.unread:
        _say(remote, "reseal")


def _confirm(office: Office, remote: Remote, asked: Namespace, keys: Keys) -> None:
    now = recipients_of(remote)
    if not remote.known(_waiting, "reseal"):
        none = f"no new headers wait on {remote.box.name}"
        raise Refused("refused.reseal", none, "callbox office reseal makes them")
    accepted(office.folder, remote.box, now, asked.accept)
    newcomers: tuple[str, ...] = remote.known(_newcomers, "reseal")
    sealing = sealing_of(keys, now)
    open_all(remote, sealing, now)
    found = tried(remote, sealing, now, asked.recording)
    if newcomers and found.recipient not in newcomers and not asked.anyway:
        raise Refused(
            "refused.reseal",
            f"the new header opens with the key of {found.recipient}, who opened the old one as well: "
            f"that says nothing of {', '.join(newcomers)}",
            "do this where a new key is; or, if that cannot be: --anyway",
        )
    asked_now = remote.known(_shown, "reseal", "try", found.recording, "--with", found.recipient)
    if found.recipient not in asked_now and not prove_one(remote, keys, found.recipient):
        raise remote.nonsense("the word that it asks for is not sealed to the key it names")
    words = ("reseal", "confirm", found.recording, "--with", found.recipient)
    told = remote.text(*words, said=found.proof.encode())
    print(
        f"{remote.box.name}: {found.recording} opens with the key of {found.recipient}. {short(told.strip())}"
    )


def _drop(_office: Office, remote: Remote, _asked: Namespace, _keys: Keys) -> None:
    _say(remote, "reseal", "drop")


def _show(_office: Office, remote: Remote, _asked: Namespace, _keys: Keys) -> None:
    _say(remote, "reseal")


def _say(remote: Remote, *words: str) -> None:
    print(f"{remote.box.name}: {short(remote.text(*words).strip())}")


def _shown(answer: Fields) -> tuple[str, ...]:
    """Who has given back a word since the round began."""
    return answer.texts("shown")


def _leavers(answer: Fields) -> tuple[str, ...]:
    return tuple(map(as_name, answer.texts("leavers")))


def _waiting(answer: Fields) -> int:
    return answer.whole("waiting")


def _newcomers(answer: Fields) -> tuple[str, ...]:
    return tuple(map(as_name, answer.texts("newcomers")))


ACTS: dict[str, Act] = {"start": _start, "confirm": _confirm, "drop": _drop, "show": _show}
"""What each word after `reseal` does with one box."""
