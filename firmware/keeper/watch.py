"""What the keeper can see from where it stands, and somebody must be told: a silent recorder, a clock not to be believed."""

from pathlib import Path
from typing import Final

from firmware.clock import DAY, Clock, ClockState, offset
from firmware.faults import DeviceFault, Fault, VaultFault
from firmware.keeper.belief import Doubt, Memory
from firmware.keeper.judged import Standing
from firmware.keeper.live import LINES
from firmware.keeper.spooled import read_file
from firmware.showing import counted, minute
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


def undated_fault(count: int) -> VaultFault | None:
    """The fault that stands while recordings have no due day."""
    if not count:
        return None
    return VaultFault(
        "vault.undated",
        f"{counted(count, 'recording has no due day and is kept until it gets', 'recordings have no due day and are kept until they get')} one",
        "`callbox shell list` shows them with no due day, `show ID` says why",
        extent=count.bit_length(),  # worse is twice as many: under a clock not to be believed each call adds one
    )


LONG_NS: Final = 7 * DAY
"""How long an unsynchronised clock is only a fault of the time, not of keeping too long; our choice, as for a silent witness."""

CONFIRM: Final = 'callbox shell clock confirm --now "YYYY-MM-DD HH:MM", from your own watch'


def clock_fault(how: Standing, *, was_trusted: bool) -> Fault | None:
    """The fault that stands while the clock is not to be believed, and what follows from it."""
    match how.doubt:
        case None:
            return _settling(how.memory) or _held_long(how)
        case Doubt.DAMAGED:
            return VaultFault(
                "vault.clock-damaged",
                "what the box remembered of the time is missing or cannot be read: nothing is destroyed until the time is confirmed",
                f"look at the disk: dmesg; then {CONFIRM}",
            )
        case Doubt.UNSYNCHRONISED | Doubt.BUILT:
            return _untrusted(how, was_trusted=was_trusted)
    return _doubted(how)


def _untrusted(how: Standing, *, was_trusted: bool) -> DeviceFault:
    follows = "what is recorded now gets no due day" if was_trusted else "no line is armed until it is"
    if how.unsynchronised_ns >= LONG_NS:
        days = how.unsynchronised_ns // DAY
        follows += (
            f"; for {days} days nothing was destroyed, and what fell due is kept until the time is believed"
        )
    what = "shows a day before its firmware was built" if how.doubt is Doubt.BUILT else "is not synchronised"
    return DeviceFault(
        "device.clock-untrusted",
        f"the clock of this box {what}: {follows}",
        f"give the box a time server; timedatectl says how it stands; without one: {CONFIRM}",
    )


def _held_long(how: Standing) -> DeviceFault | None:
    if how.now.state is not ClockState.HELD or how.unsynchronised_ns < LONG_NS:
        return None
    days = how.unsynchronised_ns // DAY
    return DeviceFault(
        "device.clock-unsynchronised",
        f"the clock has not been synchronised for {days} days; it is believed while the box runs on",
        "see that the time server answers before the box is switched off: timedatectl",
    )


def _settling(memory: Memory | None) -> DeviceFault | None:
    if memory is None or not memory.settling:
        return None
    return _jumped(
        memory.mark_ns, memory.gained_ns, "when the box has run 24 hours, or the time is confirmed"
    )


def _doubted(how: Standing) -> DeviceFault:
    """What was moved by somebody; a sentence that stays as it is while the time goes on."""
    memory, confirmed = how.memory, "when the time is confirmed"
    if memory is None or how.doubt is Doubt.DENIED:
        what = "a witness gave another time than the box shows"
        return _moved(what, "when a witness agrees, or the time is confirmed")
    match how.doubt:
        case Doubt.LEAPT:
            return _jumped(memory.mark_ns, memory.gained_ns, confirmed)
        case Doubt.STEPPED:
            return _jumped(memory.last.wall_ns, offset(how.now) - memory.offset_ns, confirmed)
    what = f"the clock is behind {minute(memory.mark_ns)}, a time that was believed before"
    return _moved(what, "when it has caught up, or the time is confirmed")


def _jumped(from_ns: int, by_ns: int, ends: str) -> DeviceFault:
    return _moved(f"the clock jumped from {minute(from_ns)} to {minute(from_ns + by_ns)}", ends)


def _moved(what: str, ends: str) -> DeviceFault:
    hint = f"compare with your own watch; if the box is right: {CONFIRM}; if not, look at its time server"
    return DeviceFault("device.clock-jumped", f"{what}: nothing is destroyed; this ends {ends}", hint)
