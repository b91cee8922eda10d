"""A person's key file: one form, written by us, read by sshd at the login and by the keeper at every request.

1. The options stand first and are always these: `restrict,pty,expiry-time="..."` (sshd(8), "AUTHORIZED_KEYS FILE
   FORMAT"). A file of any other form counts for nothing.
2. The moment from which the key counts no more is in UTC, to the minute, as sshd reads it too.
3. The first line is the version of the form.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from firmware.vault.reading import UnreadableError

MOST: Final = 16 * 1024
"""Bytes; the longest key of RSA that OpenSSH makes, 16384 bits, takes 2.8 KB."""

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
"""Account names that Debian's `useradd` takes, without the trailing `$` of machines."""

FULL_NAME: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f:,\u2028\u2029\ud800-\udfff]{0,100}")
"""What may stand in the account's field of the full name (passwd(5)): no colon, no comma, no control character, nothing that is no UTF-8."""

_HEAD: Final = (
    "# callbox person, format 1: written by `callbox person add`; what is changed by hand counts for nothing"
)
_FORM: Final = re.compile(
    r"# callbox person, format 1: [^\n]*\n"
    r"# name: (?P<full>[^\n]*)\n"
    r"# since: (?P<since>\d{4}-\d\d-\d\d)\n"
    r'restrict,pty,expiry-time="(?P<until>\d{12})Z" (?P<kind>[a-z0-9@.-]+) (?P<key>[A-Za-z0-9+/]+={0,2}) '
    r"callbox:(?P<name>[a-z0-9_-]+)\n",
    re.ASCII,
)
_MINUTE: Final = "%Y%m%d%H%M"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as OpenSSH writes it: its kind and its base64."""

    kind: str
    base64: str

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        digest = hashlib.sha256(b64decode(self.base64)).digest()
        return f"SHA256:{b64encode(digest).decode().rstrip('=')}"


@dataclass(frozen=True, slots=True)
class Login:
    """What a key file says: whose it is, since when, until when, and the key."""

    name: str
    full: str
    since: str
    until: datetime
    key: PublicKey

    @property
    def until_ns(self) -> int:
        """The first instant at which the key counts no more."""
        return round(self.until.timestamp()) * 1_000_000_000

    def text(self) -> str:
        """The whole file."""
        until = self.until.astimezone(UTC).strftime(_MINUTE)
        options = f'restrict,pty,expiry-time="{until}Z"'
        line = f"{options} {self.key.kind} {self.key.base64} callbox:{self.name}"
        return f"{_HEAD}\n# name: {self.full}\n# since: {self.since}\n{line}\n"


def parse(content: bytes, name: str) -> Login:
    """What the key file of this person says; refuses every file that `Login.text` would not have written."""
    try:
        found = _FORM.fullmatch(content.decode())
        login = _login(found) if found else None
    except ValueError:
        login = None
    if login is None or login.name != name or login.text().encode() != content:
        raise UnreadableError(f"the key file of {name} is not as `callbox person` writes it")
    return login


def _login(found: re.Match[str]) -> Login:
    """Refuses, as a `ValueError`, what only looks like a moment, a key or a name."""
    until = datetime.strptime(found["until"], _MINUTE).replace(tzinfo=UTC)
    b64decode(found["key"], validate=True)
    if not FULL_NAME.fullmatch(found["full"]):
        raise ValueError(found["full"])
    return Login(found["name"], found["full"], found["since"], until, PublicKey(found["kind"], found["key"]))
