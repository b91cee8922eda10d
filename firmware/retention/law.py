"""On which day a recording falls due when the settings changed after it was made.

1. A recording is locked to the due day of its own date and its own settings. That day is never later.
2. A shortening applies to everything: a later version of the policy, or a shorter period in the
   settings now, brings the day forward, but never to before the shorter version was in force (SHD.6).
3. A lengthening applies to new recordings only: nothing here ever puts a day off.
4. A change of the settings has seven days' grace: a day is brought forward only where every
   law of the last seven days agrees. So a slip that is mended within a week destroyed nothing.
5. A department that the settings do not know, and a period that is nothing, bring nothing forward.

DESIGN section 6; the grace is design-review C8.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from firmware.retention.schedule import due_on, in_force
from firmware.settings.model import Policy
from firmware.settings.period import Period, parse_period

GRACE: Final = timedelta(days=7)
"""From the day on which settings were replaced until they no longer count (rule 4)."""


@dataclass(frozen=True, slots=True)
class Law:
    """The policies of one version of the settings, and the name of each department's.

    `until` is the London date on which other settings took its place, `None` while it is in force.
    """

    policies: tuple[Policy, ...]
    departments: Mapping[str, str]
    until: date | None = None


def counting(laws: Iterable[Law], day: date) -> list[Law]:
    """The laws that still count on a day: the one in force, and those replaced less than seven days before."""
    return [law for law in laws if law.until is None or law.until + GRACE > day]


def falls_due(on: date, locked: date, department: str, laws: Iterable[Law]) -> date:
    """The first day on which a recording of a date is due: `locked`, or earlier where all laws agree (rule 4)."""
    agreed = max((_objects_until(law, department, on) for law in laws), default=date.max)
    return min(locked, agreed)


def _objects_until(law: Law, department: str, on: date) -> date:
    """The day from which this law no longer stands against destroying."""
    name = law.departments.get(department)
    shortest = min(_days(law, name, on), default=date.max) if name else date.max
    return shortest if law.until is None else min(shortest, law.until + GRACE)


def _days(law: Law, name: str, on: date) -> Iterator[date]:
    """The due day under the version of its date, and under each later one (rule 2)."""
    own = in_force(law.policies, name, on)
    for version in law.policies:
        if version is own or (version.name == name and version.effective > on):
            period = parse_period(version.period)
            if period is not None and period != Period(0, 0, 0):
                yield max(due_on(on, period), version.effective)
