"""The demo's clocks: the box's time goes on without a step, however fast it is made to run."""

import time
from dataclasses import dataclass

from firmware.clock import HurriedClock


@dataclass(frozen=True, slots=True)
class Pace:
    """So many times as fast as the machine, from an origin: the machine's clock and what the wall clock said then."""

    speed: float
    raw_ns: int
    wall_ns: int

    @classmethod
    def from_now(cls, speed: float) -> "Pace":
        """The machine's own time, from now on faster."""
        return cls(speed, time.monotonic_ns(), time.time_ns())

    @property
    def words(self) -> str:
        """As a process of the box is given it."""
        return f"{self.speed},{self.raw_ns},{self.wall_ns}"

    @property
    def now_ns(self) -> int:
        """What a wall clock of this pace shows."""
        return self._wall_at(time.monotonic_ns())

    def goes_on(self, speed: float) -> "Pace":
        """Another pace from now on, above 1: neither the wall clock nor the clock since the boot steps.

        Its origin is the instant at which such a clock and the machine's own would have met.
        """
        now = time.monotonic_ns()
        boot, wall = self._boot_at(now), self._wall_at(now)
        origin = now - round((boot - now) / (speed - 1))
        return Pace(speed, origin, wall - round((now - origin) * speed))

    def _boot_at(self, raw_ns: int) -> int:
        return HurriedClock(self.speed, self.raw_ns, self.wall_ns).from_raw(raw_ns)

    def _wall_at(self, raw_ns: int) -> int:
        return self.wall_ns + self._boot_at(raw_ns) - self.raw_ns
