"""What every panel promises: raw edges of contacts as they happen, levels when asked, lamps as told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from drivers.facts import Edge


@dataclass(frozen=True, slots=True)
class PanelAsk:
    """What a desk has.

    `inputs` maps each button's name to its contacts: two for a changeover contact
    (normally open, then normally closed), or one. `outputs` are lamps and buzzer.
    Contacts and outputs are named as the driver needs it: for `gpiozero` by pin (`GPIO17`).
    `source` is where a `script` panel is spoken to (a path), and the descriptor of a
    `keyboard` panel; empty for none, and for standard input.
    """

    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    source: str = ""

    @property
    def contacts(self) -> tuple[str, ...]:
        """Every contact of every button."""
        return tuple(contact for contacts in self.inputs.values() for contact in contacts)


class Panel(Protocol):
    """One desk's buttons and lamps. A level is electrical: true is high, and a closed contact is low."""

    def start(self, take: Callable[[Edge], None]) -> None:
        """From now on tell every edge; on a foreign thread, so `take` must not wait."""
        ...

    def levels(self) -> dict[str, bool]:
        """Every contact's level, read now."""
        ...

    def show(self, outputs: Mapping[str, bool]) -> None:
        """Light what is true, darken what is false, leave the rest. `DriverError` for an output not asked for."""
        ...

    def close(self) -> None:
        """Darken everything, since dark never means recording, and tell nothing more."""
        ...
