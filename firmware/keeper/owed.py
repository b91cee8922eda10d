"""What the office owes for its holds is an alarm once its day has passed; it is never a reason to destroy."""

from firmware.clock import london_date
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.retention.hold import Duty, duties


def overdue(box: Box) -> list[tuple[str, Duty]]:
    """Every duty whose day has passed, with its hold, the longest overdue first."""
    today = london_date(box.clock.stamp().wall_ns)
    owed = [
        (standing.hold.id, duty)
        for standing in box.holds.standing()
        if not standing.released
        for duty in duties(standing.hold)
        if duty.overdue(today)
    ]
    return sorted(owed, key=lambda each: (each[1].by, each[0]))


def owed_fault(box: Box) -> VaultFault | None:
    """The fault that stands while any duty of any hold is overdue."""
    owed = overdue(box)
    if not owed:
        return None
    message, hint = _message(len(owed), *owed[0]), "callbox shell holds lists what each hold owes"
    return VaultFault("vault.hold-owed", message, hint, extent=len(owed))


def _message(count: int, hold: str, first: Duty) -> str:
    rest = f", and {count - 1} more" if count > 1 else ""
    return f"hold {hold}: {first.owed}; its day was {first.by.isoformat()}{rest}"
