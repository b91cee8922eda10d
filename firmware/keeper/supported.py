"""Until when the box gets security updates: the day stands in the settings, and a fault stands once it is past."""

from firmware.clock import ClockState, Stamp, london_date
from firmware.faults import SettingsFault
from firmware.settings.model import Support


def support_fault(support: Support | None, now: Stamp) -> SettingsFault | None:
    """The fault from the next day on; a clock that is not believed tells no day."""
    if support is None or now.state is ClockState.UNTRUSTED or london_date(now.wall_ns) <= support.until:
        return None
    ended = f"security updates for this box ended on {support.until}"
    hint = f"ask {support.contact} for a newer one; what the box keeps stays sealed meanwhile"
    return SettingsFault("settings.support-ended", ended, hint)
