"""What every line of a recorder needs to seal: the office's recipients, the live key, the clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from firmware.clock import Clock, Stamp
from firmware.recorder.coverage import Coverage
from firmware.recorder.published import Notice
from firmware.sealing.recipients import Recipient
from firmware.settings.model import Settings


@dataclass(slots=True)
class Context:
    """Shared by all lines; `notice` is replaced when the keeper publishes something new."""

    settings: Settings
    clock: Clock
    recipients: Sequence[Recipient]
    coverage: Coverage
    notice: Notice
    using: int | None = None
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.names = tuple(each.name for each in self.settings.recipients)

    def stamp_at(self, instant_ns: int) -> Stamp:
        """The stamp of an instant of the recent past: all clocks run alike in between."""
        now = self.clock.stamp()
        ago = self.clock.monotonic_ns() - instant_ns
        return Stamp(now.wall_ns - ago, now.boottime_ns - ago, now.boot_id, now.state)
