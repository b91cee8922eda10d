"""The laws that count: the policies of the settings in force, and of those replaced in the last days.

A version that is not kept or no longer understood is a law that brings nothing forward: while it counts,
nothing falls due early.
"""

from collections.abc import Iterable
from datetime import date

from firmware.keeper.history import InForce
from firmware.keeper.versions import Versions
from firmware.retention.law import Law
from firmware.settings import Settings


def laws_of(versions: Versions, in_force: Iterable[InForce]) -> list[Law]:
    """One law for each version of the settings, in order."""
    return [_law(versions.find(each.digest), each) for each in in_force]


def law_of(settings: Settings, until: date | None = None) -> Law:
    """The law of one version of the settings."""
    return Law(settings.policies, {each.name: each.policy for each in settings.departments}, until)


def _law(settings: Settings | None, version: InForce) -> Law:
    return law_of(settings, version.until) if settings else Law((), {}, version.until)
