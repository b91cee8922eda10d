"""What may be asked of the time, and how a person says that it is right.

1. Who confirms reads his own watch and types what it says. A box that is more than ten
   minutes off is refused: its clock is to be set first.
2. The audit entry is durable before the confirmation counts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from firmware.audit.entries import Entry, What
from firmware.clock import BUILT_NS, LONDON, SECOND
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.vault.reading import Fields

WATCH_NS: Final = 600 * SECOND
"""How far a person's watch may be from the box; our choice: a due day is a date."""


@dataclass(frozen=True, slots=True)
class ClockVerbs:
    """`clock` and `clock-confirm`, over one box."""

    box: Box

    def clock(self, _person: Person, _request: Fields) -> Answer:
        """How the time stands."""
        how = self.box.clock.standing()
        memory = how.memory
        return Answer(
            {
                "ok": True,
                "now_ns": how.now.wall_ns,
                "state": str(how.now.state),
                "doubt": str(how.doubt) if how.doubt else None,
                "may_destroy": how.may_destroy,
                "mark_ns": memory.mark_ns if memory else None,
                "settling": memory is not None and memory.settling,
                "left_ns": memory.left_ns if memory else None,
                "unsynchronised_ns": how.unsynchronised_ns,
            }
        )

    def confirm(self, person: Person, request: Fields) -> Answer:
        """A person says that the box shows the right time; refuses where his watch says otherwise."""
        how = self.box.clock.standing()
        _require_same(request.text("now"), how.now.wall_ns)
        fields = {
            "person": person.name,
            "wall_ns": how.now.wall_ns,
            "mark_ns": how.memory.mark_ns if how.memory else None,
            "doubt": str(how.doubt) if how.doubt else None,
        }
        self.box.log.append(Entry(What.CLOCK, how.now, fields))
        self.box.clock.confirm()
        return self.clock(person, request)


def _require_same(watch: str, wall_ns: int) -> None:
    """Refuse a watch that differs from the box by more than ten minutes, or a box before its own build date."""
    try:
        local = datetime.fromisoformat(watch)
    except ValueError:
        wrong = "this is not a date and time"
        raise Refused("refused.clock", wrong, 'write it like this: --now "2026-03-02 09:30"') from None
    # the hour that comes twice in October is right either way; a given offset says which
    read = [local] if local.tzinfo else [local.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1)]
    near = min(abs(round(each.timestamp()) * SECOND - wall_ns) for each in read)
    if near > WATCH_NS or wall_ns < BUILT_NS:
        differ = (
            "the clock of the box is more than ten minutes from your watch, or before its firmware was built"
        )
        raise Refused(
            "refused.clock",
            differ,
            "set the clock of the box first: timedatectl set-time, or its time server",
        )
