"""When a recording falls due, as calendar arithmetic on London dates.

1. The date of a recording is the London date at its first sample; the caller gives it.
2. The policy that counts is the version in force on that date (requirements SHD.6).
3. Years and months are added first and together, and a day that the month does not
   have becomes its last day; days are added after that (requirements HAR.10, SHD.6).
4. Zero, blank or unknown never means "now": there is then no due day at all, and
   the caller keeps the recording and says so.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from firmware.settings.model import Policy
from firmware.settings.period import Period, parse_period

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Due:
    """A recording's due day, and the version of the policy that set it."""

    on: date
    policy: Policy


def in_force(policies: Iterable[Policy], name: str, day: date) -> Policy | None:
    """The version of a policy in force on a day: the latest that began by then, `None` before the first."""
    begun = (each for each in policies if each.name == name and each.effective <= day)
    return max(begun, key=lambda each: each.effective, default=None)


def due_on(began: date, period: Period) -> date:
    """The day on which what began on a date falls due (rule 3)."""
    months = began.year * MONTHS + began.month - 1 + period.years * MONTHS + period.months
    year, month = divmod(months, MONTHS)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(began.day, last)) + timedelta(days=period.days)


def due(policies: Iterable[Policy], name: str, began: date) -> Due | None:
    """When a recording of that date falls due under the named policy.

    `None` where no version was in force or its period is nothing (rule 4).
    """
    policy = in_force(policies, name, began)
    period = parse_period(policy.period) if policy else None
    if policy is None or period is None or period == Period(0, 0, 0):
        return None
    return Due(due_on(began, period), policy)
