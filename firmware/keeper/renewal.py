"""A process cannot wipe what it once held: a keeper that destroyed keys begins anew, an exec that gives back its memory.

1. It is a minute old at least, and in no conversation; a conversation puts it off for ten minutes at most.
2. Where the next one could not begin it stays, and says so. Where the cell no longer opens the table, the keys in
   memory are the last ones there are; where the settings do not read, somebody is editing them.
"""

from typing import Final

from firmware.faults import Fault, SettingsFault, VaultFault
from firmware.keeper.box import Box
from firmware.keeper.cells import shut
from firmware.keeper.verbs import disk_fault

RENEW_NS: Final = 60_000_000_000
"""How old a keeper is at least before it begins anew: our choice, so that a bad night is no storm of starts."""

PATIENCE_NS: Final = 600_000_000_000
"""How long a conversation may put it off; our choice."""


class Renewal:
    """When one keeper has to give back its memory."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._began_ns = self._now_ns
        self._put_off_ns: int | None = None

    def due(self, *, visited: bool) -> bool:
        """Whether it has to, and may now; `visited` is whether somebody is in a conversation."""
        return self._wanted and self.may(visited=visited)

    def may(self, *, visited: bool) -> bool:
        """Whether nobody is in a conversation, or it was put off long enough, and the next one could begin."""
        if not visited:
            self._put_off_ns = None
        elif self._put_off_ns is None:
            self._put_off_ns = self._now_ns
        waited = self._put_off_ns is None or self._now_ns - self._put_off_ns >= PATIENCE_NS
        return waited and self.hindered() is None

    def fault(self) -> Fault | None:
        """The fault that stands while it would begin anew and cannot (rule 2)."""
        return self.hindered() if self._wanted else None

    def hindered(self) -> Fault | None:
        """Why the next one could not begin, `None` where it could."""
        try:
            self._box.versions.now()
            return shut(self._box.vault.table)
        except SettingsFault as fault:
            return _half_edited(fault)
        except VaultFault as fault:
            return fault
        except OSError as error:
            return disk_fault(error)

    @property
    def _wanted(self) -> bool:
        return self._box.vault.table.remembers and self._now_ns - self._began_ns >= RENEW_NS

    @property
    def _now_ns(self) -> int:
        return self._box.clock.stamp().boottime_ns


def _half_edited(fault: SettingsFault) -> SettingsFault:
    """Without what the file says: a value may be a number."""
    refused = (
        "the settings file is refused as it stands now: the keeper goes on with the settings it began with"
    )
    return SettingsFault(fault.code, refused, "callbox check --config FILE says what is wrong; mend it")
