"""What every line sensor promises: whether the hook is lifted, and what the line was told, as it happens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.facts import Edge, Told


@dataclass(frozen=True, slots=True)
class SensorAsk:
    """Which line is sensed, and where.

    Edges carry the line's `name`. `source` is the input: for `gpiozero` a pin (`GPIO17`), for
    `script` the path where it is spoken to, empty for none. `lifted_high` says which level means lifted.
    """

    name: str
    source: str
    lifted_high: bool = True


class LineSensor(Protocol):
    """The hook of one line, raw: no debounce, no dialling pulses taken for calls."""

    def start(self, take: Callable[[Edge | Told], None]) -> None:
        """From now on tell every edge; on a foreign thread, so `take` must not wait."""
        ...

    def lifted(self) -> bool | None:
        """Whether the hook is lifted, read now; None where that cannot be known."""
        ...

    def close(self) -> None:
        """Tell nothing more."""
        ...
