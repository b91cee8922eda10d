"""The laws that count: the policies of the settings in force, and of those replaced in the last days.

A version that is not kept or no longer understood is a law that brings nothing forward: while it counts,
nothing falls due early.
"""

from collections.abc import Iterable

from firmware.keeper.history import InForce
from firmware.keeper.versions import Versions
from firmware.retention.law import Law
from firmware.settings import Settings


def laws_of(versions: Versions, in_force: Iterable[InForce]) -> list[Law]:
    """One law for each version of the settings, in order."""
    return [_law(versions.find(each.digest), each) for each in in_force]


def _law(settings: Settings | None, version: InForce) -> Law:
    if settings is None:
        return Law((), {}, version.until)
    departments = {each.name: each.policy for each in settings.departments}
    return Law(settings.policies, departments, version.until)
