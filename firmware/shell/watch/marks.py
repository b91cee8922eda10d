"""What a lamp, a level and a stretch of a recording look like: words, letters and lengths, so that colour only helps."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, Final


class Look(Enum):
    """How a text wants to be seen; whatever it says stands in its words too."""

    PLAIN = "plain"
    QUIET = "quiet"
    GOOD = "good"
    MIND = "mind"
    BAD = "bad"


LAMPS: Final[Mapping[str | None, tuple[str, Look]]] = {
    "DARK": ("dark", Look.QUIET),
    "UNDECIDED": ("undecided", Look.PLAIN),
    "RECORDING": ("RECORDING", Look.GOOD),
    "ARMED": ("armed", Look.MIND),
    "OPTED_OUT": ("opted out", Look.MIND),
    "PAUSED": ("PAUSED", Look.MIND),
    "REMIND": ("PAUSED!", Look.MIND),
    "REFUSED": ("refused", Look.BAD),
    "FAULT": ("FAULT", Look.BAD),
    None: ("?", Look.QUIET),
}
"""Every lamp there is (`firmware.call.lamp`); a test compares."""

STRIP: Final[Mapping[str, str]] = {
    "recorded": "=",
    "paused": "p",
    "late cut": "c",
    "opted out": "o",
    "internal": "i",
    "exempt": "e",
    "transferred": "t",
    "unclassified": "u",
    "not answered": ".",
    "card entry": "#",
    "keyed digits": "k",
    "off hook without a call": "n",
    "withheld: button lost": "b",
    "lost: no samples": "!",
    "lost: restarted": "!",
    "lost: disk": "!",
    "lost: not armed": "!",
}
"""Every reason of the recorder (`firmware.call.events`); a test compares. What is lost shouts."""

OTHER: Final = "?"
KEPT: Final = "recorded"

FLOOR_DB: Final = -60
FULL, EMPTY, UNHEARD = "█", "·", " "


def meter(level_db: int | None, cells: int) -> str:
    """A level as a bar, from -60 dB up to full scale; blank where nothing is known."""
    if level_db is None:
        return UNHEARD * cells
    filled = round(min(max((level_db - FLOOR_DB) / -FLOOR_DB, 0.0), 1.0) * cells)
    return FULL * filled + EMPTY * (cells - filled)


def letters(strip: Sequence[Sequence[Any]] | None, cells: int) -> str:
    """A strip in so many letters; where several of its cells fall together what was withheld is shown."""
    if not strip:
        return OTHER * cells if strip is None else " " * cells
    reasons = [str(reason) for reason, count in strip for _ in range(int(count))]
    edges = [cell * len(reasons) // cells for cell in range(cells + 1)]
    return "".join(_letter(reasons[start : max(stop, start + 1)]) for start, stop in pairwise(edges))


def legend(strips: Iterable[Sequence[Sequence[Any]] | None]) -> str:
    """What the letters of these strips mean."""
    found = {str(reason) for strip in strips for reason, _ in strip or ()}
    told: dict[str, list[str]] = {}
    for reason, letter in STRIP.items():
        if reason in found:
            told.setdefault(letter, []).append(reason)
    return "  ".join(f"{letter} {', '.join(reasons)}" for letter, reasons in told.items())


def _letter(reasons: Sequence[str]) -> str:
    withheld = [each for each in reasons if each != KEPT]
    most = max(withheld, key=withheld.count, default=KEPT)
    return STRIP.get(most, OTHER)
