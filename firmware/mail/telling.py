"""Each addressee is told what is news to him, in a letter of his own.

1. What he was told is kept once the relay has taken his letter: a run that ends before that is done again.
2. An addressee whom the relay refuses keeps no other from being told.
3. Whoever is not told of everything is told of what concerns the controller's contact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from firmware.mail import kept as keeping
from firmware.mail.kept import Kept
from firmware.mail.letter import letter
from firmware.mail.news import Name, News, Open, Told, news
from firmware.mail.relay import NotSentError, Relay, hand_over, session

CREDENTIAL: Final = "callbox-relay"
"""The name of the systemd credential that holds the relay's password."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run keeps what it told, and where systemd puts the password."""

    state: Path
    credentials: Path | None

    def password(self) -> str | None:
        """The relay's password, `None` where there is none."""
        if self.credentials is None:
            return None
        try:
            return (self.credentials / CREDENTIAL).read_text().strip("\r\n")
        except (OSError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is open, at an instant of the wall clock; `whole` says that what is not here has cleared."""

    found: Sequence[Open]
    now_ns: int
    whole: bool


def tell(place: Place, kept: Kept, seen: Seen) -> NotSentError | None:
    """Tell everybody; what went wrong first, `None` where every letter was taken. `kept.answer` names a relay."""
    answer = kept.answer or {}
    relay = Relay.of(answer["relay"])
    kept = replace(kept, told={to["address"]: kept.told.get(to["address"], {}) for to in answer["to"]})
    keeping.write(place.state, kept)
    said = {to["address"]: _news(kept.told[to["address"]], to, seen) for to in answer["to"]}
    return _deliver(place, kept, relay, {to: each for to, each in said.items() if each.any}, seen)


def _news(before: Mapping[Name, Told], to: Mapping[str, Any], seen: Seen) -> News:
    """What is news to one addressee (rule 3)."""
    meant = [each for each in seen.found if to["all"] is True or each.controller]
    if seen.whole:
        return news(before, meant, seen.now_ns)
    names = {each.name for each in meant}
    said = news({name: told for name, told in before.items() if name in names}, meant, seen.now_ns)
    return replace(said, after={**before, **said.after})


def _deliver(
    place: Place, kept: Kept, relay: Relay, said: Mapping[str, News], seen: Seen
) -> NotSentError | None:
    if not said:
        return None
    office, refused = (kept.answer or {})["office"], list[NotSentError]()
    try:
        with session(relay, place.password()) as client:
            for to, each in said.items():
                why = hand_over(client, letter(office, relay.sender, to, each, seen.now_ns), to)
                refused += [NotSentError("refused", why)] if why else []
                kept = kept if why else replace(kept, told={**kept.told, to: each.after})
                keeping.write(place.state, kept)
    except NotSentError as error:
        return error
    return refused[0] if refused else None
