"""Which law counts for a recording: the policy of its own settings on its own date, or none at all.

1. The settings are those whose digest the recorder noted, not those of today.
2. A recording begun while the clock was not to be believed, or under a clock that does not
   fit the keeper's, has no date (DESIGN section 6).
3. Where anything is unknown there is no due day: the recording is kept, and it is said why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from firmware.clock import ClockState, Stamp, london_date, plausible
from firmware.retention.schedule import due
from firmware.settings import Settings
from firmware.vault.facts import Facts


@dataclass(frozen=True, slots=True)
class Verdict:
    """Date, due day, policy and lawful basis of a recording; `undated` is why there is no due day."""

    on: date | None
    due: date | None
    undated: str | None
    policy: Mapping[str, object] | None
    lawful_basis: Mapping[str, str]


def verdict(facts: Facts, settings: Settings | None, now: Stamp) -> Verdict:
    """The law that counts for these facts under the settings of their digest, as the keeper's clock stands now."""
    on = london_date(facts.began.wall_ns) if plausible(facts.began, now) else None
    if settings is None:
        return Verdict(on, None, "its settings are not known", None, {})
    basis = dict(settings.office.lawful_basis)
    if on is None:
        return Verdict(None, None, _why_undated(facts.began), None, basis)
    name = next((each.policy for each in settings.departments if each.name == facts.department), None)
    found = due(settings.policies, name, on) if name else None
    if found is None:
        return Verdict(on, None, "no policy was in force for its department on its date", None, basis)
    policy = {
        "name": found.policy.name,
        "period": found.policy.period,
        "from": found.policy.effective.isoformat(),
        "reason": found.policy.reason,
    }
    return Verdict(on, found.on, None, policy, basis)


def _why_undated(began: Stamp) -> str:
    if began.state is ClockState.UNTRUSTED:
        return "the clock was not to be believed when it began"
    return "the time that it began at does not fit the keeper's clock"
