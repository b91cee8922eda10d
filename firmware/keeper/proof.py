"""A recipient counts once it is proved: the box sealed a random word to it, and the word came back.

1. The word is kept as a salted digest only; the sealed word is a file that anybody may see.
2. A recipient whose key changed is another recipient: it is asked again.
3. Lines are armed when one recipient is proved and the clock was trusted once; until
   every one is proved a fault stands (DESIGN section 5).
4. A proof is good for 180 days. A fortnight before, another word is sealed, and that is said; past them, a fault
   stands. Neither disarms a line: a key that is not shown may still be there, and what is not recorded is lost.
5. Where what was kept of them is damaged it is moved aside, and who was proved as last published still is: no line is
   disarmed by a bad block. Each is asked anew.
6. Days are counted by a clock that is to be believed. A proof given under another one, or before its day was kept,
   counts from the first time that is believed.
"""

import hashlib
import hmac
import secrets
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from firmware.clock import ClockState, Stamp, london_date
from firmware.faults import Refused, SealFault
from firmware.sealing.age import seal_bytes
from firmware.sealing.recipients import parse
from firmware.settings import Recipient, Settings
from firmware.showing import counted
from firmware.vault import durable
from firmware.vault.opaque import fresh
from firmware.vault.places import Places
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object

ARMED = "armed.json"
DAY_NS: Final = 86_400_000_000_000
GOOD_DAYS: Final = 180
"""How long a proof is good (DESIGN section 5)."""

BEFORE_DAYS: Final = 14
"""How long before its end another word is there to be given back; our choice: a fortnight's holiday."""

LOOKALIKE = str.maketrans("oil", "011")
"""Crockford base32 reads these letters as the digits that they look like."""

HOW = (
    "callbox shell recipient ask {name} > word.age; where the key is: age -d -i key.txt word.age; "
    "then: callbox shell recipient prove {name} WORD"
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one recipient was asked last: salt and digest of the word.

    `proved` is whether a word ever came back, `proved_ns` when the last one did, in wall nanoseconds that were believed,
    `asked` whether the present word is still to be given back.
    """

    key: str
    salt: str
    digest: str
    proved: bool
    asked: bool = True
    proved_ns: int | None = None

    def content(self) -> dict[str, object]:
        """As it is written, in format 2."""
        told = {"key": self.key, "salt": self.salt, "digest": self.digest, "proved": self.proved}
        return {**told, "asked": self.asked, "proved_ns": self.proved_ns}


class Proofs:
    """The challenges of every recipient in the settings."""

    def __init__(self, places: Places, settings: Settings) -> None:
        """Read what is there, and ask every recipient that was never asked or has another key now."""
        self._places = places
        self._recipients = settings.recipients
        known = _kept(places, settings)
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

    def proved_ns(self, name: str) -> int | None:
        """When a recipient was proved last, in wall nanoseconds; `None` where that is not known."""
        return self._challenges[name].proved_ns

    def asked(self, name: str) -> bool:
        """Whether a word was sealed to a recipient that is still to be given back."""
        return self._challenges[name].asked

    def good(self, name: str, now: Stamp) -> bool:
        """Whether a recipient's proof is good now (rule 4)."""
        found = self._challenges[name]
        return found.proved and (_days(found, now) or 0) < GOOD_DAYS

    def look(self, now: Stamp, entered: Mapping[str, int]) -> None:
        """Ask again whose proof is nearly as old as it may be (rules 4 and 6); `entered` is what the log says of proofs."""
        if now.state is ClockState.UNTRUSTED:
            return
        before = dict(self._challenges)
        for each in self._recipients:
            found = before[each.name]
            if found.proved and found.proved_ns is None:
                found = replace(found, proved_ns=min(entered.get(each.name, now.wall_ns), now.wall_ns))
            if not found.asked and (_days(found, now) or 0) >= GOOD_DAYS - BEFORE_DAYS:
                fresh_word = _ask(self._places, each)
                found = replace(fresh_word, proved=found.proved, proved_ns=found.proved_ns)
            self._challenges[each.name] = found
        if before != self._challenges:
            self._keep()

    def ask_again(self, name: str) -> None:
        """Seal another word to a recipient whose proof is still good; one that is to be given back already stays."""
        found = self._known(name)
        if not found.asked:
            recipient = next(each for each in self._recipients if each.name == name)
            asked = _ask(self._places, recipient)
            self._challenges[name] = replace(asked, proved=found.proved, proved_ns=found.proved_ns)
            self._keep()

    def sealed_word(self, name: str) -> bytes:
        """The word sealed to a recipient: a small age file. Refused while its proof is good, or where there is none."""
        self._known(name)
        try:
            return _file(self._places, name).read_bytes()
        except FileNotFoundError:
            raise _proved_already(name) from None

    def prove(self, name: str, word: str, now: Stamp) -> None:
        """Take the word back; case, spaces and hyphens do not matter. Refuses a wrong one."""
        challenge = self._known(name)
        if not challenge.asked:
            raise _proved_already(name)
        plain = "".join(word.lower().replace("-", "").split()).translate(LOOKALIKE)
        if not hmac.compare_digest(_digest(challenge.salt, plain), challenge.digest):
            wrong = f"that is not the word that was sealed to {name}"
            raise Refused("refused.word", wrong, HOW.format(name=name))
        when = None if now.state is ClockState.UNTRUSTED else now.wall_ns
        self._challenges[name] = replace(challenge, proved=True, asked=False, proved_ns=when)
        self._keep()
        durable.remove(_file(self._places, name))

    def arm(self, clock_trusted: bool) -> None:  # noqa: FBT001  named as the file names it
        """Publish who is proved, and whether the clock was trusted once since `init`."""
        path = self._places.published / ARMED
        content = canonical({"format": 1, "proved": self.proved, "clock_trusted": clock_trusted})
        if not path.exists() or path.read_bytes() != content:
            durable.write(path, content)

    def fault(self, now: Stamp) -> SealFault | None:
        """The fault that stands until every recipient is proved, and again where a proof is too old."""
        missing = [each.name for each in self._recipients if not self._challenges[each.name].proved]
        if not missing:
            return self._old(now)
        hint = HOW.format(name=missing[0])
        if not self.proved:
            nobody = "no recipient has proved that recordings can be opened: no line is armed"
            return SealFault("seal.nobody-proved", nobody, hint)
        waiting = f"these recipients have not proved that they can open recordings: {', '.join(missing)}"
        return SealFault("seal.recipient-unproved", waiting, hint)

    def _old(self, now: Stamp) -> SealFault | None:
        """Rule 4: the one that is due next, or was due longest ago."""
        ages = {each.name: _days(self._challenges[each.name], now) for each in self._recipients}
        first = GOOD_DAYS - BEFORE_DAYS
        asked = [name for name, days in ages.items() if days is not None and days >= first]
        if now.state is ClockState.UNTRUSTED or not asked:
            return None
        name = max(asked, key=lambda each: ages[each] or 0)
        days, hint = ages[name] or 0, HOW.format(name=name)
        since = f"{counted(days, 'day')} ago, on {london_date(self._challenges[name].proved_ns or 0)}"
        if days < GOOD_DAYS:
            soon = f"recipient {name} showed {since}, that recordings can be opened: in {counted(GOOD_DAYS - days, 'day')} it is to be shown again"
            return SealFault("seal.proof-due", soon, hint)
        old = f"recipient {name} last showed {since}, that recordings can be opened; lines stay armed"
        return SealFault("seal.proof-old", old, hint)

    def _known(self, name: str) -> Challenge:
        if name not in self._challenges:
            names = ", ".join(self._challenges)
            nobody = "there is no recipient of that name"
            raise Refused("refused.unknown-recipient", nobody, f"the recipients are: {names}")
        return self._challenges[name]

    def _keep(self) -> None:
        content = {name: each.content() for name, each in self._challenges.items()}
        written = canonical({"format": 2, "recipients": content})
        if not self._places.challenges.exists() or self._places.challenges.read_bytes() != written:
            durable.write(self._places.challenges, written)


def _proved_already(name: str) -> Refused:
    done = f"recipient {name} is proved already"
    hint = f"it is asked again {GOOD_DAYS - BEFORE_DAYS} days after; `callbox shell recipient` lists who is proved"
    return Refused("refused.word", done, hint)


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


def _kept(places: Places, settings: Settings) -> dict[str, Challenge]:
    """What was kept; rule 5 where it is damaged."""
    path = places.challenges
    try:
        return _read(path)
    except UnreadableError as error:
        aside = path.with_name(f"{path.name}.damaged")
        print(
            f"callbox-keeper: {error}; it lies in {aside.name}, and every recipient is asked anew",
            file=sys.stderr,
        )
        durable.move(path, aside)
    proved = _published(places.published)
    asked = ((each.name, _ask(places, each)) for each in settings.recipients)
    return {name: replace(challenge, proved=name in proved) for name, challenge in asked}


def _published(folder: Path) -> Collection[str]:
    """Who was proved, as last published."""
    try:
        return read_object((folder / ARMED).read_bytes(), ARMED).texts("proved")
    except (FileNotFoundError, UnreadableError):
        return ()


def _read(path: Path) -> dict[str, Challenge]:
    try:
        read = read_object(path.read_bytes(), path.name)
    except FileNotFoundError:
        return {}
    read.require_format(1, 2)
    asked = read.inner("recipients")
    return {name: _challenge(asked.inner(name)) for name in asked.content}


def _challenge(fields: Fields) -> Challenge:
    """Of format 1, which tells no days: what is proved is not asked."""
    proved = fields.content.get("proved") is True
    when = fields.maybe_whole("proved_ns") if "proved_ns" in fields.content else None
    asked = fields.content.get("asked", not proved) is True
    return Challenge(fields.text("key"), fields.text("salt"), fields.text("digest"), proved, asked, when)


def _days(challenge: Challenge, now: Stamp) -> int | None:
    """How many whole days ago a recipient was proved."""
    if challenge.proved_ns is None:
        return None
    return max(0, now.wall_ns - challenge.proved_ns) // DAY_NS


def _digest(salt: str, word: str) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + word.encode()).hexdigest()


def _file(places: Places, name: str) -> Path:
    return places.proof / f"{name}.age"
