"""What an open fault asks of people: who acts, whom else it concerns, and whether the lamps on the desks show it.

1. Who acts follows from the kind of the fault, as in `firmware.faults`.
2. What touches the keeping of recordings or their loss concerns the controller's contact as well (DESIGN section 7).
3. A lamp shows what the people at the telephones must know: calls are not recorded as they were told, what was
   recorded is in doubt, or nobody watches the box. What leaves weeks to act is not on a lamp. A code that is
   not known here is shown.
4. Some faults are never silenced: nothing is recorded and callers are told that it is, or those whom the
   audit log watches could silence what watches them. An acknowledgement of one is noted, and lamp and mail go on.
"""

from enum import StrEnum
from typing import Final


class Owner(StrEnum):
    """Who acts on a fault."""

    EDITOR = "whoever edits the settings"
    PLUGS = "whoever looks after plugs and lines"
    KEYS = "whoever holds the keys"
    DISK = "whoever looks after the box and its disk"
    CONTROLLER = "the controller's contact"
    ASKER = "whoever asked"


OWNERS: Final = {
    "settings": Owner.EDITOR,
    "device": Owner.PLUGS,
    "seal": Owner.KEYS,
    "vault": Owner.DISK,
    "log": Owner.CONTROLLER,
    "refused": Owner.ASKER,
}
"""By the kind of the fault, the first word of its code."""


class Concern(StrEnum):
    """What of the notice a fault touches, so that the controller's contact is told."""

    KEEPING = "keeping"
    LOSS = "loss"
    NONE = ""


KEEPING: Final = frozenset(
    {
        "device.clock-jumped",
        "device.clock-untrusted",
        "vault.cell-absent",
        "vault.cell-differs",
        "vault.cell-unwritable",
        "vault.clock-damaged",
        "vault.copies-out",
        "vault.draft-damaged",
        "vault.hold-owed",
        "vault.live-key-kept",
        "vault.not-foretold",
        "vault.root-key-lost",
        "vault.shard-damaged",
        "vault.undated",
    }
)
"""Something is kept longer than promised, or may not be kept that long."""

LOSS: Final = frozenset(
    {
        "device.button-lost",
        "device.card-gone",
        "device.line-dead",
        "device.line-unconfirmed",
        "device.recorder-silent",
        "device.sensor-absent",
        "device.side-silent",
        "device.tap-failed",
        "device.tap-off-rate",
        "device.tap-silent",
        "seal.nobody-proved",
        "seal.proof-old",
        "seal.sealed-to-others",
        "vault.body-damaged",
        "vault.body-missing",
        "vault.commit-slow",
        "vault.disk",
        "vault.disk-full",
        "vault.keeper-absent",
        "vault.ledger-damaged",
        "vault.lock-missing",
        "vault.log-full",
        "vault.log-missing",
        "vault.log-unreadable",
        "vault.log-unwritable",
        "vault.not-armed",
        "vault.read-back",
        "vault.set-aside",
        "vault.spool-full",
        "vault.spool-unwritable",
    }
)
"""Calls are not recorded, or what was recorded may be gone."""

PATIENT: Final = frozenset(
    {
        "device.card-not-asked",
        "device.clock-unsynchronised",
        "device.line-agc",
        "device.line-clips",
        "device.line-hums",
        "device.line-unused",
        "device.relay-silent",
        "log.certificate",
        "log.torn",
        "seal.proof-due",
        "seal.recipient-unproved",
        "seal.sealed-to-others",
        "vault.copies-out",
        "vault.disk-filling",
        "vault.draft-damaged",
        "vault.hold-owed",
        "vault.live-key-kept",
        "vault.not-foretold",
        "vault.undated",
    }
)
"""On no lamp (rule 3): there are days or weeks to act, and nobody at a desk could."""

NOT_SILENCED: Final = frozenset(
    {
        "device.recorder-silent",
        "log.damaged",
        "log.does-not-verify",
        "log.no-witness",
        "log.rewritten",
        "log.unwitnessed",
        "seal.nobody-proved",
        "vault.disk-full",
        "vault.log-full",
        "vault.log-missing",
        "vault.log-unwritable",
        "vault.not-armed",
        "vault.spool-full",
        "vault.spool-unwritable",
    }
)
"""Rule 4."""


def owner_of(code: str) -> Owner:
    """Who acts on a fault of this code (rule 1); one of a kind that is not known is the controller's."""
    return OWNERS.get(code.partition(".")[0], Owner.CONTROLLER)


def concern_of(code: str) -> Concern:
    """What of the notice it touches (rule 2)."""
    if code in KEEPING:
        return Concern.KEEPING
    return Concern.LOSS if code in LOSS else Concern.NONE


def controllers(code: str) -> bool:
    """Whether the controller's contact is to be told of it (rules 1 and 2)."""
    return owner_of(code) is Owner.CONTROLLER or concern_of(code) is not Concern.NONE


def on_lamp(code: str) -> bool:
    """Whether the lamps on the desks show it (rule 3)."""
    return code not in PATIENT and owner_of(code) not in {Owner.EDITOR, Owner.ASKER}


def may_be_silenced(code: str) -> bool:
    """Whether an acknowledgement takes it off the lamps and out of the daily reminder (rule 4)."""
    return code not in NOT_SILENCED
