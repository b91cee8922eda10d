"""What the keeper can see from where it stands, and somebody must be told: a silent recorder, a clock not to be believed."""

from pathlib import Path
from typing import Final

from firmware.clock import Clock, ClockState
from firmware.faults import DeviceFault
from firmware.keeper.live import LINES
from firmware.keeper.spooled import read_file
from firmware.vault.reading import UnreadableError, read_object

SILENT_NS: Final = 30_000_000_000
"""A recorder speaks twice a second, and systemd starts one that ended within seconds; our choice."""


class Silence:
    """Since when the recorder has not spoken, counted from its last note or from the keeper's start."""

    def __init__(self, run: Path, clock: Clock) -> None:
        self._notes = run / LINES
        self._clock = clock
        self._heard_ns = clock.stamp().boottime_ns

    def fault(self) -> DeviceFault | None:
        """The fault that stands while nothing was heard for half a minute."""
        now = self._clock.stamp()
        self._heard_ns = max(self._heard_ns, self._spoke_ns(now.boot_id))
        if now.boottime_ns - self._heard_ns < SILENT_NS:
            return None
        return DeviceFault(
            "device.recorder-silent",
            "the recorder does not speak: no line is recorded",
            "systemctl status callbox-recorder says why it ended; systemctl start callbox-recorder, or callbox run",
        )

    def _spoke_ns(self, boot_id: str) -> int:
        """When it last spoke, on the boot clock; 0 for another boot, or where its note cannot be read."""
        try:
            at = read_object(read_file(self._notes), LINES).inner("at")
            return at.whole("boottime_ns") if at.text("boot_id") == boot_id else 0
        except (OSError, UnreadableError):
            return 0


def clock_fault(state: ClockState, *, was_trusted: bool) -> DeviceFault | None:
    """The fault that stands while the clock is not to be believed, and what follows from it."""
    if state is not ClockState.UNTRUSTED:
        return None
    follows = "what is recorded now gets no due day" if was_trusted else "no line is armed until it is"
    return DeviceFault(
        "device.clock-untrusted",
        f"the clock of this box is not synchronised: {follows}",
        "give the box a time server; timedatectl says how it stands",
    )
