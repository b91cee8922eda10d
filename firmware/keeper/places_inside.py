"""How many conversations may be open at the door, so that nobody shuts others out by holding it.

1. Of one account so many, of all persons so many. The keeper's own account and the mail process have places of their own.
   The last places of all are for who has few.
2. Who has not asked anything yet holds one of fewer places of his account, and for seconds only.
3. Who may not ask is answered, and his conversation ends with the answer.
"""

import os
from collections.abc import Sequence
from typing import Final, Protocol

from firmware.faults import Refused
from firmware.keeper.mail_account import ACCOUNT

MOST_INSIDE: Final = 256
MOST_OF_ONE: Final = 64
"""Our choice: with a body each, and the keeper's and the mail process's own, they need 768 descriptors; systemd gives 1,024."""

LAST: Final = 64
FEW: Final = 4
"""Our choice: three persons who hold all of theirs leave sixteen others the places of a command, and of `watch` and sftp beside it."""

MOST_QUIET: Final = 32
QUIET_NS: Final = 10_000_000_000
"""Ten seconds; our choice: a shell asks within a millisecond of coming in, on a loaded board within a second."""


class Held(Protocol):
    """A conversation that holds a place."""

    name: str
    uid: int
    asked: bool


def full(inside: Sequence[Held], name: str, uid: int) -> bool:
    """Whether there is no place for one more of this account (rules 1 and 2)."""
    mine = [each for each in inside if each.uid == uid]
    if _own(name, uid):
        return len(mine) >= MOST_OF_ONE
    others = sum(not _own(each.name, each.uid) for each in inside)
    quiet = sum(not each.asked for each in mine)
    room = MOST_INSIDE if len(mine) < FEW else MOST_INSIDE - LAST
    return len(mine) >= MOST_OF_ONE or quiet >= MOST_QUIET or others >= room


def too_many() -> Refused:
    """What is said to who finds no place."""
    return Refused(
        "refused.too-many",
        "more conversations are open than the box holds, of this account or of all",
        "end some of them, `watch` and sftp too, and ask again",
    )


def _own(name: str, uid: int) -> bool:
    return uid == os.geteuid() or name == ACCOUNT
