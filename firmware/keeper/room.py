"""The disk filling never destroys early: somebody is told, with the days that are left, long before.

1. What the last fortnight took a day goes on to be taken; what falls due gives its room back on its day. The first
   day on which the rest is gone is the day that is told.
2. Where there is no room for a day of calls any more the recorder can finish nothing: the live log fills, new
   calls are refused, and the ledger says *lost: disk*. That is told too.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from firmware.clock import london_date
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.showing import counted

LOOK_BACK: Final = timedelta(days=14)
WARN_DAYS: Final = 30
"""How many days ahead the disk is looked at; our choice: time enough to order a larger one."""

STEP_DAYS: Final = 7
"""A disk that fills gets worse by the week: who acknowledged it hears of it again then, or when it is full. Our choice."""

LEAST: Final = 64 << 20
"""Bytes below which nothing can be counted on: catalogue, audit log and a table need room as well. Our choice."""

DAY_NS: Final = 86_400_000_000_000


def days_left(free: int, a_day: int, given_back: Mapping[date, int], today: date) -> int | None:
    """After how many days the room is gone, `None` where it lasts for as long as is looked ahead; all in bytes."""
    room = free - LEAST
    for count in range(WARN_DAYS):
        if room < 0:
            return count
        room += given_back.get(today + timedelta(days=count), 0) - a_day
    return None


@dataclass(frozen=True, slots=True)
class Room:
    """What is free below the data directory, in bytes, and for how many days, `None` for longer than is looked ahead."""

    free: int
    days_left: int | None


def room_of(box: Box) -> Room:
    """The room there is, and how long it lasts."""
    now = box.clock.stamp()
    today = london_date(now.wall_ns)
    taken = box.catalogue.bytes_since(now.wall_ns - LOOK_BACK.days * DAY_NS)
    back = box.catalogue.bytes_due(today.isoformat(), (today + timedelta(days=WARN_DAYS)).isoformat())
    given_back = {date.fromisoformat(day): size for day, size in back}
    free = _free(box.places.data)
    return Room(free, days_left(free, taken // LOOK_BACK.days, given_back, today))


def room_fault(box: Box) -> VaultFault | None:
    """The fault that stands while the disk will be full within a month, or is."""
    room = room_of(box)
    left = room.days_left
    if left is None:
        return None
    told = f"{room.free >> 20} MiB are free below {box.places.data}"
    hint = "give the box a larger disk, or fewer lines; nothing is destroyed early for want of room"
    if left == 0:
        return VaultFault(
            "vault.disk-full", f"{told}: recordings cannot be finished, new calls will be refused", hint
        )
    lasts = f"{told}: at this rate they last {counted(left, 'day')}"
    return VaultFault("vault.disk-filling", lasts, hint, extent=(WARN_DAYS - left) // STEP_DAYS)


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
