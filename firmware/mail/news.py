"""What an addressee has not heard yet of open faults: new ones, cleared ones, and once a day those that still stand.

1. A fault is new to an addressee who was not told of it, or of another one since: the same code and subject with
   another beginning is another fault.
2. Once 24 hours have gone since an addressee was last told of one that nobody silenced, he is told of all that stand.
   A clock that was set back by more than an hour counts as 24 hours: rather once too often.
3. Where nothing is new, cleared or due, nothing is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

HOUR_NS: Final = 3_600_000_000_000
REMIND_NS: Final = 24 * HOUR_NS

TEXTS: Final = ("code", "subject", "message", "hint", "owner")

Name = tuple[str, str]
"""Code and subject."""


@dataclass(frozen=True, slots=True)
class Open:
    """One open fault, as the keeper tells it; `controller` says that it concerns the controller's contact."""

    code: str
    subject: str
    message: str
    hint: str
    since_ns: int
    owner: str
    silenced: bool
    controller: bool

    @property
    def name(self) -> Name:
        """Code and subject."""
        return self.code, self.subject

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Open":
        """From the keeper's answer."""
        code, subject, message, hint, owner = (str(told[name]) for name in TEXTS)
        silenced, controller = told["silenced"] is True, told["controller"] is True
        since = int(told["since_wall_ns"])
        return cls(code, subject, message, hint, since, owner, silenced, controller)


@dataclass(frozen=True, slots=True)
class Told:
    """What an addressee was told of one fault: since when it stands, and when he was told last (wall clock, ns)."""

    since_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class News:
    """What an addressee is to be told now, and what he has been told once he was."""

    new: tuple[Open, ...]
    cleared: tuple[tuple[Name, Told], ...]
    standing: tuple[Open, ...]
    after: Mapping[Name, Told]

    @property
    def any(self) -> bool:
        """Whether there is anything to say (rule 3)."""
        return bool(self.new or self.cleared or self.standing)


def news(before: Mapping[Name, Told], found: Sequence[Open], now_ns: int) -> News:
    """What is news to somebody who was told this before."""
    known = {name: told for name, told in before.items() if _same(told, name, found)}
    new = tuple(each for each in found if each.name not in known)
    cleared = tuple((name, told) for name, told in before.items() if name not in known)
    loud = tuple(each for each in found if each.name in known and not each.silenced)
    standing = loud if any(_due(known[each.name], now_ns) for each in loud) else ()
    heard = {each.name: Told(each.since_ns, now_ns) for each in (*new, *standing)}
    return News(new, cleared, standing, known | heard)


def _same(told: Told, name: Name, found: Sequence[Open]) -> bool:
    return any(each.name == name and each.since_ns == told.since_ns for each in found)


def _due(told: Told, now_ns: int) -> bool:
    passed = now_ns - told.last_ns
    return passed >= REMIND_NS or passed < -HOUR_NS
