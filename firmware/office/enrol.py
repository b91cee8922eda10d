"""`enrol`: the office's key is made on this PC; its private half is in one file, and on paper if asked, nowhere else.

1. A key file is made for its owner alone, on a disk of this PC, and never written over.
2. The private half is shown on no screen. It goes to the paper's file or to the pipe that the person named.
3. `--check` and `--from-paper` read what is typed without showing it.
"""

import getpass
import sys
import tomllib
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from firmware.faults import Fault, Refused, SealFault
from firmware.office import witness_key
from firmware.office.adding import quoted, written
from firmware.office.asked import parser, understood
from firmware.office.boxes import FILE, Office
from firmware.office.folders import elsewhere
from firmware.office.identities import read
from firmware.office.listing import Heard, ask_each
from firmware.office.paper import BEGINS, page, typed_in
from firmware.office.placing import disk_of, exists, partial
from firmware.sealing.age import Identity
from firmware.settings.recipient_kind import is_native
from firmware.vault.reading import Fields

KEY_FILE: Final = "key.txt"

FROM_PAPER: Final = """\
The key of the paper is in {path} again.
Whoever has that file can open the recordings sealed to it: {recipient}
"""

MADE: Final = """\
A key was made: {path}
Whoever has that file can open the recordings sealed to it. Keep it on this PC, and a copy on paper in a safe.

Give the box its public half; in the box's settings, then `callbox apply`:

[[recipient]]
name = "{name}"
key = "{recipient}"
holder = "who keeps the key"

Then show that it opens what the box seals: callbox office recipient prove
"""

SSH_KEYS: Final = """\
SSH keys as recipients: ed25519 and RSA (2048 bits or more) can be. Security keys (sk-...) sign but cannot open a sealed
file, and age has no recipient for ECDSA keys: who logs in with one of those needs a key made here.
"""

PRINT_IT: Final = "callbox: {path} holds the private key in clear: print it, then delete it"


def enrol(argv: Sequence[str]) -> int:
    """`enrol`."""
    if "--witness" in argv:
        return witness_key.enrol([each for each in argv if each != "--witness"])
    asked, office = understood(_words(), argv)
    if asked.check:
        return _checked(office)
    if asked.of:
        return _printed(office, asked.of, asked.paper)
    if asked.paper == "-":
        raise Refused("refused.arguments", "a page to a pipe is of a key that is there", "add --of FILE")
    if asked.paper:
        _refuse_paper(Path(asked.paper))
    path = asked.file or office.folder / KEY_FILE
    secret = _typed() if asked.from_paper else Identity.generate().text()
    _write_key(path, secret)
    recipient = Identity.parse(secret).recipient().text()
    if asked.from_paper:
        print(FROM_PAPER.format(path=path, recipient=recipient))
    else:
        print(MADE.format(path=path, name=asked.name, recipient=recipient))
        print(SSH_KEYS)
    _name_it(office, path)
    if asked.paper:
        _write_paper(office, secret, asked.paper)
    elif asked.from_paper:
        print("Where the box names it, nothing else is to be done. Put the paper back where it was.")
    else:
        print(f"There is no paper backup yet: callbox office enrol --paper FILE.html --of {path}")
    return warn(office, recipient)


def warn(office: Office, recipient: str) -> int:
    """Say of every box whose recipients are too few, or all SSH keys; a box that does not answer is passed over."""
    for heard in (
        ask_each(office.boxes, lambda remote: remote.known(_keys, "recipient")) if office.boxes else ()
    ):
        for sentence in _wrong_with(heard, recipient):
            print(f"{heard.box.name}: {sentence}")
    return 0


def _words() -> ArgumentParser:
    made = parser("enrol", "Make the office's key, its paper backup, or check that backup.", boxes=False)
    made.add_argument(
        "file", metavar="FILE", nargs="?", type=Path, help=f"the key's file ({KEY_FILE} beside {FILE})"
    )
    made.add_argument("--name", default="office", help="what the box is to call this recipient (office)")
    made.add_argument("--paper", metavar="OUT", help="write the page to print; - writes it to a pipe")
    made.add_argument("--of", metavar="FILE", type=Path, help="with --paper: the page of a key that is there")
    made.add_argument(
        "--witness", action="store_true", help="a key to cosign with instead, for `callbox office witness`"
    )
    made.add_argument(
        "--check", action="store_true", help="type the paper in: whether it is the key that is here"
    )
    made.add_argument(
        "--from-paper", action="store_true", help="type the paper in: the key's file is made again"
    )
    return made


def _checked(office: Office) -> int:
    """Whether what is typed is one of the keys here."""
    secret = _typed()
    recipient = Identity.parse(secret).recipient().text()
    for path in office.identities:
        if secret in _secrets(path):
            print(f"The paper is right: it is the key in {path}, {recipient}.")
            return 0
    print(f"The paper is a whole key, but none that {office.place} names: {recipient}.")
    return SealFault.exit_status


def _printed(office: Office, path: Path, paper: str | None) -> int:
    if paper is None:
        raise Refused("refused.arguments", "--of goes with --paper", "name the page: --paper FILE.html")
    read(path)
    secrets = _secrets(path)
    if len(secrets) != 1:
        hint = "an SSH key has no paper form here; print its file, or make a key of age's own"
        raise SealFault("seal.identity", f"{path} does not hold one identity of age", hint)
    _write_paper(office, secrets[0], paper)
    return 0


def _write_key(path: Path, secret: str) -> None:
    """The key's file (rule 1)."""
    if why := elsewhere(path):
        hint = "name a folder of this PC alone: callbox office enrol FILE"
        raise SealFault("seal.shared-folder", f"no key is made at {path}: {why}", hint)
    if path.exists():
        page_of = f"callbox office enrol --paper FILE.html --of {path}"
        raise exists(path, f"its page is printed by `{page_of}`; one more key: callbox office enrol FILE")
    recipient = Identity.parse(secret).recipient().text()
    made = datetime.now(UTC).isoformat(timespec="seconds")
    _write(path, f"# made: {made}\n# public key: {recipient}\n{secret}\n")


def _write_paper(office: Office, secret: str, out: str) -> None:
    recipient = Identity.parse(secret).recipient().text()
    sheet = page(secret, recipient, office.person, datetime.now(UTC).date())
    if out == "-":
        if sys.stdout.isatty():
            hint = "send it to a printer: callbox office enrol --paper - | lp, or name a file"
            raise Refused("refused.terminal", "a private key is not shown on a screen", hint)
        print(sheet, end="")
        return
    _refuse_paper(Path(out))
    _write(Path(out), sheet)
    print(PRINT_IT.format(path=out), file=sys.stderr)


def _refuse_paper(out: Path) -> None:
    """Refuse a place where a private key would not stay alone, or a name that is taken, before anything is made."""
    if why := elsewhere(out):
        hint = "name a folder of this PC alone, such as the desktop of a PC without a cloud"
        raise SealFault("seal.shared-folder", f"no private key is written to {out}: {why}", hint)
    if out.exists():
        raise exists(out, "name another file for the page")


def _secrets(path: Path) -> list[str]:
    """The identities of age that stand in a file as they are; none where it cannot be read."""
    try:
        words = path.read_text(encoding="utf-8", errors="replace").upper().split()
    except OSError:
        return []
    return [each for each in words if each.startswith(BEGINS)]


def _write(path: Path, content: str) -> None:
    """A fresh file for its owner alone, whole or not there."""
    with disk_of(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    with partial(path) as made:
        made.file.write(content.encode())
        made.place()


def _typed() -> str:
    """What is typed from paper; by a pipe it is read as it comes."""
    if not sys.stdin.isatty():
        return typed_in(sys.stdin.read(4096))
    text = ""
    while line := getpass.getpass("the next line of the paper (empty line: done; not shown): "):
        text += line
    return typed_in(text)


def _name_it(office: Office, path: Path) -> None:
    """office.toml names the key, unless it names others: that line is its owner's to edit."""
    settings, full = office.place, path.absolute()
    line = f"identities = [{quoted(str(full))}]\n"
    text = settings.read_text(encoding="utf-8") if settings.exists() else ""
    if "identities" not in tomllib.loads(text):
        written(settings, line + text)
        print(f"{settings} names it now.\n")
    elif full not in office.identities:
        named = ", ".join(quoted(str(each)) for each in (*filter(Path.exists, office.identities), full))
        print(
            f"Name it in {settings}; put in place of the line that begins with identities:\n\nidentities = [{named}]\n"
        )


def _keys(answer: Fields) -> list[str]:
    return [each.text("key") for each in answer.each("answer")]


def _wrong_with(heard: Heard, recipient: str) -> list[str]:
    if isinstance(heard.fault, Fault):
        return [f"could not be asked for its recipients: {heard.fault.message}"]
    keys: list[str] = heard.answer
    wrong = [] if recipient in keys else ["this key is not one of its recipients yet"]
    if len(keys) == 1:
        wrong.append("it has one recipient only: if that key is lost, so is every recording")
    if not any(map(is_native, keys)):
        wrong.append("all its recipients are SSH keys: keep one key of age's own offline, such as this one")
    return wrong
