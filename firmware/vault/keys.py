"""The names of keys say when they fall due: they are also the names of files.

1. `day-YYYY-MM-DD` falls due on that London day; `undated` never does; `hold-NAME` when its hold is
   released; `live-N` locks nothing in the vault: it opens what the recorder hands on.
2. A day whose key was replaced, because something locked with it had to go early or was sealed anew, has
   `day-YYYY-MM-DD.2`, then `.3`. Each of them falls due on that same day. So it is with the key of a hold.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

UNDATED: Final = "undated"
DAY: Final = "day-"
LIVE: Final = "live-"
HOLD: Final = "hold-"


def day_key(due: date | None) -> str:
    """The name that every key of this due day begins with."""
    return f"{DAY}{due.isoformat()}" if due else UNDATED


def hold_key(hold: str) -> str:
    """The key of a hold."""
    return f"{HOLD}{hold}"


def hold_of(key_id: str) -> str:
    """The hold that a key of it belongs to."""
    return base(key_id).removeprefix(HOLD)


def base(key_id: str) -> str:
    """The name without the number of its replacement (rule 2)."""
    return key_id.partition(".")[0]


def due_of(key_id: str) -> date | None:
    """The day on which a key falls due, `None` for a key that no day makes due."""
    return date.fromisoformat(base(key_id).removeprefix(DAY)) if key_id.startswith(DAY) else None


def of_base(key_ids: Iterable[str], wanted: str) -> list[str]:
    """The keys of one day, the oldest first."""
    return sorted((each for each in key_ids if base(each) == wanted), key=order)


def next_of(key_ids: Iterable[str], wanted: str) -> str:
    """The name of the key that replaces all of these of one day."""
    living = of_base(key_ids, wanted)
    return f"{wanted}.{order(living[-1])[1] + 1}" if living else wanted


def order(key_id: str) -> tuple[str, int]:
    """Sorts keys by day, and those of one day by age."""
    name, _, number = key_id.partition(".")
    return name, int(number or 1)
