"""`callbox person add|remove|list`: who may ask this box over SSH, and until when.

1. Only root does this. One Unix account a person, in the group of persons, and one key file that says all.
2. Adding: the account first, which may do nothing yet; then the key file, whole and synced. Removing: the key file
   first, from which moment the keeper and sshd refuse; then everything that the account runs; then the account.
3. Each can be run again after a crash in its middle, and then finishes.
4. Who does this is no person, so the log cannot name him: the keeper sees each change of the folder, and enters it.
"""

import argparse
import os
import shlex
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from firmware.cli import CONFIG, accounts
from firmware.cli.person_key import LONGEST, read_key, refused_key
from firmware.cli.person_list import listed
from firmware.clock import LONDON
from firmware.faults import Refused, SettingsFault
from firmware.keeper.key_file import FULL_NAME, NAME, Login, PublicKey
from firmware.keeper.key_folder import KeyFolder, require_root
from firmware.shell.tables import last_day
from firmware.vault import durable
from firmware.vault.reading import UnreadableError

GROUP: Final = "callbox-persons"
"""Made by systemd/sysusers.d; where the folder of key files is there already, its own group counts."""

A_YEAR: Final = timedelta(days=365)
"""How long a key counts where nobody says; our choice: somebody looks once a year who still needs it."""

FOLDER_MODE: Final = 0o2750
DROP_IN: Final = Path("/etc/ssh/sshd_config.d/callbox.conf")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for; what was not given stays as it is, or as it usually is."""

    name: str
    key: str | None
    until: str | None
    full: str | None
    folder: KeyFolder


def main(arguments: Sequence[str]) -> int:
    """Add, remove or list; refuses whoever is not root."""
    given = _given(arguments)
    if os.geteuid() != 0:
        raise Refused(
            "refused.not-root", "only root says who may ask", f"sudo callbox person {shlex.join(arguments)}"
        )
    folder = KeyFolder.beside(given.config)
    match given.what:
        case "add":
            add(Wish(given.name, given.key, given.until, given.full, folder))
        case "remove":
            remove(given.name, folder)
        case _:
            print(listed(folder, given.config))
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="callbox person", description="Who may ask this box over SSH, and until when."
    )
    parser.add_argument("--config", metavar="F", type=Path, default=CONFIG, help=f"settings file ({CONFIG})")
    whats = parser.add_subparsers(dest="what", required=True, metavar="add|remove|list")
    adding = whats.add_parser("add", help="let a person ask, or give one another key, name or day")
    adding.add_argument("name", metavar="NAME", help="the account, as in ssh NAME@BOX")
    adding.add_argument("--key", metavar="FILE", help="the person's public key, a .pub file; - reads it")
    adding.add_argument("--until", metavar="YYYY-MM-DD", help="the last day on which it counts (a year)")
    adding.add_argument("--name", dest="full", metavar='"FULL NAME"', help="who that is, for lists")
    removing = whats.add_parser("remove", help="let a person ask no more, and end what he has open")
    removing.add_argument("name", metavar="NAME")
    listing = whats.add_parser("list", help="who may ask, with which key, until when, and last seen")
    for each in (adding, removing, listing):
        each.add_argument("--config", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def add(wish: Wish) -> None:
    """Make or change a person, and say how he logs in."""
    _require_name(wish.name)
    group = _folder_group(wish.folder)
    account = accounts.account_of(wish.name, group)
    before = _before(wish)
    login = _login(wish, before)
    _require_nobodys(wish.folder, login)
    if account is None:
        accounts.make(wish.name, login.full, group)
    else:
        accounts.rename(account, login.full)
    path = wish.folder.path / wish.name
    durable.write(path, login.text().encode())
    os.chown(path, 0, group)
    if account is not None and (before is None or before.key != login.key):
        accounts.end(account.pw_uid)
    _tell(login)


def remove(name: str, folder: KeyFolder) -> None:
    """Take a person's rights at once, end what he has open, then remove his account; refuses a name that nobody has."""
    _require_name(name)
    group = _folder_group(folder)
    account = accounts.account_of(name, group)
    path = folder.path / name
    if account is None and not path.exists():
        nobody = f"there is no person {name}, or no more; nothing was changed"
        raise Refused("refused.no-person", nobody, "see who there is: sudo callbox person list")
    durable.remove(path)
    if account is not None:
        accounts.remove(account)
    print(f"{name} may ask no more; what he had open is ended, and the account is gone.")


def _require_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused(
            "refused.person-name",
            f"{name[:40]!r} cannot be the name of a person's account",
            "small letters, digits, - and _, beginning with a letter, 32 at most: anna, or anna-example",
        )


def _folder_group(folder: KeyFolder) -> int:
    """The group of persons; the folder is made where there is none."""
    import grp  # noqa: PLC0415  of Unix alone

    if folder.group is None:
        try:
            group = grp.getgrnam(GROUP).gr_gid
            folder.path.mkdir(mode=0o700)
        except (KeyError, OSError) as error:
            why = f"there is no group {GROUP}" if isinstance(error, KeyError) else str(error.strerror)
            hint = "sudo systemd-sysusers && sudo systemd-tmpfiles --create callbox.conf, then this once more"
            raise SettingsFault("settings.persons", f"{folder.path} cannot be made: {why}", hint) from error
        os.chown(folder.path, 0, group)
        folder.path.chmod(FOLDER_MODE)
    try:
        require_root(folder.path.lstat(), str(folder.path), stat.S_IFDIR)
    except UnreadableError as error:
        raise SettingsFault(
            "settings.persons",
            str(error),
            f"sudo chown root:{GROUP} {folder.path} && sudo chmod 2750 {folder.path}",
        ) from error
    return folder.path.stat().st_gid


def _before(wish: Wish) -> Login | None:
    """What the person's key file says now, where it counts."""
    try:
        return wish.folder.read(wish.name)
    except (OSError, UnreadableError):
        return None


def _login(wish: Wish, before: Login | None) -> Login:
    """What the key file shall say."""
    today = datetime.now(LONDON).date()
    full = wish.full if wish.full is not None else before.full if before else ""
    if not FULL_NAME.fullmatch(full):
        wrong = "a full name has 100 characters at most, and no colon, comma or control character"
        raise Refused("refused.person-name", wrong, 'for example --name "Anna Example"')
    key = _key(wish.key) if wish.key else before.key if before else None
    if key is None:
        raise refused_key(f"no key was given, and {wish.name} has none yet")
    renewed = wish.until is not None or wish.key is not None or before is None
    until = _end_of(_day(wish.until, today)) if renewed else before.until  # type: ignore[union-attr]
    return Login(wish.name, full, before.since if before else today.isoformat(), until, key)


def _key(source: str) -> PublicKey:
    if source == "-":
        return read_key(sys.stdin.buffer.read(LONGEST + 1))
    try:
        with Path(source).open("rb") as file:
            return read_key(file.read(LONGEST + 1))
    except OSError as error:
        raise refused_key(f"{source} cannot be read: {error.strerror}") from error


def _day(until: str | None, today: date) -> date:
    """The last day on which the key counts."""
    if until is None:
        return today + A_YEAR
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise Refused("refused.person-until", f"{until[:40]!r} is no day", "--until 2027-03-31") from None
    if not today <= day < date(9999, 12, 31):
        raise Refused("refused.person-until", f"{day} is past, or too far", "give a day to come: --until ...")
    return day


def _end_of(day: date) -> datetime:
    """The first moment after a day in London."""
    return datetime.combine(day + timedelta(days=1), time(), LONDON).astimezone(UTC)


def _require_nobodys(folder: KeyFolder, login: Login) -> None:
    """Two persons with one key would be one person with two names."""
    for name in folder.names():
        try:
            taken = name != login.name and folder.read(name).key.base64 == login.key.base64
        except (OSError, UnreadableError):
            continue
        if taken:
            raise refused_key(f"this key is {name}'s already")


def _tell(login: Login) -> None:
    who = f"{login.name} ({login.full})" if login.full else login.name
    print(
        f"{who} may ask this box until the end of {last_day(login.until_ns)}, with the key {login.key.kind}"
    )
    print(f"  {login.key.fingerprint}")
    print(f"Let {login.name} type: ssh {login.name}@{os.uname().nodename}   which prints what can be asked.")
    if not DROP_IN.exists():
        print(
            f"callbox: sshd does not know of persons yet: {DROP_IN} is not there\n"
            "hint: sudo cp /opt/callbox/systemd/sshd_config.d/callbox.conf /etc/ssh/sshd_config.d/ && sudo systemctl reload ssh",
            file=sys.stderr,
        )
