"""A moment as a person types it, in London: one instant, or both of the hour that comes twice.

In spring an hour does not exist; in autumn one comes twice. The first is refused with a sentence, of the
second both are meant unless the offset is typed.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from firmware.clock import LONDON
from firmware.faults import Refused
from firmware.shell.words import refused

TYPED: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?(?:([+-])(\d\d):?(\d\d))?", re.ASCII
)
SECOND_NS: Final = 1_000_000_000


def instants(text: str) -> list[tuple[int, int]]:
    """From when up to when, in wall nanoseconds: the minute that was typed, or the second."""
    found = TYPED.fullmatch(text.strip())
    if found is None:
        raise refused('--at needs a moment in London, as in: --at "2026-03-02 14:05"')
    width = SECOND_NS if found[4] else 60 * SECOND_NS
    return [(each, each + width) for each in _meant(_local(found), found)]


def _local(found: re.Match[str]) -> datetime:
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}:{found[3]}:{found[4] or '00'}")
    except ValueError as error:
        raise refused(f"{found[0]!r} is not a time that a clock shows") from error


def _meant(local: datetime, found: re.Match[str]) -> list[int]:
    both = [local.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1)]
    there = [each for each in both if _shown(each) == local]
    if not there:
        message = f"{local:%Y-%m-%d %H:%M} does not exist in London: the clocks went forward over it"
        raise Refused("refused.arguments", message, "ask for the hour before or after")
    offsets = {each.utcoffset(): each for each in reversed(there)}
    if found[5]:
        typed = timedelta(hours=int(found[6]), minutes=int(found[7])) * (1 if found[5] == "+" else -1)
        if typed not in offsets:
            raise refused(f"London was not at {found[5]}{found[6]}:{found[7]} from UTC then")
        offsets = {typed: offsets[typed]}
    return sorted(round(each.timestamp()) * SECOND_NS for each in offsets.values())


def _shown(at: datetime) -> datetime:
    """What a clock in London shows at an instant."""
    return at.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None, fold=0)
