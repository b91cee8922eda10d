"""What is still to be handed out of searches that were entered in the log: names of recordings, in memory only.

1. A search is its asker's alone. It holds names, never the number that was looked for.
2. It goes out in pages, each of so few files of the vault that nobody else waits long at the door.
3. Of each person the latest few are kept; a keeper that begins anew has forgotten all, and says so.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from firmware.faults import Refused
from firmware.keeper.door import Person
from firmware.vault.opaque import fresh

KEPT: Final = 4
"""Searches of one person; our choice: somebody looks in two windows."""


class Hands(StrEnum):
    """What is sealed and goes out with a candidate; a table on a terminal needs none of it."""

    DETAILS = "details"
    NOTES = "notes"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Search:
    """One search: its name, whose it is, what goes out with it, and the recordings to come, the newest first.

    `tag` is the subject's whose notes go out; empty where none do.
    """

    name: str
    uid: int
    hands: Hands
    rest: deque[str]
    tag: str = ""


class Searches:
    """Every search that is not handed out whole."""

    def __init__(self) -> None:
        self._open: dict[str, Search] = {}

    def begin(self, person: Person, names: Iterable[str], hands: Hands, tag: str = "") -> Search:
        """A new search; the oldest of that person is forgotten where there are too many (rule 3)."""
        own = [each.name for each in self._open.values() if each.uid == person.uid]
        for name in own[: max(0, len(own) + 1 - KEPT)]:
            del self._open[name]
        search = Search(fresh(), person.uid, hands, deque(names), tag)
        self._open[search.name] = search
        return search

    def get(self, person: Person, name: str) -> Search:
        """A search that is not handed out whole; refused where it is another's or forgotten (rule 1)."""
        search = self._open.get(name)
        if search is None or search.uid != person.uid:
            gone = "that search is handed out, or the keeper began anew meanwhile and has forgotten it"
            raise Refused(
                "refused.search-forgotten", gone, "search again: it is entered in the log as another one"
            )
        return search

    def end(self, search: Search) -> None:
        """Forget one that is handed out whole."""
        self._open.pop(search.name, None)
