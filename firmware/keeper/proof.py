"""A recipient counts once it is proved: the box sealed a random word to it, and the word came back.

1. The word is kept as a salted digest only; the sealed word is a file that anybody may see.
2. A recipient whose key changed is another recipient: it is asked again.
3. Lines are armed when one recipient is proved and the clock was trusted once; until
   every one is proved a fault stands (DESIGN section 5).
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from firmware.faults import Refused, SealFault
from firmware.sealing.age import seal_bytes
from firmware.sealing.recipients import parse
from firmware.settings import Recipient, Settings
from firmware.vault import durable
from firmware.vault.opaque import fresh
from firmware.vault.places import Places
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object

ARMED = "armed.json"
LOOKALIKE = str.maketrans("oil", "011")
"""Crockford base32 reads these letters as the digits that they look like."""

HOW = (
    "callbox shell recipient ask {name} > word.age; where the key is: age -d -i key.txt word.age; "
    "then: callbox shell recipient prove {name} WORD"
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one recipient was asked: salt and digest of the word, and whether it came back."""

    key: str
    salt: str
    digest: str
    proved: bool

    def content(self) -> dict[str, object]:
        """As it is written."""
        return {"key": self.key, "salt": self.salt, "digest": self.digest, "proved": self.proved}


class Proofs:
    """The challenges of every recipient in the settings."""

    def __init__(self, places: Places, settings: Settings) -> None:
        """Read what is there, and ask every recipient that was never asked or has another key now."""
        self._places = places
        self._recipients = settings.recipients
        known = _read(places.challenges)
        kept = {each.name: known.get(each.name) for each in settings.recipients}
        self._challenges = {
            each.name: found if (found := kept[each.name]) and found.key == each.key else _ask(places, each)
            for each in settings.recipients
        }
        self._keep()

    @property
    def proved(self) -> list[str]:
        """The names of recipients that are proved, in the order of the settings."""
        return [each.name for each in self._recipients if self._challenges[each.name].proved]

    def sealed_word(self, name: str) -> bytes:
        """The word sealed to a recipient: a small age file. Refused once it is proved or where there is none."""
        self._known(name)
        try:
            return _file(self._places, name).read_bytes()
        except FileNotFoundError:
            done = f"recipient {name} is proved already"
            raise Refused("refused.word", done, "`callbox shell recipient` lists who is proved") from None

    def prove(self, name: str, word: str) -> None:
        """Take the word back; case, spaces and hyphens do not matter. Refuses a wrong one."""
        challenge = self._known(name)
        plain = "".join(word.lower().replace("-", "").split()).translate(LOOKALIKE)
        if not hmac.compare_digest(_digest(challenge.salt, plain), challenge.digest):
            wrong = f"that is not the word that was sealed to {name}"
            raise Refused("refused.word", wrong, HOW.format(name=name))
        self._challenges[name] = Challenge(challenge.key, challenge.salt, challenge.digest, proved=True)
        self._keep()
        durable.remove(_file(self._places, name))

    def arm(self, clock_trusted: bool) -> None:  # noqa: FBT001  named as the file names it
        """Publish who is proved, and whether the clock was trusted once since `init`."""
        path = self._places.published / ARMED
        content = canonical({"format": 1, "proved": self.proved, "clock_trusted": clock_trusted})
        if not path.exists() or path.read_bytes() != content:
            durable.write(path, content)

    def fault(self) -> SealFault | None:
        """The fault that stands until every recipient is proved."""
        missing = [each.name for each in self._recipients if not self._challenges[each.name].proved]
        if not missing:
            return None
        hint = HOW.format(name=missing[0])
        if not self.proved:
            nobody = "no recipient has proved that recordings can be opened: no line is armed"
            return SealFault("seal.nobody-proved", nobody, hint)
        waiting = f"these recipients have not proved that they can open recordings: {', '.join(missing)}"
        return SealFault("seal.recipient-unproved", waiting, hint)

    def _known(self, name: str) -> Challenge:
        if name not in self._challenges:
            names = ", ".join(self._challenges)
            nobody = "there is no recipient of that name"
            raise Refused("refused.unknown-recipient", nobody, f"the recipients are: {names}")
        return self._challenges[name]

    def _keep(self) -> None:
        content = {name: each.content() for name, each in self._challenges.items()}
        written = canonical({"format": 1, "recipients": content})
        if not self._places.challenges.exists() or self._places.challenges.read_bytes() != written:
            durable.write(self._places.challenges, written)


def clock_was_trusted(published: Path) -> bool:
    """Whether the clock was trusted once since `init`, as last published."""
    try:
        return read_object((published / ARMED).read_bytes(), ARMED).content.get("clock_trusted") is True
    except (FileNotFoundError, UnreadableError):
        return False


def _ask(places: Places, recipient: Recipient) -> Challenge:
    """Seal a fresh word; the sealed file is durable before the digest is."""
    word, salt = fresh(), secrets.token_hex(16)
    sealed = seal_bytes(f"{word}\n".encode(), [parse(recipient.key)])
    durable.write(_file(places, recipient.name), sealed)
    return Challenge(recipient.key, salt, _digest(salt, word), proved=False)


def _read(path: Path) -> dict[str, Challenge]:
    try:
        asked = read_object(path.read_bytes(), path.name).inner("recipients")
    except FileNotFoundError:
        return {}
    return {name: _challenge(asked.inner(name)) for name in asked.content}


def _challenge(fields: Fields) -> Challenge:
    proved = fields.content.get("proved") is True
    return Challenge(fields.text("key"), fields.text("salt"), fields.text("digest"), proved)


def _digest(salt: str, word: str) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + word.encode()).hexdigest()


def _file(places: Places, name: str) -> Path:
    return places.proof / f"{name}.age"
